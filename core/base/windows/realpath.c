/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see include/stdlib.h. */
#include "native.h"
#include "wide.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* "\\?\C:\…" as people write it. */
static void plain(wchar_t *path)
{
	bool is_share = wcsncmp(path, L"\\\\?\\UNC\\", 8) == 0;
	if (is_share)
		wmemmove(path + 2, path + 8, wcslen(path + 8) + 1);
	else if (wcsncmp(path, L"\\\\?\\", 4) == 0)
		wmemmove(path, path + 4, wcslen(path + 4) + 1);
	for (wchar_t *c = path; *c != L'\0'; c++)
		*c = *c == L'\\' ? L'/' : *c;
}

char *naccs_native_final_path(HANDLE file)
{
	DWORD size = GetFinalPathNameByHandleW(file, NULL, 0, FILE_NAME_NORMALIZED);
	wchar_t *wide = size == 0 ? NULL : calloc(size + 1, sizeof *wide);
	char *text = NULL;
	if (wide == NULL) {
		errno = size == 0 ? EIO : ENOMEM;
	} else if (GetFinalPathNameByHandleW(file, wide, size + 1, FILE_NAME_NORMALIZED) > size) {
		errno = EIO;
	} else {
		plain(wide);
		text = naccs_wide_text(wide);
	}
	free(wide);
	return text;
}

char *realpath(const char *path, char *to)
{
	HANDLE file = NULL;
	const struct naccs_native_open how = {.dirfd = AT_FDCWD,
					      .path = path,
					      .access = FILE_READ_ATTRIBUTES,
					      .disposition = FILE_OPEN,
					      .options = FILE_OPEN_FOR_BACKUP_INTENT};
	if (to != NULL) {
		errno = EINVAL;
		return NULL;
	}
	if (naccs_native_open(&how, &file) != 0)
		return NULL;
	char *text = naccs_native_final_path(file);
	(void)CloseHandle(file);
	return text;
}
