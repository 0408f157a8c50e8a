/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: find out what a crash, a full disk or a failing call does at each single change of Windows's stores. The worker is linked so that
 * its durable calls come here first (ld's --wrap): adding, deleting and committing certificates, making and deleting key containers,
 * importing keys.
 */
#ifndef NACCS_WINDOWS_STRIKES_H
#define NACCS_WINDOWS_STRIKES_H

#define STRIKES_EXIT_CODE 137 /* of a worker that was struck dead */

/*
 * Read "* N KIND" from the file, if it is there. path is the native system's.
 *     kill-before, kill-after, full, error, cancelled  strike at the N-th call, and make FILE.met; cancelled: as when a person says No in
 * Windows's window denied                                           the machine's stores can't be opened for writing archiving the property
 * "archived" can be set, as on Windows
 */
void strikes_read(const char *path);

#endif
