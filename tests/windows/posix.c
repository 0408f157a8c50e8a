/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see posix.h. */
#include "posix.h"

#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

char *mkdtemp(char *template)
{
	uint32_t random = 0;
	char *hole = template + strlen(template) - strlen("XXXXXX");
	(void)getrandom(&random, sizeof random, 0);
	(void)snprintf(hole, sizeof "XXXXXX", "%06x", random & 0xFFFFFF);
	return mkdirat(AT_FDCWD, template, 0700) == 0 ? template : NULL;
}

int setenv(const char *name, const char *value, int replaces)
{
	return replaces || getenv(name) == NULL ? _putenv_s(name, value) : 0;
}

char *stpcpy(char *to, const char *from)
{
	size_t length = strlen(from);
	memcpy(to, from, length + 1);
	return to + length;
}

int pipe(int ends[2])
{
	return _pipe(ends, 1024 * 1024, _O_BINARY | _O_NOINHERIT);
}

int memfd_create(const char *name, unsigned flags)
{
	wchar_t folder[MAX_PATH], path[MAX_PATH];
	(void)name;
	(void)flags;
	if (GetTempPathW(MAX_PATH, folder) == 0 || GetTempFileNameW(folder, L"mem", 0, path) == 0)
		return -1;
	HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
				  CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
	return file == INVALID_HANDLE_VALUE ? -1 : _open_osfhandle((intptr_t)file, _O_BINARY | _O_NOINHERIT);
}
