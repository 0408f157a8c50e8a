/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the links that the program makes itself. Windows gives real ones to administrators and developers only, so ours is a small file:
 * this line and the target, no more. Nothing follows it but readlinkat(); people can read it.
 */
#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char magic[] = "naccs-cert link to: ";
#define MAGIC_LENGTH (sizeof magic - 1)
#define TARGET_LIMIT 1024

/* The file from its beginning, without moving its position. */
static int read_start(HANDLE file, char *to, size_t size)
{
	LARGE_INTEGER zero = {0}, position;
	DWORD count = 0;
	if (!SetFilePointerEx(file, zero, &position, FILE_CURRENT) || !SetFilePointerEx(file, zero, NULL, FILE_BEGIN))
		return -1;
	BOOL is_read = ReadFile(file, to, (DWORD)size, &count, NULL);
	(void)SetFilePointerEx(file, position, NULL, FILE_BEGIN);
	return is_read ? (int)count : -1;
}

/* The target in text, or NULL when this is no link. */
static const char *target_of(HANDLE file, char text[MAGIC_LENGTH + TARGET_LIMIT + 2])
{
	BY_HANDLE_FILE_INFORMATION about;
	if (!GetFileInformationByHandle(file, &about) || (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ||
	    about.nFileSizeHigh != 0 || about.nFileSizeLow <= MAGIC_LENGTH + 1 || about.nFileSizeLow > MAGIC_LENGTH + TARGET_LIMIT + 1)
		return NULL;
	int length = read_start(file, text, MAGIC_LENGTH + TARGET_LIMIT + 1);
	if (length <= (int)MAGIC_LENGTH + 1 || memcmp(text, magic, MAGIC_LENGTH) != 0 || text[length - 1] != '\n')
		return NULL;
	text[length - 1] = '\0';
	return strlen(text) == (size_t)length - 1 ? text + MAGIC_LENGTH : NULL;
}

bool naccs_native_is_link(HANDLE file)
{
	char text[MAGIC_LENGTH + TARGET_LIMIT + 2];
	return target_of(file, text) != NULL;
}

ssize_t readlinkat(int dirfd, const char *path, char *to, size_t size)
{
	char text[MAGIC_LENGTH + TARGET_LIMIT + 2];
	HANDLE file = NULL;
	const struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = FILE_GENERIC_READ,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT | FILE_NON_DIRECTORY_FILE,
	};
	if (naccs_native_open(&how, &file) != 0) {
		errno = errno == EISDIR ? EINVAL : errno;
		return -1;
	}
	const char *target = target_of(file, text);
	(void)CloseHandle(file);
	if (target == NULL) {
		errno = EINVAL;
		return -1;
	}
	size_t length = strlen(target);
	length = length < size ? length : size;
	memcpy(to, target, length);
	return (ssize_t)length;
}

static int write_link(int fd, const char *target)
{
	char text[MAGIC_LENGTH + TARGET_LIMIT + 2];
	size_t length = strlen(target);
	memcpy(text, magic, MAGIC_LENGTH);
	memcpy(text + MAGIC_LENGTH, target, length);
	text[MAGIC_LENGTH + length] = '\n';
	return naccs_windows_write(fd, text, MAGIC_LENGTH + length + 1) == (ssize_t)(MAGIC_LENGTH + length + 1) ? fsync(fd) : -1;
}

int symlinkat(const char *target, int dirfd, const char *path)
{
	size_t length = strlen(target);
	if (length == 0 || length > TARGET_LIMIT || strchr(target, '\n') != NULL) {
		errno = length == 0 ? ENOENT : EINVAL;
		return -1;
	}
	int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	int result = write_link(fd, target);
	int kept = errno;
	(void)close(fd);
	if (result != 0)
		(void)unlinkat(dirfd, path, 0);
	errno = kept;
	return result;
}
