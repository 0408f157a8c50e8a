/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Windows' console takes UTF-16 and nothing else reliably: its code pages lose characters. */
#ifndef NACCS_CLI_CONSOLE_WINDOWS_H
#define NACCS_CLI_CONSOLE_WINDOWS_H

#include <windows.h>

#include <stdbool.h>
#include <stddef.h>

/* Is this handle a console's? */
bool cli_console_is(HANDLE handle);

/* Write UTF-8 text whole, with escape sequences for colours switched on meanwhile. false: GetLastError(). */
bool cli_console_write(HANDLE console, const char *text);

/* Can this console show colours by escape sequences? Windows 10 and later. */
bool cli_console_has_colour(HANDLE console);

#endif
