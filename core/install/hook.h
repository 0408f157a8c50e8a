/* SPDX-License-Identifier: Apache-2.0 */
/* Why: telling the programs that use a certificate that there is a new one: the deploy hooks of a terminal. */
#ifndef NACCS_INSTALL_HOOK_H
#define NACCS_INSTALL_HOOK_H

#include "error.h"

#include <stdint.h>

struct naccs_hook_facts {
	const char *terminal; /* may be NULL: empty */
	const char *stores;   /* URIs, one a line */
	const char *serial;
	int64_t not_after;
};

/*
 * Run one command by /bin/sh -c, with PATH fixed, NACCS_CERT_TERMINAL, NACCS_CERT_STORES, NACCS_CERT_SERIAL and NACCS_CERT_NOT_AFTER (RFC 3339) and nothing else in
 * the environment; standard input is /dev/null, standard output goes to standard error. No secret. Waits until it ends. hook.failed with its exit code or signal.
 */
naccs_status naccs_hook_run(const char *command, const struct naccs_hook_facts *facts, struct naccs_error *err);

#endif
