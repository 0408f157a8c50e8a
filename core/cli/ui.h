/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the library tells and asks, on this program's terminal: progress on stderr where somebody sits, questions on /dev/tty. */
#ifndef NACCS_CLI_UI_H
#define NACCS_CLI_UI_H

#include <naccscert/naccscert.h>

#include <stdbool.h>

struct cli_ui {
	bool can_ask;	   /* false: --non-interactive */
	bool has_progress; /* stderr is a terminal or -v was given, and -q was not */
	bool has_messages; /* -q was not given */
	bool is_journal;   /* stderr goes to systemd's journal: lines begin with their priority, and progress is wanted */
};

/* The library's callbacks; ui is borrowed for as long as they are used. */
struct naccs_ui cli_ui_callbacks(struct cli_ui *ui);

#endif
