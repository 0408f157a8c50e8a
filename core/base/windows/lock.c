/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: see include/sys/file.h. A file is locked in a range far behind its end, since locks of Windows keep others from reading too. A
 * folder can't be locked at all: its place takes a semaphore of the system, named after volume and number of the folder, which goes when
 * the last process that has it open ends.
 */
#include "native.h"

#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define DESCRIPTORS 2048 /* what the C runtime has room for */
#define FAR_AWAY 0x7FFFFFFF

/* The lock that a descriptor holds, as the kernel keeps it on POSIX systems: there is no other place for it in the process. */
static struct {
	SRWLOCK guard;
	HANDLE semaphore[DESCRIPTORS];
} held = {.guard = SRWLOCK_INIT};

static int would_block(void)
{
	errno = EWOULDBLOCK;
	return -1;
}

static int lock_file(HANDLE file)
{
	OVERLAPPED range = {.OffsetHigh = FAR_AWAY};
	if (LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &range))
		return 0;
	return GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING ? would_block() : naccs_windows_fail_last();
}

static int lock_folder(int fd, const BY_HANDLE_FILE_INFORMATION *about)
{
	wchar_t name[96];
	(void)swprintf(name, sizeof name / sizeof name[0], L"Global\\naccs-cert-folder-%08lx-%08lx%08lx", about->dwVolumeSerialNumber,
		       about->nFileIndexHigh, about->nFileIndexLow);
	HANDLE semaphore = CreateSemaphoreW(NULL, 1, 1, name);
	if (semaphore == NULL) /* another user's process has it, whose object is closed to us */
		return GetLastError() == ERROR_ACCESS_DENIED ? would_block() : naccs_windows_fail_last();
	if (WaitForSingleObject(semaphore, 0) != WAIT_OBJECT_0) {
		(void)CloseHandle(semaphore);
		return would_block();
	}
	AcquireSRWLockExclusive(&held.guard);
	held.semaphore[fd] = semaphore;
	ReleaseSRWLockExclusive(&held.guard);
	return 0;
}

static bool has_lock(int fd)
{
	AcquireSRWLockShared(&held.guard);
	bool is_held = held.semaphore[fd] != NULL;
	ReleaseSRWLockShared(&held.guard);
	return is_held;
}

int flock(int fd, int operation)
{
	BY_HANDLE_FILE_INFORMATION about;
	HANDLE file = naccs_native_handle(fd);
	if (file == INVALID_HANDLE_VALUE)
		return -1;
	if (operation != (LOCK_EX | LOCK_NB) || fd >= DESCRIPTORS) {
		errno = EINVAL;
		return -1;
	}
	if (!GetFileInformationByHandle(file, &about))
		return naccs_windows_fail_last();
	if ((about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
		return lock_file(file);
	return has_lock(fd) ? 0 : lock_folder(fd, &about);
}

int close(int fd)
{
	HANDLE semaphore = NULL;
	if (fd >= 0 && fd < DESCRIPTORS) {
		AcquireSRWLockExclusive(&held.guard);
		semaphore = held.semaphore[fd];
		held.semaphore[fd] = NULL;
		ReleaseSRWLockExclusive(&held.guard);
	}
	if (semaphore != NULL) {
		(void)ReleaseSemaphore(semaphore, 1, NULL);
		(void)CloseHandle(semaphore);
	}
	return _close(fd);
}
