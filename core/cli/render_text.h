/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the result for people. now is the time of the rules (--at, else the clock), for the days left. */
#ifndef NACCS_CLI_RENDER_TEXT_H
#define NACCS_CLI_RENDER_TEXT_H

#include "page.h"

#include <naccscert/naccscert.h>

/* install, resume, verify, remove, rollback: what happened in each store, and what was shown there. */
void cli_show_run(struct cli_page *page, const struct naccs_report *report, int64_t now);
/* status: a table of certificates, and what waits in escrow. */
void cli_show_status(struct cli_page *page, const struct naccs_report *report, int64_t now);
/* stores: a table of places. */
void cli_show_places(struct cli_page *page, const struct naccs_report *report, int64_t now);

/* renew: as install; with --due a table of renewals before the stores. */
void cli_show_renewal(struct cli_page *page, const struct naccs_report *report, int64_t now);

/* For stderr: the warnings, and every error with its id and hint. */
void cli_show_warnings(struct cli_page *page, const struct naccs_report *report);
void cli_show_errors(struct cli_page *page, const struct naccs_report *report);

/* Warnings (unless quiet) and errors for systemd's journal: one line each, with its priority in front (sd-daemon(3)) and its id in brackets. */
void cli_show_journal(struct cli_page *page, const struct naccs_report *report, bool is_quiet);

#endif
