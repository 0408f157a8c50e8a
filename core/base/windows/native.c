/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see native.h. */
#include "native.h"

#include "wide.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SURROGATE_TAG 0x20000000 /* winnt.h, IsReparseTagNameSurrogate: links and junctions, not files that are merely kept elsewhere */

struct attribute_tag {
	ULONG attributes;
	ULONG reparse_tag;
};
#define FILE_ATTRIBUTE_TAG_INFORMATION_CLASS ((FILE_INFORMATION_CLASS)35)

HANDLE naccs_native_handle(int fd)
{
	intptr_t handle = fd < 0 ? -1 : _get_osfhandle(fd);
	if (handle == -1 || handle == -2) {
		errno = EBADF;
		return INVALID_HANDLE_VALUE;
	}
	return (HANDLE)handle;
}

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

static bool has_drive(const char *path)
{
	return ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) && path[1] == ':';
}

bool naccs_native_is_absolute(const char *path)
{
	return has_drive(path) || is_separator(path[0]);
}

static wchar_t *fail_name(int errnum)
{
	errno = errnum;
	return NULL;
}

wchar_t *naccs_native_relative(const char *path)
{
	wchar_t *wide = naccs_wide_new(path);
	if (wide == NULL)
		return NULL;
	wchar_t *to = wide;
	for (const wchar_t *from = wide; *from != L'\0';) {
		size_t skipped = wcsspn(from, L"/\\");
		from += skipped;
		size_t length = wcscspn(from, L"/\\");
		bool is_up = length == 2 && wcsncmp(from, L"..", 2) == 0;
		/* A colon would name a stream of the file, a part that ends in a dot or a blank another file than people see. */
		bool is_forbidden =
			length > 0 && (wcscspn(from, L":*?\"<>|") < length || from[length - 1] == L' ' || from[length - 1] == L'.');
		bool is_here = length == 1 && from[0] == L'.';
		if (is_up || (is_forbidden && !is_here) || length > NAME_MAX / 3) {
			free(wide);
			return fail_name(length > NAME_MAX / 3 ? ENAMETOOLONG : EINVAL);
		}
		if (length > 0 && !is_here) {
			if (to != wide)
				*to++ = L'\\';
			memmove(to, from, length * sizeof *from);
			to += length;
		}
		from += length;
	}
	*to = L'\0';
	return wide;
}

wchar_t *naccs_native_full_path(const char *path)
{
	wchar_t *wide = has_drive(path) && path[2] == '\0' ? naccs_wide_new_length((char[]){path[0], ':', '\\'}, 3) : naccs_wide_new(path);
	DWORD size = wide == NULL ? 0 : GetFullPathNameW(wide, 0, NULL, NULL);
	wchar_t *full = size == 0 ? NULL : calloc(size, sizeof *full);
	if (full != NULL && GetFullPathNameW(wide, size, full, NULL) >= size) {
		free(full);
		full = NULL;
	}
	if (full == NULL && wide != NULL)
		errno = size == 0 ? ENOENT : ENOMEM;
	free(wide);
	return full;
}

wchar_t *naccs_native_path(const char *path)
{
	if (path[0] == '\0')
		return fail_name(ENOENT);
	wchar_t *full = naccs_native_full_path(path);
	if (full == NULL)
		return NULL;
	bool is_device = wcsncmp(full, L"\\\\.\\", 4) == 0 || wcsncmp(full, L"\\\\?\\", 4) == 0;
	bool is_share = !is_device && wcsncmp(full, L"\\\\", 2) == 0;
	const wchar_t *rest = full + (is_device ? 4 : is_share ? 2 : 0);
	const wchar_t *colon = is_device ? NULL : wcschr(rest + (is_share ? 0 : 2), L':');
	const wchar_t *prefix = is_share ? L"\\??\\UNC\\" : L"\\??\\";
	size_t size = wcslen(prefix) + wcslen(rest) + 1;
	wchar_t *native = colon != NULL || rest[0] == L'\0' ? fail_name(EINVAL) : calloc(size, sizeof *native);
	if (native != NULL) {
		wcscpy(native, prefix);
		wcscat(native, rest);
	}
	free(full);
	return native;
}

static int open_name(HANDLE root, const wchar_t *name, const struct naccs_native_open *how, HANDLE *ret)
{
	size_t bytes = wcslen(name) * sizeof *name;
	if (bytes > UINT16_MAX - sizeof *name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	UNICODE_STRING text = {(USHORT)bytes, (USHORT)(bytes + sizeof *name), (wchar_t *)(uintptr_t)name};
	OBJECT_ATTRIBUTES attributes;
	IO_STATUS_BLOCK io = {0};
	HANDLE file = NULL;
	InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, root, how->security);
	NTSTATUS status = NtCreateFile(&file, how->access | SYNCHRONIZE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, NACCS_SHARE_ALL,
				       how->disposition, how->options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
	if (!NT_SUCCESS(status))
		return naccs_windows_fail_status(status);
	*ret = file;
	return 0;
}

int naccs_native_open(const struct naccs_native_open *how, HANDLE *ret)
{
	HANDLE root = NULL;
	bool is_relative = how->dirfd != AT_FDCWD && !naccs_native_is_absolute(how->path);
	if (how->path[0] == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (is_relative) {
		root = naccs_native_handle(how->dirfd);
		if (root == INVALID_HANDLE_VALUE)
			return -1;
	}
	wchar_t *name = is_relative ? naccs_native_relative(how->path) : naccs_native_path(how->path);
	if (name == NULL)
		return -1;
	int result = open_name(root, name, how, ret);
	int kept = errno;
	free(name);
	errno = kept;
	return result;
}

int naccs_native_reopen(HANDLE file, ACCESS_MASK access, HANDLE *ret)
{
	HANDLE again = ReOpenFile(file, access, NACCS_SHARE_ALL, FILE_FLAG_BACKUP_SEMANTICS);
	if (again == INVALID_HANDLE_VALUE) {
		const struct naccs_native_open how = {.access = access, .disposition = FILE_OPEN};
		return open_name(file, L"", &how, ret);
	}
	*ret = again;
	return 0;
}

bool naccs_native_is_real_link(HANDLE file)
{
	struct attribute_tag tag = {0};
	IO_STATUS_BLOCK io;
	return NT_SUCCESS(NtQueryInformationFile(file, &io, &tag, sizeof tag, FILE_ATTRIBUTE_TAG_INFORMATION_CLASS)) &&
	       (tag.attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 && (tag.reparse_tag & SURROGATE_TAG) != 0;
}

NTSTATUS naccs_native_patiently(NTSTATUS (*attempt)(void *context), void *context)
{
	NTSTATUS status = attempt(context);
	for (DWORD step = 1; step <= NACCS_PATIENCE_STEPS; step++) {
		bool is_in_use = status == (NTSTATUS)0xC0000043 /* sharing violation */ ||
				 status == (NTSTATUS)0xC0000022 /* access denied */ || status == (NTSTATUS)0xC0000056; /* delete pending */
		if (!is_in_use)
			break;
		Sleep(step * NACCS_PATIENCE_MS);
		status = attempt(context);
	}
	return status;
}
