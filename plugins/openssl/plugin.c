/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the module's entry: what OpenSSL calls when it loads, asks and lets go of the provider `naccs`. */
#include "plugin.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

static void plugin_free(void *context)
{
	struct plugin *plugin = context;

	naccs_crypto_free(plugin->crypto);
	(void)pthread_mutex_destroy(&plugin->mutex);
	free(plugin->configuration);
	free(plugin->backend_dir);
	free(plugin->worker);
	free(plugin);
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
	static const OSSL_ALGORITHM loaders[] = {
		{PLUGIN_SCHEME, "provider=" NACCS_PROVIDER_NAME, plugin_loader, "certificates and keys in stores of naccs-cert"},
		{NULL},
	};

	struct plugin *plugin = context;

	if (operation == OSSL_OP_STORE) {
		*no_cache = 0;
		return loaders;
	}
	*no_cache = 1; /* never into the store where OpenSSL looks for "any RSA" */
	return atomic_load(&plugin->has_keys) ? naccs_provider_algorithms(operation) : NULL;
}

/*
 * OpenSSL takes the first provider that has an algorithm, in the order in which they were loaded. Ours knows its own keys only, so it must
 * never be the first: a program that loaded it first could make no EC key any more, and P-256 would be gone from its TLS. So what the
 * others have is fetched, and thereby known to OpenSSL, before we have anything.
 */
void plugin_announce_keys(struct plugin *plugin)
{
	static const char *const types[] = {"RSA", "EC"};
	static const char *const signatures[] = {"RSA", "ECDSA"};

	if (atomic_load(&plugin->has_keys))
		return;
	(void)ERR_set_mark();
	for (size_t i = 0; plugin->is_same_libcrypto && i < sizeof types / sizeof types[0]; i++) {
		EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(plugin->program, types[i], NULL));
		EVP_SIGNATURE_free(EVP_SIGNATURE_fetch(plugin->program, signatures[i], NULL));
	}
	(void)ERR_pop_to_mark();
	atomic_store(&plugin->has_keys, true);
}

/* The context that loaded us may be of another libcrypto than ours (a program that has its own linked in): then it means nothing to us. */
static void find_program(struct plugin *plugin, const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in)
{
	OSSL_FUNC_core_get_libctx_fn *get_libctx = NULL;

	for (; in->function_id != 0; in++) {
		if (in->function_id == OSSL_FUNC_CORE_GET_LIBCTX)
			get_libctx = OSSL_FUNC_core_get_libctx(in);
		else if (in->function_id == OSSL_FUNC_CRYPTO_MALLOC)
			plugin->is_same_libcrypto = OSSL_FUNC_CRYPTO_malloc(in) == CRYPTO_malloc;
	}
	plugin->is_same_libcrypto = plugin->is_same_libcrypto && get_libctx != NULL;
	if (plugin->is_same_libcrypto)
		plugin->program = (OSSL_LIB_CTX *)get_libctx(handle);
}

static const OSSL_ITEM *reasons(void *context)
{
	(void)context;
	return naccs_provider_reasons();
}

static const OSSL_PARAM *gettable(void *context)
{
	static const OSSL_PARAM names[] = {
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
		OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
		OSSL_PARAM_END,
	};

	(void)context;
	return names;
}

static int set_text(OSSL_PARAM params[], const char *name, const char *text)
{
	OSSL_PARAM *param = OSSL_PARAM_locate(params, name);

	return param == NULL || OSSL_PARAM_set_utf8_ptr(param, text) == 1;
}

static int get_params(void *context, OSSL_PARAM params[])
{
	OSSL_PARAM *status = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);

	(void)context;
	return set_text(params, OSSL_PROV_PARAM_NAME, "Certificates and keys in stores of naccs-cert") &&
	       set_text(params, OSSL_PROV_PARAM_VERSION, NACCS_VERSION) && set_text(params, OSSL_PROV_PARAM_BUILDINFO, NACCS_VERSION) &&
	       (status == NULL || OSSL_PARAM_set_int(status, 1) == 1);
}

/* The provider's section in openssl.cnf. */
static bool read_settings(struct plugin *plugin, const OSSL_CORE_HANDLE *handle, OSSL_FUNC_core_get_params_fn *core_get_params)
{
	char *configuration = NULL, *backend_dir = NULL, *worker = NULL;
	OSSL_PARAM wanted[] = {
		OSSL_PARAM_utf8_ptr("configuration", &configuration, 0),
		OSSL_PARAM_utf8_ptr("backend-dir", &backend_dir, 0),
		OSSL_PARAM_utf8_ptr("worker", &worker, 0),
		OSSL_PARAM_END,
	};

	if (core_get_params == NULL || core_get_params(handle, wanted) != 1)
		return true;
	return (configuration == NULL || (plugin->configuration = strdup(configuration)) != NULL) &&
	       (backend_dir == NULL || (plugin->backend_dir = strdup(backend_dir)) != NULL) &&
	       (worker == NULL || (plugin->worker = strdup(worker)) != NULL);
}

static struct plugin *plugin_new(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in)
{
	struct plugin *plugin = calloc(1, sizeof *plugin);
	OSSL_FUNC_core_get_params_fn *core_get_params = NULL;
	OSSL_LIB_CTX *keys;

	if (plugin == NULL || pthread_mutex_init(&plugin->mutex, NULL) != 0) {
		free(plugin);
		return NULL;
	}
	for (const OSSL_DISPATCH *each = in; each->function_id != 0; each++)
		if (each->function_id == OSSL_FUNC_CORE_GET_PARAMS)
			core_get_params = OSSL_FUNC_core_get_params(each);
	if (!read_settings(plugin, handle, core_get_params) || naccs_crypto_new(&plugin->crypto, NULL) != NACCS_OK ||
	    (keys = naccs_crypto_keys_libctx(plugin->crypto)) == NULL) {
		plugin_free(plugin);
		return NULL;
	}
	naccs_provider_init(&plugin->provider, handle, in, keys);
	find_program(plugin, handle, in);
	atomic_init(&plugin->has_keys, false);
	return plugin;
}

__attribute__((visibility("default"))) OSSL_provider_init_fn OSSL_provider_init;

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH functions[] = {
		{OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))plugin_free},
		{OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable},
		{OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params},
		{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
		{OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, (void (*)(void))reasons},
		{0, NULL},
	};
	struct plugin *plugin = plugin_new(handle, in);

	if (plugin == NULL)
		return 0;
	*out = functions;
	*provctx = plugin;
	return 1;
}
