/* SPDX-License-Identifier: Apache-2.0 */
/* Why: openat and mkdirat on handles, so that what was checked is what is used, as on POSIX systems. */
#include "native.h"
#include "security.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* FILE_WRITE_THROUGH: what is created, renamed or deleted by this handle is on the medium when the call returns. */
#define DURABLE FILE_WRITE_THROUGH

static ACCESS_MASK access_of(int flags)
{
	if ((flags & O_PATH) != 0)
		return FILE_READ_ATTRIBUTES | READ_CONTROL | FILE_TRAVERSE;
	if ((flags & (O_WRONLY | O_RDWR)) == 0)
		return FILE_GENERIC_READ | FILE_EXECUTE;
	/* To be read as well: a link of ours is told by what is in it. */
	return FILE_GENERIC_READ | FILE_GENERIC_WRITE | ((flags & O_CREAT) != 0 ? WRITE_DAC : 0);
}

static ULONG disposition_of(int flags)
{
	if ((flags & O_CREAT) == 0)
		return FILE_OPEN;
	return (flags & O_EXCL) != 0 ? FILE_CREATE : FILE_OPEN_IF;
}

static int open_again_for_reading(struct naccs_native_open *how, HANDLE *ret)
{
	how->access &= ~(ACCESS_MASK)FILE_EXECUTE; /* to traverse, in a folder: on a file it may be refused */
	return naccs_native_open(how, ret);
}

static int fail_closing(HANDLE file, int errnum)
{
	(void)CloseHandle(file);
	errno = errnum;
	return -1;
}

/* Refuse what is a link; a file that is merely kept elsewhere (a cloud folder's) is opened properly. */
static int look_at(struct naccs_native_open *how, int flags, HANDLE *file)
{
	if ((flags & (O_PATH | O_EXCL | O_DIRECTORY)) == 0 && naccs_native_is_link(*file))
		return fail_closing(*file, ELOOP);
	if ((how->options & FILE_OPEN_REPARSE_POINT) == 0)
		return 0;
	if (naccs_native_is_real_link(*file))
		return (flags & O_PATH) != 0 ? 0 : fail_closing(*file, ELOOP);
	BY_HANDLE_FILE_INFORMATION about;
	if (GetFileInformationByHandle(*file, &about) && (about.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
		(void)CloseHandle(*file);
		how->options &= ~(ULONG)FILE_OPEN_REPARSE_POINT;
		return naccs_native_open(how, file);
	}
	return 0;
}

static int descriptor_for(HANDLE file, int flags)
{
	int how = (flags & O_APPEND) | _O_BINARY | _O_NOINHERIT | ((flags & (O_WRONLY | O_RDWR)) != 0 ? 0 : _O_RDONLY);
	int fd = _open_osfhandle((intptr_t)file, how);
	return fd >= 0 ? fd : fail_closing(file, EMFILE);
}

/* A file that goes with its last handle, whatever ends the process: of all that is like a file without a name, the nearest. */
static int open_temporary(int dirfd, const char *folder, mode_t mode)
{
	char path[PATH_MAX];
	uint64_t random = 0;
	HANDLE file = NULL;
	if (getrandom(&random, sizeof random, 0) < 0)
		return -1;
	int length = snprintf(path, sizeof path, "%s/.naccs-tmp-%016" PRIx64, folder, random);
	struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = FILE_GENERIC_READ | FILE_GENERIC_WRITE | WRITE_DAC | DELETE,
		.disposition = FILE_CREATE,
		.options = FILE_NON_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE,
		.security = naccs_security_new(mode, false),
	};
	if (how.security == NULL)
		return -1;
	if (length < 0 || (size_t)length >= sizeof path)
		errno = ENAMETOOLONG;
	int result = length > 0 && (size_t)length < sizeof path ? naccs_native_open(&how, &file) : -1;
	int kept = errno;
	(void)LocalFree(how.security);
	errno = kept;
	return result == 0 ? descriptor_for(file, O_RDWR) : -1;
}

static int open_with(int dirfd, const char *path, int flags, mode_t mode)
{
	HANDLE file = NULL;
	if ((flags & O_TMPFILE) != 0)
		return open_temporary(dirfd, path, mode);
	bool is_new = (flags & O_CREAT) != 0;
	struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = access_of(flags),
		.disposition = disposition_of(flags),
		.options = ((flags & O_DIRECTORY) != 0 ? FILE_DIRECTORY_FILE : 0) | (is_new ? FILE_NON_DIRECTORY_FILE | DURABLE : 0) |
			   ((flags & O_NOFOLLOW) != 0 ? FILE_OPEN_REPARSE_POINT : 0),
		.security = is_new ? naccs_security_new(mode, false) : NULL,
	};
	if (is_new && how.security == NULL)
		return -1;
	int result = naccs_native_open(&how, &file);
	if (result != 0 && errno == EACCES && (how.access & FILE_EXECUTE) != 0)
		result = open_again_for_reading(&how, &file);
	int kept = errno;
	(void)LocalFree(how.security);
	how.security = NULL;
	errno = kept;
	if (result == 0)
		result = look_at(&how, flags, &file);
	int fd = result == 0 ? descriptor_for(file, flags) : -1;
	/* Now that it is known to be no link. */
	if (fd >= 0 && (flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0) {
		kept = errno;
		(void)close(fd);
		errno = kept;
		return -1;
	}
	return fd;
}

int openat(int dirfd, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_with(dirfd, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_with(AT_FDCWD, path, flags, mode);
}

int mkdirat(int dirfd, const char *path, mode_t mode)
{
	HANDLE folder = NULL;
	struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = FILE_READ_ATTRIBUTES,
		.disposition = FILE_CREATE,
		.options = FILE_DIRECTORY_FILE | DURABLE,
		.security = naccs_security_new(mode, true),
	};
	if (how.security == NULL)
		return -1;
	int result = naccs_native_open(&how, &folder);
	int kept = errno;
	(void)LocalFree(how.security);
	if (result == 0)
		(void)CloseHandle(folder);
	errno = kept;
	return result;
}

int fcntl(int fd, int command, ...)
{
	HANDLE copy = NULL;
	HANDLE file = naccs_native_handle(fd);
	if (file == INVALID_HANDLE_VALUE)
		return -1;
	if (command != F_DUPFD_CLOEXEC) {
		errno = EINVAL;
		return -1;
	}
	if (!DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
		return naccs_windows_fail_last();
	return descriptor_for(copy, O_RDWR);
}
