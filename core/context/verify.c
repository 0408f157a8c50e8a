/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command verify: each store is read now, its key signs, the core judges. Nothing is changed. With --online a NACCS server judges too. */
#include "context.h"

#include "advice.h"
#include "client.h"
#include "online.h"
#include "selection.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* A store with a current certificate is read through it: where the mark is gone, programs find nothing, whatever lies there. */
static naccs_status check_current(const struct naccs_open_store *store, const struct naccs_contents *contents, const char *wanted,
				  struct naccs_error *err)
{
	const struct naccs_content *any = NULL;

	if (wanted != NULL || (store->capabilities & NACCS_CAN_ACTIVATE) == 0)
		return NACCS_OK;
	for (size_t i = 0; i < contents->count; i++) {
		if (contents->items[i].role != NACCS_ROLE_CLIENT || contents->items[i].is_pending)
			continue;
		if (contents->items[i].is_current)
			return NACCS_OK;
		any = &contents->items[i];
	}
	if (any == NULL)
		return NACCS_OK; /* an empty store has its own message */
	(void)naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds certificates, but none of them is the current one"), store->uri);
	return naccs_error_hint(err, _("Make one current: install it again, or: naccs-cert rollback --from %s --cert %.16s"), store->uri, any->sha256);
}

/* What is the same for every store of a run. */
struct verification {
	struct naccs *context;
	const struct naccs_ground *ground;
	const char *wanted;			   /* --cert; may be NULL */
	bool is_whole;				   /* no store and no certificate was named: every install counts */
	const struct naccs_online_options *online; /* NULL: no server is asked */
	struct naccs_report *report;
};

/* The chain that was met is kept as obtain keeps it; that it could not is a remark. */
static void record_chain(const struct verification *verification, const struct naccs_online_answer *answer)
{
	struct naccs *context = verification->context;
	struct naccs_error err = {0};
	naccs_auto(fd) int state = -1;
	naccs_auto(fd) int lock = -1;
	naccs_status status = naccs_state_open(context->state_dir, true, &state, &err);

	if (status == NACCS_OK)
		status = naccs_state_lock_ledger(state, context->lock_timeout_ms, &lock, &err);
	if (status == NACCS_OK)
		status = naccs_recorded_chain_save(state, answer->chain, answer->host, naccs_clock_now(), &err);
	if (status != NACCS_OK)
		naccs_report_warn(verification->report, naccs_status_id(status), _("The servers' chain could not be recorded: %s"), err.message);
}

/* What stands in the store comes first in what is told; then what the server said. */
static naccs_status join_failures(const struct verification *verification, const struct naccs_open_store *store, const struct naccs_error *online,
				  naccs_status status, struct naccs_error *err)
{
	if (online->status == NACCS_OK)
		return status;
	if (status == NACCS_OK) {
		*err = *online;
		return naccs_error_prefix(err, "%s", store->uri);
	}
	naccs_report_warn(verification->report, naccs_status_id(online->status), "%s: %s", store->uri, online->message);
	return status;
}

static naccs_status prove_online(const struct verification *verification, struct naccs_open_store *store, const struct naccs_contents *contents,
				 const struct naccs_content *client, struct naccs_store_report *line, struct naccs_error *err)
{
	struct naccs_online_answer answer = {0};
	struct naccs_error online = {0};
	struct naccs_ground ground = *verification->ground;

	naccs_say(verification->context, _("Asking a NACCS server with the certificate in %s"), store->uri);
	naccs_status status = naccs_online_check(verification->context, verification->online, store, contents, client, &answer, &online);
	if (naccs_is_no_verdict(status)) { /* a wrong PIN is tried once: the judge asks for no signature after it */
		naccs_online_answer_clear(&answer);
		*err = online;
		return status;
	}
	if (status == NACCS_OK && answer.online == NACCS_UNKNOWN)
		naccs_report_warn(verification->report, "online.not-asked", _("%s did not ask for a client certificate: whether it takes this one is not known."),
				  answer.host);
	if (answer.chain != NULL) {
		record_chain(verification, &answer);
		ground.proof.live_chain = answer.chain;
		ground.proof.live_host = answer.host;
	}
	status = naccs_prove_content(verification->context, &ground, store, contents, client, line, err);
	line->verified.online = answer.online;
	naccs_online_answer_clear(&answer);
	return join_failures(verification, store, &online, status, err);
}

/* One certificate in a store. */
static naccs_status verify_client(const struct verification *verification, struct naccs_open_store *store,
				  const struct naccs_contents *contents, const struct naccs_content *client,
				  struct naccs_store_report *line, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	naccs_status status = naccs_certificate_facts_new(client->certificate, &facts, err);

	if (status != NACCS_OK)
		return status;
	if (verification->report->certificate == NULL)
		naccs_advise_on_certificate(verification->context, facts, verification->report);
	naccs_report_name_certificate(verification->report, line, facts);
	if (verification->online != NULL)
		return prove_online(verification, store, contents, client, line, err);
	return naccs_prove_content(verification->context, verification->ground, store, contents, client, line, err);
}

/* The one certificate that is meant. */
static naccs_status verify_chosen(const struct verification *verification, struct naccs_open_store *store,
				  const struct naccs_contents *contents, struct naccs_store_report *line, struct naccs_error *err)
{
	const struct naccs_choosing choosing = {
		.context = verification->context,
		.ledger = verification->ground->ledger,
		.contents = contents,
		.uri = store->uri,
		.wanted = verification->wanted,
	};
	const struct naccs_content *client = NULL;
	naccs_status status = naccs_select_certificate(&choosing, &client, err);

	return status == NACCS_OK ? verify_client(verification, store, contents, client, line, err) : status;
}

/* What programs meet of an install's subject: the current certificate, whoever put it there; without one, the install's own. NULL: the
 * install is gone. */
static const struct naccs_content *find_installed(const struct naccs_contents *contents, const struct naccs_ledger_entry *entry)
{
	const struct naccs_content *own = naccs_contents_client(contents, entry->sha256);

	for (size_t i = 0; own != NULL && i < contents->count; i++) {
		naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
		const struct naccs_content *item = &contents->items[i];

		if (item->role == NACCS_ROLE_CLIENT && item->is_current && !item->is_pending && item->certificate != NULL &&
		    naccs_certificate_facts_new(item->certificate, &facts, NULL) == NACCS_OK && strcmp(facts->subject, entry->subject) == 0)
			return item;
	}
	return own;
}

static naccs_status verify_install(const struct verification *verification, struct naccs_open_store *store,
				   const struct naccs_contents *contents, const struct naccs_ledger_entry *entry,
				   struct naccs_store_report *line, struct naccs_error *err)
{
	const struct naccs_content *client = find_installed(contents, entry);

	if (client != NULL)
		return verify_client(verification, store, contents, client, line, err);
	(void)naccs_fail(err, NACCS_E_VERIFY_NONE, 0,
			 _("%s does not hold the certificate of %s any more that was installed there (%.16s…)"), store->uri,
			 entry->common_name, entry->sha256);
	return naccs_error_hint(err, _("Install it again, or let the ledger forget it: naccs-cert remove --from %s --cert %.16s"),
				store->uri, entry->sha256);
}

/* What is damaged does not verify, and that is the reason to tell, unless the judge has a better one. */
static void conclude(const struct verification *verification, const struct naccs_open_store *store, const struct naccs_error *damage,
		     naccs_status status, struct naccs_store_report *line, struct naccs_error *own)
{
	if (damage->status != NACCS_OK && (status == NACCS_OK || status == NACCS_E_VERIFY_NONE))
		status = naccs_fail(own, NACCS_E_VERIFY_FAILED, damage->native, "%s: %s", store->uri, damage->message);
	line->result = status == NACCS_OK ? NACCS_RESULT_INSTALLED : NACCS_RESULT_FAILED;
	if (status == NACCS_OK)
		return;
	line->error = *own;
	if (naccs_status_badness(status) > naccs_status_badness(verification->report->error.status))
		verification->report->error = *own;
}

/* Every install that the ledger knows there, a line each: the latest one of each subject. */
static naccs_status verify_installs(const struct verification *verification, struct naccs_open_store *store,
				    const struct naccs_contents *contents, const struct naccs_error *damage,
				    struct naccs_store_report *line, struct naccs_error *err)
{
	const struct naccs_ledger *ledger = verification->ground->ledger;
	struct naccs_error own = {0};

	for (size_t i = 0; i < ledger->count; i++) {
		if (!naccs_is_latest_install(ledger, &ledger->entries[i], store->uri))
			continue;
		if (line == NULL)
			line = naccs_report_add_store(verification->report, store->uri);
		if (line == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		if (!naccs_is_no_verdict(own.status)) { /* else it does not sign for the others either */
			own = (struct naccs_error){0};
			(void)verify_install(verification, store, contents, &ledger->entries[i], line, &own);
		}
		conclude(verification, store, damage, own.status, line, &own);
		line = NULL;
	}
	return NACCS_OK;
}

static naccs_status verify_store(const struct verification *verification, const struct naccs_selected_store *selected,
				 struct naccs_error *err)
{
	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	struct naccs_error damage = {0}, own = {0};
	struct naccs_store_report *line = naccs_report_add_store(verification->report, selected->uri);
	naccs_status status;

	if (line == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_selected_open(verification->context, selected, NACCS_ACCESS_READ, &store, &own);
	if (status == NACCS_OK) {
		free(line->uri);
		line->uri = strdup(store->uri);
		status = naccs_contents_read(store, verification->context->crypto, &contents, &damage, &own);
	}
	if (status == NACCS_OK)
		status = check_current(store, contents, verification->wanted, &own);
	if (status == NACCS_OK && verification->is_whole && naccs_has_installs(verification->ground->ledger, store->uri))
		return verify_installs(verification, store, contents, &damage, line, err);
	if (status == NACCS_OK)
		status = verify_chosen(verification, store, contents, line, &own);
	conclude(verification, store, &damage, status, line, &own);
	return NACCS_OK;
}

static naccs_status verify_all(const struct verification *verification, const struct naccs_selection *selection, struct naccs_error *err)
{
	struct naccs_report *report = verification->report;
	naccs_status status = NACCS_OK;

	for (size_t i = 0; status == NACCS_OK && i < selection->count; i++) {
		naccs_say(verification->context, _("Verifying %s"), selection->items[i].uri);
		status = verify_store(verification, &selection->items[i], err);
	}
	if (selection->count == 0)
		(void)naccs_fail(&report->error, NACCS_E_VERIFY_NONE, 0, _("nothing to verify: no install is known, and no --store was given"));
	report->result = report->error.status == NACCS_OK ? NACCS_RESULT_VERIFIED : NACCS_RESULT_NOT_VERIFIED;
	report->exit_code = naccs_status_exit_code(report->error.status);
	return status;
}

/* What can be wrong with the question itself shows before any store is opened. */
static naccs_status prepare_online(struct naccs *context, const struct naccs_online_options *online, struct naccs_error *err)
{
	const struct naccs_portal_client *portal;
	struct naccs_portal_description *description = NULL;
	naccs_auto(heap) char *host = NULL;
	naccs_status status = naccs_online_host(online->host, &host, err);

	if (status != NACCS_OK || online->network.portal_file == NULL)
		return status;
	status = naccs_context_portal(context, &portal, err);
	if (status == NACCS_OK)
		status = portal->description_read(online->network.portal_file, &description, err);
	if (status == NACCS_OK) {
		status = naccs_description_use_anchors(context, description, err);
		portal->description_free(description);
	}
	return status;
}

naccs_status naccs_verify(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			  const struct naccs_online_options *online, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_selection selection = {0};
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	naccs_status status = naccs_report_begin(context, "verify", &report, err);
	struct verification verification = {.context = context,
					    .ground = &ground,
					    .wanted = certificate,
					    .is_whole = count == 0 && certificate == NULL,
					    .online = online,
					    .report = report};

	if (status == NACCS_OK)
		status = online != NULL ? prepare_online(context, online, err) : NACCS_OK;
	if (status == NACCS_OK)
		status = naccs_ground_open(context, false, &ground, err);
	if (status == NACCS_OK)
		status = naccs_selection_make(context, targets, count, ground.ledger, &selection, err);
	if (status == NACCS_OK)
		status = verify_all(&verification, &selection, err);
	naccs_selection_clear(&selection);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
