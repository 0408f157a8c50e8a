/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the system's random source. */
#ifndef NACCS_WINDOWS_SYS_RANDOM_H
#define NACCS_WINDOWS_SYS_RANDOM_H

#include <stddef.h>
#include <sys/types.h>

/* Fills all of it; flags are not looked at. */
ssize_t getrandom(void *to, size_t size, unsigned flags);

#endif
