/* SPDX-License-Identifier: Apache-2.0 */
/* Why: renaming by folder handle. */
#ifndef NACCS_WINDOWS_STDIO_H
#define NACCS_WINDOWS_STDIO_H

#include_next <stdio.h>

#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE 2u

/* Atomic; a file takes the place of another one, open or not; a folder never that of another folder: EEXIST. What the virus scanner or
 * another program holds for a moment is tried again for about a second. RENAME_EXCHANGE: EINVAL. */
int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to);
int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags);

#endif
