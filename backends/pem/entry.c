/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the one symbol of the module, and what it says about itself. */
#include "pem.h"

#include <fcntl.h>

#define CAPABILITIES                                                                                                                       \
	(NACCS_CAN_RSA | NACCS_CAN_EC | NACCS_CAN_TRUST | NACCS_CAN_EXPORT_KEY | NACCS_CAN_ACTIVATE | NACCS_CAN_PENDING |                  \
	 NACCS_CAN_SIGN_PSS | NACCS_CAN_WRITE | pem_group_capability)

static naccs_status give_place(const char *uri, bool is_writable, naccs_place_sink *sink, void *context)
{
	const struct naccs_place place = {
		.size = sizeof place,
		.uri = uri,
		.kind = "PEM directory",
		.label = "",
		.is_writable = is_writable,
		.is_locked = false,
		.capabilities = CAPABILITIES & ~(is_writable ? 0 : NACCS_CAN_WRITE),
	};

	return sink(context, &place);
}

static naccs_status pem_describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	(void)err;
	return give_place(store->uri, store->is_write || faccessat(store->dir, ".", W_OK | X_OK, AT_EACCESS) == 0, sink, context);
}

/* Every spelling of a path means one store. */
static naccs_status pem_resolve(const struct naccs_host *host, const char *home, const char *uri, naccs_place_sink *sink, void *context,
				struct naccs_error *err)
{
	naccs_auto(heap) char *canonical = NULL;
	naccs_auto(heap) char *path = NULL;
	naccs_status status = pem_uri_read(uri, &path, &canonical, err);

	(void)host;
	(void)home;
	return status == NACCS_OK ? give_place(canonical, faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0, sink, context) : status;
}

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.isolated = false, /* no foreign code: libc and libcrypto */
	.scheme = "pem",
	.summary = N_("a directory of PEM files: pem:DIR"),
	.open = pem_open,
	.close = pem_close,
	.describe = pem_describe,
	.list = pem_list,
	.plan = pem_plan,
	.stage = pem_stage,
	.commit = pem_commit,
	.abort = pem_abort,
	.recover = pem_recover,
	.remove = pem_remove,
	.sign = pem_sign,
	.activate = pem_activate,
	.export_key = pem_export_key,
	.resolve = pem_resolve,
};

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

const struct naccs_backend *naccs_backend_entry(void)
{
	return &backend;
}
