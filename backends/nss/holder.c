/* SPDX-License-Identifier: Apache-2.0 */
/* Why: "locked" helps nobody; which process locks it does. sqlite locks bytes of the file by fcntl, and the kernel tells who holds them. */
#include "nss.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* As sqlite's file format fixes them. */
#define PENDING_BYTE 0x40000000
#define RESERVED_BYTE (PENDING_BYTE + 1)
#define SHARED_FIRST (PENDING_BYTE + 2)
#define SHARED_SIZE 510

static pid_t holder_of_bytes(int fd, off_t start, off_t length, short kind)
{
	struct flock lock = {.l_type = kind, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

static void read_command(pid_t pid, char *name, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%jd/comm", (intmax_t)pid);
	naccs_auto(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, name, size - 1) : 0;
	name[length > 0 ? length : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	naccs_auto(heap) char *printable = naccs_text_printable(name, strlen(name));
	(void)snprintf(name, size, "%s", printable != NULL ? printable : "");
}

pid_t nss_holder_of(int folder, const char *file, char *name, size_t size)
{
	name[0] = '\0';
	/* Closing this drops fcntl locks of this very process on the file: called only while none of our connections is at work. */
	naccs_auto(fd) int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	pid_t pid = holder_of_bytes(fd, PENDING_BYTE, 2, F_WRLCK); /* pending and reserved: somebody writes */
	if (pid == 0)
		pid = holder_of_bytes(fd, SHARED_FIRST, SHARED_SIZE, F_RDLCK); /* exclusive */
	if (pid == 0)
		pid = holder_of_bytes(fd, SHARED_FIRST, SHARED_SIZE, F_WRLCK); /* a reader that keeps a writer waiting */
	if (pid > 0)
		read_command(pid, name, size);
	return pid;
}
