/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the module's entry: what OpenSSL calls when it loads, asks and lets go of the provider `naccs`. */
#include "plugin.h"

#include <string.h>

#include <openssl/core_names.h>
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

	(void)context;
	*no_cache = 0;
	return operation == OSSL_OP_STORE ? loaders : naccs_provider_algorithms(operation);
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
