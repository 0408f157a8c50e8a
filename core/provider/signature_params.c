/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the parameters of a signature, which OpenSSL hands over as numbers or as words, before or after the digest. What a store can't do is
 * refused here, before it is asked. */
#include "provider_internal.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

static const struct {
	const char *name;
	uint32_t hash;
} hashes[] = {
	{"SHA256", NACCS_HASH_SHA256},
	{"SHA384", NACCS_HASH_SHA384},
	{"SHA512", NACCS_HASH_SHA512},
	{"SHA1", NACCS_HASH_SHA1},
};

static const struct {
	const char *name;
	int salt;
} salts[] = {
	{OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, RSA_PSS_SALTLEN_DIGEST},
	{OSSL_PKEY_RSA_PSS_SALT_LEN_MAX, RSA_PSS_SALTLEN_MAX},
	{OSSL_PKEY_RSA_PSS_SALT_LEN_AUTO, RSA_PSS_SALTLEN_AUTO},
	{"auto-digestmax", -4}, /* RSA_PSS_SALTLEN_AUTO_DIGEST_MAX, from OpenSSL 3.1 on */
};
#define SALT_AUTO_DIGEST_MAX (-4)

void naccs_provider_signing_defaults(struct naccs_provider_signing *signing)
{
	EVP_MD_free(signing->digest);
	EVP_MD_free(signing->mgf1);
	signing->digest = signing->mgf1 = NULL;
	signing->padding = naccs_provider_key_is_rsa(signing->key) ? NACCS_PADDING_PKCS1 : NACCS_PADDING_NONE;
	signing->salt_length = RSA_PSS_SALTLEN_AUTO;
}

uint32_t naccs_provider_hash_of(const EVP_MD *digest)
{
	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
		if (EVP_MD_is_a(digest, hashes[i].name))
			return hashes[i].hash;
	return 0;
}

static EVP_MD *find_digest(const struct naccs_provider_signing *signing, const char *name, const char *properties)
{
	naccs_auto(provider_digest) EVP_MD *digest = EVP_MD_fetch(signing->provider->libctx, name, properties);

	if (digest != NULL && naccs_provider_hash_of(digest) != 0)
		return naccs_take(&digest);
	(void)naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "signatures over %s", name);
	return NULL;
}

int naccs_provider_signing_use_digest(struct naccs_provider_signing *signing, const char *name, const char *properties)
{
	EVP_MD *digest = find_digest(signing, name != NULL && name[0] != '\0' ? name : "SHA256", properties);

	if (digest == NULL)
		return 0;
	if (signing->stream != NULL && !EVP_MD_is_a(digest, EVP_MD_get0_name(signing->digest))) {
		EVP_MD_free(digest);
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "another hash in the midst of a message");
	}
	EVP_MD_free(signing->digest);
	signing->digest = digest;
	return 1;
}

int naccs_provider_salt_bytes(const struct naccs_provider_signing *signing)
{
	/* RFC 8017, 9.1.1: emLen - hLen - 2, with emLen the modulus without its first bit. */
	int hash = EVP_MD_get_size(signing->digest);
	int most = (EVP_PKEY_get_bits(naccs_provider_key_public_half(signing->key)) - 1 + 7) / 8 - hash - 2;
	int salt = signing->salt_length;

	if (salt == RSA_PSS_SALTLEN_DIGEST)
		salt = hash;
	else if (salt == SALT_AUTO_DIGEST_MAX)
		salt = most < hash ? most : hash;
	else if (salt < 0)
		salt = most;
	return salt <= most ? salt : -1;
}

/* A parameter that comes as a word; NULL: it comes as a number, or not as text. */
static const char *word_of(const OSSL_PARAM *param)
{
	const char *word = NULL;

	if (param->data_type == OSSL_PARAM_UTF8_STRING)
		(void)OSSL_PARAM_get_utf8_string_ptr(param, &word);
	if (param->data_type == OSSL_PARAM_UTF8_STRING && word == NULL)
		word = param->data;
	return word;
}

static int set_digest(struct naccs_provider_signing *signing, const OSSL_PARAM params[])
{
	const OSSL_PARAM *name = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	const OSSL_PARAM *properties = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PROPERTIES);

	if (name == NULL)
		return 1;
	if (word_of(name) == NULL)
		return 0;
	return naccs_provider_signing_use_digest(signing, word_of(name), properties != NULL ? word_of(properties) : NULL);
}

static int set_padding(struct naccs_provider_signing *signing, const OSSL_PARAM *param)
{
	const char *word = word_of(param);
	int number = 0;

	if (word != NULL)
		number = strcmp(word, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0
				 ? RSA_PKCS1_PADDING
				 : (strcmp(word, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0 ? RSA_PKCS1_PSS_PADDING : 0);
	else if (OSSL_PARAM_get_int(param, &number) != 1)
		return 0;
	if (number != RSA_PKCS1_PADDING && number != RSA_PKCS1_PSS_PADDING)
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "this padding (PKCS#1 and PSS are)");
	signing->padding = number == RSA_PKCS1_PADDING ? NACCS_PADDING_PKCS1 : NACCS_PADDING_PSS;
	return 1;
}

static int set_salt(struct naccs_provider_signing *signing, const OSSL_PARAM *param)
{
	const char *word = word_of(param);
	int number = 0;
	char end = '\0';

	if (word != NULL) {
		for (size_t i = 0; i < sizeof salts / sizeof salts[0]; i++)
			if (strcmp(word, salts[i].name) == 0) {
				signing->salt_length = salts[i].salt;
				return 1;
			}
		if (sscanf(word, "%9d%c", &number, &end) != 1)
			return 0;
	} else if (OSSL_PARAM_get_int(param, &number) != 1) {
		return 0;
	}
	if (number < SALT_AUTO_DIGEST_MAX)
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "a salt of %d bytes", number);
	signing->salt_length = number;
	return 1;
}

static int set_mgf1(struct naccs_provider_signing *signing, const OSSL_PARAM *param)
{
	const char *word = word_of(param);
	EVP_MD *digest = word != NULL ? find_digest(signing, word, NULL) : NULL;

	if (digest == NULL)
		return 0;
	EVP_MD_free(signing->mgf1);
	signing->mgf1 = digest;
	return 1;
}

int naccs_provider_signing_set_params(void *context, const OSSL_PARAM params[])
{
	static const struct {
		const char *name;
		int (*set)(struct naccs_provider_signing *signing, const OSSL_PARAM *param);
	} rsa[] = {
		{OSSL_SIGNATURE_PARAM_PAD_MODE, set_padding},
		{OSSL_SIGNATURE_PARAM_PSS_SALTLEN, set_salt},
		{OSSL_SIGNATURE_PARAM_MGF1_DIGEST, set_mgf1},
	};
	struct naccs_provider_signing *signing = context;

	if (params == NULL)
		return 1;
	if (signing->key == NULL || set_digest(signing, params) != 1)
		return 0;
	for (size_t i = 0; naccs_provider_key_is_rsa(signing->key) && i < sizeof rsa / sizeof rsa[0]; i++) {
		const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, rsa[i].name);

		if (param != NULL && rsa[i].set(signing, param) != 1)
			return 0;
	}
	return 1;
}

static int get_padding(const struct naccs_provider_signing *signing, OSSL_PARAM *param)
{
	bool is_pss = signing->padding == NACCS_PADDING_PSS;

	if (param->data_type == OSSL_PARAM_UTF8_STRING)
		return OSSL_PARAM_set_utf8_string(param, is_pss ? OSSL_PKEY_RSA_PAD_MODE_PSS : OSSL_PKEY_RSA_PAD_MODE_PKCSV15);
	return OSSL_PARAM_set_int(param, is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING);
}

static int get_salt(const struct naccs_provider_signing *signing, OSSL_PARAM *param)
{
	char number[16];

	if (param->data_type != OSSL_PARAM_UTF8_STRING)
		return OSSL_PARAM_set_int(param, signing->salt_length);
	for (size_t i = 0; i < sizeof salts / sizeof salts[0]; i++)
		if (salts[i].salt == signing->salt_length)
			return OSSL_PARAM_set_utf8_string(param, salts[i].name);
	(void)snprintf(number, sizeof number, "%d", signing->salt_length);
	return OSSL_PARAM_set_utf8_string(param, number);
}

static int get_digest(const struct naccs_provider_signing *signing, OSSL_PARAM *param)
{
	return OSSL_PARAM_set_utf8_string(param, signing->digest != NULL ? EVP_MD_get0_name(signing->digest) : "");
}

static int get_mgf1(const struct naccs_provider_signing *signing, OSSL_PARAM *param)
{
	return OSSL_PARAM_set_utf8_string(param, signing->mgf1 != NULL
							 ? EVP_MD_get0_name(signing->mgf1)
							 : (signing->digest != NULL ? EVP_MD_get0_name(signing->digest) : ""));
}

static int get_algorithm(const struct naccs_provider_signing *signing, OSSL_PARAM *param)
{
	unsigned char *der = NULL;
	int length = naccs_provider_signing_algorithm(signing, &der);
	int result = length > 0 ? OSSL_PARAM_set_octet_string(param, der, (size_t)length) : 0;

	OPENSSL_free(der);
	return result;
}

int naccs_provider_signing_get_params(void *context, OSSL_PARAM params[])
{
	static const struct {
		const char *name;
		bool is_for_rsa;
		int (*get)(const struct naccs_provider_signing *signing, OSSL_PARAM *param);
	} all[] = {
		{OSSL_SIGNATURE_PARAM_ALGORITHM_ID, false, get_algorithm}, {OSSL_SIGNATURE_PARAM_DIGEST, false, get_digest},
		{OSSL_SIGNATURE_PARAM_PAD_MODE, true, get_padding},	   {OSSL_SIGNATURE_PARAM_PSS_SALTLEN, true, get_salt},
		{OSSL_SIGNATURE_PARAM_MGF1_DIGEST, true, get_mgf1},
	};
	const struct naccs_provider_signing *signing = context;

	if (signing->key == NULL)
		return 0;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		OSSL_PARAM *param = OSSL_PARAM_locate(params, all[i].name);

		if (param != NULL && (!all[i].is_for_rsa || naccs_provider_key_is_rsa(signing->key)) && all[i].get(signing, param) != 1)
			return 0;
	}
	return 1;
}

const OSSL_PARAM *naccs_provider_signing_settable(void *signing, void *provider)
{
	static const OSSL_PARAM names[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)signing;
	(void)provider;
	return names;
}

const OSSL_PARAM *naccs_provider_signing_gettable(void *signing, void *provider)
{
	static const OSSL_PARAM names[] = {
		OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)signing;
	(void)provider;
	return names;
}
