/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what hook_windows.c (a process and its end) and hook_launch_windows.c (what is started, and in which environment) share. */
#ifndef NACCS_INSTALL_HOOK_WINDOWS_H
#define NACCS_INSTALL_HOOK_WINDOWS_H

#include "hook.h"

#include <windows.h>

struct naccs_hook_launch {
	wchar_t *program;     /* by its whole path */
	wchar_t *line;	      /* its command line */
	wchar_t *environment; /* "NAME=value" one after the other, each with its NUL, and one more NUL */
};

/* As hook.h says of both functions. */
naccs_status naccs_hook_launch(const char *name, const struct naccs_hook_launch *launch, const struct naccs_hook_watch *watch,
			       struct naccs_error *err);

#endif
