/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what only tests need of POSIX, put before each of their sources on Windows (-include). */
#ifndef TESTS_WINDOWS_POSIX_H
#define TESTS_WINDOWS_POSIX_H

char *mkdtemp(char *template);
int setenv(const char *name, const char *value, int replaces);

#endif
