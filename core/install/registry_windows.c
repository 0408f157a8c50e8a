/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the registry where no module is loaded: every backend is part of the program and runs in it. See registry.h, builtin_backends.h. */
#include "registry.h"

#include "builtin_backends.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define BUILTIN_LIMIT 8

struct naccs_registry {
	struct naccs_served served[BUILTIN_LIMIT]; /* in the order of the table */
	size_t count;
};

/* Linked with the program, so of the same header; what is checked is the table. */
static naccs_status serve(const struct naccs_builtin *builtin, struct naccs_served *ret, struct naccs_error *err)
{
	const struct naccs_backend *backend = builtin->entry();

	if (backend == NULL || backend->abi != NACCS_BACKEND_ABI || backend->size != sizeof *backend ||
	    strcmp(backend->scheme, builtin->scheme) != 0)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot use the backend %s"), builtin->scheme);
	*ret = (struct naccs_served){.module = *backend, .operations = *backend};
	return NACCS_OK;
}

naccs_status naccs_registry_new(const struct naccs_registry_settings *settings, struct naccs_registry **ret, struct naccs_error *err)
{
	naccs_auto(registry) struct naccs_registry *registry = calloc(1, sizeof *registry);
	naccs_status status = NACCS_OK;

	if (registry == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (settings->explicit_dir != NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot load backends from %s: on Windows all of them are part of the program"),
				  settings->explicit_dir);
	for (const struct naccs_builtin *builtin = naccs_builtin_backends; builtin->scheme != NULL && status == NACCS_OK; builtin++) {
		if (registry->count == BUILTIN_LIMIT)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot use the backend %s"), builtin->scheme);
		status = serve(builtin, &registry->served[registry->count++], err);
	}
	if (status == NACCS_OK)
		*ret = naccs_take(&registry);
	return status;
}

void naccs_registry_free(struct naccs_registry *registry)
{
	free(registry);
}

static naccs_status fail_unknown_scheme(const struct naccs_registry *registry, const char *uri, struct naccs_error *err)
{
	naccs_auto(heap) char *shown = naccs_text_printable(uri, strlen(uri));
	naccs_auto(heap) char *known = NULL;

	for (size_t i = 0; i < registry->count; i++) {
		char *longer =
			naccs_format("%s%s%s:", known != NULL ? known : "", known != NULL ? ", " : "", registry->served[i].module.scheme);
		free(known);
		known = longer;
	}
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot open the store \"%s\": no backend serves it"), shown != NULL ? shown : "");
	return naccs_error_hint(err, _("A store is named by a URI such as windows:user. Backends here: %s"), known != NULL ? known : "");
}

naccs_status naccs_registry_find(struct naccs_registry *registry, const char *uri, const struct naccs_served **ret, struct naccs_error *err)
{
	for (size_t i = 0; i < registry->count; i++) {
		const char *scheme = registry->served[i].module.scheme;
		size_t length = strlen(scheme);

		if (strncmp(uri, scheme, length) == 0 && uri[length] == ':') {
			*ret = &registry->served[i];
			return NACCS_OK;
		}
	}
	return fail_unknown_scheme(registry, uri, err);
}

void naccs_registry_each(struct naccs_registry *registry, void (*loaded)(void *context, const struct naccs_served *served),
			 void (*failed)(void *context, const struct naccs_error *err), void *context)
{
	(void)failed; /* what is linked in is there */
	for (size_t i = 0; i < registry->count; i++)
		loaded(context, &registry->served[i]);
}
