/* SPDX-License-Identifier: Apache-2.0 */
/* Why: whose stores these are. A certificate serves the account that registered it, so root says for whom it works, and nobody else works for others. */
#include "context.h"

#include "advice.h"
#include "file.h"
#include "text.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static naccs_status find_named(const char *name, struct naccs *context, struct naccs_error *err)
{
	naccs_auto(heap) char *shown = naccs_text_printable(name, strlen(name));
	const struct passwd *entry = getpwnam(name);

	if (shown == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (entry == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("there is no user %s on this machine"), shown);
	if (geteuid() != 0 && entry->pw_uid != geteuid()) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("only root may work for another user: %s"), shown);
		return naccs_error_hint(err, _("Run it as that user, or as root: sudo naccs-cert … --user %s"), shown);
	}
	if (entry->pw_uid != geteuid() && (entry->pw_dir == NULL || entry->pw_dir[0] != '/'))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the user %s has no home directory"), shown);
	context->has_user = true;
	context->user = entry->pw_uid;
	if (entry->pw_uid == geteuid())
		return NACCS_OK; /* the caller: $HOME is as good as ever */
	context->home = strdup(entry->pw_dir);
	return context->home != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

naccs_status naccs_account_find(struct naccs *context, const char *home, const char *name, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;
	const struct passwd *entry;

	context->user = geteuid();
	if (name != NULL)
		status = find_named(name, context, err);
	if (status != NACCS_OK || context->home != NULL)
		return status;
	if (home == NULL || home[0] != '/') {
		entry = getpwuid(geteuid());
		home = entry != NULL && entry->pw_dir != NULL && entry->pw_dir[0] == '/' ? entry->pw_dir : "/";
	}
	context->home = strdup(home);
	return context->home != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* The owner of path or of its nearest part that exists. */
static bool nearest_owner(const char *path, uid_t *ret)
{
	naccs_auto(heap) char *part = strdup(path);
	struct stat info;

	while (part != NULL && part[0] == '/') {
		char *slash = strrchr(part, '/');

		if (stat(part, &info) == 0) {
			*ret = info.st_uid;
			return true;
		}
		if (slash == part)
			return false;
		*slash = '\0';
	}
	return false;
}

void naccs_advise_on_account(const struct naccs *context, const char *uri, struct naccs_report *report)
{
	const char *colon = strchr(uri, ':');
	naccs_auto(heap) char *path = NULL;
	struct naccs_error ignored = {0};
	uid_t owner = 0;

	if (geteuid() != 0 || colon == NULL || naccs_path_absolute(colon + 1, &path, &ignored) != NACCS_OK || !nearest_owner(path, &owner) || owner == 0)
		return;
	if (context->has_user && owner == context->user)
		return;
	naccs_report_warn(report, "account.other",
			  _("%s belongs to another account (uid %u), but root installs into it. A certificate serves the account that registered it: "
			    "better run naccs-cert as that account, or say --user NAME."),
			  uri, (unsigned)owner);
}

bool naccs_is_found_by_alias(const char *said, const char *uri)
{
	const char *name = strchr(said, ':'), *found = strchr(uri, ':');
	naccs_auto(heap) char *path = NULL;
	struct naccs_error ignored = {0};

	if (name == NULL || found == NULL || found[1] != '/' || strchr("/.", name[1]) != NULL)
		return false;
	return naccs_path_absolute(name + 1, &path, &ignored) != NACCS_OK || strcmp(path, found + 1) != 0;
}

void naccs_advise_on_alias(const struct naccs *context, const char *said, const char *uri, struct naccs_report *report)
{
	if (geteuid() != 0 || context->has_user || !naccs_is_found_by_alias(said, uri))
		return;
	naccs_report_warn(report, "account.root", _("%s was looked for in the home of the user who runs this, root (%s). For another user say --user NAME."), said,
			  context->home);
}
