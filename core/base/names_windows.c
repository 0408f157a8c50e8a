/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see names.h. Both separators are taken from people; what is made here has '/'. */
#include "names.h"

#include "windows/wide.h"

#include <windows.h>

#include <io.h>
#include <stdlib.h>
#include <string.h>

static bool is_separator(char character)
{
	return character == '/' || character == '\\';
}

static bool is_drive(const char *path)
{
	return ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) && path[1] == ':';
}

bool naccs_path_is_absolute(const char *path)
{
	return path != NULL && (is_drive(path) ? is_separator(path[2]) : is_separator(path[0]));
}

const char *naccs_path_last_part(const char *path)
{
	const char *last = is_drive(path) ? path + 2 : path;

	for (const char *at = last; *at != '\0'; at++)
		if (is_separator(*at))
			last = at + 1;
	return last;
}

char *naccs_path_parent(const char *path)
{
	size_t length = (size_t)(naccs_path_last_part(path) - path);

	if (length == 0)
		return strdup(".");
	if (is_separator(path[length - 1]) && length > 1 && !(length == 3 && is_drive(path)))
		length--;
	return strndup(path, length);
}

static char *with_slashes(const wchar_t *wide)
{
	char *path = naccs_wide_text(wide);

	for (char *at = path; at != NULL && *at != '\0'; at++)
		if (*at == '\\')
			*at = '/';
	return path;
}

char *naccs_path_of_folder(int dirfd)
{
	HANDLE handle = (HANDLE)_get_osfhandle(dirfd);
	wchar_t path[MAX_PATH * 4];
	DWORD size = sizeof path / sizeof path[0];
	DWORD length =
		handle != INVALID_HANDLE_VALUE ? GetFinalPathNameByHandleW(handle, path, size, FILE_NAME_NORMALIZED | VOLUME_NAME_DOS) : 0;

	if (length == 0 || length >= size)
		return NULL;
	return with_slashes(wcsncmp(path, L"\\\\?\\", 4) == 0 && path[5] == L':' ? path + 4 : path);
}

char *naccs_path_of_program(void)
{
	wchar_t path[MAX_PATH * 4];
	DWORD size = sizeof path / sizeof path[0];
	DWORD length = GetModuleFileNameW(NULL, path, size);

	return length > 0 && length < size ? with_slashes(path) : NULL;
}
