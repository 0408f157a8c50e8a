/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a name has up to 255 UTF-16 units, three bytes of UTF-8 each; a path up to 32767 units. */
#ifndef NACCS_WINDOWS_LIMITS_H
#define NACCS_WINDOWS_LIMITS_H

#include_next <limits.h>

#undef NAME_MAX
#undef PATH_MAX
#define NAME_MAX 765
#define PATH_MAX 4096

#endif
