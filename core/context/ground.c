/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what every command that judges stands on: state directory, ledger, remembered CAs, recorded chain, bundled intermediates. */
#include "context.h"

#include "text.h"

#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>

/* A recording is only a help: a damaged one is no reason to stop, and the next run against the portal writes a new one. */
static void load_recording(struct naccs *context, struct naccs_ground *ground)
{
	struct naccs_error err = {0};

	if (naccs_recorded_chain_load(context->crypto, ground->state_dirfd, &ground->recorded, &err) != NACCS_OK && context->ui.log != NULL)
		context->ui.log(context->ui.context, 1, err.message);
}

naccs_status naccs_ground_open(struct naccs *context, bool lock, struct naccs_ground *ret, struct naccs_error *err)
{
	naccs_status status;

	*ret = (struct naccs_ground){.state_dirfd = -1, .ledger_lock = -1};
	status = naccs_state_open(context->state_dir, lock, &ret->state_dirfd, err);
	if (status == NACCS_OK && lock)
		status = naccs_state_lock_ledger(ret->state_dirfd, context->lock_timeout_ms, &ret->ledger_lock, err);
	if (status == NACCS_OK && lock)
		status = naccs_state_sweep(ret->state_dirfd, err);
	if (status == NACCS_OK)
		status = naccs_ledger_load(ret->state_dirfd, &ret->ledger, err);
	if (status == NACCS_OK && ret->state_dirfd >= 0)
		status = naccs_remembered_load(context->crypto, ret->state_dirfd, &ret->remembered, err);
	if (status == NACCS_OK && ret->state_dirfd >= 0)
		load_recording(context, ret);
	ret->proof = (struct naccs_proof_ground){
		.crypto = context->crypto,
		.intermediates = naccs_trust_intermediates(context->trust),
		.recorded = ret->recorded,
		.now = naccs_rules_now(context),
	};
	return status;
}

void naccs_ground_close(struct naccs_ground *ground)
{
	sk_X509_pop_free(ground->remembered, X509_free);
	naccs_recorded_chain_free(ground->recorded);
	naccs_ledger_free(ground->ledger);
	if (ground->ledger_lock >= 0)
		(void)close(ground->ledger_lock);
	if (ground->state_dirfd >= 0)
		(void)close(ground->state_dirfd);
	*ground = (struct naccs_ground){.state_dirfd = -1, .ledger_lock = -1};
}

/* What the ledger says was installed there; both stay NULL when it knows nothing. */
static naccs_status installed_roots(struct naccs_crypto *crypto, const struct naccs_ledger_entry *entry, STACK_OF(X509) **ret_anchors,
				    X509 **ret_client_ca, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	if (entry == NULL)
		return NACCS_OK;
	*ret_anchors = sk_X509_new_null();
	for (size_t i = 0; status == NACCS_OK && i < entry->anchor_count; i++) {
		X509 *anchor = NULL;

		status = naccs_certificate_from_der(crypto, entry->anchors[i].data, entry->anchors[i].length, &anchor, err);
		if (status == NACCS_OK)
			(void)sk_X509_push(*ret_anchors, anchor);
	}
	if (status == NACCS_OK)
		status = naccs_certificate_from_der(crypto, entry->client_ca.data, entry->client_ca.length, ret_client_ca, err);
	return status;
}

naccs_status naccs_prove_content(const struct naccs *context, const struct naccs_ground *ground, struct naccs_open_store *store,
				 const struct naccs_contents *contents, const struct naccs_content *client, struct naccs_store_report *line,
				 struct naccs_error *err)
{
	STACK_OF(X509) *anchors = NULL;
	X509 *client_ca = NULL;
	struct naccs_verdict verdict = {0};
	const struct naccs_ledger_entry *entry = naccs_ledger_find(ground->ledger, store->uri, client->sha256);
	naccs_status status = installed_roots(context->crypto, entry, &anchors, &client_ca, err);

	if (status == NACCS_OK)
		status = naccs_proof_make(&ground->proof, store, contents, client->sha256,
					  anchors != NULL ? anchors : naccs_trust_anchors(context->trust), client_ca, &verdict, err);
	if (status == NACCS_OK) {
		naccs_store_report_verdict(line, &verdict);
		status = naccs_proof_failure(&verdict, store->uri, err);
	}
	naccs_verdict_clear(&verdict);
	sk_X509_pop_free(anchors, X509_free);
	X509_free(client_ca);
	return status;
}
