/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see console_windows.h. */
#include "console_windows.h"

#include "windows/wide.h"

#include <stdlib.h>
#include <wchar.h>

#define PIECE 8000 /* characters: one call takes 64 KiB at most on older systems */

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x0004
#endif

bool cli_console_is(HANDLE handle)
{
	DWORD mode;

	return handle != NULL && handle != INVALID_HANDLE_VALUE && GetConsoleMode(handle, &mode) != 0;
}

static bool write_wide(HANDLE console, const wchar_t *text)
{
	size_t left = wcslen(text);

	while (left > 0) {
		DWORD piece = left < PIECE ? (DWORD)left : PIECE, written = 0;

		if (piece < left && text[piece - 1] >= 0xD800 && text[piece - 1] <= 0xDBFF)
			piece--; /* a pair is one character */
		if (WriteConsoleW(console, text, piece, &written, NULL) == 0)
			return false;
		if (written == 0)
			return false;
		text += written;
		left -= written;
	}
	return true;
}

bool cli_console_write(HANDLE console, const char *text)
{
	wchar_t *wide = naccs_wide_new(text);
	DWORD mode = 0;
	bool has_mode = GetConsoleMode(console, &mode) != 0;
	bool is_changed = has_mode && SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
	bool is_written = wide != NULL && write_wide(console, wide);
	DWORD problem = GetLastError();

	if (is_changed)
		(void)SetConsoleMode(console, mode);
	free(wide);
	SetLastError(problem);
	return is_written;
}

bool cli_console_has_colour(HANDLE console)
{
	DWORD mode = 0;
	bool is_possible = GetConsoleMode(console, &mode) != 0 && SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;

	if (is_possible)
		(void)SetConsoleMode(console, mode);
	return is_possible;
}
