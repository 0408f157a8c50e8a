/* SPDX-License-Identifier: Apache-2.0 */
/* Why: reading with a limit, and writing so that a power cut leaves the old file or the new one. */
#include "file.h"

#include "private.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define TEMPORARY_PREFIX ".naccs-tmp-"
#define READ_CHUNK ((size_t)64 * 1024)

/* Fails with the status that the errno means for a file. */
#define fail_errno(err, errnum, ...) naccs_fail_errno(err, naccs_file_status_from_errno(errnum), errnum, __VA_ARGS__)

static ssize_t read_some(int fd, void *to, size_t size)
{
	ssize_t count;
	do {
		count = read(fd, to, size);
	} while (count < 0 && errno == EINTR);
	return count;
}

/* Is fd at its end? Asked when the limit is reached, so one byte is read aside. */
static naccs_status expect_end(int fd, const char *name, size_t limit, struct naccs_error *err)
{
	uint8_t byte = 0;
	ssize_t count = read_some(fd, &byte, 1);
	naccs_wipe(&byte, 1);
	if (count < 0)
		return fail_errno(err, errno, _("cannot read %s"), name);
	if (count > 0)
		return naccs_fail(err, NACCS_E_FILE_IO, EFBIG, _("cannot read %s: it is larger than %zu bytes"), name, limit);
	return NACCS_OK;
}

/* A regular file says how long it is: one reservation does for it and its end, and no page is locked and wiped in vain. */
static size_t expected_length(int fd)
{
	struct stat about = {0};
	bool is_known = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size >= 0 && about.st_size < INT32_MAX;
	return is_known ? (size_t)about.st_size + 1 : READ_CHUNK;
}

naccs_status naccs_file_read_fd(int fd, const char *name, size_t limit, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *contents = NULL;
	size_t expected = expected_length(fd);
	naccs_status status = naccs_secret_new(limit, &contents, err);
	while (status == NACCS_OK) {
		size_t room = limit - naccs_secret_length(contents);
		if (room == 0) {
			status = expect_end(fd, name, limit, err);
			break;
		}
		size_t chunk = naccs_secret_length(contents) < expected ? expected - naccs_secret_length(contents) : READ_CHUNK;
		room = room < chunk ? room : chunk;
		uint8_t *to = NULL;
		status = naccs_secret_reserve(contents, room, &to, err);
		if (status != NACCS_OK)
			break;
		ssize_t count = read_some(fd, to, room);
		if (count < 0)
			return fail_errno(err, errno, _("cannot read %s"), name);
		if (count == 0)
			break;
		naccs_secret_added(contents, (size_t)count);
	}
	if (status == NACCS_OK)
		*ret = naccs_take(&contents);
	return status;
}

/* Open for reading; O_NONBLOCK so that a FIFO put in the file's place does not stop us before we look at what it is. */
static naccs_status open_regular(int dirfd, const char *path, int *ret, struct stat *ret_about, struct naccs_error *err)
{
	naccs_auto(fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(err, errno, _("cannot open %s"), path);
	struct stat about = {0};
	if (fstat(fd, &about) != 0)
		return fail_errno(err, errno, _("cannot examine %s"), path);
	if (!S_ISREG(about.st_mode))
		return naccs_fail(err, NACCS_E_FILE_IO, 0, _("cannot read %s: it is not a regular file"), path);
	*ret_about = about;
	*ret = naccs_take_fd(&fd);
	return NACCS_OK;
}

naccs_status naccs_file_read(int dirfd, const char *path, size_t limit, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(fd) int fd = -1;
	struct stat about = {0};
	naccs_status status = open_regular(dirfd, path, &fd, &about, err);
	return status == NACCS_OK ? naccs_file_read_fd(fd, path, limit, ret, err) : status;
}

naccs_status naccs_file_read_private(const char *path, size_t limit, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(fd) int fd = -1;
	struct stat about = {0};
	naccs_status status = open_regular(AT_FDCWD, path, &fd, &about, err);
	if (status == NACCS_OK)
		status = naccs_file_check_private(fd, path, &about, err);
	return status == NACCS_OK ? naccs_file_read_fd(fd, path, limit, ret, err) : status;
}

static int write_all(int fd, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return errno;
		bytes += count;
		length -= (size_t)count;
	}
	return 0;
}

/* Create name, fill it, make it durable. On failure nothing of ours is left behind. Returns 0 or an errno. */
static int create_file(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode)
{
	naccs_auto(fd) int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return errno;
	int errnum = write_all(fd, bytes, length);
	if (errnum == 0 && fchmod(fd, mode) != 0)
		errnum = errno;
	if (errnum == 0 && fsync(fd) != 0)
		errnum = errno;
	if (errnum != 0)
		(void)unlinkat(dirfd, name, 0);
	return errnum;
}

naccs_status naccs_file_create(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode, struct naccs_error *err)
{
	int errnum = create_file(dirfd, name, bytes, length, mode);
	return errnum == 0 ? NACCS_OK : fail_errno(err, errnum, _("cannot create %s"), name);
}

/* Create a file with a fresh name that begins with TEMPORARY_PREFIX. */
static int create_temporary(int dirfd, const void *bytes, size_t length, mode_t mode, char *name, size_t name_size)
{
	int errnum = EEXIST;
	for (int attempt = 0; attempt < 16 && errnum == EEXIST; attempt++) {
		uint64_t random = 0;
		if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
			return EIO;
		(void)snprintf(name, name_size, TEMPORARY_PREFIX "%016" PRIx64, random);
		errnum = create_file(dirfd, name, bytes, length, mode);
	}
	return errnum;
}

static int sync_dir(int dirfd)
{
	/* EINVAL: a file system that has no such thing as syncing a folder. */
	return fsync(dirfd) == 0 || errno == EINVAL ? 0 : errno;
}

/* The folder that will hold name, opened afresh (dirfd may be AT_FDCWD or O_PATH, which fsync() refuses); *ret_base points into name. */
static int open_parent(int dirfd, const char *name, int *ret, const char **ret_base)
{
	const char *slash = strrchr(name, '/');
	naccs_auto(heap) char *parent = slash == NULL ? strdup(".") : slash == name ? strdup("/") : strndup(name, (size_t)(slash - name));
	if (parent == NULL)
		return ENOMEM;
	int fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	*ret = fd;
	*ret_base = slash == NULL ? name : slash + 1;
	return 0;
}

naccs_status naccs_file_write(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode, struct naccs_error *err)
{
	naccs_auto(fd) int parent = -1;
	const char *base = NULL;
	char temporary[sizeof TEMPORARY_PREFIX + 16];
	int errnum = open_parent(dirfd, name, &parent, &base);
	if (errnum == 0)
		errnum = create_temporary(parent, bytes, length, mode, temporary, sizeof temporary);
	if (errnum == 0 && renameat(parent, temporary, parent, base) != 0) {
		errnum = errno;
		(void)unlinkat(parent, temporary, 0);
	}
	if (errnum == 0)
		errnum = sync_dir(parent);
	return errnum == 0 ? NACCS_OK : fail_errno(err, errnum, _("cannot write %s"), name);
}

naccs_status naccs_dir_sync(int dirfd, const char *name, struct naccs_error *err)
{
	int errnum = sync_dir(dirfd);
	return errnum == 0 ? NACCS_OK : fail_errno(err, errnum, _("cannot make the folder %s durable"), name);
}
