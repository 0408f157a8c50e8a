/* SPDX-License-Identifier: Apache-2.0 */
/* Why: files reached through the handle of their folder. */
#ifndef NACCS_WINDOWS_FCNTL_H
#define NACCS_WINDOWS_FCNTL_H

#include_next <fcntl.h>
#include <io.h>
#include <sys/types.h>

#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_EACCESS 0x400
#define AT_EMPTY_PATH 0x1000

/* Bits that the C runtime leaves free. */
#define O_CLOEXEC _O_NOINHERIT
#define O_DIRECTORY 0x00100000
#define O_NOFOLLOW 0x00200000
#define O_NONBLOCK 0x00400000
#define O_NOCTTY 0
#define O_PATH 0x00800000
#define O_TMPFILE 0x01000000 /* has a name, but goes when it is closed, also by a crash */

/*
 * As POSIX has them, with paths in UTF-8, always binary, never inherited by other processes. A relative path must not hold "..". A name
 * with ":" (a stream) or another character that Windows forbids: EINVAL. A link that symlinkat() made is never followed: ELOOP.
 * What is created with mode 0600 belongs to the owner and SYSTEM alone from its first moment.
 */
int openat(int dirfd, const char *path, int flags, ...);
int open(const char *path, int flags, ...) __asm__("naccs_windows_open");

/* F_DUPFD_CLOEXEC alone, from whatever number is free: else EINVAL. */
#define F_DUPFD_CLOEXEC 1030
int fcntl(int fd, int command, ...);

/* The file is at least so long then, and the system has reserved room for it where it can. Returns an errno. */
int posix_fallocate(int fd, off_t offset, off_t length);

#endif
