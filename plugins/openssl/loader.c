/* SPDX-License-Identifier: Apache-2.0 */
/* Why: OSSL_STORE: a URI that begins with "naccs:" gives a private key, its certificate and its chain, one after the other. Nothing is
 * opened before the first is wanted. */
#include "plugin.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>
#include <openssl/store.h>

struct loading {
	struct plugin *plugin;
	char *uri;
	int expected; /* OSSL_STORE_INFO_*; 0: everything */
	struct plugin_source *source;
	size_t next; /* 0: the key, n: certificate n - 1 */
	bool has_failed;
};

static void *loader_open(void *plugin, const char *uri)
{
	struct loading *loading = calloc(1, sizeof *loading);

	if (loading == NULL || (loading->uri = strdup(uri)) == NULL) {
		free(loading);
		return NULL;
	}
	loading->plugin = plugin;
	return loading;
}

static int loader_close(void *context)
{
	struct loading *loading = context;

	plugin_source_unref(loading->source);
	free(loading->uri);
	free(loading);
	return 1;
}

static const OSSL_PARAM *loader_settable(void *plugin)
{
	static const OSSL_PARAM names[] = {OSSL_PARAM_int(OSSL_STORE_PARAM_EXPECT, NULL), OSSL_PARAM_END};

	(void)plugin;
	return names;
}

static int loader_set_params(void *context, const OSSL_PARAM params[])
{
	struct loading *loading = context;
	const OSSL_PARAM *expected = OSSL_PARAM_locate_const(params, OSSL_STORE_PARAM_EXPECT);

	return expected == NULL || OSSL_PARAM_get_int(expected, &loading->expected) == 1;
}

static bool wants(const struct loading *loading, int kind)
{
	return loading->expected == 0 || loading->expected == kind;
}

static int loader_eof(void *context)
{
	const struct loading *loading = context;

	if (loading->has_failed || (!wants(loading, OSSL_STORE_INFO_PKEY) && !wants(loading, OSSL_STORE_INFO_CERT)))
		return 1;
	if (loading->source == NULL)
		return 0;
	return loading->next > (wants(loading, OSSL_STORE_INFO_CERT) ? plugin_source_certificate_count(loading->source) : 0);
}

/* The key crosses by reference; key management takes it out of the slot, or it is freed here. */
static int hand_over_key(struct loading *loading, OSSL_CALLBACK *sink, void *sink_context)
{
	struct naccs_provider_keydata *slot = calloc(1, sizeof *slot);
	struct naccs_error err = {0};
	int kind = OSSL_OBJECT_PKEY;

	if (slot == NULL)
		return naccs_provider_raise(&loading->plugin->provider, NACCS_PROVIDER_R_MEMORY, "key");
	slot->provider = &loading->plugin->provider;
	if (plugin_source_key(loading->plugin, loading->source, &slot->key, &err) != NACCS_OK) {
		free(slot);
		return naccs_provider_raise_error(&loading->plugin->provider, NACCS_PROVIDER_R_STORE, &err);
	}
	char *type = (char *)(uintptr_t)naccs_provider_key_type(slot->key); /* read only */
	const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_OBJECT_PARAM_TYPE, &kind),
		OSSL_PARAM_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, type, strlen(type)),
		OSSL_PARAM_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &slot, sizeof slot),
		OSSL_PARAM_END,
	};
	plugin_announce_keys(loading->plugin);
	int result = sink(params, sink_context);
	if (slot != NULL) {
		naccs_provider_key_unref(slot->key);
		free(slot);
	}
	return result;
}

static int hand_over_certificate(const struct loading *loading, size_t index, OSSL_CALLBACK *sink, void *sink_context)
{
	const struct plugin_bytes *certificate = plugin_source_certificate(loading->source, index);
	int kind = OSSL_OBJECT_CERT;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_OBJECT_PARAM_TYPE, &kind),
		OSSL_PARAM_octet_string(OSSL_OBJECT_PARAM_DATA, certificate->data, certificate->length),
		OSSL_PARAM_END,
	};

	return sink(params, sink_context);
}

static bool open_source(struct loading *loading, const struct plugin_passphrase *passphrase)
{
	struct plugin_request request = {0};
	struct naccs_error err = {0};
	naccs_status status = plugin_request_read(loading->plugin, loading->uri, &request, &err);

	if (status == NACCS_OK)
		status = plugin_source_open(loading->plugin, &request, passphrase, wants(loading, OSSL_STORE_INFO_PKEY), &loading->source,
					    &err);
	plugin_request_clear(&request);
	if (status != NACCS_OK)
		(void)naccs_provider_raise_error(&loading->plugin->provider, NACCS_PROVIDER_R_STORE, &err);
	return status == NACCS_OK;
}

static int loader_load(void *context, OSSL_CALLBACK *sink, void *sink_context, OSSL_PASSPHRASE_CALLBACK *passphrase,
		       void *passphrase_context)
{
	struct loading *loading = context;
	const struct plugin_passphrase how = {.function = passphrase, .context = passphrase_context};

	if (loading->source == NULL && !open_source(loading, &how)) {
		loading->has_failed = true;
		return 0;
	}
	if (loading->next == 0 && !wants(loading, OSSL_STORE_INFO_PKEY))
		loading->next = 1;
	if (loader_eof(loading) == 1)
		return 0;
	size_t index = loading->next++;
	return index == 0 ? hand_over_key(loading, sink, sink_context) : hand_over_certificate(loading, index - 1, sink, sink_context);
}

#define FUNCTION(name, function)                                                                                                           \
	{                                                                                                                                  \
		OSSL_FUNC_STORE_##name, (void (*)(void))(function)                                                                         \
	}

const OSSL_DISPATCH plugin_loader[] = {
	FUNCTION(OPEN, loader_open),
	FUNCTION(SETTABLE_CTX_PARAMS, loader_settable),
	FUNCTION(SET_CTX_PARAMS, loader_set_params),
	FUNCTION(LOAD, loader_load),
	FUNCTION(EOF, loader_eof),
	FUNCTION(CLOSE, loader_close),
	{0, NULL},
};
