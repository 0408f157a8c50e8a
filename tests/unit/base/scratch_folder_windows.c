/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a folder per test on Windows, made and emptied by the system's own calls, so that a fault of the code under test can't hide itself.
 */
#include "scratch.h"

#include <windows.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

int scratch_setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof *scratch);
	wchar_t folder[MAX_PATH], path[MAX_PATH];
	LARGE_INTEGER now;
	if (scratch == NULL || GetTempPathW(MAX_PATH, folder) == 0 || !QueryPerformanceCounter(&now))
		return -1;
	(void)swprintf(path, MAX_PATH, L"%lsnaccs-base-%lu-%lld", folder, GetCurrentProcessId(), now.QuadPart);
	if (!CreateDirectoryW(path, NULL) ||
	    WideCharToMultiByte(CP_UTF8, 0, path, -1, scratch->path, sizeof scratch->path, NULL, NULL) == 0) {
		free(scratch);
		return -1;
	}
	for (char *c = scratch->path; *c != '\0'; c++)
		*c = *c == '\\' ? '/' : *c;
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	return scratch->fd < 0 ? -1 : 0;
}

static int remove_tree(const wchar_t *folder)
{
	wchar_t pattern[2048], path[2048];
	WIN32_FIND_DATAW found;
	(void)swprintf(pattern, 2048, L"%ls\\*", folder);
	HANDLE search = FindFirstFileW(pattern, &found);
	for (BOOL is_found = search != INVALID_HANDLE_VALUE; is_found; is_found = FindNextFileW(search, &found)) {
		if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
			continue;
		(void)swprintf(path, 2048, L"%ls\\%ls", folder, found.cFileName);
		if ((found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
			(void)remove_tree(path);
		else
			(void)DeleteFileW(path);
	}
	if (search != INVALID_HANDLE_VALUE)
		(void)FindClose(search);
	return RemoveDirectoryW(folder) ? 0 : -1;
}

int scratch_teardown(void **state)
{
	struct scratch *scratch = *state;
	wchar_t path[MAX_PATH + 4] = L"\\\\?\\";
	(void)close(scratch->fd);
	(void)MultiByteToWideChar(CP_UTF8, 0, scratch->path, -1, path + 4, MAX_PATH);
	for (wchar_t *c = path; *c != L'\0'; c++)
		*c = *c == L'/' ? L'\\' : *c;
	free(scratch);
	return remove_tree(path);
}
