/* SPDX-License-Identifier: Apache-2.0 */
/* Why: when which hooks run, and what becomes of their failures: before a renewal they stop it, afterwards they are told and undo nothing. See context.h. */
#include "context.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void show_output(void *context, const char *line)
{
	const struct naccs *naccs = context;
	naccs_auto(heap) char *text = naccs_format(_("hook: %s"), line);

	if (naccs->ui.log != NULL && text != NULL)
		naccs->ui.log(naccs->ui.context, 1, text);
}

static struct naccs_hook_watch watch_of(struct naccs *context)
{
	return (struct naccs_hook_watch){.output = show_output, .context = context};
}

/* The programs of hooks/NAME.d. A missing folder has none. */
static naccs_status find_files(const struct naccs *context, const char *name, struct naccs_hook_files *ret, struct naccs_error *err)
{
	naccs_auto(heap) char *folder = NULL;

	*ret = (struct naccs_hook_files){0};
	if (context->hook_folder == NULL)
		return NACCS_OK;
	folder = naccs_format("%s/%s.d", context->hook_folder, name);
	return folder != NULL ? naccs_hook_files_find(folder, ret, err) : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* The first failure is the report's; the others are warnings. */
static void note_failure(struct naccs_report *report, const struct naccs_error *err)
{
	if (report->error.status != NACCS_OK) {
		naccs_report_warn(report, "hook.failed", "%s", err->message);
		return;
	}
	report->error = *err;
	if (err->hint[0] == '\0')
		(void)naccs_error_hint(&report->error, _("The certificate is installed and verified. Mend the hook, then run it by hand."));
	report->exit_code = naccs_status_exit_code(err->status);
}

static void run_files(struct naccs *context, const char *name, const struct naccs_hook_facts *facts, struct naccs_report *report)
{
	const struct naccs_hook_watch watch = watch_of(context);
	struct naccs_hook_files files;
	struct naccs_error err = {0};

	if (find_files(context, name, &files, &err) != NACCS_OK)
		note_failure(report, &err);
	for (size_t i = 0; i < files.count; i++) {
		err = (struct naccs_error){0};
		naccs_say(context, _("Running the hook: %s"), files.items[i]);
		if (naccs_hook_run_file(files.items[i], facts, &watch, &err) != NACCS_OK)
			note_failure(report, &err);
	}
	naccs_hook_files_clear(&files);
}

naccs_status naccs_hooks_before(struct naccs *context, const struct naccs_hook_facts *facts, struct naccs_error *err)
{
	const struct naccs_hook_watch watch = watch_of(context);
	struct naccs_hook_files files;
	naccs_status status = find_files(context, "pre", &files, err);

	for (size_t i = 0; status == NACCS_OK && i < files.count; i++) {
		naccs_say(context, _("Running the hook: %s"), files.items[i]);
		status = naccs_hook_run_file(files.items[i], facts, &watch, err);
		if (status != NACCS_OK)
			(void)naccs_error_hint(err, _("Nothing was sent to the portal."));
	}
	naccs_hook_files_clear(&files);
	return status;
}

void naccs_hooks_deploy(struct naccs *context, const char *const *commands, size_t count, const struct naccs_hook_facts *facts,
			struct naccs_report *report)
{
	const struct naccs_hook_watch watch = watch_of(context);

	for (size_t i = 0; i < count; i++) {
		struct naccs_error err = {0};

		naccs_say(context, _("Running the deploy hook: %s"), commands[i]);
		if (naccs_hook_run(commands[i], facts, &watch, &err) != NACCS_OK)
			note_failure(report, &err);
	}
	run_files(context, "deploy", facts, report);
}

void naccs_hooks_after(struct naccs *context, const struct naccs_hook_facts *facts, struct naccs_report *report)
{
	run_files(context, "post", facts, report);
}
