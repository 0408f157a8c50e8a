/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see samples.h. */
#include "samples.h"

#include <stdio.h>
#include <string.h>

/* Members of reports are char *, as the library allocates them; literals serve here. */
static char *text(const char *literal)
{
	char *writable = NULL;
	memcpy(&writable, &literal, sizeof writable);
	return writable;
}

static void fill_stores(struct samples *samples)
{
	samples->stores[0] = (struct naccs_store_report){
		.uri = text("pem:/etc/naccs-cert/11110A"),
		.result = NACCS_RESULT_INSTALLED,
		.sha256 = samples->certificate.sha256,
		.certificate = &samples->certificate,
		.verified = {.key = 1,
			     .client_chain = 1,
			     .server_chain = 1,
			     .online = -1,
			     .basis = "recorded",
			     .basis_time = SAMPLE_NOW - 86400,
			     .was_judged = true},
		.anchor = {.name = text("Security Communication RootCA2"), .sha256 = text("513b"), .not_after = INT64_C(1874725249)},
	};
	samples->stores[1] = (struct naccs_store_report){.uri = text("nss:/home/山田/.pki"), .result = NACCS_RESULT_FAILED};
	samples->stores[1].error.status = NACCS_E_STORE_OPEN;
	(void)snprintf(samples->stores[1].error.message, sizeof samples->stores[1].error.message, "%s",
		       "cannot open nss:/home/山田/.pki: permission denied");
	(void)snprintf(samples->stores[1].error.hint, sizeof samples->stores[1].error.hint, "%s", "Run it as that user.");
}

static void fill_lists(struct samples *samples)
{
	samples->items[0] = (struct naccs_inventory_item){.certificate = &samples->certificate,
							  .store = text("pem:/etc/naccs-cert/11110A"),
							  .terminal = text("11110A"),
							  .has_key = true,
							  .is_current = true,
							  .is_ours = true,
							  .is_watched = true,
							  .days_left = 1856,
							  .state = "valid"};
	samples->items[1] = samples->items[0];
	samples->items[1].terminal = text("端末");
	samples->items[1].has_key = samples->items[1].is_current = false;
	samples->items[1].days_left = -3;
	samples->items[1].state = "expired";
	samples->escrow = (struct naccs_escrow_info){
		.id = text("e1"), .command = text("install"), .state = text("received"), .created_at = SAMPLE_NOW};
	samples->can[0] = text("rsa");
	samples->can[1] = text("trust");
	samples->places[0] = (struct naccs_store_info){
		.uri = text("nss:firefox"), .kind = text("nss"), .label = text("既定"), .is_writable = true, .can = samples->can};
	samples->places[1] = (struct naccs_store_info){
		.uri = text("pkcs11:token=x"), .kind = text("pkcs11"), .is_locked = true, .can = samples->can + 2};
}

void samples_fill(struct samples *samples)
{
	memset(samples, 0, sizeof *samples);
	samples->certificate = (struct naccs_certificate_info){
		.subject = text("CN=11110A,OU=NACCS Client CA,C=JP"),
		.issuer = text("CN=NACCS Client CA,C=JP"),
		.common_name = text("11110A"),
		.serial = text("0a1b"),
		.sha256 = text("00ff"),
		.not_before = SAMPLE_NOW,
		.not_after = INT64_C(1955750400), /* 2031-12-23 */
		.renew_from = INT64_C(1955750400) - 28 * 86400,
	};
	fill_stores(samples);
	fill_lists(samples);
	samples->warning = (struct naccs_warning){.id = text("anchor.ends"), .message = text("the TLS root \"ends\" first")};
	samples->run = (struct naccs_report){
		.command = text("install"),
		.result = NACCS_RESULT_PARTIAL,
		.certificate = &samples->certificate,
		.stores = samples->stores,
		.store_count = 2,
		.warnings = &samples->warning,
		.warning_count = 1,
		.error = samples->stores[1].error,
		.exit_code = 20,
	};
	samples->status = (struct naccs_report){.command = text("status"),
						.inventory = samples->items,
						.inventory_count = 2,
						.escrow = &samples->escrow,
						.escrow_count = 1};
	samples->stores_list = (struct naccs_report){.command = text("stores"), .places = samples->places, .place_count = 2};
}
