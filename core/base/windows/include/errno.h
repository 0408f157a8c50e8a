/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one reason that mingw has no number for. */
#ifndef NACCS_WINDOWS_ERRNO_H
#define NACCS_WINDOWS_ERRNO_H

#include_next <errno.h>

#ifndef EDQUOT
#define EDQUOT 10069
#endif

#endif
