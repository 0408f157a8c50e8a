/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: key management as OpenSSL wants it: who a key is, whether it fits a certificate, what of it may leave (the public half). Everything
 * about that half is left to OpenSSL's own software key.
 */
#include "provider_internal.h"

#include <string.h>

#include <openssl/core_names.h>

#define PRIVATE_HALF OSSL_KEYMGMT_SELECT_PRIVATE_KEY

static void *keymgmt_new(void *provider)
{
	struct naccs_provider_keydata *data = calloc(1, sizeof *data);

	if (data != NULL)
		data->provider = provider;
	return data;
}

static void keymgmt_free(void *keydata)
{
	struct naccs_provider_keydata *data = keydata;

	if (data == NULL)
		return;
	naccs_provider_key_unref(data->key);
	free(data);
}

static void *keymgmt_dup(const void *keydata, int selection)
{
	const struct naccs_provider_keydata *from = keydata;

	if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) == 0)
		return NULL;
	struct naccs_provider_keydata *data = keymgmt_new(from->provider);
	if (data != NULL && from->key != NULL)
		data->key = naccs_provider_key_ref(from->key);
	return data;
}

/* From a store loader: reference holds a pointer to a keydata, which is taken out of it. */
static void *keymgmt_load(const void *reference, size_t size)
{
	struct naccs_provider_keydata *data = NULL;

	if (size != sizeof data)
		return NULL;
	memcpy(&data, reference, sizeof data);
	memset((void *)(uintptr_t)reference, 0, sizeof data);
	return data;
}

static int keymgmt_has(const void *keydata, int selection)
{
	const struct naccs_provider_keydata *data = keydata;

	if (data == NULL || data->key == NULL)
		return 0;
	return (selection & PRIVATE_HALF) == 0 || naccs_provider_key_can_sign(data->key);
}

/* Two keys of one public half are the same; private halves can't be compared. */
static int keymgmt_match(const void *keydata, const void *other, int selection)
{
	const struct naccs_provider_keydata *a = keydata, *b = other;

	if (a->key == NULL || b->key == NULL)
		return 0;
	if ((selection & (OSSL_KEYMGMT_SELECT_KEYPAIR)) == 0)
		return EVP_PKEY_parameters_eq(naccs_provider_key_public_half(a->key), naccs_provider_key_public_half(b->key)) == 1;
	return EVP_PKEY_eq(naccs_provider_key_public_half(a->key), naccs_provider_key_public_half(b->key)) == 1;
}

static int get_failure(struct naccs_provider_key *key, OSSL_PARAM params[])
{
	OSSL_PARAM *param = OSSL_PARAM_locate(params, NACCS_PROVIDER_PARAM_FAILURE);
	struct naccs_error failure = {0};

	if (param == NULL)
		return 1;
	(void)naccs_provider_key_last_failure(key, &failure);
	return OSSL_PARAM_set_octet_string(param, &failure, sizeof failure);
}

static int keymgmt_get_params(void *keydata, OSSL_PARAM params[])
{
	const struct naccs_provider_keydata *data = keydata;

	if (data->key == NULL)
		return 0;
	return get_failure(data->key, params) == 1 && EVP_PKEY_get_params(naccs_provider_key_public_half(data->key), params) == 1;
}

static int is_ours_alone(const OSSL_PARAM params[])
{
	return params[0].key != NULL && strcmp(params[0].key, NACCS_PROVIDER_PARAM_KEY) == 0;
}

/* A key of this process, by its address: from naccs_provider_key_new(). */
static int import_ours(struct naccs_provider_keydata *data, const OSSL_PARAM *param)
{
	struct naccs_provider_key *key = NULL;

	if (param->data_type != OSSL_PARAM_OCTET_STRING || param->data_size != sizeof key)
		return naccs_provider_raise(data->provider, NACCS_PROVIDER_R_KEY, "import");
	memcpy(&key, param->data, sizeof key);
	data->key = naccs_provider_key_ref(key);
	return 1;
}

/* Another provider's key, for a comparison: its public half alone. One with a private half stays where it can sign. */
static int import_public(struct naccs_provider_keydata *data, const char *type, int selection, const OSSL_PARAM params[])
{
	static const char *const private_names[] = {OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1};
	naccs_auto(provider_pkey_context) EVP_PKEY_CTX *context = NULL;
	EVP_PKEY *public_half = NULL;

	for (size_t i = 0; i < sizeof private_names / sizeof private_names[0]; i++)
		if (OSSL_PARAM_locate_const(params, private_names[i]) != NULL)
			return naccs_provider_raise(data->provider, NACCS_PROVIDER_R_KEY,
						    "a private key cannot be put into a store by OpenSSL");
	if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) == 0)
		return 0;
	context = EVP_PKEY_CTX_new_from_name(data->provider->libctx, type, "provider=default");
	/* OpenSSL reads the parameters only. */
	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &public_half, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)(uintptr_t)params) != 1)
		return 0;
	data->key = naccs_provider_key_public(public_half);
	return data->key != NULL ? 1 : naccs_provider_raise(data->provider, NACCS_PROVIDER_R_MEMORY, "import");
}

static int import(struct naccs_provider_keydata *data, const char *type, int selection, const OSSL_PARAM params[])
{
	if (data->key != NULL)
		return 0;
	return is_ours_alone(params) ? import_ours(data, params) : import_public(data, type, selection, params);
}

static int rsa_import(void *keydata, int selection, const OSSL_PARAM params[])
{
	return import(keydata, "RSA", selection, params);
}

static int ec_import(void *keydata, int selection, const OSSL_PARAM params[])
{
	return import(keydata, "EC", selection, params);
}

/* OpenSSL asks for everything when it looks for another provider that could sign with the key: only a refusal keeps the signature here. */
static int keymgmt_export(void *keydata, int selection, OSSL_CALLBACK *sink, void *context)
{
	const struct naccs_provider_keydata *data = keydata;

	if (data->key == NULL || (selection & PRIVATE_HALF) != 0)
		return 0;
	return EVP_PKEY_export(naccs_provider_key_public_half(data->key), selection, sink, context);
}

static const OSSL_PARAM *rsa_types(int selection)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END,
	};

	return (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 ? types : NULL;
}

static const OSSL_PARAM *ec_types(int selection)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	return (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 ? types : NULL;
}

#define COMMON_GETTABLE                                                                                                                    \
	OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL), OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),                                   \
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL), OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),           \
		OSSL_PARAM_octet_string(NACCS_PROVIDER_PARAM_FAILURE, NULL, 0)

static const OSSL_PARAM *rsa_gettable(void *provider)
{
	static const OSSL_PARAM names[] = {
		COMMON_GETTABLE,
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provider;
	return names;
}

static const OSSL_PARAM *ec_gettable(void *provider)
{
	static const OSSL_PARAM names[] = {
		COMMON_GETTABLE,
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provider;
	return names;
}

static const char *rsa_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "RSA" : NULL;
}

static const char *ec_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

#define FUNCTION(name, function)                                                                                                           \
	{                                                                                                                                  \
		OSSL_FUNC_KEYMGMT_##name, (void (*)(void))(function)                                                                       \
	}
#define COMMON_FUNCTIONS                                                                                                                   \
	FUNCTION(NEW, keymgmt_new), FUNCTION(FREE, keymgmt_free), FUNCTION(DUP, keymgmt_dup), FUNCTION(LOAD, keymgmt_load),                \
		FUNCTION(HAS, keymgmt_has), FUNCTION(MATCH, keymgmt_match), FUNCTION(GET_PARAMS, keymgmt_get_params),                      \
		FUNCTION(EXPORT, keymgmt_export)

const OSSL_DISPATCH naccs_provider_rsa_keymgmt[] = {
	COMMON_FUNCTIONS,
	FUNCTION(GETTABLE_PARAMS, rsa_gettable),
	FUNCTION(IMPORT, rsa_import),
	FUNCTION(IMPORT_TYPES, rsa_types),
	FUNCTION(EXPORT_TYPES, rsa_types),
	FUNCTION(QUERY_OPERATION_NAME, rsa_operation),
	{0, NULL},
};

const OSSL_DISPATCH naccs_provider_ec_keymgmt[] = {
	COMMON_FUNCTIONS,
	FUNCTION(GETTABLE_PARAMS, ec_gettable),
	FUNCTION(IMPORT, ec_import),
	FUNCTION(IMPORT_TYPES, ec_types),
	FUNCTION(EXPORT_TYPES, ec_types),
	FUNCTION(QUERY_OPERATION_NAME, ec_operation),
	{0, NULL},
};
