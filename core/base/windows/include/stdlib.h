/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what glibc's has and mingw's has not. */
#ifndef NACCS_WINDOWS_STDLIB_H
#define NACCS_WINDOWS_STDLIB_H

#include_next <stdlib.h>

/* A variable of the C runtime and of the process. */
int unsetenv(const char *name);

void *reallocarray(void *memory, size_t count, size_t size);

/* Absolute, through real links and junctions, with "/" between its parts. to must be NULL; the caller frees. */
char *realpath(const char *path, char *to);

#endif
