/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the command install: a PKCS#12 that the user has. Nothing is changed before the file is understood, its CA consented to, and the stores opened;
 * then escrow, then the stores.
 */
#include "context.h"

#include "advice.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static naccs_status read_pkcs12(const char *file, struct naccs_secret **ret, struct naccs_error *err)
{
	bool is_stdin = strcmp(file, "-") == 0;
	naccs_status status = is_stdin ? naccs_file_read_fd(STDIN_FILENO, _("standard input"), NACCS_PKCS12_LIMIT, ret, err)
				       : naccs_file_read(AT_FDCWD, file, NACCS_PKCS12_LIMIT, ret, err);

	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("cannot read the PKCS#12"));
}

static naccs_status copy_text(const char *text, char **ret, struct naccs_error *err)
{
	*ret = text != NULL ? strdup(text) : NULL;
	return text == NULL || *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

naccs_status naccs_order_from_options(const char *command, const struct naccs_install_options *options, struct naccs_escrow_order *ret,
				      struct naccs_error *err)
{
	naccs_status status = copy_text(command, &ret->command, err);

	if (status == NACCS_OK)
		status = copy_text(options->terminal, &ret->terminal, err);
	if (status == NACCS_OK)
		status = copy_text(options->group, &ret->group, err);
	if (status == NACCS_OK)
		status = copy_text(options->consent.sha256, &ret->client_ca_sha256, err);
	ret->all_or_nothing = options->all_or_nothing;
	ret->prune = options->prune;
	ret->trust_first_use = options->consent.first_use;
	for (size_t i = 0; status == NACCS_OK && i < options->target_count; i++) {
		naccs_auto(heap) char *pin_file = NULL;

		if (options->targets[i].pin_file != NULL)
			status = naccs_path_absolute(options->targets[i].pin_file, &pin_file, err);
		if (status == NACCS_OK)
			status = naccs_escrow_order_add_store(ret, options->targets[i].uri, pin_file, err);
	}
	for (size_t i = 0; status == NACCS_OK && options->deploy_hooks != NULL && options->deploy_hooks[i] != NULL; i++)
		status = naccs_escrow_order_add_hook(ret, options->deploy_hooks[i], err);
	return status;
}

/* Stores are open. Plan; if anything is to change, escrow first; install; purge when all is well, or nothing was changed. */
static naccs_status deliver(struct naccs_delivery *delivery, struct naccs_run *run, const struct naccs_secret *pkcs12,
			    const struct naccs_secret *password, bool is_stdin, struct naccs_error *err)
{
	const struct naccs *context = delivery->context;
	naccs_auto(payload) struct naccs_payload *payload = NULL;
	naccs_auto(escrow) struct naccs_escrow *escrow = NULL;
	struct naccs_escrow_order kept = {0};
	bool changed = false;
	naccs_status status;

	status = naccs_payload_new(delivery->credential, naccs_trust_anchors(context->trust), naccs_trust_intermediates(context->trust), &payload, err);
	if (status == NACCS_OK && naccs_run_plan(run, payload)) {
		status = naccs_order_copy(context, delivery->order, run, delivery->credential->facts->subject, &kept, err);
		if (status == NACCS_OK)
			status = naccs_escrow_create(delivery->ground->state_dirfd, naccs_clock_now(), &kept, password, pkcs12, &escrow, err);
		naccs_escrow_order_clear(&kept);
	}
	if (status == NACCS_OK)
		status = naccs_delivery_install(delivery, run, payload, &changed, err);
	if (status != NACCS_OK)
		return status;
	naccs_report_conclude_install(delivery->report, false);
	if (escrow != NULL && (naccs_run_count(run, NACCS_STORE_FAILED) == 0 || (!changed && !is_stdin))) {
		status = naccs_escrow_purge(escrow, err);
		naccs_escrow_free(naccs_take(&escrow));
	}
	if (status == NACCS_OK && escrow == NULL)
		return naccs_purge_superseded(delivery->ground, pkcs12, delivery->credential->facts->sha256, err);
	if (status != NACCS_OK)
		return status;
	naccs_report_warn(delivery->report, "escrow.kept",
			  _("The PKCS#12 and its password are kept in escrow. Mend what failed, then run: naccs-cert resume"));
	return NACCS_OK;
}

static naccs_status install_unpacked(struct naccs_delivery *delivery, const struct naccs_secret *pkcs12, const struct naccs_secret *password,
				     bool is_stdin, struct naccs_error *err)
{
	struct naccs_run *run = NULL;
	naccs_status status = naccs_delivery_run_new(delivery, &run, err);

	if (status != NACCS_OK)
		return status;
	naccs_run_open(run);
	if (naccs_run_count(run, NACCS_STORE_FAILED) < run->count) /* with no store left there is nothing to say yes to */
		status = naccs_consent_to_ca(delivery->context, delivery->ground, delivery->credential, delivery->order->client_ca_sha256,
					     delivery->order->trust_first_use, err);
	if (status == NACCS_OK)
		status = naccs_backup_keep(delivery->context, delivery->credential, delivery->order, err);
	if (status == NACCS_OK)
		status = deliver(delivery, run, pkcs12, password, is_stdin, err);
	naccs_delivery_run_free(run);
	return status;
}

/* Understand the PKCS#12 before anything is made or locked: a bad one leaves no trace. */
static naccs_status unpack(struct naccs *context, const struct naccs_secret *pkcs12, const struct naccs_secret *password,
			   struct naccs_credential **ret, struct naccs_error *err)
{
	struct naccs_ground ground;
	naccs_status status = naccs_ground_open(context, false, &ground, err);

	if (status == NACCS_OK)
		status = naccs_delivery_unpack(context, &ground, pkcs12, password, ret, err);
	naccs_ground_close(&ground);
	return status;
}

naccs_status naccs_install_pkcs12(struct naccs *context, const struct naccs_secret *pkcs12, const struct naccs_secret *password, bool is_stdin,
				  const struct naccs_install_options *options, struct naccs_report *report, struct naccs_error *err)
{
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	struct naccs_escrow_order order = {0};
	struct naccs_ground ground;
	naccs_status status = unpack(context, pkcs12, password, &credential, err);

	if (status != NACCS_OK)
		return status;
	status = naccs_ground_open(context, true, &ground, err);
	if (status == NACCS_OK)
		status = naccs_order_from_options("install", options, &order, err);
	if (status == NACCS_OK) {
		struct naccs_delivery delivery = {
			.context = context, .ground = &ground, .order = &order, .credential = credential, .report = report};

		if (report->certificate == NULL)
			report->certificate = naccs_certificate_info_new(credential->facts);
		naccs_advise_on_certificate(context, credential->facts, report);
		status = install_unpacked(&delivery, pkcs12, password, is_stdin, err);
	}
	naccs_ground_close(&ground);
	naccs_escrow_order_clear(&order);
	return status;
}

naccs_status naccs_install(struct naccs *context, const char *file, const struct naccs_secret *password,
			   const struct naccs_install_options *options, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	naccs_auto(secret) struct naccs_secret *pkcs12 = NULL;
	naccs_auto(secret) struct naccs_secret *asked = NULL;
	bool is_stdin = strcmp(file, "-") == 0;
	naccs_status status;

	if (options->target_count == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("no store to install into: say --to URI"));
	status = naccs_report_begin(context, "install", &report, err);
	if (status == NACCS_OK)
		status = naccs_backup_wish(context, options, err);
	if (status == NACCS_OK)
		status = read_pkcs12(file, &pkcs12, err);
	if (status == NACCS_OK && password == NULL) {
		naccs_auto(heap) char *prompt = naccs_format(_("Password of %s"), is_stdin ? _("the PKCS#12") : file);

		if (context->ui.ask_secret == NULL || prompt == NULL)
			return naccs_fail(err, NACCS_E_USAGE, 0, _("the PKCS#12 has a password: say --password-file FILE"));
		status = context->ui.ask_secret(context->ui.context, NACCS_ASK_PKCS12_PASSWORD, prompt, &asked, err);
		password = asked;
	}
	if (status == NACCS_OK)
		status = naccs_install_pkcs12(context, pkcs12, password, is_stdin, options, report, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
