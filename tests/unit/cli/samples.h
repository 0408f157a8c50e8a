/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one report of everything, for the renderings. Strings are literals: nothing here is freed. */
#ifndef NACCS_TESTS_CLI_SAMPLES_H
#define NACCS_TESTS_CLI_SAMPLES_H

#include <naccscert/naccscert.h>

#define SAMPLE_NOW INT64_C(1795374192) /* 2026-11-22T19:03:12Z */

struct samples {
	struct naccs_certificate_info certificate;
	struct naccs_store_report stores[2];
	struct naccs_warning warning;
	struct naccs_inventory_item items[2];
	struct naccs_escrow_info escrow;
	struct naccs_store_info places[2];
	char *can[4];
	struct naccs_report run, status, stores_list;
};

/* Fill; pointers go into *samples itself. */
void samples_fill(struct samples *samples);

#endif
