/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the parts of a path are, and where things lie, differs by system: names.c for POSIX, names_windows.c for Windows, where "C:/"
 * and "\\server\share" are roots too. */
#ifndef NACCS_BASE_NAMES_H
#define NACCS_BASE_NAMES_H

#include <stdbool.h>

/* Does path start at a root? NULL does not. */
bool naccs_path_is_absolute(const char *path);

/* Where the last part of path begins; path itself when it has one part only. */
const char *naccs_path_last_part(const char *path);

/* The folder that path lies in; "." when it has one part only. Caller frees; NULL when memory is short. */
char *naccs_path_parent(const char *path);

/* The path of an open folder, for people. Caller frees; NULL when it can't be told. */
char *naccs_path_of_folder(int dirfd);

/* The running program. Caller frees; NULL when it can't be told. */
char *naccs_path_of_program(void);

#endif
