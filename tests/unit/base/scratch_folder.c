/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a folder per test, made and emptied by plain system calls, so that a fault of the code under test can't hide itself. */
#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
	(void)about;
	(void)where;
	return type == FTW_DP || type == FTW_DNR ? rmdir(path) : unlink(path);
}

static int open_up(const char *path, const struct stat *about, int type, struct FTW *where)
{
	(void)about;
	(void)where;
	if (type == FTW_D || type == FTW_DNR)
		(void)chmod(path, 0700);
	return 0;
}

int scratch_setup(void **state)
{
	(void)umask(022); /* a test before may have failed under its own */
	struct scratch *scratch = calloc(1, sizeof *scratch);
	if (scratch == NULL)
		return -1;
	(void)snprintf(scratch->path, sizeof scratch->path, "/tmp/naccs-base-XXXXXX");
	if (mkdtemp(scratch->path) == NULL) {
		free(scratch);
		return -1;
	}
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	return scratch->fd < 0 ? -1 : 0;
}

int scratch_teardown(void **state)
{
	struct scratch *scratch = *state;
	(void)nftw(scratch->path, open_up, 64, FTW_PHYS);
	int result = nftw(scratch->path, remove_one, 64, FTW_PHYS | FTW_DEPTH);
	(void)close(scratch->fd);
	free(scratch);
	return result;
}
