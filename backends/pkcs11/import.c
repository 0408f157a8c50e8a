/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the private key goes into the token by C_CreateObject. Its numbers are a secret: they live in one, which the template points into, and
 * which is wiped when the call has returned.
 */
#include "pkcs11.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string.h>

#define NUMBERS_LIMIT 16384 /* all numbers of an RSA key with 16384 bits */
#define ATTRIBUTES 24

struct template {
	struct naccs_secret *numbers;
	CK_ATTRIBUTE attribute[ATTRIBUTES];
	CK_ULONG count;
};

static naccs_status decode_key(const struct naccs_store *store, struct naccs_bytes der, EVP_PKEY **ret, struct naccs_error *err)
{
	const unsigned char *at = der.data;
	PKCS8_PRIV_KEY_INFO *info = der.length <= INT32_MAX ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.length) : NULL;

	*ret = info != NULL ? EVP_PKCS82PKEY_ex(info, store->crypto, NULL) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_USAGE, 0, _("the private key can't be read"));
}

naccs_status pkcs11_key_check_input(const struct naccs_store *store, const struct naccs_installation *installation, X509 *certificate,
				    struct naccs_error *err)
{
	naccs_auto(pkey) EVP_PKEY *key = NULL;

	if (installation->private_key.length == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into the token %s: there is no private key"), store->label);
	naccs_status status = decode_key(store, installation->private_key, &key, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot install into the token %s"), store->label);
	bool is_its_own = EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1;
	ERR_clear_error();
	if (!is_its_own)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into the token %s: the key does not belong to the certificate"),
				  store->label);
	return NACCS_OK;
}

static void add(struct template *template, CK_ATTRIBUTE_TYPE type, const void *value, size_t length)
{
	template->attribute[template->count++] = (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, length};
}

/* A number of the key, at least size bytes long. */
static naccs_status add_number(struct template *template, CK_ATTRIBUTE_TYPE type, EVP_PKEY *key, const char *name, size_t size,
			       struct naccs_error *err)
{
	naccs_auto(bignum) BIGNUM *number = BN_secure_new();
	uint8_t *room = NULL;

	if (number == NULL || EVP_PKEY_get_bn_param(key, name, &number) != 1) {
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("the private key lacks a number that tokens need (%s)"), name);
	}
	size_t length = (size_t)BN_num_bytes(number);
	if (length < size)
		length = size;
	naccs_status status = naccs_secret_reserve(template->numbers, length, &room, err);
	if (status != NACCS_OK)
		return status;
	(void)BN_bn2binpad(number, room, (int)length);
	naccs_secret_added(template->numbers, length);
	add(template, type, room, length);
	return NACCS_OK;
}

static naccs_status add_rsa(struct template *template, EVP_PKEY *key, struct naccs_error *err)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		const char *name;
	} numbers[] = {
		{CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
		{CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
		{CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D},
		{CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1},
		{CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2},
		{CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1},
		{CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2},
		{CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
	};
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == NACCS_OK; i++)
		status = add_number(template, numbers[i].type, key, numbers[i].name, 1, err);
	return status;
}

static naccs_status add_private(struct template *template, const struct naccs_store *store, struct naccs_bytes der,
				const struct pkcs11_public *public_key, struct naccs_error *err)
{
	naccs_auto(pkey) EVP_PKEY *key = NULL;
	naccs_status status = decode_key(store, der, &key, err);
	uint8_t *room;

	if (status == NACCS_OK)
		status = naccs_secret_new(NUMBERS_LIMIT, &template->numbers, err);
	if (status == NACCS_OK) /* all at once, so that what the template points at never moves */
		status = naccs_secret_reserve(template->numbers, NUMBERS_LIMIT, &room, err);
	if (status != NACCS_OK)
		return status;
	if (public_key->type == CKK_RSA)
		return add_rsa(template, key, err);
	add(template, CKA_EC_PARAMS, public_key->params, public_key->params_size);
	return add_number(template, CKA_VALUE, key, OSSL_PKEY_PARAM_PRIV_KEY, (public_key->bits + 7) / 8, err);
}

static naccs_status fail_create(const struct naccs_store *store, CK_RV rv, struct naccs_error *err)
{
	(void)pkcs11_fail(err, rv, _("cannot write the private key to the token %s"), store->label);
	if (err->status == NACCS_E_STORE_UNSUPPORTED)
		return naccs_error_hint(err, _("The token does not take keys from outside in this way. If its vendor has a tool that imports keys, use that; then run "
					       "this again, and the certificates are put beside the key."));
	return err->status;
}

naccs_status pkcs11_key_create(struct naccs_store *store, const struct naccs_installation *installation, const struct pkcs11_public *public_key,
			       const struct pkcs11_id *id, const char *label, CK_OBJECT_HANDLE *ret, struct naccs_error *err)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = public_key->type;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	struct template template = {0};
	uint8_t *subject = NULL;
	naccs_auto(x509) X509 *certificate = NULL;
	naccs_status status = pkcs11_certificate_decode(store, installation->certificate, &certificate, err);
	int subject_size = status == NACCS_OK ? i2d_X509_NAME(X509_get_subject_name(certificate), &subject) : 0;

	add(&template, CKA_CLASS, &class, sizeof class);
	add(&template, CKA_KEY_TYPE, &type, sizeof type);
	add(&template, CKA_TOKEN, &yes, sizeof yes);
	add(&template, CKA_PRIVATE, &yes, sizeof yes);
	add(&template, CKA_SENSITIVE, &yes, sizeof yes);
	add(&template, CKA_EXTRACTABLE, &no, sizeof no);
	add(&template, CKA_SIGN, &yes, sizeof yes);
	add(&template, CKA_DECRYPT, &no, sizeof no);
	add(&template, CKA_UNWRAP, &no, sizeof no);
	add(&template, CKA_SIGN_RECOVER, &no, sizeof no);
	add(&template, CKA_DERIVE, &no, sizeof no);
	add(&template, CKA_LABEL, label, strlen(label));
	add(&template, CKA_ID, id->bytes, id->length);
	if (subject_size > 0)
		add(&template, CKA_SUBJECT, subject, (size_t)subject_size);
	if (status == NACCS_OK)
		status = add_private(&template, store, installation->private_key, public_key, err);
	if (status == NACCS_OK) {
		CK_RV rv = store->module->C_CreateObject(store->session, template.attribute, template.count, ret);
		if (rv != CKR_OK)
			status = fail_create(store, rv, err);
	}
	naccs_secret_free(template.numbers);
	OPENSSL_free(subject);
	return status;
}
