/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a credential on its way into stores: unpacked, its CA consented to, installed, reported, told to the deploy hooks. See context.h. */
#include "context.h"

#include "advice.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

naccs_status naccs_delivery_unpack(struct naccs *context, const struct naccs_ground *ground, const struct naccs_secret *pkcs12,
				   const struct naccs_secret *password, struct naccs_credential **ret, struct naccs_error *err)
{
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	naccs_status status;

	status = naccs_pkcs12_open(context->crypto, pkcs12, password, ground->remembered, naccs_rules_now(context), NULL, &credential, err);
	if (status != NACCS_OK)
		return status;
	if (credential->client_ca == NULL || credential->client_ca_facts == NULL)
		return naccs_fail(err, NACCS_E_PKCS12_MISMATCH, 0, _("the PKCS#12 has no root certificate of the client certificate's CA"));
	*ret = naccs_take(&credential);
	return NACCS_OK;
}

static naccs_status refuse_ca(const struct naccs_certificate_facts *ca, const char *reason, struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_CA_REFUSED, 0, _("the CA \"%s\" (SHA-256 %s) is refused: %s"), ca->common_name, ca->sha256, reason);
}

static naccs_status ask_about_ca(struct naccs *context, const struct naccs_certificate_facts *ca, struct naccs_error *err)
{
	struct naccs_certificate_info info = {
		.subject = ca->subject,
		.issuer = ca->issuer,
		.common_name = ca->common_name,
		.serial = ca->serial,
		.sha256 = (char *)(uintptr_t)ca->sha256,
		.sha1 = (char *)(uintptr_t)ca->sha1,
		.not_before = ca->not_before,
		.not_after = ca->not_after,
	};
	naccs_status status = NACCS_E_USAGE;

	if (context->ui.confirm_client_ca != NULL)
		status = context->ui.confirm_client_ca(context->ui.context, &info, err);
	if (status == NACCS_E_USAGE) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the CA \"%s\" is not trusted yet, and nobody can be asked"), ca->common_name);
		return naccs_error_hint(err, _("Its SHA-256 is %s. If that is right: --client-ca-sha256 %s (or --trust-client-ca, for the first use)."),
					ca->sha256, ca->sha256);
	}
	return status;
}

naccs_status naccs_consent_to_ca(struct naccs *context, const struct naccs_ground *ground, const struct naccs_credential *credential,
				 const char *pinned_sha256, bool first_use, struct naccs_error *err)
{
	const struct naccs_certificate_facts *ca = credential->client_ca_facts;
	enum naccs_remembered_match match = naccs_remembered_match(ground->remembered, credential->client_ca);
	bool is_pinned = false;
	naccs_status status;

	if (pinned_sha256 != NULL) {
		uint8_t pinned[32];

		if (!naccs_unhex(pinned_sha256, pinned, sizeof pinned))
			return naccs_fail(err, NACCS_E_USAGE, 0, _("\"%s\" is no SHA-256 fingerprint: 64 hex digits are needed"), pinned_sha256);
		if (memcmp(pinned, ca->sha256_bytes, sizeof pinned) != 0)
			return refuse_ca(ca, _("another one was asked for by --client-ca-sha256"), err);
		is_pinned = true;
	}
	if (match == NACCS_CA_KNOWN)
		return NACCS_OK;
	if (match == NACCS_CA_CONFLICT && !is_pinned) {
		(void)refuse_ca(ca, _("a different CA of the same name is remembered"), err);
		return naccs_error_hint(err, _("If the operator has announced a new CA, compare its fingerprint with theirs, then say --client-ca-sha256 %s."),
					ca->sha256);
	}
	if (!is_pinned && !first_use) {
		status = ask_about_ca(context, ca, err);
		if (status != NACCS_OK)
			return status;
	}
	return naccs_remembered_add(ground->state_dirfd, credential->client_ca, err);
}

/* What the order's URIs mean now: the user may have another profile than when the order was made, but a store that was resolved then stays itself. */
static naccs_status select_stores(const struct naccs_delivery *delivery, struct naccs_run *run, struct naccs_error *err)
{
	const struct naccs_escrow_order *order = delivery->order;
	struct naccs *context = delivery->context;
	naccs_status status = NACCS_OK;

	for (size_t i = 0; status == NACCS_OK && i < order->store_count; i++) {
		size_t before = run->selection.count;

		status = naccs_selection_add(run->registry, &run->asker, context->home, order->stores[i], order->pin_files[i], &run->selection, err);
		if (status == NACCS_OK && run->selection.count > before)
			naccs_advise_on_alias(context, order->stores[i], run->selection.items[before].uri, delivery->report);
	}
	if (status == NACCS_OK)
		status = naccs_selection_unite(run->registry, &run->asker, &run->selection, err);
	run->stores = calloc(run->selection.count + 1, sizeof *run->stores);
	if (status == NACCS_OK && run->stores == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (size_t i = 0; status == NACCS_OK && i < run->selection.count; i++) {
		const struct naccs_selected_store *selected = &run->selection.items[i];

		run->stores[run->count++] = (struct naccs_run_store){
			.opening = {
				.uri = selected->uri,
				.pin_file = selected->pin_file,
				.group = order->group,
				.access = NACCS_ACCESS_WRITE,
				.lock_timeout_ms = context->lock_timeout_ms,
			},
			.outcome = selected->error.status != NACCS_OK ? NACCS_STORE_FAILED : NACCS_STORE_WAITING,
			.error = selected->error,
		};
		naccs_advise_on_account(context, selected->uri, delivery->report);
	}
	return status;
}

naccs_status naccs_delivery_run_new(const struct naccs_delivery *delivery, struct naccs_run **ret, struct naccs_error *err)
{
	struct naccs *context = delivery->context;
	const struct naccs_escrow_order *order = delivery->order;
	struct naccs_run *run = calloc(1, sizeof *run);
	naccs_status status;

	if (run == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_context_registry(context, &run->registry, err);
	run->asker = context->asker;
	run->books = (struct naccs_books){
		.state_dirfd = delivery->ground->state_dirfd,
		.ledger = delivery->ground->ledger,
		.now = naccs_clock_now(),
	};
	run->ground = delivery->ground->proof;
	run->terminal = order->terminal;
	run->all_or_nothing = order->all_or_nothing;
	run->prune = order->prune;
	if (status == NACCS_OK)
		status = select_stores(delivery, run, err);
	if (status != NACCS_OK) {
		naccs_delivery_run_free(run);
		return status;
	}
	*ret = run;
	return NACCS_OK;
}

void naccs_delivery_run_free(struct naccs_run *run)
{
	if (run == NULL)
		return;
	naccs_run_close(run);
	naccs_selection_clear(&run->selection);
	free(run->stores);
	free(run);
}

static naccs_status report_store(const struct naccs_delivery *delivery, const struct naccs_run_store *store, struct naccs_error *err)
{
	const char *uri = store->tx != NULL ? store->tx->store->uri : store->opening.uri;
	struct naccs_store_report *line = naccs_report_add_store(delivery->report, uri);

	if (line == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	line->error = store->error;
	if (store->tx != NULL && store->tx->was_judged)
		naccs_store_report_verdict(line, &store->tx->verdict);
	if (store->outcome == NACCS_STORE_INSTALLED || store->outcome == NACCS_STORE_UNCHANGED) {
		line->result = store->outcome == NACCS_STORE_INSTALLED ? NACCS_RESULT_INSTALLED : NACCS_RESULT_UNCHANGED;
		naccs_report_name_certificate(delivery->report, line, delivery->credential->facts);
	} else {
		line->result = NACCS_RESULT_FAILED;
	}
	return NACCS_OK;
}

static char *join_stores(const struct naccs_run *run)
{
	char *text = naccs_format("%s", "");

	for (size_t i = 0; text != NULL && i < run->count; i++) {
		char *longer = naccs_format("%s%s%s", text, i > 0 ? "\n" : "", run->stores[i].tx->store->uri);

		free(text);
		text = longer;
	}
	return text;
}

/* Every store is verified: tell the programs. */
static void run_hooks(const struct naccs_delivery *delivery, const struct naccs_run *run)
{
	const struct naccs_certificate_facts *facts = delivery->credential->facts;
	naccs_auto(heap) char *stores = join_stores(run);
	const struct naccs_hook_facts hook = {
		.terminal = delivery->order->terminal,
		.stores = stores != NULL ? stores : "",
		.serial = facts->serial,
		.not_after = facts->not_after,
	};

	naccs_hooks_deploy(delivery->context, (const char *const *)delivery->order->deploy_hooks, delivery->order->deploy_hook_count, &hook,
			   delivery->report);
}

naccs_status naccs_delivery_install(const struct naccs_delivery *delivery, struct naccs_run *run, const struct naccs_payload *payload,
				    bool *ret_changed, struct naccs_error *err)
{
	bool is_new;

	naccs_run_install(run, payload);
	*ret_changed = naccs_run_count(run, NACCS_STORE_INSTALLED) > 0;
	for (size_t i = 0; i < run->count; i++) {
		naccs_status status = report_store(delivery, &run->stores[i], err);

		if (status != NACCS_OK)
			return status;
		*ret_changed = *ret_changed || run->stores[i].was_touched;
	}
	is_new = naccs_run_count(run, NACCS_STORE_INSTALLED) > 0 || strcmp(delivery->report->command, "resume") == 0;
	if (is_new && naccs_run_count(run, NACCS_STORE_FAILED) == 0)
		run_hooks(delivery, run);
	return NACCS_OK;
}
