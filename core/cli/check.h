/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what status found, for machines that watch: one line for Nagios and its kin, or lines for Prometheus. Pure functions of the report.
 */
#ifndef NACCS_CLI_CHECK_H
#define NACCS_CLI_CHECK_H

#include <naccscert/naccscert.h>

#include <stdint.h>

/* Numbers are the exit codes of a monitoring plugin. */
enum cli_check_state { CLI_CHECK_OK, CLI_CHECK_WARNING, CLI_CHECK_CRITICAL, CLI_CHECK_UNKNOWN };

/* "OK", "WARNING", … Static. */
const char *cli_check_state_name(enum cli_check_state state);

/*
 * Judge a report of status. *ret_line: "NACCS WARNING - … | '11110A'=20;28:;7:\n", caller frees; NULL when memory is short.
 *   CRITICAL  a certificate in use has ended, ends in less than 7 days, has no key or is gone; a store is broken
 *   UNKNOWN   nothing is installed, or a store could not be looked into (locked, its PIN is missing)
 *   WARNING   renewal is due, a PKCS#12 waits in escrow, an install was cut short, a suspension threatens, the TLS root ends within 90 days
 * or has ended
 */
enum cli_check_state cli_check_judge(const struct naccs_report *report, char **ret_line);

/* The line of a run that could not even begin. Caller frees; NULL when memory is short. */
char *cli_check_unknown(const struct naccs_error *err);

/* The report of status in Prometheus' text format. now: when it was made. Caller frees; NULL when memory is short. */
char *cli_metrics(const struct naccs_report *report, int64_t now);

#endif
