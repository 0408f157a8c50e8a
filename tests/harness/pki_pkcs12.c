/* SPDX-License-Identifier: Apache-2.0 */
/* Why: PKCS#12 files good and bad, packed bag by bag, since no tool makes all the variants that tests need. See pki.h. */
#include "pki.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/asn1t.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#define DEFAULT_ITERATIONS 2048
#define PLAIN (-1)


static int key_cipher(enum pki_cipher cipher)
{
	switch (cipher) {
	case PKI_MODERN:
		return NID_aes_256_cbc;
	case PKI_AES128:
		return NID_aes_128_cbc;
	case PKI_LEGACY:
	case PKI_3DES:
		return NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
	case PKI_RC4:
		return NID_pbe_WithSHA1And128BitRC4;
	case PKI_PLAIN:
		return PLAIN;
	}
	return PLAIN;
}

static int certificate_cipher(const struct pki_pkcs12 *what)
{
	if (what->plain_certificates)
		return PLAIN;
	return what->cipher == PKI_LEGACY ? NID_pbe_WithSHA1And40BitRC2_CBC : key_cipher(what->cipher);
}

static int iterations_of(const struct pki_pkcs12 *what)
{
	return what->iterations > 0 ? what->iterations : DEFAULT_ITERATIONS;
}

static void mark(PKCS12_SAFEBAG *bag, const struct pki_pkcs12 *what, char id)
{
	unsigned char local_id[1] = {(unsigned char)id};
	if (PKCS12_add_localkeyid(bag, local_id, sizeof local_id) != 1)
		pki_die("add a localKeyID");
	if (what->friendly_name != NULL) { /* by way of UTF-16: the UTF-8 function refuses what needs surrogates */
		unsigned char *utf16 = NULL;
		int length = 0;
		if (OPENSSL_utf82uni(what->friendly_name, -1, &utf16, &length) == NULL ||
		    PKCS12_add_friendlyname_uni(bag, utf16, length - 2) != 1)
			pki_die("add a friendly name");
		OPENSSL_free(utf16);
	}
}

/* Put another iteration count into the parameters of an encryption (PBEPARAM, or PBKDF2 within PBES2). */
static void claim_iterations(X509_ALGOR *algorithm, int64_t count)
{
	const ASN1_OBJECT *oid;
	const void *value;
	int type;
	X509_ALGOR_get0(&oid, &type, &value, algorithm);
	if (OBJ_obj2nid(oid) != NID_pbes2) {
		PBEPARAM *pbe = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBEPARAM));
		if (pbe == NULL || ASN1_INTEGER_set_int64(pbe->iter, count) != 1 ||
		    ASN1_item_pack(pbe, ASN1_ITEM_rptr(PBEPARAM), &algorithm->parameter->value.sequence) == NULL)
			pki_die("change an iteration count");
		PBEPARAM_free(pbe);
		return;
	}
	PBE2PARAM *pbes2 = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBE2PARAM));
	if (pbes2 == NULL)
		pki_die("read PBES2 parameters");
	PBKDF2PARAM *kdf = ASN1_item_unpack(pbes2->keyfunc->parameter->value.sequence, ASN1_ITEM_rptr(PBKDF2PARAM));
	if (kdf == NULL || ASN1_INTEGER_set_int64(kdf->iter, count) != 1 ||
	    ASN1_item_pack(kdf, ASN1_ITEM_rptr(PBKDF2PARAM), &pbes2->keyfunc->parameter->value.sequence) == NULL ||
	    ASN1_item_pack(pbes2, ASN1_ITEM_rptr(PBE2PARAM), &algorithm->parameter->value.sequence) == NULL)
		pki_die("change an iteration count");
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(pbes2);
}

static void add_key(struct pki *pki, STACK_OF(PKCS12_SAFEBAG) **bags, const struct pki_pkcs12 *what, EVP_PKEY *key, char id)
{
	PKCS12_SAFEBAG *bag =
		PKCS12_add_key_ex(bags, key, 0, iterations_of(what), key_cipher(what->cipher), what->password, pki_libctx(pki), NULL);
	if (bag == NULL)
		pki_die("make a key bag");
	mark(bag, what, id);
	if (what->claimed_iterations != 0) {
		const X509_ALGOR *algorithm;
		X509_ALGOR *writable;
		if (PKCS12_SAFEBAG_get0_pkcs8(bag) == NULL)
			pki_die("claim iterations of a plain key");
		X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
		memcpy(&writable, &algorithm, sizeof writable); /* OpenSSL hands it out const only */
		claim_iterations(writable, what->claimed_iterations);
	}
}

static void add_certificates(STACK_OF(PKCS12_SAFEBAG) **bags, const struct pki_pkcs12 *what)
{
	bool is_key_marked = false;
	for (size_t i = 0; i < what->certificate_count; i++) {
		PKCS12_SAFEBAG *bag = PKCS12_add_cert(bags, what->certificates[i]);
		if (bag == NULL)
			pki_die("make a certificate bag");
		if (!is_key_marked && what->key != NULL && EVP_PKEY_eq(X509_get0_pubkey(what->certificates[i]), what->key) == 1) {
			mark(bag, what, 1);
			is_key_marked = true;
		}
	}
}

/* Wrap bags into one safe-contents bag, twice. */
static STACK_OF(PKCS12_SAFEBAG) *nest(STACK_OF(PKCS12_SAFEBAG) *bags)
{
	for (int i = 0; i < 2; i++) {
		STACK_OF(PKCS12_SAFEBAG) *outer = sk_PKCS12_SAFEBAG_new_null();
		PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_new();
		if (outer == NULL || bag == NULL)
			pki_die("get memory");
		/* OpenSSL has no maker for this kind of bag: encode the parts, then let it read the whole. */
		unsigned char *inner = NULL;
		int inner_length = ASN1_item_i2d((ASN1_VALUE *)bags, &inner, ASN1_ITEM_rptr(PKCS12_SAFEBAGS));
		unsigned char *oid = NULL;
		int oid_length = i2d_ASN1_OBJECT(OBJ_nid2obj(NID_safeContentsBag), &oid);
		if (inner_length <= 0 || oid_length <= 0)
			pki_die("encode a nested bag");
		int tagged_length = ASN1_object_size(1, inner_length, 0);
		int whole_length = ASN1_object_size(1, oid_length + tagged_length, V_ASN1_SEQUENCE);
		unsigned char *whole = malloc((size_t)whole_length);
		unsigned char *cursor = whole;
		if (whole == NULL)
			pki_die("get memory");
		ASN1_put_object(&cursor, 1, oid_length + tagged_length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
		memcpy(cursor, oid, (size_t)oid_length);
		cursor += oid_length;
		ASN1_put_object(&cursor, 1, inner_length, 0, V_ASN1_CONTEXT_SPECIFIC);
		memcpy(cursor, inner, (size_t)inner_length);
		const unsigned char *reader = whole;
		if (d2i_PKCS12_SAFEBAG(&bag, &reader, whole_length) == NULL || sk_PKCS12_SAFEBAG_push(outer, bag) <= 0)
			pki_die("make a nested bag");
		OPENSSL_free(inner);
		OPENSSL_free(oid);
		free(whole);
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
		bags = outer;
	}
	return bags;
}

static void add_part(struct pki *pki, STACK_OF(PKCS7) **parts, STACK_OF(PKCS12_SAFEBAG) *bags, int cipher, const struct pki_pkcs12 *what)
{
	if (bags == NULL)
		return;
	if (what->nested)
		bags = nest(bags);
	if (PKCS12_add_safe_ex(parts, bags, cipher, iterations_of(what), what->password, pki_libctx(pki), NULL) != 1)
		pki_die("make a part of a PKCS#12");
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

/* Replace the MAC by PBMAC1 (RFC 9579), which OpenSSL before 3.4 can't make. */
static void use_pbmac1(struct pki *pki, PKCS12 *pkcs12, const struct pki_pkcs12 *what, int count)
{
	static const unsigned char salt[] = "saltsalt";
	unsigned char key[32], mac[32], *contents = NULL;
	size_t mac_length = 0;
	int claimed = what->claimed_mac_iterations != 0 ? (int)what->claimed_mac_iterations : count;
	STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(pkcs12);
	int length = ASN1_item_i2d((ASN1_VALUE *)parts, &contents, ASN1_ITEM_rptr(PKCS12_AUTHSAFES));
	EVP_MD *digest = EVP_MD_fetch(pki_libctx(pki), "SHA256", NULL);
	if (length <= 0 || digest == NULL ||
	    PKCS5_PBKDF2_HMAC(what->password, (int)strlen(what->password), salt, sizeof salt - 1, count, digest, sizeof key, key) != 1 ||
	    EVP_Q_mac(pki_libctx(pki), "HMAC", NULL, "SHA256", NULL, key, sizeof key, contents, (size_t)length, mac, sizeof mac,
		      &mac_length) == NULL)
		pki_die("compute a PBMAC1");
	PBE2PARAM *parameters = PBE2PARAM_new();
	unsigned char *copy = OPENSSL_memdup(salt, sizeof salt - 1);
	int key_bytes = what->pbmac1_claimed_key_bytes != 0 ? what->pbmac1_claimed_key_bytes : (int)sizeof key;
	X509_ALGOR *kdf = PKCS5_pbkdf2_set(claimed, copy, sizeof salt - 1, NID_hmacWithSHA256, key_bytes);
	const ASN1_OCTET_STRING *value;
	const X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *writable_value;
	X509_ALGOR *writable_algorithm;
	PKCS12_get0_mac(&value, &algorithm, NULL, NULL, pkcs12);
	memcpy(&writable_value, &value, sizeof value); /* OpenSSL hands them out const only */
	memcpy(&writable_algorithm, &algorithm, sizeof algorithm);
	if (parameters == NULL || kdf == NULL)
		pki_die("describe a PBMAC1");
	X509_ALGOR_free(parameters->keyfunc);
	parameters->keyfunc = kdf;
	ASN1_STRING *packed = NULL;
	if (X509_ALGOR_set0(parameters->encryption, OBJ_nid2obj(NID_hmacWithSHA256), V_ASN1_NULL, NULL) != 1 ||
	    ASN1_item_pack(parameters, ASN1_ITEM_rptr(PBE2PARAM), &packed) == NULL ||
	    X509_ALGOR_set0(writable_algorithm, OBJ_nid2obj(NID_pbmac1), V_ASN1_SEQUENCE, packed) != 1 ||
	    ASN1_OCTET_STRING_set(writable_value, mac, (int)mac_length) != 1)
		pki_die("set a PBMAC1");
	OPENSSL_free(copy);
	OPENSSL_free(contents);
	PBE2PARAM_free(parameters);
	EVP_MD_free(digest);
	sk_PKCS7_pop_free(parts, PKCS7_free);
}

static void add_mac(struct pki *pki, PKCS12 *pkcs12, const struct pki_pkcs12 *what)
{
	EVP_MD *digest = EVP_MD_fetch(pki_libctx(pki), what->mac != NULL ? what->mac : "SHA256", NULL);
	int count = what->mac_iterations > 0 ? what->mac_iterations : DEFAULT_ITERATIONS;
	if (digest == NULL || PKCS12_set_mac(pkcs12, what->password, -1, NULL, 0, count, digest) != 1)
		pki_die("set the MAC of a PKCS#12");
	EVP_MD_free(digest);
	if (what->pbmac1) {
		use_pbmac1(pki, pkcs12, what, count);
		return;
	}
	if (what->claimed_mac_iterations != 0) {
		const ASN1_INTEGER *iterations;
		ASN1_INTEGER *writable;
		PKCS12_get0_mac(NULL, NULL, NULL, &iterations, pkcs12);
		memcpy(&writable, &iterations, sizeof writable); /* OpenSSL hands it out const only */
		if (writable == NULL || ASN1_INTEGER_set_int64(writable, what->claimed_mac_iterations) != 1)
			pki_die("change the iteration count of a MAC");
	}
}

uint8_t *pki_make_pkcs12(struct pki *pki, const struct pki_pkcs12 *what, size_t *ret_length)
{
	STACK_OF(PKCS12_SAFEBAG) *certificates = NULL, *keys = NULL;
	STACK_OF(PKCS7) *parts = NULL;
	if (what->cipher == PKI_LEGACY || what->cipher == PKI_RC4)
		pki_need_legacy(pki);
	add_certificates(&certificates, what);
	if (what->key != NULL)
		add_key(pki, &keys, what, what->key, 1);
	for (int i = 0; i < what->key_copies; i++)
		add_key(pki, &keys, what, what->key, 1);
	if (what->second_key != NULL)
		add_key(pki, &keys, what, what->second_key, 2);
	add_part(pki, &parts, certificates, certificate_cipher(what), what);
	add_part(pki, &parts, keys, PLAIN, what); /* the bags in it are encrypted */
	PKCS12 *pkcs12 = PKCS12_add_safes_ex(parts, 0, pki_libctx(pki), NULL);
	if (pkcs12 == NULL)
		pki_die("make a PKCS#12");
	if (!what->no_mac)
		add_mac(pki, pkcs12, what);
	int length = i2d_PKCS12(pkcs12, NULL);
	uint8_t *bytes = length > 0 ? malloc((size_t)length) : NULL;
	unsigned char *cursor = bytes;
	if (bytes == NULL || i2d_PKCS12(pkcs12, &cursor) != length)
		pki_die("encode a PKCS#12");
	PKCS12_free(pkcs12);
	sk_PKCS7_pop_free(parts, PKCS7_free);
	*ret_length = (size_t)length;
	return bytes;
}
