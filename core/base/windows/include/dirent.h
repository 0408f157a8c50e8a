/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the entries of a folder by its handle, in UTF-8. */
#ifndef NACCS_WINDOWS_DIRENT_H
#define NACCS_WINDOWS_DIRENT_H

#include <limits.h>

struct dirent {
	char d_name[NAME_MAX + 1];
};
typedef struct naccs_windows_folder DIR;

/* fd is the stream's from then on. */
DIR *fdopendir(int fd);
DIR *opendir(const char *path);
/* NULL with errno 0 at the end. */
struct dirent *readdir(DIR *folder);
int dirfd(const DIR *folder);
int closedir(DIR *folder);

int alphasort(const struct dirent **a, const struct dirent **b);
/* compare: alphasort or NULL. *ret and each of its entries are the caller's. */
int scandir(const char *path, struct dirent ***ret, int (*is_wanted)(const struct dirent *),
	    int (*compare)(const struct dirent **, const struct dirent **));

#endif
