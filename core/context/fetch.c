/* SPDX-License-Identifier: Apache-2.0 */
/* Why: an escrow entry on its way from prepared to received: the portal's journey, with escrow made durable at its two moments. See context.h. */
#include "context.h"

#include "client.h"
#include "identity.h"
#include "file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>

void naccs_codes_held_clear(struct naccs_codes_held *codes)
{
	for (size_t i = 0; i < 3; i++)
		naccs_secret_free(codes->code[i]);
	*codes = (struct naccs_codes_held){0};
}

naccs_status naccs_codes_ask(const struct naccs_code_source *source, const char *terminal, struct naccs_codes_held *ret, struct naccs_error *err)
{
	naccs_status status;

	if (source->get == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the three codes are needed: say --codes FILE"));
	status = source->get(source->context, terminal, ret->code, err);
	for (size_t i = 0; status == NACCS_OK && i < 3; i++)
		if (ret->code[i] == NULL || naccs_secret_length(ret->code[i]) == 0)
			status = naccs_fail(err, NACCS_E_USAGE, 0, _("認証コード%d is missing"), (int)i + 1);
	if (status != NACCS_OK)
		naccs_codes_held_clear(ret);
	return status;
}

naccs_status naccs_portal_password_check(const struct naccs_secret *password, struct naccs_error *err)
{
	size_t length = naccs_secret_length(password);
	const uint8_t *bytes = naccs_secret_data(password);
	bool is_allowed = true;

	for (size_t i = 0; i < length; i++)
		is_allowed = is_allowed && bytes[i] > ' ' && bytes[i] <= '~';
	if (length >= 1 && length <= 16 && is_allowed)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, is_allowed ? _("the portal takes passwords of 1 to 16 characters; this one has %zu")
							   : _("the portal takes letters, digits and ASCII punctuation in passwords, nothing else (this one has %zu bytes)"),
			 length);
	return naccs_error_hint(err, _("Leave --password-file out: then a good password is made."));
}

struct fetch {
	struct naccs *context;
	struct naccs_escrow *escrow;
	struct naccs_report *report;
};

static void fetch_progress(void *context, const char *message)
{
	const struct fetch *fetch = context;

	naccs_say(fetch->context, "%s", message);
}

static void fetch_warning(void *context, const char *id, const char *message)
{
	const struct fetch *fetch = context;

	naccs_report_warn(fetch->report, id, "%s", message);
}

static naccs_status about_to_submit(void *context, struct naccs_error *err)
{
	const struct fetch *fetch = context;

	if (fetch->escrow->state >= NACCS_ESCROW_SUBMITTED) /* asked for again: the first time counts */
		return NACCS_OK;
	return naccs_escrow_advance(fetch->escrow, NACCS_ESCROW_SUBMITTED, naccs_rules_now(fetch->context), err);
}

static naccs_status about_to_apply(void *context, struct naccs_error *err)
{
	const struct fetch *fetch = context;

	if (fetch->escrow->state >= NACCS_ESCROW_APPLIED) /* applied for once more, as was asked for */
		return NACCS_OK;
	return naccs_escrow_advance(fetch->escrow, NACCS_ESCROW_APPLIED, naccs_rules_now(fetch->context), err);
}

static naccs_status received(void *context, const struct naccs_secret *answer, const char *suggested_name, bool is_cut, struct naccs_error *err)
{
	const struct fetch *fetch = context;
	naccs_auto(heap) char *name = suggested_name != NULL ? naccs_text_printable(suggested_name, strlen(suggested_name)) : NULL;

	naccs_say(fetch->context, _("Keeping the portal's answer safe (%s)"), name != NULL ? name : _("without a name"));
	return naccs_escrow_receive(fetch->escrow, answer, is_cut, err);
}

static bool fetch_cancelled(void *context)
{
	const struct naccs *naccs = context;

	return naccs->ui.cancelled != NULL && naccs->ui.cancelled(naccs->ui.context);
}

static void log_line(void *context, enum naccs_log_level level, const char *line)
{
	const struct naccs *naccs = context;

	if (naccs->ui.log != NULL)
		naccs->ui.log(naccs->ui.context, (int)level, line);
}

/* A log that shows no secret of this run. */
static naccs_status make_log(struct naccs *context, const struct naccs_errand *errand, const struct naccs_secret *password, struct naccs_log **ret,
			     struct naccs_error *err)
{
	static const struct naccs_codes_held none = {0};
	const struct naccs_codes_held *codes = errand->codes != NULL ? errand->codes : &none;
	const struct naccs_secret *secrets[] = {codes->code[0], codes->code[1], codes->code[2], password, errand->network->proxy_auth};
	naccs_status status = naccs_log_new(log_line, context, (enum naccs_log_level)context->log_level, ret, err);

	for (size_t i = 0; status == NACCS_OK && i < sizeof secrets / sizeof secrets[0]; i++)
		if (secrets[i] != NULL)
			status = naccs_log_hide(*ret, naccs_secret_data(secrets[i]), naccs_secret_length(secrets[i]), err);
	return status;
}

/* A description may bring anchors of its own; the user's --anchor stands above it. */
naccs_status naccs_description_use_anchors(struct naccs *context, const struct naccs_portal_description *description, struct naccs_error *err)
{
	const char *const *anchors = context->portal->description_anchors(description);

	if (!naccs_trust_is_builtin(context->trust))
		return NACCS_OK;
	for (size_t i = 0; anchors[i] != NULL; i++) {
		naccs_auto(secret) struct naccs_secret *pem = NULL;
		naccs_status status;

		if (strcmp(anchors[i], "rootca2") == 0)
			continue;
		if (strcmp(anchors[i], "system") == 0)
			return naccs_fail(err, NACCS_E_CONFIG, 0, _("the portal description asks for the system's anchors: codes are only sent to servers below "
								    "the TLS root of NACCS"));
		status = naccs_file_read(AT_FDCWD, anchors[i], NACCS_PKCS12_LIMIT, &pem, err);
		if (status == NACCS_OK)
			status = naccs_trust_add_pem(context->trust, naccs_secret_data(pem), naccs_secret_length(pem), anchors[i], err);
		if (status != NACCS_OK)
			return naccs_error_prefix(err, _("cannot use the anchor file %s of the portal description"), anchors[i]);
	}
	return NACCS_OK;
}

static naccs_status connect_to_portal(struct naccs *context, const struct naccs_errand *errand, const struct naccs_portal_description *description,
				      struct naccs_log *log, struct naccs_http **ret, struct naccs_error *err)
{
	const struct naccs_network *network = errand->network;
	struct naccs_http_options options = {
		.crypto = context->crypto,
		.anchors = naccs_trust_anchors(context->trust),
		.intermediates = naccs_trust_intermediates(context->trust),
		.hosts = context->portal->description_hosts(description),
		.proxy = network->proxy,
		.proxy_from_environment = network->proxy == NULL,
		.proxy_auth = network->proxy_auth,
		.connect_to = network->connect_to,
		.timeout_seconds = network->timeout_seconds,
		.log = log,
		.cancelled = fetch_cancelled,
		.cancelled_context = context,
	};

	if (errand->identity != NULL) {
		options.client_key = errand->identity->key;
		options.client_key_lacks_pss = errand->identity->lacks_pss;
		options.client_certificate = errand->identity->certificate;
		options.client_chain = errand->identity->chain;
	}
	return context->portal->http_new(&options, ret, err);
}

static naccs_status run_obtain(struct fetch *fetch, struct naccs_http *http, const struct naccs_errand *errand,
			       const struct naccs_portal_description *description, const struct naccs_secret *password, int pages,
			       struct naccs_error *err)
{
	const struct naccs_obtain_request request = {
		.description = description,
		.code1 = errand->codes->code[0],
		.code2 = errand->codes->code[1],
		.code3 = errand->codes->code[2],
		.password = password,
		.now = naccs_rules_now(fetch->context),
		.page_dirfd = pages,
		.progress = fetch_progress,
		.about_to_submit = about_to_submit,
		.received = received,
		.warning = fetch_warning,
		.context = fetch,
	};

	return fetch->context->portal->obtain_run(http, &request, naccs_pkcs12_is_plausible, err);
}

static naccs_status run_renew(struct fetch *fetch, struct naccs_http *http, const struct naccs_errand *errand,
			      const struct naccs_portal_description *description, const struct naccs_secret *password, int pages,
			      struct naccs_error *err)
{
	const struct naccs_renew_request request = {
		.description = description,
		.certificate = errand->identity->certificate,
		.password = password,
		.now = naccs_rules_now(fetch->context),
		.page_dirfd = pages,
		.was_applied = fetch->escrow->state >= NACCS_ESCROW_APPLIED,
		.apply_again = errand->apply_again,
		.patience_seconds = errand->patience_seconds,
		.progress = fetch_progress,
		.about_to_apply = about_to_apply,
		.about_to_submit = about_to_submit,
		.received = received,
		.warning = fetch_warning,
		.context = fetch,
	};

	return fetch->context->portal->renew_run(http, &request, naccs_pkcs12_is_plausible, err);
}

/* Whether all of it came is known best by the file itself: one that opens is whole, however the connection ended. */
static naccs_status overrule_transport(const struct fetch *fetch, naccs_status status, struct naccs_error *err)
{
	bool is_whole = false;
	struct naccs_error own = {0}; /* the portal's is the one to tell */

	if (status != NACCS_E_PORTAL_TRUNCATED || naccs_escrow_opens(fetch->context, fetch->escrow, &is_whole, &own) != NACCS_OK || !is_whole)
		return status;
	*err = (struct naccs_error){0};
	return NACCS_OK;
}

static naccs_status travel(struct naccs *context, int state_dirfd, const struct naccs_errand *errand,
			   const struct naccs_portal_description *description, struct naccs_escrow *escrow, struct naccs_report *report,
			   STACK_OF(X509) **ret_live_chain, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *password = NULL;
	const struct naccs_portal_client *portal = context->portal;
	struct naccs_http *http = NULL;
	naccs_auto(fd) int pages = -1;
	struct fetch fetch = {.context = context, .escrow = escrow, .report = report};
	struct naccs_log *log = NULL;
	naccs_status status = naccs_escrow_password(escrow, &password, err);

	if (status == NACCS_OK)
		status = make_log(context, errand, password, &log, err);
	if (status == NACCS_OK)
		status = naccs_state_folder(state_dirfd, "pages", &pages, err);
	if (status == NACCS_OK)
		status = connect_to_portal(context, errand, description, log, &http, err);
	if (status == NACCS_OK) {
		status = errand->identity != NULL ? run_renew(&fetch, http, errand, description, password, pages, err)
						  : run_obtain(&fetch, http, errand, description, password, pages, err);
		status = overrule_transport(&fetch, status, err);
		if (portal->http_chain(http) != NULL)
			*ret_live_chain = X509_chain_up_ref(portal->http_chain(http));
	}
	portal->http_free(http);
	naccs_log_free(log);
	return status;
}

naccs_status naccs_fetch(struct naccs *context, int state_dirfd, const struct naccs_errand *errand, struct naccs_escrow *escrow,
			 struct naccs_report *report, STACK_OF(X509) **ret_live_chain, struct naccs_error *err)
{
	const struct naccs_portal_client *portal;
	struct naccs_portal_description *description = NULL;
	const struct naccs_network *network = errand->network;
	naccs_status status = naccs_context_portal(context, &portal, err);

	if (status != NACCS_OK)
		return status;
	status = network->portal_file != NULL ? portal->description_read(network->portal_file, &description, err)
					      : portal->description_builtin(&description, err);
	if (status == NACCS_OK)
		status = naccs_description_use_anchors(context, description, err);
	if (status == NACCS_OK)
		status = travel(context, state_dirfd, errand, description, escrow, report, ret_live_chain, err);
	portal->description_free(description);
	return status;
}
