/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the parts of a PKCS#12, decrypted, give keys and certificates, however nested. Everything is decoded in the private context. */
#include "pkcs12_internal.h"

#include "text.h"

#include <openssl/asn1t.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <string.h>

#define TYPE_NAME_SIZE 80 /* "rsaEncryption", or the digits of an unknown algorithm */

NACCS_DEFINE_CLEANUP(OSSL_DECODER_CTX *, OSSL_DECODER_CTX_free, decoder)

/*
 * A certificate bag as RFC 7292 defines it, for OpenSSL's decoder: up to OpenSSL 3.2 PKCS12_SAFEBAG_get1_cert() is the only access to its
 * contents, and that decodes the certificate in the process-wide context.
 */
struct cert_bag {
	ASN1_OBJECT *type;
	ASN1_OCTET_STRING *der;
};
struct safe_bag {
	ASN1_OBJECT *type;
	struct cert_bag *bag;
	STACK_OF(ASN1_TYPE) *attributes;
};
typedef struct cert_bag CERT_BAG;
typedef struct safe_bag SAFE_BAG;

// clang-format off
ASN1_SEQUENCE(CERT_BAG) = {
	ASN1_SIMPLE(CERT_BAG, type, ASN1_OBJECT),
	ASN1_EXP(CERT_BAG, der, ASN1_OCTET_STRING, 0),
} static_ASN1_SEQUENCE_END(CERT_BAG)

ASN1_SEQUENCE(SAFE_BAG) = {
	ASN1_SIMPLE(SAFE_BAG, type, ASN1_OBJECT),
	ASN1_EXP(SAFE_BAG, bag, CERT_BAG, 0),
	ASN1_SET_OF_OPT(SAFE_BAG, attributes, ASN1_ANY),
} static_ASN1_SEQUENCE_END(SAFE_BAG)
// clang-format on

static inline void safe_bag_free(struct safe_bag *bag)
{
	ASN1_item_free((ASN1_VALUE *)bag, ASN1_ITEM_rptr(SAFE_BAG));
}
NACCS_DEFINE_CLEANUP(struct safe_bag *, safe_bag_free, safe_bag)

static naccs_status too_many(const char *what, struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: it holds too many %s"), what);
}

/* BMPString → UTF-8, made safe to show. NULL when there is none. */
static char *friendly_name(PKCS12_SAFEBAG *bag)
{
	(void)ERR_set_mark();
	naccs_auto(openssl_text) char *name = PKCS12_get_friendlyname(bag);
	(void)ERR_pop_to_mark();
	return name != NULL && name[0] != '\0' ? naccs_text_printable(name, strlen(name)) : NULL;
}

/* EVP_PKCS82PKEY_ex() of OpenSSL 3.0 tries every kind of key there is; the algorithm's name spares it two thirds of the work. */
static EVP_PKEY *decode_key(const struct naccs_pkcs12_reader *reader, const PKCS8_PRIV_KEY_INFO *pkcs8)
{
	const ASN1_OBJECT *algorithm = NULL;
	EVP_PKEY *key = NULL;
	char type[TYPE_NAME_SIZE] = "";
	unsigned char *bytes = NULL;
	if (PKCS8_pkey_get0(&algorithm, NULL, NULL, NULL, pkcs8) != 1 || OBJ_obj2txt(type, sizeof type, algorithm, 0) <= 0)
		return NULL;
	int length = i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &bytes);
	const unsigned char *cursor = bytes;
	size_t left = length > 0 ? (size_t)length : 0;
	naccs_auto(decoder) OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(&key, "DER", "PrivateKeyInfo", type, EVP_PKEY_KEYPAIR,
										      naccs_crypto_libctx(reader->crypto), NULL);
	if (decoder != NULL && left > 0)
		(void)OSSL_DECODER_from_data(decoder, &cursor, &left); /* sets key */
	OPENSSL_clear_free(bytes, length > 0 ? (size_t)length : 0);
	return key;
}

static naccs_status add_key(struct naccs_pkcs12_reader *reader, PKCS12_SAFEBAG *bag, const PKCS8_PRIV_KEY_INFO *pkcs8,
			    struct naccs_error *err)
{
	struct naccs_pkcs12_key *longer;
	if (reader->key_count >= reader->max_keys)
		return too_many(_("keys"), err);
	naccs_auto(pkey) EVP_PKEY *key = decode_key(reader, pkcs8);
	if (key == NULL)
		return naccs_crypto_fail(err, NACCS_E_PKCS12_CORRUPT, _("cannot open the PKCS#12: a key in it cannot be read"));
	if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC")) {
		reader->foreign_key_count++;
		return NACCS_OK;
	}
	longer = reallocarray(reader->keys, reader->key_count + 1, sizeof *longer);
	if (longer == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	reader->keys = longer;
	reader->keys[reader->key_count].friendly_name = friendly_name(bag);
	reader->keys[reader->key_count++].key = naccs_take(&key);
	return NACCS_OK;
}

static naccs_status add_encrypted_key(struct naccs_pkcs12_reader *reader, PKCS12_SAFEBAG *bag, struct naccs_error *err)
{
	const X509_ALGOR *algorithm = NULL;
	int length;
	if (reader->key_count + reader->foreign_key_count >= reader->max_keys)
		return too_many(_("keys"), err);
	X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
	naccs_status status = naccs_pkcs12_check_encryption(reader, algorithm, err);
	if (status != NACCS_OK)
		return status;
	const char *password = naccs_pkcs12_password(reader, &length);
	naccs_auto(pkcs8) PKCS8_PRIV_KEY_INFO *pkcs8 =
		PKCS12_decrypt_skey_ex(bag, password, length, naccs_crypto_libctx(reader->crypto), NULL);
	if (pkcs8 == NULL)
		return naccs_crypto_fail(err, NACCS_E_PKCS12_CORRUPT,
					 _("cannot open the PKCS#12: its MAC fits the password, but a key in it cannot be decrypted"));
	return add_key(reader, bag, pkcs8, err);
}

static bool is_known(STACK_OF(X509) *certificates, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (X509_cmp(sk_X509_value(certificates, i), certificate) == 0)
			return true;
	return false;
}

static naccs_status add_certificate(struct naccs_pkcs12_reader *reader, PKCS12_SAFEBAG *bag, struct naccs_error *err)
{
	naccs_auto(openssl_bytes) unsigned char *encoded = NULL;
	naccs_auto(x509) X509 *certificate = NULL;
	int length = i2d_PKCS12_SAFEBAG(bag, &encoded);
	const unsigned char *cursor = encoded;
	naccs_auto(safe_bag) struct safe_bag *opened =
		length > 0 ? (struct safe_bag *)ASN1_item_d2i(NULL, &cursor, length, ASN1_ITEM_rptr(SAFE_BAG)) : NULL;
	if (opened == NULL)
		return naccs_crypto_fail(err, NACCS_E_PKCS12_CORRUPT, _("cannot open the PKCS#12: a certificate bag in it is damaged"));
	naccs_status status = naccs_certificate_from_der(reader->crypto, ASN1_STRING_get0_data(opened->bag->der),
							 (size_t)ASN1_STRING_length(opened->bag->der), &certificate, err);
	if (status != NACCS_OK) {
		if (err != NULL && status != NACCS_E_INTERNAL)
			err->status = NACCS_E_PKCS12_CORRUPT;
		(void)naccs_error_prefix(err, _("cannot open the PKCS#12"));
		return status != NACCS_E_INTERNAL ? NACCS_E_PKCS12_CORRUPT : status;
	}
	if (is_known(reader->certificates, certificate))
		return NACCS_OK;
	if ((size_t)sk_X509_num(reader->certificates) >= reader->max_certificates)
		return too_many(_("certificates"), err);
	naccs_auto(heap) char *name = friendly_name(bag);
	/* Set anew even when this file has none: the certificate may be known from another file, which had one. */
	if (X509_alias_set1(certificate, (const unsigned char *)name, name != NULL ? (int)strlen(name) : 0) != 1 ||
	    sk_X509_push(reader->certificates, certificate) <= 0)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	X509 *added = naccs_take(&certificate);
	return reader->see != NULL ? reader->see(reader->see_context, added, bag, err) : NACCS_OK;
}

static naccs_status read_bags(struct naccs_pkcs12_reader *reader, const STACK_OF(PKCS12_SAFEBAG) *bags, int depth, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;
	if (depth > NACCS_PKCS12_NESTING_MAX)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: its bags are nested too deep"));
	for (int i = 0; status == NACCS_OK && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_keyBag:
			status = add_key(reader, bag, PKCS12_SAFEBAG_get0_p8inf(bag), err);
			break;
		case NID_pkcs8ShroudedKeyBag:
			status = add_encrypted_key(reader, bag, err);
			break;
		case NID_certBag:
			if (PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
				status = add_certificate(reader, bag, err);
			break;
		case NID_safeContentsBag:
			status = read_bags(reader, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, err);
			break;
		default: /* revocation lists, secrets: none of our business */
			break;
		}
	}
	return status;
}

/* One part: plain, or encrypted as a whole by the password. */
static naccs_status read_part(struct naccs_pkcs12_reader *reader, PKCS7 *part, struct naccs_error *err)
{
	naccs_auto(bags) STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	int length;
	const char *password = naccs_pkcs12_password(reader, &length);
	bool has_content = part->d.ptr != NULL;
	if (has_content && PKCS7_type_is_data(part)) {
		bags = PKCS12_unpack_p7data(part);
	} else if (has_content && PKCS7_type_is_encrypted(part)) {
		const PKCS7_ENC_CONTENT *content = part->d.encrypted->enc_data;
		if (content == NULL || content->algorithm == NULL || content->enc_data == NULL)
			return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: an encrypted part of it is empty"));
		naccs_status status = naccs_pkcs12_check_encryption(reader, content->algorithm, err);
		if (status != NACCS_OK)
			return status;
		bags = PKCS12_unpack_p7encdata(part, password, length);
	} else {
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  _("cannot open the PKCS#12: a part of it is empty or not protected by a password"));
	}
	if (bags == NULL)
		return naccs_crypto_fail(err, NACCS_E_PKCS12_CORRUPT,
					 _("cannot open the PKCS#12: its MAC fits the password, but a part of it cannot be decrypted"));
	return read_bags(reader, bags, 0, err);
}

naccs_status naccs_pkcs12_read_contents(struct naccs_pkcs12_reader *reader, const PKCS12 *pkcs12, struct naccs_error *err)
{
	naccs_auto(parts) STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(pkcs12);
	if (parts == NULL)
		return naccs_crypto_fail(err, NACCS_E_PKCS12_CORRUPT, _("cannot open the PKCS#12: its parts cannot be read"));
	reader->certificates = sk_X509_new_null();
	if (reader->certificates == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	for (int i = 0; i < sk_PKCS7_num(parts); i++) {
		naccs_status status = read_part(reader, sk_PKCS7_value(parts, i), err);
		if (status != NACCS_OK)
			return status;
	}
	return NACCS_OK;
}
