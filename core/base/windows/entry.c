/* SPDX-License-Identifier: Apache-2.0 */
/* Why: renaming and deleting by folder handle, as POSIX means them where Windows can (a name goes at once, whoever has the file open). */
#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RENAME_INFORMATION ((FILE_INFORMATION_CLASS)10)
#define RENAME_INFORMATION_EX ((FILE_INFORMATION_CLASS)65)
#define DISPOSITION_INFORMATION ((FILE_INFORMATION_CLASS)13)
#define DISPOSITION_INFORMATION_EX ((FILE_INFORMATION_CLASS)64)

#define REPLACE_IF_EXISTS 0x1
#define POSIX_SEMANTICS 0x2
#define DELETE_FILE 0x1
#define IGNORE_READ_ONLY 0x10

#define STATUS_INFO_CLASS ((NTSTATUS)0xC0000003)
#define STATUS_NOT_IMPLEMENTED_ ((NTSTATUS)0xC0000002)
#define STATUS_PARAMETER ((NTSTATUS)0xC000000D)
#define STATUS_UNSUPPORTED ((NTSTATUS)0xC00000BB)
#define STATUS_COLLISION ((NTSTATUS)0xC0000035)

struct rename_information {
	union {
		BOOLEAN replaces;
		ULONG flags;
	};
	HANDLE root;
	ULONG name_bytes;
	WCHAR name[];
};

struct renaming {
	HANDLE file;
	struct rename_information *information;
	ULONG size;
	bool replaces;
};

/* A file system or a Windows (before 10) that does not know the newer form of the call. */
static bool is_unknown(NTSTATUS status)
{
	return status == STATUS_INFO_CLASS || status == STATUS_NOT_IMPLEMENTED_ || status == STATUS_PARAMETER ||
	       status == STATUS_UNSUPPORTED;
}

static NTSTATUS rename_once(void *context)
{
	const struct renaming *renaming = context;
	IO_STATUS_BLOCK io;
	renaming->information->flags = renaming->replaces ? REPLACE_IF_EXISTS | POSIX_SEMANTICS : 0;
	NTSTATUS status = NtSetInformationFile(renaming->file, &io, renaming->information, renaming->size, RENAME_INFORMATION_EX);
	if (!is_unknown(status))
		return status;
	renaming->information->flags = 0;
	renaming->information->replaces = renaming->replaces;
	return NtSetInformationFile(renaming->file, &io, renaming->information, renaming->size, RENAME_INFORMATION);
}

/* The name that the file gets, with the folder that it starts from. Caller frees. */
static struct rename_information *new_name(int dirfd, const char *path, ULONG *ret_size)
{
	bool is_relative = dirfd != AT_FDCWD && !naccs_native_is_absolute(path);
	HANDLE root = is_relative ? naccs_native_handle(dirfd) : NULL;
	if (root == INVALID_HANDLE_VALUE)
		return NULL;
	wchar_t *name = is_relative ? naccs_native_relative(path) : naccs_native_path(path);
	if (name == NULL)
		return NULL;
	size_t bytes = wcslen(name) * sizeof *name;
	struct rename_information *information = calloc(1, sizeof *information + bytes + sizeof *name);
	if (information != NULL) {
		information->root = root;
		information->name_bytes = (ULONG)bytes;
		memcpy(information->name, name, bytes);
		*ret_size = (ULONG)(sizeof *information + bytes + sizeof *name);
	}
	free(name);
	return information;
}

static int open_for_change(int dirfd, const char *path, ULONG options, HANDLE *ret)
{
	const struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = DELETE | FILE_READ_ATTRIBUTES,
		.disposition = FILE_OPEN,
		.options = options | FILE_OPEN_REPARSE_POINT | FILE_OPEN_FOR_BACKUP_INTENT | FILE_WRITE_THROUGH,
	};
	/* Programs that let nobody else at a file while they look at it, virus scanners above all, are done in a moment. */
	int result = naccs_native_open(&how, ret);
	for (DWORD step = 1; result != 0 && errno == EBUSY && step <= NACCS_PATIENCE_STEPS; step++) {
		Sleep(step * NACCS_PATIENCE_MS);
		result = naccs_native_open(&how, ret);
	}
	return result;
}

static bool is_same_file(HANDLE a, int dirfd, const char *path)
{
	BY_HANDLE_FILE_INFORMATION ours, theirs;
	HANDLE b = NULL;
	const struct naccs_native_open how = {
		.dirfd = dirfd, .path = path, .access = FILE_READ_ATTRIBUTES, .disposition = FILE_OPEN, .options = FILE_OPEN_REPARSE_POINT};
	if (naccs_native_open(&how, &b) != 0)
		return false;
	bool is_same = GetFileInformationByHandle(a, &ours) && GetFileInformationByHandle(b, &theirs) &&
		       ours.dwVolumeSerialNumber == theirs.dwVolumeSerialNumber && ours.nFileIndexHigh == theirs.nFileIndexHigh &&
		       ours.nFileIndexLow == theirs.nFileIndexLow;
	(void)CloseHandle(b);
	return is_same;
}

/* A folder never takes the place of another one: say so as POSIX does, instead of "denied". */
static int explain_rename(NTSTATUS status, int to_dirfd, const char *to)
{
	HANDLE target = NULL;
	if (open_for_change(to_dirfd, to, FILE_DIRECTORY_FILE, &target) == 0) {
		(void)CloseHandle(target);
		errno = EEXIST;
		return -1;
	}
	return naccs_windows_fail_status(status);
}

int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags)
{
	struct renaming renaming = {.replaces = (flags & RENAME_NOREPLACE) == 0};
	if ((flags & ~RENAME_NOREPLACE) != 0) {
		errno = EINVAL;
		return -1;
	}
	renaming.information = new_name(to_dirfd, to, &renaming.size);
	if (renaming.information == NULL || open_for_change(from_dirfd, from, 0, &renaming.file) != 0) {
		int kept = errno;
		free(renaming.information);
		errno = kept;
		return -1;
	}
	NTSTATUS status =
		is_same_file(renaming.file, to_dirfd, to) && renaming.replaces ? 0 : naccs_native_patiently(rename_once, &renaming);
	(void)CloseHandle(renaming.file);
	free(renaming.information);
	return NT_SUCCESS(status) ? 0 : explain_rename(status, to_dirfd, to);
}

int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	return renameat2(from_dirfd, from, to_dirfd, to, 0);
}

static NTSTATUS delete_once(void *context)
{
	HANDLE file = *(HANDLE *)context;
	IO_STATUS_BLOCK io;
	ULONG flags = DELETE_FILE | POSIX_SEMANTICS | IGNORE_READ_ONLY;
	NTSTATUS status = NtSetInformationFile(file, &io, &flags, sizeof flags, DISPOSITION_INFORMATION_EX);
	if (!is_unknown(status))
		return status;
	BOOLEAN deletes = TRUE;
	return NtSetInformationFile(file, &io, &deletes, sizeof deletes, DISPOSITION_INFORMATION);
}

int unlinkat(int dirfd, const char *path, int flags)
{
	HANDLE file = NULL;
	if ((flags & ~AT_REMOVEDIR) != 0) {
		errno = EINVAL;
		return -1;
	}
	if (open_for_change(dirfd, path, (flags & AT_REMOVEDIR) != 0 ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE, &file) != 0)
		return -1;
	NTSTATUS status = naccs_native_patiently(delete_once, &file);
	(void)CloseHandle(file);
	return NT_SUCCESS(status) ? 0 : naccs_windows_fail_status(status);
}
