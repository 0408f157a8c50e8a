/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command backup: a change of machine otherwise costs a reissue. Nothing is changed but the new file. */
#include "backup_parts.h"

#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static naccs_status report_kept(struct naccs_report *report, const struct naccs_kept *kept, int64_t now, struct naccs_error *err)
{
	struct naccs_store_report *line = naccs_report_add_store(report, kept->source);
	struct naccs_inventory_item *item;

	if (line == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	line->result = kept->key != NULL ? NACCS_RESULT_OK : NACCS_RESULT_FAILED;
	line->error = kept->error;
	naccs_report_name_certificate(report, line, kept->facts);
	if (kept->key == NULL)
		return NACCS_OK;
	item = naccs_report_add_item(report);
	if (item == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	item->certificate = naccs_certificate_info_new(kept->facts);
	item->store = strdup(kept->source);
	item->has_key = true;
	item->is_current = item->is_in_use = kept->is_current;
	item->days_left = naccs_days_left(now, kept->facts->not_after);
	item->state = naccs_state_name(now, kept->facts);
	return item->certificate != NULL && item->store != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* Everything kept, something, or nothing. */
static void conclude(struct naccs_report *report)
{
	size_t failed = 0;

	for (size_t i = 0; i < report->store_count; i++) {
		const struct naccs_error *own = &report->stores[i].error;

		failed += own->status != NACCS_OK;
		if (naccs_status_badness(own->status) > naccs_status_badness(report->error.status))
			report->error = *own;
	}
	if (failed == 0) {
		report->result = NACCS_RESULT_OK;
		report->exit_code = 0;
	} else {
		report->result = report->inventory_count > 0 ? NACCS_RESULT_PARTIAL : NACCS_RESULT_FAILED;
		report->exit_code = report->inventory_count > 0 ? 20 : naccs_status_exit_code(report->error.status);
	}
}

/* The configuration joins the first record. */
static naccs_status add_configuration(const char *file, struct naccs_kept *kept, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	char *longer = NULL;
	naccs_status status;

	if (file == NULL)
		return NACCS_OK;
	status = naccs_file_read(AT_FDCWD, file, NACCS_SMALL_FILE_LIMIT, &text, err);
	if (status == NACCS_OK)
		status = naccs_backup_record_add_configuration(kept->record, text, &longer, err);
	if (status == NACCS_OK) {
		free(kept->record);
		kept->record = longer;
	}

	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("cannot keep the configuration"));
}

static naccs_status write_backup(struct naccs *context, const char *file, const struct naccs_kept_list *list,
				 const struct naccs_backup_options *options, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *asked = NULL;
	naccs_auto(heap) struct naccs_backup_entry *entries = calloc(list->count + 1, sizeof *entries);
	const struct naccs_secret *passphrase = options->passphrase;
	size_t count = 0;
	naccs_status status = entries != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));

	if (status == NACCS_OK && passphrase == NULL) {
		status = naccs_passphrase_ask_new(context, &asked, err);
		passphrase = asked;
	}
	for (size_t i = 0; status == NACCS_OK && i < list->count; i++) {
		struct naccs_kept *kept = &list->items[i];

		if (kept->key == NULL)
			continue;
		if (count == 0)
			status = add_configuration(options->configuration_file, kept, err);
		entries[count++] = (struct naccs_backup_entry){
			.key = kept->key, .certificate = kept->certificate, .chain = kept->chain, .record = kept->record};
	}
	if (status == NACCS_OK) {
		naccs_say(context, _("Writing %s and reading it back"), file);
		status = naccs_backup_make(context, file, entries, count, passphrase, err);
	}
	return status;
}

static naccs_status backup(struct naccs *context, const char *file, const struct naccs_backup_options *options, struct naccs_report *report,
			   struct naccs_error *err)
{
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	struct naccs_kept_list list = {0};
	naccs_status status = naccs_ground_open(context, false, &ground, err);

	if (status == NACCS_OK)
		status = naccs_kept_list_gather(context, &ground, options, &list, report, err);
	for (size_t i = 0; status == NACCS_OK && i < list.count; i++)
		status = report_kept(report, &list.items[i], naccs_rules_now(context), err);
	if (status == NACCS_OK && list.count == 0 && report->store_count == 0)
		status = options->certificate != NULL
				 ? naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("nothing to keep: there is no certificate %s"),
					      options->certificate)
				 : naccs_fail(err, NACCS_E_VERIFY_NONE, 0,
					      _("nothing to keep: no certificate is in use here, and none waits in escrow"));
	if (status == NACCS_OK && report->inventory_count > 0)
		status = write_backup(context, file, &list, options, err);
	naccs_kept_list_clear(&list);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		conclude(report);
	return status;
}

naccs_status naccs_backup(struct naccs *context, const char *file, const struct naccs_backup_options *options, struct naccs_report **ret,
			  struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	naccs_status status = naccs_new_file_check(file, err);

	if (status == NACCS_OK && options->passphrase != NULL)
		status = naccs_passphrase_check(options->passphrase, err);
	if (status == NACCS_OK)
		status = naccs_report_begin(context, "backup", &report, err);
	if (status == NACCS_OK)
		status = backup(context, file, options, report, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
