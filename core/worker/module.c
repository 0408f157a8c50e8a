/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see module.h. */
#include "module.h"

#include "text.h"

#include <dlfcn.h>
#include <string.h>

/* abi and size are read before anything else: what follows them is known only when they are right. */
static naccs_status check_head(const char *path, const struct naccs_backend *backend, struct naccs_error *err)
{
	if (backend == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: it offers nothing"), path);
	if (backend->abi != NACCS_BACKEND_ABI) {
		(void)naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: its abi is %u, this program needs %u"), path, backend->abi,
				 NACCS_BACKEND_ABI);
		return naccs_error_hint(err, _("Build it again with the header <naccscert/backend.h> of this version."));
	}
	if (backend->size < NACCS_BACKEND_SIZE_MIN)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: its size is %u bytes, less than the %zu of abi %u"), path,
				  backend->size, NACCS_BACKEND_SIZE_MIN, NACCS_BACKEND_ABI);
	return NACCS_OK;
}

static bool has_every_operation(const struct naccs_backend *backend)
{
	return backend->scheme != NULL && backend->open != NULL && backend->close != NULL && backend->describe != NULL && backend->list != NULL &&
	       backend->plan != NULL && backend->stage != NULL && backend->commit != NULL && backend->abort != NULL && backend->recover != NULL &&
	       backend->remove != NULL && backend->sign != NULL;
}

naccs_status naccs_module_load(const char *path, struct naccs_backend *ret, struct naccs_error *err)
{
	naccs_backend_entry_function *entry;
	const struct naccs_backend *backend;
	struct naccs_backend known = {0};
	void *symbol, *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	naccs_status status;

	if (module == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: %s"), path, dlerror());
	symbol = dlsym(module, NACCS_BACKEND_ENTRY);
	if (symbol == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: it does not export %s"), path, NACCS_BACKEND_ENTRY);
	memcpy(&entry, &symbol, sizeof entry);
	backend = entry();
	status = check_head(path, backend, err);
	if (status != NACCS_OK)
		return status;
	memcpy(&known, backend, backend->size < sizeof known ? backend->size : sizeof known);
	if (!has_every_operation(&known))
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: an operation is missing that every backend has"), path);
	*ret = known;
	return NACCS_OK;
}
