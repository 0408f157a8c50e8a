/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what only tests need of POSIX, put before each of their sources on Windows (-include). */
#ifndef TESTS_WINDOWS_POSIX_H
#define TESTS_WINDOWS_POSIX_H

char *mkdtemp(char *template);
int setenv(const char *name, const char *value, int replaces);
char *stpcpy(char *to, const char *from);
int pipe(int ends[2]);
#define MFD_CLOEXEC 1u
/* A file without a name that others know; it goes when it is closed. */
int memfd_create(const char *name, unsigned flags);

#endif
