/* SPDX-License-Identifier: Apache-2.0 */
/* Why: from a URI to an open store, and what it says about itself. Opening for writing takes the lock and tries the rights; nothing is
 * made. */
#include "winstore.h"

#include <openssl/provider.h>
#include <string.h>

#define URI_USER "windows:user"
#define URI_MACHINE "windows:machine"
#define EXPORTABLE "?exportable=yes"

void win_close(struct naccs_store *store)
{
	if (store == NULL)
		return;
	if (store->lock != NULL)
		(void)CloseHandle(store->lock);
	(void)OSSL_PROVIDER_unload(store->provider);
	OSSL_LIB_CTX_free(store->crypto);
	free(store);
}
NACCS_DEFINE_CLEANUP(struct naccs_store *, win_close, store)

naccs_status win_check_write(const struct naccs_store *store, struct naccs_error *err)
{
	if (!store->is_write)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot change %s: it was opened for reading"), store->uri);
	return NACCS_OK;
}

static naccs_status read_uri(struct naccs_store *store, const char *uri, struct naccs_error *err)
{
	static const struct {
		const char *uri;
		bool is_machine;
	} known[] = {{URI_USER, false}, {URI_MACHINE, true}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t length = strlen(known[i].uri);
		if (strncmp(uri, known[i].uri, length) != 0 || (uri[length] != '\0' && strcmp(uri + length, EXPORTABLE) != 0))
			continue;
		store->uri = known[i].uri;
		store->is_machine = known[i].is_machine;
		store->is_exportable = uri[length] != '\0';
		return NACCS_OK;
	}
	naccs_auto(heap) char *shown = naccs_text_printable(uri, strlen(uri));
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("\"%s\" names no certificate store of Windows"), shown != NULL ? shown : "");
	return naccs_error_hint(
		err,
		_("There are windows:user and windows:machine; with ?exportable=yes behind it the private key can be taken out again."));
}

/* OpenSSL without a configuration file, without the environment. */
static naccs_status start_crypto(struct naccs_store *store, struct naccs_error *err)
{
	store->crypto = OSSL_LIB_CTX_new();
	store->provider = store->crypto != NULL ? OSSL_PROVIDER_load(store->crypto, "default") : NULL;
	return store->provider != NULL ? NACCS_OK : win_fail_memory(err);
}

/* Opening for writing makes a store of Windows's own if it is missing, as any program does that looks; nothing is put there. */
static naccs_status try_rights(const struct naccs_store *store, struct naccs_error *err)
{
	static const enum win_place places[] = {WIN_MY, WIN_ROOT, WIN_CA};
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < sizeof places / sizeof *places && status == NACCS_OK; i++) {
		naccs_auto(system_store) HCERTSTORE handle = NULL;
		status = win_system_store_open(store, places[i], WIN_OWN, true, &handle, err);
	}
	if (status == NACCS_E_STORE_OPEN && store->is_machine)
		return naccs_error_hint(
			err,
			_("Run it as administrator (right click, \"Run as administrator\"), or install for yourself: --to windows:user"));
	return status;
}

naccs_status win_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
		      struct naccs_error *err)
{
	naccs_auto(store) struct naccs_store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return win_fail_memory(err);
	store->host = host;
	store->is_write = options->access == NACCS_ACCESS_WRITE;
	store->has_cng = win_cng_is_usable();
	naccs_status status = read_uri(store, uri, err);
	if (status == NACCS_OK && options->group != NULL)
		status = naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("%s can't be given to a group"), store->uri);
	if (status == NACCS_OK)
		status = start_crypto(store, err);
	if (status == NACCS_OK && store->is_write)
		status = try_rights(store, err);
	if (status == NACCS_OK && store->is_write)
		status = win_lock(store->is_machine, options->lock_timeout_ms, &store->lock, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&store);
	return status;
}

/* A machine's stores are an administrator's; one's own are always there. */
static bool can_write(const struct naccs_store *store)
{
	struct naccs_error ignored = {0};

	return store->is_write || !store->is_machine || try_rights(store, &ignored) == NACCS_OK;
}

static bool has_exportable_key(const struct naccs_store *store)
{
	struct win_names names = {0};
	struct naccs_error ignored = {0};
	bool is_found = false;

	if (win_key_list(store, &names, &ignored) != NACCS_OK)
		return false;
	for (size_t i = 0; i < names.count && !is_found; i++) {
		struct win_key key = {0};
		is_found = win_key_from_hex(names.hex[i], &key) && win_key_is_exportable(store, &key);
	}
	free(names.hex);
	return is_found;
}

static naccs_status describe(const struct naccs_store *store, naccs_place_sink *sink, void *context)
{
	bool is_writable = can_write(store);
	const struct naccs_place place = {
		.size = sizeof place,
		.uri = store->uri,
		.kind = store->is_machine ? _("Windows certificate store of this machine") : _("Windows certificate store of this user"),
		.label = "",
		.is_writable = is_writable,
		.capabilities = NACCS_CAN_RSA | NACCS_CAN_TRUST | NACCS_CAN_OWN_VERIFY | NACCS_CAN_SHARE |
				(is_writable ? NACCS_CAN_WRITE : 0) |
				(store->has_cng ? NACCS_CAN_EC | NACCS_CAN_SIGN_PSS | NACCS_CAN_SIGN_PSS_BY_KEY : 0) |
				(has_exportable_key(store) ? NACCS_CAN_EXPORT_KEY : 0),
		.wish = !store->is_exportable ? NULL
			: store->is_machine   ? URI_MACHINE EXPORTABLE
					      : URI_USER EXPORTABLE,
	};

	return sink(context, &place);
}

naccs_status win_describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	(void)err;
	return describe(store, sink, context);
}

naccs_status win_places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	static const char *const uris[] = {URI_USER, URI_MACHINE};
	naccs_status status = NACCS_OK;

	(void)home; /* these are the stores of whoever runs this */
	for (size_t i = 0; i < sizeof uris / sizeof *uris && status == NACCS_OK; i++) {
		naccs_auto(store) struct naccs_store *store = NULL;
		const struct naccs_open_options options = {.size = sizeof options, .access = NACCS_ACCESS_READ};
		status = win_open(host, uris[i], &options, &store, err);
		if (status == NACCS_OK)
			status = describe(store, sink, context);
	}
	return status;
}
