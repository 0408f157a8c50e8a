/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the rules for files that must survive a power cut and other users: whole or not at all, fsync of file and folder, no foreign links.
 * Paths are UTF-8/bytes as given; dirfd may be AT_FDCWD. Failures are NACCS_E_FILE_MISSING, NACCS_E_FILE_IO or NACCS_E_STORE_FULL (disk full)
 * unless said otherwise; messages name the path.
 */
#ifndef NACCS_BASE_FILE_H
#define NACCS_BASE_FILE_H

#include "error.h"
#include "secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How many bytes naccs_file_read* will take at most of a PKCS#12 (interface: 1 MiB) and of a small settings file. */
#define NACCS_PKCS12_LIMIT ((size_t)1024 * 1024)
#define NACCS_SMALL_FILE_LIMIT ((size_t)256 * 1024)

/* Read a regular file of at most limit bytes into a new secret. Larger, or not regular: NACCS_E_FILE_IO. */
naccs_status naccs_file_read(int dirfd, const char *path, size_t limit, struct naccs_secret **ret, struct naccs_error *err);

/* The same for a file that holds a secret: it must be owned by root or the effective user and be closed to group and others (an ACL that
 * lets only these two in is fine: systemd's credentials), checked on the opened descriptor, else NACCS_E_SECRETS_PERMISSIONS with a hint. */
naccs_status naccs_file_read_private(const char *path, size_t limit, struct naccs_secret **ret, struct naccs_error *err);

/* Read a descriptor (a pipe, standard input) to its end. name is for messages. */
naccs_status naccs_file_read_fd(int fd, const char *name, size_t limit, struct naccs_secret **ret, struct naccs_error *err);

/* Write name in dirfd whole: temporary file beside it, mode set by fchmod whatever the umask, fsync, rename, fsync of dirfd. After a crash
 * the old or the new contents stand, never a mixture; a leftover has a name that begins with ".naccs-tmp-". */
naccs_status naccs_file_write(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode, struct naccs_error *err);

/* The first half of that for a file inside a folder that is not published yet: create (O_EXCL), write, fchmod, fsync; no rename, no fsync of
 * the folder. Fails with NACCS_E_FILE_IO when it exists. */
naccs_status naccs_file_create(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode, struct naccs_error *err);

/* fsync a folder by descriptor. name is for messages. */
naccs_status naccs_dir_sync(int dirfd, const char *name, struct naccs_error *err);

/* Make path and its missing parents (mode for each new one, whatever the umask), open it as a folder without following a link in the last
 * part. Each new folder is made durable in its parent. *ret: descriptor with O_CLOEXEC, caller closes. */
naccs_status naccs_dir_make(const char *path, mode_t mode, int *ret, struct naccs_error *err);

/*
 * Is this folder safe to write secrets into? Walks every part from "/" to path (which must be absolute). Each must be a folder owned by root or
 * the effective user that neither group nor others can write (a root-owned sticky folder such as /tmp passes); a symbolic link among the parents
 * must belong to root or the effective user; the last part must not be a link at all. Parts that do not exist yet are fine.
 * A sticky folder passes on the way only, not as the last part. In such a folder others may make the missing part first: check again after
 * naccs_dir_make(). A path that is not absolute: NACCS_E_USAGE.
 * Failures: NACCS_E_STORE_UNSAFE naming the part and its mend; NACCS_E_STORE_OPEN when a part is no folder or can't be searched.
 */
naccs_status naccs_path_check_safe(const char *path, struct naccs_error *err);

/* The same for what user will do there, whoever asks. Not on Windows. */
naccs_status naccs_path_check_safe_for(const char *path, uid_t user, struct naccs_error *err);

/* The hint of an error about a file or folder of ours that others own or can write: how the user alone gets it back, in commands of this
 * system. */
void naccs_path_hint_mend(const char *path, struct naccs_error *err);

/* Absolute form of path without ".", "..", "//" or a trailing "/" (lexically; links among existing parents are resolved, the last part is not).
 * A link that is resolved must belong to root, the effective user, or the owner of what the path leads to: else NACCS_E_STORE_UNSAFE that names it. One
 * that leads nowhere stays. Caller frees. An empty path, or one that begins with "~": NACCS_E_USAGE. */
naccs_status naccs_path_absolute(const char *path, char **ret, struct naccs_error *err);

/* The same with the last part resolved too, if it exists. Not on Windows. */
naccs_status naccs_path_real(const char *path, char **ret, struct naccs_error *err);

/* How many bytes of path name the root that it starts from: "/", on Windows also "C:/" and "//server/share/". 0: path is relative. */
size_t naccs_path_root(const char *path);

/* Remove a folder and what is in it (regular files, links, folders) without following links or leaving it; missing is fine. */
naccs_status naccs_dir_remove(int dirfd, const char *name, struct naccs_error *err);

/* An exclusive lock on a file in dirfd (made when missing, 0600; kept afterwards). Waits up to timeout_ms (0: not at all), then
 * NACCS_E_RUN_LOCKED naming the holder's pid where the system tells it. *ret: descriptor that holds the lock until closed. */
naccs_status naccs_lock_file(int dirfd, const char *name, uint32_t timeout_ms, int *ret, struct naccs_error *err);

/* The same on an open descriptor (a folder): flock. */
naccs_status naccs_lock_fd(int fd, const char *name, uint32_t timeout_ms, struct naccs_error *err);

/* The same, asking cancelled (may be NULL) several times a second while it waits: once it says true, NACCS_E_CANCELLED. */
naccs_status naccs_lock_fd_patiently(int fd, const char *name, uint32_t timeout_ms, bool (*cancelled)(void *context), void *context,
				     struct naccs_error *err);

#endif
