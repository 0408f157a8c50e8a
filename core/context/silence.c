/* SPDX-License-Identifier: Apache-2.0 */
/* Why: some commands look into a store only to know it: nobody is asked for that, no PIN is read or tried. See selection.h. */
#include "selection.h"

#include "text.h"

static naccs_status give_no_pin(void *context, const char *prompt, struct naccs_secret **ret, struct naccs_error *err)
{
	(void)ret;
	((struct naccs_silence *)context)->was_asked = true;
	return naccs_fail(err, NACCS_E_CANCELLED, 0, _("nobody is asked: %s"), prompt);
}

static naccs_status give_no_yes(void *context, const char *question, struct naccs_error *err)
{
	return give_no_pin(context, question, NULL, err);
}

static void pass_log(void *context, const char *line)
{
	const struct naccs_asker *asker = ((struct naccs_silence *)context)->asker;

	if (asker->log != NULL)
		asker->log(asker->context, line);
}

static bool is_cancelled(void *context)
{
	const struct naccs_asker *asker = ((struct naccs_silence *)context)->asker;

	return asker->cancelled != NULL && asker->cancelled(asker->context);
}

naccs_status naccs_open_silently(struct naccs_registry *registry, const struct naccs_store_opening *opening, struct naccs_silence *silence,
				 struct naccs_open_store **ret, struct naccs_error *err)
{
	const struct naccs_asker asker = {
		.context = silence, .log = pass_log, .ask_pin = give_no_pin, .confirm = give_no_yes, .cancelled = is_cancelled};

	return naccs_open_store_new(registry, &asker, opening, ret, err);
}
