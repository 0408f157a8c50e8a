/* SPDX-License-Identifier: Apache-2.0 */
/* Why: modes as wide as int arithmetic on them, and the ids that Windows has no numbers for (see ../../security.h). */
#ifndef NACCS_WINDOWS_SYS_TYPES_H
#define NACCS_WINDOWS_SYS_TYPES_H

#define _MODE_T_ /* mingw's is 16 bits wide */
typedef unsigned short _mode_t;
typedef unsigned int mode_t;

#include_next <sys/types.h>

typedef unsigned int uid_t;
typedef unsigned int gid_t;

#endif
