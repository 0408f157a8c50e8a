/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: find out what a crash or a full disk does at every single durable system call. libnaccs-faults.so is put before the C library
 * (LD_PRELOAD) of any program; the conformance suite is linked with the same code and arms it by the functions below.
 *
 * Counted are, in the order in which the process makes them: fsync, fdatasync, rename*, unlink*, rmdir, mkdir*, symlink*, link*, truncate*,
 * chmod*, chown*, creating a file by open*, and writing to a regular file (write, pwrite, writev).
 *
 *     NACCS_FAULT_AT=N       at the N-th one (from 1) …
 *     NACCS_FAULT_KIND=KIND  … kill-before | kill-after (SIGKILL), or let it fail with enospc | eio | eacces
 *     NACCS_FAULT_TIMES=M    let M calls in a row fail (default 1)
 *     NACCS_FAULT_TRACE=FILE append "N call path" for each counted call (FILE itself is not counted)
 *     NACCS_FAULT_NO_RENAMEAT2=1  renameat2 with flags fails with EINVAL, as on some file systems
 *     NACCS_FAULT_COUNTER=FILE count in FILE (8 bytes, made by whoever looks at it), so that another process sees the number
 *     NACCS_FAULT_PROGRAM=P  only in processes of that name: not in hooks and shells that inherit the environment
 *
 * A test runs N = 1, 2, … until the program comes through without meeting its fault.
 */
#ifndef NACCS_FAULTS_H
#define NACCS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

enum naccs_faults_kind {
	NACCS_FAULTS_NONE,
	NACCS_FAULTS_KILL_BEFORE,
	NACCS_FAULTS_KILL_AFTER,
	NACCS_FAULTS_ENOSPC,
	NACCS_FAULTS_EIO,
	NACCS_FAULTS_EACCES,
};

/* Count from now on, with a fault at the at-th call and the times - 1 after it. NACCS_FAULTS_NONE: only count. */
void naccs_faults_arm(enum naccs_faults_kind kind, uint64_t at, uint64_t times);

/* From now on renameat2 with flags is not there (EINVAL), as on some file systems. */
void naccs_faults_refuse_renameat2(void);
int naccs_faults_renameat2(unsigned flags);

/* What was armed last. */
enum naccs_faults_kind naccs_faults_armed(uint64_t *ret_at);

/* From now on this process neither counts nor strikes: another one does, whose NACCS_FAULT_COUNTER is this file (made here). Returns false when it can't be made. */
bool naccs_faults_strike_elsewhere(const char *counter);

/* How many calls were counted since. */
uint64_t naccs_faults_counted(void);
uint64_t naccs_faults_fsyncs(void); /* fsync and fdatasync among them */

/* On Windows: how the struck process ends; does not return. Of the program that links faults_windows.c. */
void naccs_faults_die(void);

/* For interpose.c: count one call; returns 0 to go on, or the errno to fail with. */
int naccs_faults_before(const char *call, int dirfd, const char *path);
void naccs_faults_after(void);

#endif
