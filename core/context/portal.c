/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the portal client is a module that is loaded when a command goes out, and never unloaded. See client.h. */
#include "context.h"

#include "build_config.h"
#include "client.h"
#include "names.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#define MODULE "portal.so"
#define BUILD_TREE_MODULE "core/portal/" MODULE

/* In the build tree that the program runs from, else where it was installed. */
static char *module_path(void)
{
	naccs_auto(heap) char *program = naccs_path_of_program();
	naccs_auto(heap) char *folder = program != NULL ? naccs_path_parent(program) : NULL;
	naccs_auto(heap) char *beside = folder != NULL ? naccs_format("%s/" BUILD_TREE_MODULE, folder) : NULL;

	if (beside != NULL && access(beside, F_OK) == 0)
		return naccs_take(&beside);
	return naccs_format("%s/" MODULE, NACCS_MODULE_DIR);
}

static naccs_status fail_load(const char *reason, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot load the portal client: %s"), reason);
	return naccs_error_hint(err, _("It belongs to naccs-cert: install the program again, whole."));
}

naccs_status naccs_context_portal(struct naccs *context, const struct naccs_portal_client **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_portal_client_entry_function *entry;

	if (context->portal != NULL) {
		*ret = context->portal;
		return NACCS_OK;
	}
	path = module_path();
	if (path == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	void *symbol = module != NULL ? dlsym(module, NACCS_PORTAL_ENTRY) : NULL;
	if (symbol == NULL)
		return fail_load(dlerror(), err);
	memcpy(&entry, &symbol, sizeof entry);
	const struct naccs_portal_client *client = entry();
	if (client->size != sizeof *client || strcmp(client->version, NACCS_VERSION) != 0) {
		naccs_auto(heap) char *reason = naccs_format(_("%s is of another version"), path);

		return fail_load(reason != NULL ? reason : path, err);
	}
	client->set_language(naccs_text_language());
	context->portal = client;
	*ret = client;
	return NACCS_OK;
}
