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

/* A wrong PIN is tried once, so the judge does not ask for a signature after it. */
static bool ends_at_once(naccs_status status)
{
	return status == NACCS_E_CANCELLED || status == NACCS_E_INTERNAL || status == NACCS_E_USAGE || status == NACCS_E_PIN_WRONG ||
	       status == NACCS_E_PIN_LOCKED;
}

static naccs_status prove_online(const struct verification *verification, struct naccs_open_store *store, const struct naccs_contents *contents,
				 const struct naccs_content *client, struct naccs_store_report *line, struct naccs_error *err)
{
	struct naccs_online_answer answer = {0};
	struct naccs_error online = {0};
	struct naccs_ground ground = *verification->ground;

	naccs_say(verification->context, _("Asking a NACCS server with the certificate in %s"), store->uri);
	naccs_status status = naccs_online_check(verification->context, verification->online, store, contents, client, &answer, &online);
	if (ends_at_once(status)) {
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

static naccs_status verify_contents(const struct verification *verification, struct naccs_open_store *store, const struct naccs_contents *contents,
				    struct naccs_store_report *line, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	const struct naccs_content *client = NULL;
	naccs_status status = check_current(store, contents, verification->wanted, err);

	if (status == NACCS_OK)
		status = naccs_select_certificate(contents, store->uri, verification->wanted, &client, err);
	if (status == NACCS_OK)
		status = naccs_certificate_facts_new(client->certificate, &facts, err);
	if (status != NACCS_OK)
		return status;
	if (verification->report->certificate == NULL)
		naccs_advise_on_certificate(verification->context, facts, verification->report);
	naccs_report_name_certificate(verification->report, line, facts);
	if (verification->online != NULL)
		return prove_online(verification, store, contents, client, line, err);
	return naccs_prove_content(verification->context, verification->ground, store, contents, client, line, err);
}

static naccs_status verify_store(const struct verification *verification, const struct naccs_selected_store *selected, struct naccs_store_report *line,
				 struct naccs_error *err)
{

	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	struct naccs_error damage = {0};
	naccs_status status = naccs_selected_open(verification->context, selected, NACCS_ACCESS_READ, &store, err);

	if (status != NACCS_OK)
		return status;
	free(line->uri);
	line->uri = strdup(store->uri);
	status = naccs_contents_read(store, verification->context->crypto, &contents, &damage, err);
	if (status == NACCS_OK)
		status = verify_contents(verification, store, contents, line, err);
	/* What is damaged does not verify, and that is the reason to tell, unless the judge has a better one. */
	if (damage.status != NACCS_OK && (status == NACCS_OK || status == NACCS_E_VERIFY_NONE))
		status = naccs_fail(err, NACCS_E_VERIFY_FAILED, damage.native, "%s: %s", store->uri, damage.message);
	return status;
}

static naccs_status verify_all(const struct verification *verification, const struct naccs_selection *selection, struct naccs_error *err)
{
	struct naccs_report *report = verification->report;

	for (size_t i = 0; i < selection->count; i++) {
		struct naccs_error own = {0};
		struct naccs_store_report *line = naccs_report_add_store(report, selection->items[i].uri);

		if (line == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		naccs_say(verification->context, _("Verifying %s"), selection->items[i].uri);
		if (verify_store(verification, &selection->items[i], line, &own) == NACCS_OK) {
			line->result = NACCS_RESULT_INSTALLED;
			continue;
		}
		line->result = NACCS_RESULT_FAILED;
		line->error = own;
		if (naccs_status_badness(own.status) > naccs_status_badness(report->error.status))
			report->error = own;
	}
	if (selection->count == 0)
		(void)naccs_fail(&report->error, NACCS_E_VERIFY_NONE, 0, _("nothing to verify: no install is known, and no --store was given"));
	report->result = report->error.status == NACCS_OK ? NACCS_RESULT_VERIFIED : NACCS_RESULT_NOT_VERIFIED;
	report->exit_code = naccs_status_exit_code(report->error.status);
	return NACCS_OK;
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
	struct verification verification = {.context = context, .ground = &ground, .wanted = certificate, .online = online, .report = report};

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
