/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the built-in description, made from portals/naccs.ini when building. */
#ifndef NACCS_PORTAL_DESCRIPTION_PRIVATE_H
#define NACCS_PORTAL_DESCRIPTION_PRIVATE_H

#include <stddef.h>

extern const char naccs_description_builtin[]; /* NUL-terminated */
extern const size_t naccs_description_builtin_size;

#endif
