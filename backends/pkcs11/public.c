/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a key on a token is recognised by its public half; OpenSSL takes that out of the certificate, in the form in which tokens have it. */
#include "pkcs11.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string.h>

bool pkcs11_digest(const struct naccs_store *store, const char *name, struct naccs_bytes bytes, uint8_t *ret)
{
	return EVP_Q_digest(store->crypto, name, NULL, bytes.data, bytes.length, ret, NULL) == 1;
}

naccs_status pkcs11_certificate_decode(const struct naccs_store *store, struct naccs_bytes der, X509 **ret, struct naccs_error *err)
{
	X509 *certificate = X509_new_ex(store->crypto, NULL);
	const unsigned char *at = der.data;

	if (certificate == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	if (der.length > INT32_MAX || d2i_X509(&certificate, &at, (long)der.length) == NULL) { /* frees it */
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("an object on the token %s is no X.509 certificate"), store->label);
	}
	*ret = certificate;
	return NACCS_OK;
}

static bool take_modulus(EVP_PKEY *key, struct pkcs11_public *ret)
{
	naccs_auto(bignum) BIGNUM *modulus = NULL;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1)
		return false;
	ret->modulus_size = (size_t)BN_num_bytes(modulus);
	ret->modulus = malloc(ret->modulus_size);
	return ret->modulus != NULL && BN_bn2bin(modulus, ret->modulus) == (int)ret->modulus_size;
}

/* EC_POINT as PKCS#11 has it: the bits of the public key in a DER OCTET STRING. EC_PARAMS: the algorithm's parameters, as they stand. */
static bool take_point(X509 *certificate, const ASN1_BIT_STRING *bits, struct pkcs11_public *ret)
{
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_ALGOR *algorithm = NULL;
	const void *value = NULL;
	int type = V_ASN1_UNDEF;
	bool is_ok = octets != NULL && ASN1_OCTET_STRING_set(octets, bits->data, bits->length) == 1;

	if (is_ok) {
		int size = i2d_ASN1_OCTET_STRING(octets, &ret->point);
		ret->point_size = size > 0 ? (size_t)size : 0;
	}
	ASN1_OCTET_STRING_free(octets);
	if (!is_ok || X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(certificate)) != 1)
		return false;
	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_OBJECT) /* a curve by its parameters: no token takes that */
		return false;
	int size = i2d_ASN1_OBJECT(value, &ret->params);
	ret->params_size = size > 0 ? (size_t)size : 0;
	return ret->point_size > 0 && ret->params_size > 0;
}

static bool take_identity(const struct naccs_store *store, const ASN1_BIT_STRING *bits, struct pkcs11_public *ret)
{
	struct naccs_bytes number = ret->type == CKK_RSA ? (struct naccs_bytes){ret->modulus, ret->modulus_size}
							 : (struct naccs_bytes){ret->point, ret->point_size};

	return pkcs11_digest(store, "SHA256", number, ret->sha256) &&
	       pkcs11_digest(store, "SHA1", (struct naccs_bytes){bits->data, (size_t)bits->length}, ret->id);
}

naccs_status pkcs11_public_of(const struct naccs_store *store, X509 *certificate, struct pkcs11_public *ret, struct naccs_error *err)
{
	naccs_auto(pkcs11_public) struct pkcs11_public found = {0};
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(certificate);
	bool is_rsa = key != NULL && EVP_PKEY_is_a(key, "RSA");
	bool is_ec = key != NULL && EVP_PKEY_is_a(key, "EC");

	if (!is_rsa && !is_ec) {
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
				  _("cannot use the token %s for this certificate: its key is neither RSA nor EC"), store->label);
	}
	found.type = is_rsa ? CKK_RSA : CKK_EC;
	found.bits = (unsigned)EVP_PKEY_get_bits(key);
	bool is_taken = (is_rsa ? take_modulus(key, &found) : take_point(certificate, bits, &found)) && take_identity(store, bits, &found);
	ERR_clear_error();
	if (!is_taken)
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot use the token %s for this certificate: its public key has a form that tokens do not take"),
				  store->label);
	*ret = found;
	found = (struct pkcs11_public){0};
	return NACCS_OK;
}

void pkcs11_public_clear(struct pkcs11_public *public_key)
{
	free(public_key->modulus);
	OPENSSL_free(public_key->point);
	OPENSSL_free(public_key->params);
	*public_key = (struct pkcs11_public){0};
}
