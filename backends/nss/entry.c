/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the one symbol of the module, and what it says about itself. */
#include "nss.h"
#include "places.h"

#include "file.h"

#include <fcntl.h>

static bool is_writable(const struct naccs_store *store)
{
	struct naccs_error ignored = {0};

	return store->is_write ||
	       (store->dir >= 0 && naccs_path_check_safe(store->path, &ignored) == NACCS_OK &&
		faccessat(store->dir, ".", W_OK | X_OK, AT_EACCESS) == 0 &&
		faccessat(store->dir, NSS_CERTIFICATES, W_OK, AT_EACCESS) == 0 && faccessat(store->dir, NSS_KEYS, W_OK, AT_EACCESS) == 0);
}

static naccs_status nss_describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	bool can_write = is_writable(store);
	const struct naccs_place place = {
		.size = sizeof place,
		.uri = store->uri,
		.kind = naccs_nss_kind(store->path),
		.label = "",
		.is_writable = can_write,
		.is_locked = store->is_locked,
		.capabilities = NSS_CAPABILITIES & ~(can_write ? 0 : NACCS_CAN_WRITE),
	};

	(void)err;
	return sink(context, &place);
}

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.isolated = true, /* NSS keeps global state, and opens one database per process */
	.scheme = "nss",
	.summary = N_("an NSS database of Firefox, Chromium, Thunderbird or the system: nss:firefox, nss:chromium, nss:/absolute/path"),
	.places = naccs_nss_places,
	.open = nss_open,
	.close = nss_close,
	.describe = nss_describe,
	.list = nss_list,
	.plan = nss_plan,
	.stage = nss_stage,
	.commit = nss_commit,
	.abort = nss_abort,
	.recover = nss_recover,
	.remove = nss_remove,
	.sign = nss_sign,
	.export_key = nss_export_key,
	.verify = nss_verify,
	.resolve = naccs_nss_resolve,
};

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

const struct naccs_backend *naccs_backend_entry(void)
{
	return &backend;
}
