/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see cancel.h. This file: the console's Ctrl-C and Ctrl-Break, its window being closed, log-off and shutdown. */
#include "cancel.h"

#include <windows.h>

/* The handler runs in a thread of its own, and reaches nothing but static memory. */
static volatile LONG is_cancelled;

static BOOL WINAPI note_cancel(DWORD event)
{
	if (InterlockedExchange(&is_cancelled, 1) != 0)
		return FALSE; /* the second one: as if there were no handler */
	/* Windows ends a process as soon as the handler of one of these returns, or a few seconds later: time to undo. */
	if (event == CTRL_CLOSE_EVENT || event == CTRL_LOGOFF_EVENT || event == CTRL_SHUTDOWN_EVENT)
		Sleep(INFINITE);
	return TRUE;
}

void cli_cancel_catch(void)
{
	(void)SetConsoleCtrlHandler(note_cancel, TRUE);
}

bool cli_cancel_is_wanted(void)
{
	return InterlockedCompareExchange(&is_cancelled, 0, 0) != 0;
}
