/* SPDX-License-Identifier: Apache-2.0 */
/* Why: as account.c, on Windows: nobody works for another user there, for a certificate of his store is opened in his own session only. */
#include "context.h"

#include "advice.h"
#include "file.h"
#include "names.h"
#include "text.h"

#include <string.h>

naccs_status naccs_account_find(struct naccs *context, const char *home, const char *name, struct naccs_error *err)
{
	if (name != NULL) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--user is not for Windows: only a user himself reaches his certificate store"));
		return naccs_error_hint(err, _("Run it as that user (runas /user:NAME), or install into windows:machine."));
	}
	context->home = strdup(naccs_path_is_absolute(home) ? home : "C:/");
	return context->home != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

void naccs_advise_on_account(const struct naccs *context, const char *uri, struct naccs_report *report)
{
	(void)context;
	(void)uri;
	(void)report;
}

bool naccs_is_found_by_alias(const char *said, const char *uri)
{
	const char *name = strchr(said, ':'), *found = strchr(uri, ':');
	naccs_auto(heap) char *path = NULL;
	struct naccs_error ignored = {0};

	if (name == NULL || found == NULL || !naccs_path_is_absolute(found + 1) || naccs_path_is_absolute(name + 1) || name[1] == '.')
		return false;
	return naccs_path_absolute(name + 1, &path, &ignored) != NACCS_OK || strcmp(path, found + 1) != 0;
}

void naccs_advise_on_alias(const struct naccs *context, const char *said, const char *uri, struct naccs_report *report)
{
	(void)context;
	(void)said;
	(void)uri;
	(void)report;
}
