/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what a file is, with a volume and a number that identify it and a mode that stands for its access control list:
 * the owner's bits are always set, the group's never, and those of others say what anybody but the owner, SYSTEM, the administrators and
 * the installer of Windows is granted. st_uid is 0 for these latter three, geteuid() for the user of this process.
 */
#ifndef NACCS_WINDOWS_SYS_STAT_H
#define NACCS_WINDOWS_SYS_STAT_H

#include <stdint.h>
#include_next <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#define S_IFLNK 0xA000
#define S_ISLNK(m) (((m)&S_IFMT) == S_IFLNK)
#define S_ISVTX 01000

#undef stat
#undef fstat
#undef lstat
#define stat naccs_stat
#define fstat naccs_fstat
#define lstat naccs_lstat

struct naccs_stat {
	dev_t st_dev;
	uint64_t st_ino;
	mode_t st_mode;
	uint32_t st_nlink;
	uid_t st_uid;
	gid_t st_gid;
	int64_t st_size;
	time_t st_mtime;
};

/* As POSIX has them; all take UTF-8 and say why in errno. A link is what symlinkat() made, or a real link or junction. */
int naccs_fstat(int fd, struct naccs_stat *ret);
int naccs_lstat(const char *path, struct naccs_stat *ret);
int naccs_stat(const char *path, struct naccs_stat *ret);
int fstatat(int dirfd, const char *path, struct naccs_stat *ret, int flags);

/* 0700 and the like: the owner and SYSTEM alone, nothing inherited. With bits for others: everybody may read. */
int fchmod(int fd, mode_t mode);
int fchmodat(int dirfd, const char *path, mode_t mode, int flags);
int mkdirat(int dirfd, const char *path, mode_t mode);

#endif
