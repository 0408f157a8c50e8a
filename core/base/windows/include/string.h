/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what glibc's has and mingw's has not. */
#ifndef NACCS_WINDOWS_STRING_H
#define NACCS_WINDOWS_STRING_H

#include_next <string.h>

char *strndup(const char *text, size_t limit);
void *memrchr(const void *memory, int byte, size_t size);
void *memmem(const void *memory, size_t size, const void *wanted, size_t wanted_size);
void *mempcpy(void *to, const void *from, size_t size);
char *strcasestr(const char *text, const char *wanted);
char *strchrnul(const char *text, int byte);
char *strsep(char **text, const char *separators);
void explicit_bzero(void *memory, size_t size);
/* In glibc's English; NULL for a number that errors.c never sets. */
const char *strerrordesc_np(int errnum);

#endif
