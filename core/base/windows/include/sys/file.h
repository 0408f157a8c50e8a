/* SPDX-License-Identifier: Apache-2.0 */
/* Why: locks that end with the process, on files and on folders. */
#ifndef NACCS_WINDOWS_SYS_FILE_H
#define NACCS_WINDOWS_SYS_FILE_H

#define LOCK_EX 2
#define LOCK_NB 4

/* LOCK_EX | LOCK_NB only: else EINVAL. Somebody else has it: EWOULDBLOCK. It ends when fd is closed. Reading and writing are not hindered.
 */
int flock(int fd, int operation);

#endif
