/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command restore: what a backup holds goes the way of every install: escrow, consent to the CA, stage, prove, commit, ledger. */
#include "backup_parts.h"

#include "file.h"
#include "selection.h"
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define BACKUP_LIMIT ((size_t)8 * 1024 * 1024)
#define ESCROW_PASSWORD_LENGTH 16
#define ESCROW_ALPHABET "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
#define ESCROW_ITERATIONS 2048 /* the password lies beside it */

static naccs_status ask_passphrase(const struct naccs *context, const char *file, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *prompt = naccs_format(_("Passphrase of %s"), file);

	if (context->ui.ask_secret == NULL || prompt == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the backup has a passphrase: say --passphrase-file FILE"));
	return context->ui.ask_secret(context->ui.context, NACCS_ASK_PASSPHRASE, prompt, ret, err);
}

static naccs_status open_backup(struct naccs *context, const char *file, const struct naccs_secret *given, struct naccs_backup **ret,
				struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *bytes = NULL;
	naccs_auto(secret) struct naccs_secret *asked = NULL;
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	naccs_status status = naccs_file_read(AT_FDCWD, file, BACKUP_LIMIT, &bytes, err);

	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot read the backup"));
	if (given == NULL)
		status = ask_passphrase(context, file, &asked, err);
	if (status == NACCS_OK)
		status = naccs_ground_open(context, false, &ground, err);
	if (status == NACCS_OK)
		status = naccs_backup_open(context->crypto, bytes, given != NULL ? given : asked, ground.remembered,
					   naccs_rules_now(context), ret, err);
	naccs_ground_close(&ground);
	if (status == NACCS_E_PKCS12_PASSWORD) {
		(void)naccs_fail(err, NACCS_E_PKCS12_PASSWORD, 0, _("the passphrase does not open the backup %s"), file);
		return naccs_error_hint(err, _("Without it nobody can: a lost passphrase means a reissue."));
	}
	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, "%s", file);
}

/* An item that may be installed, with its record read. */
struct choice {
	const struct naccs_backup_item *item;
	struct naccs_backup_record record;
};
struct choices {
	struct choice *items;
	size_t count;
};

static void choices_clear(struct choices *choices)
{
	for (size_t i = 0; i < choices->count; i++)
		naccs_backup_record_clear(&choices->items[i].record);
	free(choices->items);
	*choices = (struct choices){0};
}

static bool is_chosen(const struct choice *choice, const struct naccs_restore_options *options)
{
	const struct naccs_certificate_facts *facts = choice->item->credential->facts;
	const char *terminal = options->install.terminal;

	if (options->certificate != NULL)
		return naccs_is_wanted_certificate(facts->sha256, options->certificate);
	return terminal == NULL || strcmp(facts->common_name, terminal) == 0 ||
	       (choice->record.terminal != NULL && strcmp(choice->record.terminal, terminal) == 0);
}

static naccs_status choose(const struct naccs_backup *backup, const struct naccs_restore_options *options, struct choices *ret,
			   struct naccs_report *report, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	ret->items = calloc(backup->count + 1, sizeof *ret->items);
	if (ret->items == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (size_t i = 0; status == NACCS_OK && i < backup->count; i++) {
		const struct naccs_backup_item *item = &backup->items[i];
		struct choice *choice = &ret->items[ret->count];

		if (item->credential == NULL) { /* expired meanwhile, for example */
			naccs_report_warn(report, naccs_status_id(item->error.status), "%s", item->error.message);
			continue;
		}
		choice->item = item;
		status = naccs_backup_record_read(item->record, &choice->record, err);
		if (status == NACCS_OK && is_chosen(choice, options))
			ret->count++;
		else
			naccs_backup_record_clear(&choice->record);
	}
	if (status != NACCS_OK || ret->count > 0)
		return status;
	for (size_t i = 0; i < backup->count; i++)
		if (backup->items[i].credential == NULL && backup->count == 1) {
			*err = backup->items[i].error;
			return err->status;
		}
	return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("the backup holds no such certificate"));
}

/* Stores were named, and several certificates could be meant. */
static naccs_status refuse_several(const struct choices *choices, struct naccs_error *err)
{
	naccs_auto(heap) char *list = NULL;

	for (size_t i = 0; i < choices->count; i++) {
		const struct naccs_certificate_facts *facts = choices->items[i].item->credential->facts;
		char *longer =
			naccs_format("%s%s%s (%s)", list != NULL ? list : "", list != NULL ? ", " : "", facts->sha256, facts->common_name);

		free(list);
		list = longer;
	}
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the backup holds several certificates: %s"), list != NULL ? list : "");
	return naccs_error_hint(err, _("Choose one with --cert SHA256, or leave the stores out: each goes to where it was."));
}

/* The credential as a PKCS#12 of its own, as escrow keeps it until the stores are proven. */
static naccs_status install_one(struct naccs *context, const struct naccs_credential *credential,
				const struct naccs_install_options *install, struct naccs_report *report, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(secret) struct naccs_secret *pkcs12 = NULL;
	struct naccs_backup_entry entry = {
		.key = credential->key, .certificate = credential->certificate, .chain = sk_X509_dup(credential->intermediates)};
	naccs_status status = naccs_secret_new(ESCROW_PASSWORD_LENGTH, &password, err);

	if (status == NACCS_OK)
		status = naccs_secret_random_text(password, ESCROW_PASSWORD_LENGTH, ESCROW_ALPHABET, err);
	if (status == NACCS_OK && (entry.chain == NULL || sk_X509_push(entry.chain, credential->client_ca) <= 0))
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status == NACCS_OK)
		status = naccs_backup_seal(context->crypto, &entry, 1, password, ESCROW_ITERATIONS, &pkcs12, err);
	if (status == NACCS_OK)
		status = naccs_install_pkcs12(context, pkcs12, password, false, install, report, err);
	sk_X509_free(entry.chain);
	return status;
}

static naccs_status restore_choice(struct naccs *context, const struct choice *choice, const struct naccs_restore_options *options,
				   struct naccs_report *report, struct naccs_error *err)
{
	struct naccs_install_options install = options->install;

	if (install.target_count == 0) {
		install.targets = choice->record.stores;
		install.target_count = choice->record.store_count;
		install.group = install.group != NULL ? install.group : choice->record.group;
	}
	if (install.terminal == NULL)
		install.terminal = choice->record.terminal;
	if (install.target_count == 0) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the backup does not say where the certificate of %s was"),
				 choice->item->credential->facts->common_name);
		return naccs_error_hint(err, _("Name the store: --to URI"));
	}
	return install_one(context, choice->item->credential, &install, report, err);
}

/* It stands in one of the records, whichever certificates are chosen. */
static naccs_status write_configuration(const struct naccs_backup *backup, const char *file, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;
	bool is_written = file == NULL;

	for (size_t i = 0; status == NACCS_OK && !is_written && i < backup->count; i++) {
		struct naccs_backup_record record = {0};

		status = naccs_backup_record_read(backup->items[i].record, &record, err);
		is_written = status == NACCS_OK && record.configuration != NULL;
		if (is_written)
			status = naccs_new_file_write(file, record.configuration, strlen(record.configuration), NULL, NULL, err);
		naccs_backup_record_clear(&record);
	}
	return status != NACCS_OK || is_written ? status : naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("the backup holds no configuration"));
}

static naccs_status restore(struct naccs *context, const char *file, const struct naccs_restore_options *options,
			    struct naccs_report *report, struct naccs_error *err)
{
	naccs_auto(backup) struct naccs_backup *backup = NULL;
	struct choices choices = {0};
	naccs_status status = open_backup(context, file, options->passphrase, &backup, err);

	if (status == NACCS_OK)
		status = choose(backup, options, &choices, report, err);
	if (status == NACCS_OK && options->install.target_count > 0 && choices.count > 1)
		status = refuse_several(&choices, err);
	if (status == NACCS_OK)
		status = write_configuration(backup, options->configuration_to, err);
	for (size_t i = 0; status == NACCS_OK && i < choices.count; i++)
		status = restore_choice(context, &choices.items[i], options, report, err);
	choices_clear(&choices);
	return status;
}

naccs_status naccs_restore(struct naccs *context, const char *file, const struct naccs_restore_options *options, struct naccs_report **ret,
			   struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	naccs_status status = options->configuration_to != NULL ? naccs_new_file_check(options->configuration_to, err) : NACCS_OK;

	if (status == NACCS_OK)
		status = naccs_report_begin(context, "restore", &report, err);
	if (status == NACCS_OK)
		status = restore(context, file, options, report, err);
	if (status != NACCS_OK && report != NULL &&
	    report->store_count > 0) { /* some are installed already: say so, and what stopped the rest */
		naccs_report_conclude_install(report, true);
		report->error = *err;
		report->result = NACCS_RESULT_PARTIAL;
		report->exit_code = 20;
		status = NACCS_OK;
	}
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
