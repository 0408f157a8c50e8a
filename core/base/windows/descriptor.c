/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what is done with an open descriptor, in the types of POSIX and with its meaning. */
#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <limits.h>
#include <sys/random.h>
#include <unistd.h>

#include <bcrypt.h>

static unsigned part_of(size_t size)
{
	return size > INT_MAX ? INT_MAX : (unsigned)size;
}

ssize_t naccs_windows_read(int fd, void *to, size_t size)
{
	return _read(fd, to, part_of(size));
}

ssize_t naccs_windows_write(int fd, const void *from, size_t size)
{
	return _write(fd, from, part_of(size));
}

static OVERLAPPED place(off_t offset)
{
	return (OVERLAPPED){.Offset = (DWORD)((uint64_t)offset & 0xFFFFFFFF), .OffsetHigh = (DWORD)((uint64_t)offset >> 32)};
}

ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
	OVERLAPPED where = place(offset);
	DWORD count = 0;
	HANDLE file = naccs_native_handle(fd);
	if (file == INVALID_HANDLE_VALUE)
		return -1;
	if (!ReadFile(file, to, part_of(size), &count, &where) && GetLastError() != ERROR_HANDLE_EOF)
		return naccs_windows_fail_last();
	return (ssize_t)count;
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t offset)
{
	OVERLAPPED where = place(offset);
	DWORD count = 0;
	HANDLE file = naccs_native_handle(fd);
	if (file == INVALID_HANDLE_VALUE)
		return -1;
	return WriteFile(file, from, part_of(size), &count, &where) ? (ssize_t)count : naccs_windows_fail_last();
}

int ftruncate(int fd, off_t length)
{
	FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = length};
	HANDLE file = naccs_native_handle(fd);
	if (file == INVALID_HANDLE_VALUE)
		return -1;
	return SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end) ? 0 : naccs_windows_fail_last();
}

int posix_fallocate(int fd, off_t offset, off_t length)
{
	FILE_ALLOCATION_INFO room = {.AllocationSize.QuadPart = offset + length};
	LARGE_INTEGER size = {0};
	HANDLE file = naccs_native_handle(fd);
	int kept = errno;
	int errnum = 0;
	if (file == INVALID_HANDLE_VALUE || !GetFileSizeEx(file, &size))
		return EBADF;
	bool is_set =
		SetFileInformationByHandle(file, FileAllocationInfo, &room, sizeof room) || GetLastError() == ERROR_CALL_NOT_IMPLEMENTED;
	if (!is_set)
		errnum = naccs_windows_fail_last() == 0 ? 0 : errno;
	else if (size.QuadPart < offset + length && ftruncate(fd, offset + length) != 0)
		errnum = errno;
	errno = kept;
	return errnum;
}

int fsync(int fd)
{
	BY_HANDLE_FILE_INFORMATION about;
	HANDLE file = naccs_native_handle(fd);
	if (file == INVALID_HANDLE_VALUE)
		return -1;
	if (GetFileInformationByHandle(file, &about) && (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
		return 0;
	return FlushFileBuffers(file) ? 0 : naccs_windows_fail_last();
}

ssize_t getrandom(void *to, size_t size, unsigned flags)
{
	(void)flags;
	if (size > ULONG_MAX || BCryptGenRandom(NULL, to, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
		errno = EIO;
		return -1;
	}
	return (ssize_t)size;
}
