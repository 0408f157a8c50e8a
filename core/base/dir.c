/* SPDX-License-Identifier: Apache-2.0 */
/* Why: making and removing folders by descriptor, so that a link put in the way leads nowhere. */
#include "file.h"

#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Our folders are a few levels deep; a tree deeper than this was not made by us. */
#define DEPTH_LIMIT 32

static naccs_status fail_make(struct naccs_error *err, int errnum, const char *path)
{
	return naccs_fail_errno(err, naccs_file_status_from_errno(errnum), errnum, _("cannot make the folder %s"), path);
}

/* fsync the folder that parent stands for (parent itself is O_PATH, which fsync() refuses). */
static int sync_parent(int parent)
{
	naccs_auto(fd) int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	return fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
}

/* One level: make name in parent if it is missing, open it. Links are followed only among the parents and only if they were there before.
 */
static int enter(int parent, const char *name, mode_t mode, bool is_last, int *ret)
{
	bool is_new = mkdirat(parent, name, S_IRWXU) == 0;
	int made = is_new ? 0 : errno;
	int how = O_DIRECTORY | O_CLOEXEC | (is_last || is_new ? O_RDONLY | O_NOFOLLOW : O_PATH);
	naccs_auto(fd) int fd = openat(parent, name, how);
	/* A umask that forbids even us: open it up first. */
	if (fd < 0 && errno == EACCES && is_new && fchmodat(parent, name, S_IRWXU, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(parent, name, how);
	if (fd < 0) /* why it could not be made says more than that it is missing */
		return errno == ENOENT && made != 0 && made != EEXIST ? made : errno;
	if (is_new) {
		if (fchmod(fd, mode) != 0)
			return errno;
		int errnum = sync_parent(parent);
		if (errnum != 0)
			return errnum;
	}
	*ret = naccs_take_fd(&fd);
	return 0;
}

naccs_status naccs_dir_make(const char *path, mode_t mode, int *ret, struct naccs_error *err)
{
	naccs_auto(heap) char *copy = strdup(path);
	if (copy == NULL)
		return fail_make(err, ENOMEM, path);
	if (path[0] == '\0')
		return fail_make(err, ENOENT, path);
	char *next = copy + naccs_path_root(copy);
	bool is_bare = *next == '\0'; /* "/" has no last part to make */
	naccs_auto(heap) char *root = next == copy ? strdup(".") : strndup(path, (size_t)(next - copy));
	if (root == NULL)
		return fail_make(err, ENOMEM, path);
	naccs_auto(fd) int at = open(root, O_DIRECTORY | O_CLOEXEC | (is_bare ? O_RDONLY : O_PATH));
	if (at < 0)
		return fail_make(err, errno, path);
	while (*next != '\0') {
		char *name = next;
		next += strcspn(next, "/");
		if (*next != '\0')
			*next++ = '\0';
		next += strspn(next, "/");
		int inner = -1;
		int errnum = enter(at, name, mode, *next == '\0', &inner);
		if (errnum != 0)
			return fail_make(err, errnum, path);
		(void)close(at);
		at = inner;
	}
	*ret = naccs_take_fd(&at);
	return NACCS_OK;
}

static int remove_entry(int dirfd, const char *name, dev_t device, int depth);

static int remove_contents(int dirfd, dev_t device, int depth)
{
	/* A descriptor of its own: closedir() closes it. */
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	if (entries == NULL) {
		int errnum = errno;
		if (fd >= 0)
			(void)close(fd);
		return errnum;
	}
	int errnum = 0;
	while (errnum == 0) {
		errno = 0;
		const struct dirent *entry = readdir(entries);
		if (entry == NULL) {
			errnum = errno;
			break;
		}
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			errnum = remove_entry(dirfd, entry->d_name, device, depth);
	}
	(void)closedir(entries);
	return errnum;
}

/* Remove name and, if it is a folder of the same file system, what is in it. */
static int remove_entry(int dirfd, const char *name, dev_t device, int depth)
{
	struct stat about;
	if (fstatat(dirfd, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : errno;
	if (!S_ISDIR(about.st_mode))
		return unlinkat(dirfd, name, 0) == 0 || errno == ENOENT ? 0 : errno;
	if (depth == 0)
		return ELOOP;
	naccs_auto(fd) int inner = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (inner < 0)
		return errno;
	if (fstat(inner, &about) != 0)
		return errno;
	if (about.st_dev != device)
		return EXDEV;
	int errnum = remove_contents(inner, device, depth - 1);
	if (errnum != 0)
		return errnum;
	return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

naccs_status naccs_dir_remove(int dirfd, const char *name, struct naccs_error *err)
{
	struct stat about;
	if (fstatat(dirfd, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return NACCS_OK;
		return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot remove %s"), name);
	}
	int errnum = remove_entry(dirfd, name, about.st_dev, DEPTH_LIMIT);
	return errnum == 0 ? NACCS_OK : naccs_fail_errno(err, naccs_file_status_from_errno(errnum), errnum, _("cannot remove %s"), name);
}
