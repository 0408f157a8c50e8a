/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: find out what a crash, a full disk or a failing call does at each single change of Windows's stores. The worker is linked so that its durable calls come here first
 * (ld's --wrap): adding, deleting and committing certificates, making and deleting key containers, importing keys.
 */
#ifndef NACCS_WINDOWS_STRIKES_H
#define NACCS_WINDOWS_STRIKES_H

#define STRIKES_EXIT_CODE 137 /* of a worker that was struck dead */

/* Read "* N kill-before|kill-after|full|error" from the file, if it is there: strike at the N-th call, and make FILE.met. path is the native system's. */
void strikes_read(const char *path);

#endif
