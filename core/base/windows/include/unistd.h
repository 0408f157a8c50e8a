/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the calls on descriptors and names that mingw lacks, or has for the code page of the machine only. */
#ifndef NACCS_WINDOWS_UNISTD_H
#define NACCS_WINDOWS_UNISTD_H

#include <io.h>
#include <stddef.h>
#include <sys/types.h>
#include_next <unistd.h>

#undef access
#undef ftruncate

#define _SC_PAGESIZE 30

int close(int fd) __asm__("naccs_windows_close"); /* with the lock on it */

/* The same as POSIX's, in the types of POSIX. Macros with parameters, so that members of these names stay what they are. */
#define read(fd, to, size) naccs_windows_read(fd, to, size)
#define write(fd, from, size) naccs_windows_write(fd, from, size)
ssize_t naccs_windows_read(int fd, void *to, size_t size);
ssize_t naccs_windows_write(int fd, const void *from, size_t size);
ssize_t pread(int fd, void *to, size_t size, off_t offset);
ssize_t pwrite(int fd, const void *from, size_t size, off_t offset);
#define ftruncate naccs_windows_ftruncate
int naccs_windows_ftruncate(int fd, off_t length);

/* A file: its contents are on the medium. A folder: nothing to do, its entries are written through as they change. */
int fsync(int fd);

int access(const char *path, int mode) __asm__("naccs_windows_access");
int faccessat(int dirfd, const char *path, int mode, int flags);
int unlinkat(int dirfd, const char *path, int flags);

/* A link is a small file that holds the target: real ones need privileges. The call makes it whole or not at all. */
int symlinkat(const char *target, int dirfd, const char *path);
/* EINVAL for what is no link of this kind. */
ssize_t readlinkat(int dirfd, const char *path, char *to, size_t size);

/* The user of this process; 0 stands for the system and its administrators, see sys/stat.h. Groups have no numbers: always 0. */
uid_t geteuid(void);
gid_t getegid(void);
/* Owners are not changed here: 0 if nothing would change, else EPERM. */
int fchown(int fd, uid_t owner, gid_t group);
int fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags);

#endif
