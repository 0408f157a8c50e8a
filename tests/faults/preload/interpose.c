/* SPDX-License-Identifier: Apache-2.0 */
/* Why: our versions of the C library's durable calls. Each asks faults.c, then calls the real one (the next in the search order). */

/* Before anything is included: the 64-bit names are functions of their own, not macros for the others. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

/* A function pointer out of an object pointer, as POSIX allows but C does not say. */
static void real(const char *name, void *ret)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(ret, &found, sizeof found);
}

/* Define NAME with these parameters; DIRFD and PATH are for the trace, CONDITION says whether this call counts. */
#define INTERPOSE(TYPE, NAME, PARAMETERS, ARGUMENTS, DIRFD, PATH, CONDITION)                                                               \
	PUBLIC TYPE NAME PARAMETERS;                                                                                                       \
	PUBLIC TYPE NAME PARAMETERS                                                                                                        \
	{                                                                                                                                  \
		TYPE(*call) PARAMETERS;                                                                                                    \
		real(#NAME, &call);                                                                                                        \
		bool is_counted = CONDITION;                                                                                               \
		int errnum = is_counted ? naccs_faults_before(#NAME, DIRFD, PATH) : 0;                                                     \
		if (errnum != 0) {                                                                                                         \
			errno = errnum;                                                                                                    \
			return -1;                                                                                                         \
		}                                                                                                                          \
		TYPE result = call ARGUMENTS;                                                                                              \
		if (is_counted) {                                                                                                          \
			int saved = errno;                                                                                                 \
			naccs_faults_after();                                                                                              \
			errno = saved;                                                                                                     \
		}                                                                                                                          \
		return result;                                                                                                             \
	}

static bool is_regular(int fd)
{
	int saved = errno;
	struct stat status;
	bool is = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);

	errno = saved;
	return is;
}

INTERPOSE(int, fsync, (int fd), (fd), fd, NULL, true)
INTERPOSE(int, fdatasync, (int fd), (fd), fd, NULL, true)
INTERPOSE(int, ftruncate, (int fd, off_t length), (fd, length), fd, NULL, true)
INTERPOSE(int, ftruncate64, (int fd, off64_t length), (fd, length), fd, NULL, true)
INTERPOSE(int, truncate, (const char *path, off_t length), (path, length), -1, path, true)
INTERPOSE(int, truncate64, (const char *path, off64_t length), (path, length), -1, path, true)
INTERPOSE(int, fchmod, (int fd, mode_t mode), (fd, mode), fd, NULL, true)
INTERPOSE(int, chmod, (const char *path, mode_t mode), (path, mode), -1, path, true)
INTERPOSE(int, fchmodat, (int dirfd, const char *path, mode_t mode, int flags), (dirfd, path, mode, flags), dirfd, path, true)
INTERPOSE(int, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group), fd, NULL, true)
INTERPOSE(int, chown, (const char *path, uid_t owner, gid_t group), (path, owner, group), -1, path, true)
INTERPOSE(int, lchown, (const char *path, uid_t owner, gid_t group), (path, owner, group), -1, path, true)
INTERPOSE(int, fchownat, (int dirfd, const char *path, uid_t owner, gid_t group, int flags), (dirfd, path, owner, group, flags), dirfd,
	  path, true)
INTERPOSE(int, rename, (const char *from, const char *to), (from, to), -1, to, true)
INTERPOSE(int, renameat, (int from_fd, const char *from, int to_fd, const char *to), (from_fd, from, to_fd, to), to_fd, to, true)
INTERPOSE(int, unlink, (const char *path), (path), -1, path, true)
INTERPOSE(int, unlinkat, (int dirfd, const char *path, int flags), (dirfd, path, flags), dirfd, path, true)
INTERPOSE(int, rmdir, (const char *path), (path), -1, path, true)
INTERPOSE(int, remove, (const char *path), (path), -1, path, true)
INTERPOSE(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, path, true)
INTERPOSE(int, mkdirat, (int dirfd, const char *path, mode_t mode), (dirfd, path, mode), dirfd, path, true)
INTERPOSE(int, symlink, (const char *target, const char *path), (target, path), -1, path, true)
INTERPOSE(int, symlinkat, (const char *target, int dirfd, const char *path), (target, dirfd, path), dirfd, path, true)
INTERPOSE(int, link, (const char *from, const char *to), (from, to), -1, to, true)
INTERPOSE(int, linkat, (int from_fd, const char *from, int to_fd, const char *to, int flags), (from_fd, from, to_fd, to, flags), to_fd, to,
	  true)
INTERPOSE(ssize_t, write, (int fd, const void *bytes, size_t length), (fd, bytes, length), fd, NULL, is_regular(fd))
INTERPOSE(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), fd, NULL, is_regular(fd))
INTERPOSE(ssize_t, pwrite, (int fd, const void *bytes, size_t length, off_t at), (fd, bytes, length, at), fd, NULL, is_regular(fd))
INTERPOSE(ssize_t, pwrite64, (int fd, const void *bytes, size_t length, off64_t at), (fd, bytes, length, at), fd, NULL, is_regular(fd))

PUBLIC int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
PUBLIC int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	int (*call)(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
	int errnum = naccs_faults_before("renameat2", to_fd, to);

	if (errnum == 0)
		errnum = naccs_faults_renameat2(flags);
	if (errnum != 0) {
		errno = errnum;
		return -1;
	}
	real("renameat2", &call);
	int result = call(from_fd, from, to_fd, to, flags);
	int saved = errno;
	naccs_faults_after();
	errno = saved;
	return result;
}

/* open has an optional mode: taken whenever a file may be made. */
#define MODE_OF(FLAGS)                                                                                                                     \
	mode_t mode = 0;                                                                                                                   \
	if (((FLAGS) & (O_CREAT | __O_TMPFILE)) != 0) {                                                                                    \
		va_list args;                                                                                                              \
		va_start(args, FLAGS);                                                                                                     \
		mode = (mode_t)va_arg(args, unsigned);                                                                                     \
		va_end(args);                                                                                                              \
	}

#define INTERPOSE_OPEN(NAME)                                                                                                               \
	PUBLIC int NAME(const char *path, int flags, ...);                                                                                 \
	PUBLIC int NAME(const char *path, int flags, ...)                                                                                  \
	{                                                                                                                                  \
		int (*call)(const char *path, int flags, ...);                                                                             \
		real(#NAME, &call);                                                                                                        \
		MODE_OF(flags)                                                                                                             \
		int errnum = (flags & O_CREAT) != 0 ? naccs_faults_before(#NAME, -1, path) : 0;                                            \
		if (errnum != 0) {                                                                                                         \
			errno = errnum;                                                                                                    \
			return -1;                                                                                                         \
		}                                                                                                                          \
		int fd = call(path, flags, mode);                                                                                          \
		if ((flags & O_CREAT) != 0)                                                                                                \
			naccs_faults_after();                                                                                              \
		return fd;                                                                                                                 \
	}

#define INTERPOSE_OPENAT(NAME)                                                                                                             \
	PUBLIC int NAME(int dirfd, const char *path, int flags, ...);                                                                      \
	PUBLIC int NAME(int dirfd, const char *path, int flags, ...)                                                                       \
	{                                                                                                                                  \
		int (*call)(int dirfd, const char *path, int flags, ...);                                                                  \
		real(#NAME, &call);                                                                                                        \
		MODE_OF(flags)                                                                                                             \
		int errnum = (flags & O_CREAT) != 0 ? naccs_faults_before(#NAME, dirfd, path) : 0;                                         \
		if (errnum != 0) {                                                                                                         \
			errno = errnum;                                                                                                    \
			return -1;                                                                                                         \
		}                                                                                                                          \
		int fd = call(dirfd, path, flags, mode);                                                                                   \
		if ((flags & O_CREAT) != 0)                                                                                                \
			naccs_faults_after();                                                                                              \
		return fd;                                                                                                                 \
	}

INTERPOSE_OPEN(open)
INTERPOSE_OPEN(open64)
INTERPOSE_OPENAT(openat)
INTERPOSE_OPENAT(openat64)
