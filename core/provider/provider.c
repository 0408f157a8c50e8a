/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the provider as OpenSSL sees it: how it is loaded into a library context, which functions it has, how it says that something failed.
 * See provider.h. */
#include "provider_internal.h"

#include "text.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/provider.h>

void naccs_provider_init(struct naccs_provider *provider, const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, OSSL_LIB_CTX *libctx)
{
	provider->handle = handle;
	provider->libctx = libctx;
	for (; in->function_id != 0; in++) {
		if (in->function_id == OSSL_FUNC_CORE_NEW_ERROR)
			provider->new_error = OSSL_FUNC_core_new_error(in);
		else if (in->function_id == OSSL_FUNC_CORE_SET_ERROR_DEBUG)
			provider->set_error_debug = OSSL_FUNC_core_set_error_debug(in);
		else if (in->function_id == OSSL_FUNC_CORE_VSET_ERROR)
			provider->vset_error = OSSL_FUNC_core_vset_error(in);
	}
}

const OSSL_ITEM *naccs_provider_reasons(void)
{
	static char sign[] = "the store did not sign", parameter[] = "not possible with a key in a store", key[] = "no such key",
		    memory[] = "out of memory", store[] = "the store cannot be used";
	static const OSSL_ITEM reasons[] = {
		{NACCS_PROVIDER_R_SIGN, sign},	   {NACCS_PROVIDER_R_PARAMETER, parameter}, {NACCS_PROVIDER_R_KEY, key},
		{NACCS_PROVIDER_R_MEMORY, memory}, {NACCS_PROVIDER_R_STORE, store},	    {0, NULL},
	};

	return reasons;
}

int naccs_provider_raise(const struct naccs_provider *provider, enum naccs_provider_reason reason, const char *format, ...)
{
	va_list args;

	if (provider->new_error == NULL || provider->vset_error == NULL)
		return 0;
	provider->new_error(provider->handle);
	if (provider->set_error_debug != NULL)
		provider->set_error_debug(provider->handle, NACCS_PROVIDER_NAME, 0, "");
	va_start(args, format);
	provider->vset_error(provider->handle, (uint32_t)reason, format, args);
	va_end(args);
	return 0;
}

int naccs_provider_raise_error(const struct naccs_provider *provider, enum naccs_provider_reason reason, const struct naccs_error *err)
{
	if (err->hint[0] == '\0')
		return naccs_provider_raise(provider, reason, "%s", err->message);
	return naccs_provider_raise(provider, reason, "%s (%s)", err->message, err->hint);
}

const OSSL_ALGORITHM *naccs_provider_algorithms(int operation)
{
	static const OSSL_ALGORITHM keymgmt[] = {
		{"RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=" NACCS_PROVIDER_NAME, naccs_provider_rsa_keymgmt,
		 "RSA key in a store of naccs-cert"},
		{"EC:id-ecPublicKey:1.2.840.10045.2.1", "provider=" NACCS_PROVIDER_NAME, naccs_provider_ec_keymgmt,
		 "EC key in a store of naccs-cert"},
		{NULL},
	};
	static const OSSL_ALGORITHM signature[] = {
		{"RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=" NACCS_PROVIDER_NAME, naccs_provider_signature,
		 "RSA signature by a store"},
		{"ECDSA", "provider=" NACCS_PROVIDER_NAME, naccs_provider_signature, "ECDSA signature by a store"},
		{NULL},
	};

	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return keymgmt;
	case OSSL_OP_SIGNATURE:
		return signature;
	default:
		return NULL;
	}
}

/* ---- the provider built into the program ---- */

static void teardown(void *provider)
{
	free(provider);
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	return naccs_provider_algorithms(operation);
}

static const OSSL_ITEM *reasons(void *provider)
{
	(void)provider;
	return naccs_provider_reasons();
}

static int init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH functions[] = {
		{OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown},
		{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
		{OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, (void (*)(void))reasons},
		{0, NULL},
	};
	struct naccs_provider *provider = calloc(1, sizeof *provider);
	OSSL_FUNC_core_get_libctx_fn *get_libctx = NULL;

	for (const OSSL_DISPATCH *each = in; each->function_id != 0; each++)
		if (each->function_id == OSSL_FUNC_CORE_GET_LIBCTX)
			get_libctx = OSSL_FUNC_core_get_libctx(each);
	if (provider == NULL || get_libctx == NULL) {
		free(provider);
		return 0;
	}
	/* Only a provider that is built in may read the core's context as a library context: both are of the same libcrypto. */
	naccs_provider_init(provider, handle, in, (OSSL_LIB_CTX *)get_libctx(handle));
	*out = functions;
	*provctx = provider;
	return 1;
}

/* Every key keeps the provider loaded: a load is counted, and taken back by the key's end. */
struct keeper {
	struct naccs_provider_signer signer;
	OSSL_PROVIDER *provider;
};

static naccs_status keeper_sign(void *context, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *sink_context,
				struct naccs_error *err)
{
	const struct keeper *keeper = context;

	return keeper->signer.sign(keeper->signer.context, request, sink, sink_context, err);
}

static void keeper_free(void *context)
{
	struct keeper *keeper = context;

	if (keeper->signer.free != NULL)
		keeper->signer.free(keeper->signer.context);
	(void)OSSL_PROVIDER_unload(keeper->provider);
	free(keeper);
}

static naccs_status fail_openssl(struct naccs_error *err)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	(void)naccs_fail(err, NACCS_E_INTERNAL, (int64_t)code, _("cannot hand the key to OpenSSL: %s"),
			 reason != NULL ? reason : _("out of memory"));
	ERR_clear_error();
	return NACCS_E_INTERNAL;
}

static OSSL_PROVIDER *load(OSSL_LIB_CTX *libctx)
{
	if (OSSL_PROVIDER_available(libctx, NACCS_PROVIDER_NAME) != 1 && OSSL_PROVIDER_add_builtin(libctx, NACCS_PROVIDER_NAME, init) != 1)
		return NULL;
	return OSSL_PROVIDER_load(libctx, NACCS_PROVIDER_NAME);
}

/* OpenSSL's object around a key of ours. */
static EVP_PKEY *wrap(OSSL_LIB_CTX *libctx, struct naccs_provider_key *key)
{
	naccs_auto(provider_pkey_context) EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(libctx, naccs_provider_key_type(key), "provider=" NACCS_PROVIDER_NAME);
	OSSL_PARAM params[] = {OSSL_PARAM_octet_string(NACCS_PROVIDER_PARAM_KEY, &key, sizeof key), OSSL_PARAM_END};
	EVP_PKEY *pkey = NULL;

	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 || EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		return NULL;
	return pkey;
}

naccs_status naccs_provider_key_new(OSSL_LIB_CTX *libctx, X509 *certificate, const struct naccs_provider_signer *signer, EVP_PKEY **ret,
				    struct naccs_error *err)
{
	naccs_auto(provider_key) struct naccs_provider_key *key = NULL;
	struct keeper *keeper = calloc(1, sizeof *keeper);

	if (keeper == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	keeper->provider = load(libctx);
	if (keeper->provider == NULL) {
		free(keeper);
		return fail_openssl(err);
	}
	naccs_status status = naccs_provider_key_make(
		libctx, certificate, &(struct naccs_provider_signer){.sign = keeper_sign, .free = keeper_free, .context = keeper}, &key,
		err);
	if (status != NACCS_OK) {
		keeper_free(keeper); /* the signer is not in it yet */
		return status;
	}
	keeper->signer.sign = signer->sign;
	keeper->signer.context = signer->context;
	EVP_PKEY *pkey = wrap(libctx, key);
	if (pkey == NULL)
		return fail_openssl(err);
	keeper->signer.free = signer->free;
	*ret = pkey;
	return NACCS_OK;
}

naccs_status naccs_provider_key_failure(const EVP_PKEY *key, struct naccs_error *ret)
{
	struct naccs_error failure = {0};
	size_t length = 0;

	(void)ERR_set_mark();
	int is_known =
		EVP_PKEY_get_octet_string_param(key, NACCS_PROVIDER_PARAM_FAILURE, (unsigned char *)&failure, sizeof failure, &length);
	(void)ERR_pop_to_mark();
	if (is_known != 1 || length != sizeof failure || failure.status == NACCS_OK)
		return NACCS_OK;
	if (ret != NULL)
		*ret = failure;
	return failure.status;
}
