/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see cancel.h. */
#include "cancel.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler reaches nothing but static memory: has one come that asks us to end? */
static volatile sig_atomic_t is_cancelled;

static void note_cancel(int number)
{
	(void)number;
	is_cancelled = 1;
}

void cli_cancel_catch(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = note_cancel, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct sigaction before;
		if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup's is kept */
			(void)sigaction(ends[i], &action, NULL);
	}
}

bool cli_cancel_is_wanted(void)
{
	return is_cancelled != 0;
}
