/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command line of the simulator. */
#ifndef PORTAL_OPTIONS_H
#define PORTAL_OPTIONS_H

#include "dialect.h"
#include "faults.h"

#include <stdint.h>

struct options {
	const char *dir, *pki, *codes, *journal, *clock, *front_header;
	unsigned port, control_port, foreign_port, http_port;
	unsigned terminals, slow_ms, p12_extra, status_delay;
	int64_t idle_limit;
	uint64_t seed;
	struct dialect dialect;
	bool has_regular_maintenance, dies_with_parent, has_ec_clients;
};

/* Ends the program for --help, --list-… and for what it does not understand. */
void options_parse(struct options *options, struct faults *faults, int argc, char **argv);

#endif
