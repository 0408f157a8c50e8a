/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the folder of a test, filled and examined by plain system calls, so that a fault of the code under test can't hide itself. */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

const char *scratch_path(const struct scratch *scratch, const char *name)
{
	static char texts[4][PATH_MAX];
	static unsigned next;
	char *text = texts[next++ % 4];
	(void)snprintf(text, PATH_MAX, "%s/%s", scratch->path, name);
	return text;
}

void scratch_write(const struct scratch *scratch, const char *name, const char *text, mode_t mode)
{
	int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

void scratch_mkdir(const struct scratch *scratch, const char *name, mode_t mode)
{
	assert_int_equal(mkdirat(scratch->fd, name, 0700), 0);
	assert_int_equal(fchmodat(scratch->fd, name, mode, 0), 0);
}

void scratch_link(const struct scratch *scratch, const char *target, const char *name)
{
	assert_int_equal(symlinkat(target, scratch->fd, name), 0);
}

void scratch_assert_text(const struct scratch *scratch, const char *name, const char *text)
{
	char found[256] = {0};
	int fd = openat(scratch->fd, name, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, found, sizeof found - 1) >= 0);
	assert_int_equal(close(fd), 0);
	assert_string_equal(found, text);
}

mode_t scratch_mode(const struct scratch *scratch, const char *name)
{
	struct stat about;
	assert_int_equal(fstatat(scratch->fd, name, &about, AT_SYMLINK_NOFOLLOW), 0);
	return about.st_mode & 07777;
}

bool scratch_exists(const struct scratch *scratch, const char *name)
{
	struct stat about;
	return fstatat(scratch->fd, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

size_t scratch_count(const struct scratch *scratch, const char *name)
{
	DIR *dir = opendir(scratch_path(scratch, name));
	assert_non_null(dir);
	size_t count = 0;
	while (readdir(dir) != NULL)
		count++;
	assert_int_equal(closedir(dir), 0);
	return count - 2;
}
