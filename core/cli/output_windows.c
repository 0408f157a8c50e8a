/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see output.h. A console gets UTF-16; a file or a pipe gets the bytes as they are, UTF-8 without translation of line ends. */
#include "output.h"

#include "console_windows.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static HANDLE handle_of(int fd)
{
	return (HANDLE)_get_osfhandle(fd);
}

/* A closed descriptor is an error to return (EBADF), not the end of the program. */
static void __cdecl ignore(const wchar_t *expression, const wchar_t *function, const wchar_t *file, unsigned line, uintptr_t reserved)
{
	(void)expression;
	(void)function;
	(void)file;
	(void)line;
	(void)reserved;
}

void cli_output_guard(void)
{
	(void)_set_invalid_parameter_handler(ignore);
	for (int fd = 0; fd <= 2; fd++)
		(void)_setmode(fd, _O_BINARY);
}

naccs_status cli_output_write(int fd, const char *name, const char *text, struct naccs_error *err)
{
	size_t length = strlen(text);
	HANDLE handle = handle_of(fd);

	if (cli_console_is(handle)) {
		if (cli_console_write(handle, text))
			return NACCS_OK;
		return naccs_fail(err, NACCS_E_FILE_IO, (int64_t)GetLastError(), _("cannot write to %s"), name);
	}
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written <= 0)
			return naccs_fail_errno(err, NACCS_E_FILE_IO, written == 0 ? ENOSPC : errno, _("cannot write to %s"), name);
		text += written;
		length -= (size_t)written;
	}
	return NACCS_OK;
}

bool cli_output_is_terminal(int fd)
{
	return cli_console_is(handle_of(fd));
}

bool cli_output_has_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR");

	return cli_output_is_terminal(fd) && (no_colour == NULL || no_colour[0] == '\0') && cli_console_has_colour(handle_of(fd));
}

/* There is no journal. */
bool cli_output_is_journal(int fd, const char *journal_stream)
{
	(void)fd;
	(void)journal_stream;
	return false;
}
