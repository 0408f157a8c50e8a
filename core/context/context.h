/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of the library's face share: the context, and how reports are filled. Private to this room. */
#ifndef NACCS_CONTEXT_H
#define NACCS_CONTEXT_H

#include <naccscert/naccscert.h>

#include "clock.h"
#include "escrow.h"
#include "run.h"
#include "state.h"

struct naccs {
	struct naccs_ui ui;
	struct naccs_asker asker;
	char *state_dir, *backend_dir;
	bool has_at;
	int64_t at;
	uint32_t lock_timeout_ms;
	int log_level;
	struct naccs_crypto *crypto;
	struct naccs_trust *trust;
	struct naccs_registry *registry; /* made when first needed */
};

/* The clock of our rules: --at, else the real one. */
int64_t naccs_rules_now(const struct naccs *context);

naccs_status naccs_context_registry(struct naccs *context, struct naccs_registry **ret, struct naccs_error *err);

/* Tell the person what begins; translated text with at most one %s. */
void naccs_say(const struct naccs *context, const char *format, const char *argument);

/* ---- report.c ---- */

naccs_status naccs_report_new(const char *command, struct naccs_report **ret, struct naccs_error *err);
struct naccs_store_report *naccs_report_add_store(struct naccs_report *report, const char *uri); /* NULL when memory is short */
struct naccs_inventory_item *naccs_report_add_item(struct naccs_report *report);
struct naccs_store_info *naccs_report_add_place(struct naccs_report *report);
struct naccs_escrow_info *naccs_report_add_escrow(struct naccs_report *report, const struct naccs_escrow *escrow);
void naccs_report_warn(struct naccs_report *report, const char *id, const char *format, ...) NACCS_PRINTF(3, 4);
struct naccs_certificate_info *naccs_certificate_info_new(const struct naccs_certificate_facts *facts); /* NULL when memory is short */
void naccs_store_report_verdict(struct naccs_store_report *store, const struct naccs_verdict *verdict);
NACCS_DEFINE_CLEANUP(struct naccs_report *, naccs_report_free, report)

/* ---- ground.c: what every command that judges needs ---- */

struct naccs_ground {
	int state_dirfd; /* -1: there is no state yet (reading commands) */
	int ledger_lock;
	struct naccs_ledger *ledger;
	STACK_OF(X509) *remembered;
	struct naccs_recorded_chain *recorded; /* NULL: none */
	struct naccs_proof_ground proof;
};
/* lock: make the state directory and hold the ledger lock; without, nothing is made. ret is to be closed with naccs_ground_close() even after a failure. */
naccs_status naccs_ground_open(struct naccs *context, bool lock, struct naccs_ground *ret, struct naccs_error *err);
void naccs_ground_close(struct naccs_ground *ground);

/* ---- delivery.c: a credential on its way into stores (install, resume, later obtain and renew) ---- */

struct naccs_delivery {
	struct naccs *context;
	struct naccs_ground *ground;
	struct naccs_escrow_order *order;
	struct naccs_credential *credential;
	struct naccs_report *report;
};

/* An order from a command's options (install.c). ret is zeroed before, and to be cleared by the caller either way. */
naccs_status naccs_order_from_options(const char *command, const struct naccs_install_options *options, struct naccs_escrow_order *ret,
				      struct naccs_error *err);
/* A copy for escrow, with the open stores' canonical URIs (order.c). ret as above. */
naccs_status naccs_order_copy(const struct naccs_escrow_order *order, const struct naccs_run *run, const char *subject, struct naccs_escrow_order *ret,
			      struct naccs_error *err);

/* Open a PKCS#12 with what is remembered. */
naccs_status naccs_delivery_unpack(struct naccs *context, const struct naccs_ground *ground, const struct naccs_secret *pkcs12,
				   const struct naccs_secret *password, struct naccs_credential **ret, struct naccs_error *err);

/* Is the credential's CA trusted: remembered, pinned, first use, or a yes? Remembers it. ca.refused; usage.invalid when nobody can be asked. */
naccs_status naccs_consent_to_ca(struct naccs *context, const struct naccs_ground *ground, const struct naccs_credential *credential,
				 const char *pinned_sha256, bool first_use, struct naccs_error *err);

/* A run over the order's stores; naccs_delivery_run_free() after naccs_run_close(). */
naccs_status naccs_delivery_run_new(const struct naccs_delivery *delivery, struct naccs_run **ret, struct naccs_error *err);
void naccs_delivery_run_free(struct naccs_run *run);

/* Install in every open store, fill the report's stores and result, run the deploy hooks. made_change: whether something has become current somewhere. */
naccs_status naccs_delivery_install(const struct naccs_delivery *delivery, struct naccs_run *run, const struct naccs_payload *payload,
				    bool *ret_changed, struct naccs_error *err);

/* Result, error and exit code of an install from its stores (interface: "Exit codes"). was_obtained: a PKCS#12 is held that can't be had again, so a failing store is 20. */
void naccs_report_conclude_install(struct naccs_report *report, bool was_obtained);

#endif
