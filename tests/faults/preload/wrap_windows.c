/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: our versions of the durable calls of core/base/windows. The linker leads every call from one file to another here (--wrap, see
 * meson.build); what a call makes up of others, as symlinkat does, is struck in between too.
 */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRAP(TYPE, NAME, LABEL, PARAMETERS, ARGUMENTS, DIRFD, PATH)                                                                        \
	TYPE __real_##LABEL PARAMETERS;                                                                                                    \
	TYPE __wrap_##LABEL PARAMETERS;                                                                                                    \
	TYPE __wrap_##LABEL PARAMETERS                                                                                                     \
	{                                                                                                                                  \
		int errnum = naccs_faults_before(NAME, DIRFD, PATH);                                                                       \
		if (errnum != 0) {                                                                                                         \
			errno = errnum;                                                                                                    \
			return -1;                                                                                                         \
		}                                                                                                                          \
		TYPE result = __real_##LABEL ARGUMENTS;                                                                                    \
		int saved = errno;                                                                                                         \
		naccs_faults_after();                                                                                                      \
		errno = saved;                                                                                                             \
		return result;                                                                                                             \
	}

WRAP(int, "fsync", fsync, (int fd), (fd), fd, NULL)
WRAP(int, "fchmod", fchmod, (int fd, mode_t mode), (fd, mode), fd, NULL)
WRAP(int, "ftruncate", naccs_windows_ftruncate, (int fd, off_t length), (fd, length), fd, NULL)
WRAP(int, "renameat", renameat, (int from_fd, const char *from, int to_fd, const char *to), (from_fd, from, to_fd, to), to_fd, to)
WRAP(int, "renameat2", renameat2, (int from_fd, const char *from, int to_fd, const char *to, unsigned flags),
     (from_fd, from, to_fd, to, flags), to_fd, to)
WRAP(int, "unlinkat", unlinkat, (int dirfd, const char *path, int flags), (dirfd, path, flags), dirfd, path)
WRAP(int, "mkdirat", mkdirat, (int dirfd, const char *path, mode_t mode), (dirfd, path, mode), dirfd, path)
WRAP(int, "symlinkat", symlinkat, (const char *target, int dirfd, const char *path), (target, dirfd, path), dirfd, path)
WRAP(ssize_t, "pwrite", pwrite, (int fd, const void *bytes, size_t length, off_t at), (fd, bytes, length, at), fd, NULL)

ssize_t __real_naccs_windows_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_naccs_windows_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_naccs_windows_write(int fd, const void *bytes, size_t length)
{
	struct stat about;
	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
		return __real_naccs_windows_write(fd, bytes, length);
	int errnum = naccs_faults_before("write", fd, NULL);
	if (errnum != 0) {
		errno = errnum;
		return -1;
	}
	ssize_t count = __real_naccs_windows_write(fd, bytes, length);
	int saved = errno;
	naccs_faults_after();
	errno = saved;
	return count;
}

/* Only what may make a file is durable. */
int __real_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	if ((flags & O_CREAT) == 0)
		return __real_openat(dirfd, path, flags);
	int errnum = naccs_faults_before("openat", dirfd, path);
	if (errnum != 0) {
		errno = errnum;
		return -1;
	}
	int fd = __real_openat(dirfd, path, flags, mode);
	int saved = errno;
	naccs_faults_after();
	errno = saved;
	return fd;
}
