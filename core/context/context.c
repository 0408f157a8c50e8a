/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the library's face: the context that every command works in. See naccscert.h. */
#include "context.h"

#include "build_config.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

const char *naccs_version(void)
{
	return NACCS_VERSION;
}

int64_t naccs_rules_now(const struct naccs *context)
{
	return context->has_at ? context->at : naccs_clock_now();
}

void naccs_say(const struct naccs *context, const char *format, const char *argument)
{
	naccs_asker_say(&context->asker, format, argument);
}

static void ui_log(void *context, const char *line)
{
	const struct naccs *naccs = context;

	if (naccs->ui.log != NULL && naccs->log_level >= 2)
		naccs->ui.log(naccs->ui.context, 2, line);
}

static void ui_progress(void *context, const char *message)
{
	const struct naccs *naccs = context;

	if (naccs->ui.progress != NULL)
		naccs->ui.progress(naccs->ui.context, message);
}

static naccs_status ui_ask_pin(void *context, const char *prompt, struct naccs_secret **ret, struct naccs_error *err)
{
	const struct naccs *naccs = context;

	if (naccs->ui.ask_secret == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the store needs a PIN or password, and nobody can be asked"));
	return naccs->ui.ask_secret(naccs->ui.context, NACCS_ASK_STORE_PIN, prompt, ret, err);
}

static naccs_status ui_confirm(void *context, const char *question, struct naccs_error *err)
{
	const struct naccs *naccs = context;

	if (naccs->ui.confirm == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("a yes is needed, and nobody can be asked"));
	return naccs->ui.confirm(naccs->ui.context, question, err);
}

static void report_warning(void *context, const char *id, const char *message)
{
	const struct naccs *naccs = context;
	struct naccs_report *report = naccs->report;

	if (report != NULL)
		naccs_report_warn(report, id, "%s", message);
}

static void ui_announce(void *context, const char *message)
{
	const struct naccs *naccs = context;

	if (naccs->ui.announce != NULL)
		naccs->ui.announce(naccs->ui.context, message);
}

static bool ui_cancelled(void *context)
{
	const struct naccs *naccs = context;

	return naccs->ui.cancelled != NULL && naccs->ui.cancelled(naccs->ui.context);
}

static naccs_status add_anchor_files(struct naccs *context, const char *const *files, struct naccs_error *err)
{
	for (size_t i = 0; files != NULL && files[i] != NULL; i++) {
		naccs_auto(secret) struct naccs_secret *pem = NULL;
		naccs_status status = naccs_file_read(AT_FDCWD, files[i], NACCS_PKCS12_LIMIT, &pem, err);

		if (status == NACCS_OK)
			status = naccs_trust_add_pem(context->trust, naccs_secret_data(pem), naccs_secret_length(pem), files[i], err);
		if (status != NACCS_OK)
			return naccs_error_prefix(err, _("cannot use the anchor file %s"), files[i]);
	}
	return NACCS_OK;
}

naccs_status naccs_new(const struct naccs_settings *settings, struct naccs **ret, struct naccs_error *err)
{
	struct naccs *context = calloc(1, sizeof *context);
	naccs_status status = NACCS_OK;

	if (context == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	context->ui = settings->ui;
	context->asker = (struct naccs_asker){
		.context = context,
		.progress = ui_progress,
		.log = ui_log,
		.ask_pin = ui_ask_pin,
		.confirm = ui_confirm,
		.cancelled = ui_cancelled,
		.warn = report_warning,
		.announce = ui_announce,
	};
	context->has_at = settings->has_at;
	context->at = settings->at;
	context->lock_timeout_ms = settings->lock_timeout_ms;
	context->log_level = settings->log_level;
	status = naccs_account_find(context, settings->home, settings->user, err);
	context->state_dir = strdup(settings->state_dir);
	if (status == NACCS_OK && settings->hook_folder != NULL)
		status = naccs_path_absolute(settings->hook_folder, &context->hook_folder, err);
	if (status == NACCS_OK && settings->backend_dir != NULL)
		status = naccs_path_absolute(settings->backend_dir, &context->backend_dir, err);
	if (status == NACCS_OK && context->state_dir == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status == NACCS_OK)
		status = naccs_crypto_new(&context->crypto, err);
	if (status == NACCS_OK)
		status = naccs_trust_new(context->crypto, &context->trust, err);
	if (status == NACCS_OK)
		status = add_anchor_files(context, settings->anchor_files, err);
	if (status != NACCS_OK) {
		naccs_free(context);
		return status;
	}
	*ret = context;
	return NACCS_OK;
}

void naccs_free(struct naccs *context)
{
	if (context == NULL)
		return;
	naccs_registry_free(context->registry);
	naccs_trust_free(context->trust);
	naccs_crypto_free(context->crypto);
	free(context->state_dir);
	free(context->backend_dir);
	free(context->hook_folder);
	free(context->home);
	free(context->backup_file);
	naccs_secret_free(context->backup_passphrase);
	free(context);
}

naccs_status naccs_context_registry(struct naccs *context, struct naccs_registry **ret, struct naccs_error *err)
{
	if (context->registry == NULL) {
		const struct naccs_registry_settings settings = {
			.explicit_dir = context->backend_dir,
			.installed_dir = NACCS_BACKEND_DIR,
			.worker_program = NACCS_WORKER_PROGRAM,
			.worker.keeps_stderr = context->log_level >= 2,
		};
		naccs_status status = naccs_registry_new(&settings, &context->registry, err);

		if (status != NACCS_OK)
			return status;
	}
	*ret = context->registry;
	return NACCS_OK;
}
