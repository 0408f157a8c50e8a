/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see prompt.h. The console is opened by its name, whatever standard input and output are. */
#include "prompt.h"

#include "console_windows.h"
#include "text.h"

#include <errno.h>
#include <string.h>

#define END_OF_INPUT 0x1A /* Ctrl-Z, then Enter */
#define ROOM ((size_t)64) /* characters of one read */

struct console {
	HANDLE in, out;
	DWORD before; /* the input's mode */
};

static HANDLE open_console(const wchar_t *name)
{
	return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
}

static void console_close(struct console *console)
{
	if (console->in != INVALID_HANDLE_VALUE)
		(void)CloseHandle(console->in);
	if (console->out != INVALID_HANDLE_VALUE)
		(void)CloseHandle(console->out);
}

static naccs_status console_open(struct console *ret, struct naccs_error *err)
{
	*ret = (struct console){.in = open_console(L"CONIN$"), .out = open_console(L"CONOUT$")};
	if (cli_console_is(ret->out) && GetConsoleMode(ret->in, &ret->before) != 0)
		return NACCS_OK;
	console_close(ret);
	return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot ask: there is no terminal"));
}

/* While a question stands, Ctrl-C ends the question: the read returns, the echo comes back, and the run ends as cancelled. */
static BOOL WINAPI keep_running(DWORD event)
{
	return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

static naccs_status read_piece(const struct console *console, struct naccs_secret *wide, struct naccs_error *err)
{
	uint8_t *room = NULL;
	DWORD count = 0;

	if (naccs_secret_reserve(wide, ROOM * sizeof(wchar_t), &room, err) != NACCS_OK)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the answer is longer than %d bytes"), CLI_ANSWER_LIMIT);
	SetLastError(0);
	if (ReadConsoleW(console->in, room, (DWORD)ROOM, &count, NULL) == 0)
		return naccs_fail(err, NACCS_E_FILE_IO, (int64_t)GetLastError(), _("cannot read from the terminal"));
	if (count == 0)
		return GetLastError() == ERROR_OPERATION_ABORTED
			       ? naccs_fail(err, NACCS_E_CANCELLED, EINTR, _("interrupted while waiting for an answer"))
			       : naccs_fail(err, NACCS_E_CANCELLED, 0, _("no answer was given"));
	naccs_secret_added(wide, count * sizeof(wchar_t));
	return NACCS_OK;
}

/* The console edits the line itself, Japanese characters included. *ret_length: in characters, without the line end. */
static naccs_status read_line(const struct console *console, struct naccs_secret *wide, size_t *ret_length, struct naccs_error *err)
{
	for (;;) {
		naccs_status status = read_piece(console, wide, err);
		if (status != NACCS_OK)
			return status;
		const wchar_t *text = (const wchar_t *)(const void *)naccs_secret_data(wide);
		size_t length = naccs_secret_length(wide) / sizeof(wchar_t);
		if (text[0] == END_OF_INPUT)
			return naccs_fail(err, NACCS_E_CANCELLED, 0, _("no answer was given"));
		if (text[length - 1] != L'\n')
			continue;
		*ret_length = length - 1;
		if (*ret_length > 0 && text[*ret_length - 1] == L'\r')
			(*ret_length)--;
		return NACCS_OK;
	}
}

static naccs_status to_utf8(const struct naccs_secret *wide, size_t length, struct naccs_secret *answer, struct naccs_error *err)
{
	const wchar_t *text = (const wchar_t *)(const void *)naccs_secret_data(wide);
	uint8_t *room = NULL;
	int size = length > 0 ? WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, (int)length, NULL, 0, NULL, NULL) : 0;

	if (length == 0)
		return NACCS_OK;
	if (size <= 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the answer holds half a character"));
	if (naccs_secret_reserve(answer, (size_t)size, &room, err) != NACCS_OK)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the answer is longer than %d bytes"), CLI_ANSWER_LIMIT);
	(void)WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, (int)length, (char *)room, size, NULL, NULL);
	naccs_secret_added(answer, (size_t)size);
	return NACCS_OK;
}

static naccs_status ask(const struct console *console, const char *question, bool has_echo, struct naccs_secret *answer,
			struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *wide = NULL;
	DWORD mode = (console->before | ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT) &
		     ~(has_echo ? 0u : (DWORD)ENABLE_ECHO_INPUT);
	size_t length = 0;
	naccs_status status = naccs_secret_new((CLI_ANSWER_LIMIT + ROOM) * sizeof(wchar_t), &wide, err);

	if (status != NACCS_OK)
		return status;
	(void)SetConsoleCtrlHandler(keep_running, TRUE);
	if (SetConsoleMode(console->in, mode) == 0)
		status = naccs_fail(err, NACCS_E_FILE_IO, (int64_t)GetLastError(), _("cannot switch the terminal's echo off"));
	if (status == NACCS_OK) {
		(void)FlushConsoleInputBuffer(console->in);
		(void)cli_console_write(console->out, question);
		status = read_line(console, wide, &length, err);
		if (!has_echo)
			(void)cli_console_write(console->out, "\n");
	}
	(void)SetConsoleMode(console->in, console->before);
	(void)SetConsoleCtrlHandler(keep_running, FALSE);
	return status == NACCS_OK ? to_utf8(wide, length, answer, err) : status;
}

naccs_status cli_prompt(const char *question, bool has_echo, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	struct console console;
	naccs_status status = console_open(&console, err);

	if (status != NACCS_OK)
		return status;
	status = naccs_secret_new(CLI_ANSWER_LIMIT, &answer, err);
	if (status == NACCS_OK)
		status = ask(&console, question, has_echo, answer, err);
	console_close(&console);
	if (status == NACCS_OK)
		*ret = naccs_take(&answer);
	return status;
}

bool cli_prompt_is_possible(void)
{
	struct console console;

	if (console_open(&console, NULL) != NACCS_OK)
		return false;
	console_close(&console);
	return true;
}
