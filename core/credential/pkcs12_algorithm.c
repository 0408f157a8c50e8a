/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a PKCS#12 names its own algorithms and iteration counts. Before anything is derived they are checked: known, available in the
 * private context (so that OpenSSL never falls back to the process-wide one), and within bounds. Parameters are decoded by OpenSSL's own
 * templates.
 */
#include "pkcs12_internal.h"

#include "text.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>

#define PBMAC1_SINCE 0x30400000UL
#define PBMAC1_KEY_BYTES_MAX 64

NACCS_DEFINE_CLEANUP(PBEPARAM *, PBEPARAM_free, pbe)
NACCS_DEFINE_CLEANUP(PBE2PARAM *, PBE2PARAM_free, pbes2)
NACCS_DEFINE_CLEANUP(PBKDF2PARAM *, PBKDF2PARAM_free, pbkdf2)

static int algorithm_nid(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *oid;
	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	return OBJ_obj2nid(oid);
}

/* The parameters of an algorithm by an OpenSSL template; NULL when they are not of that form. */
static void *parameters(const X509_ALGOR *algorithm, const ASN1_ITEM *item)
{
	(void)ERR_set_mark();
	void *value = ASN1_TYPE_unpack_sequence(item, algorithm->parameter);
	(void)ERR_pop_to_mark();
	return value;
}

static naccs_status malformed(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: the parameters of its encryption are damaged"));
}

/* NULL stands for the default of 1. */
static naccs_status count_iterations(struct naccs_pkcs12_reader *reader, const ASN1_INTEGER *iterations, struct naccs_error *err)
{
	int64_t count = 1;
	if (iterations != NULL) {
		(void)ERR_set_mark();
		int got = ASN1_INTEGER_get_int64(&count, iterations);
		(void)ERR_pop_to_mark();
		if (got != 1) /* beyond 64 bits: as good as the largest */
			count = INT64_MAX;
	}
	if (count < 1)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: its iteration count %lld makes no sense"),
				  (long long)count);
	if ((uint64_t)count > reader->max_iterations || count > INT32_MAX)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  _("cannot open the PKCS#12: it asks for %lld iterations of key derivation, more than the %llu allowed"),
				  (long long)count, (unsigned long long)reader->max_iterations);
	if ((uint64_t)count > reader->iterations_left)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  _("cannot open the PKCS#12: its parts together ask for too many iterations of key derivation"));
	reader->iterations_left -= (uint64_t)count;
	return NACCS_OK;
}

static bool has_digest(const struct naccs_pkcs12_reader *reader, int nid, int *ret_size)
{
	(void)ERR_set_mark();
	naccs_auto(digest) EVP_MD *digest = EVP_MD_fetch(naccs_crypto_libctx(reader->crypto), OBJ_nid2sn(nid), NULL);
	(void)ERR_pop_to_mark();
	*ret_size = digest != NULL ? EVP_MD_get_size(digest) : 0;
	return digest != NULL;
}

static bool has_cipher(const struct naccs_pkcs12_reader *reader, const char *name)
{
	(void)ERR_set_mark();
	naccs_auto(cipher) EVP_CIPHER *cipher = EVP_CIPHER_fetch(naccs_crypto_libctx(reader->crypto), name, NULL);
	(void)ERR_pop_to_mark();
	return cipher != NULL &&
	       (EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CBC_MODE || EVP_CIPHER_get_mode(cipher) == EVP_CIPH_STREAM_CIPHER);
}

static naccs_status require_cipher(struct naccs_pkcs12_reader *reader, int nid, struct naccs_error *err)
{
	const char *name = nid != NID_undef ? OBJ_nid2sn(nid) : NULL;
	if (name != NULL && has_cipher(reader, name))
		return NACCS_OK;
	if (name != NULL && naccs_crypto_has_legacy(reader->crypto) && has_cipher(reader, name))
		return NACCS_OK;
	if (name == NULL || naccs_crypto_has_legacy(reader->crypto))
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: its cipher %s is not known to OpenSSL"),
				  name != NULL ? name : "?");
	(void)naccs_fail(
		err, NACCS_E_PKCS12_CORRUPT, 0,
		_("cannot open the PKCS#12: it is encrypted with the old cipher %s, and OpenSSL's legacy provider, which has it, cannot be "
		  "loaded from %s"),
		name, naccs_crypto_modules_dir(reader->crypto));
	(void)naccs_error_hint(
		err, _("The file itself may be fine: keep it. Install the legacy provider (Debian 13 and later: package "
		       "openssl-provider-legacy; Debian 12: legacy.so is part of libssl3; Fedora, RHEL: openssl-libs), then try again."));
	return NACCS_E_PKCS12_CORRUPT;
}

static naccs_status check_pbkdf2(struct naccs_pkcs12_reader *reader, const X509_ALGOR *algorithm, int64_t key_bytes_max,
				 struct naccs_error *err)
{
	int digest_nid = NID_undef, size;
	if (algorithm_nid(algorithm) != NID_id_pbkdf2)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: its key derivation is not PBKDF2"));
	naccs_auto(pbkdf2) PBKDF2PARAM *kdf = parameters(algorithm, ASN1_ITEM_rptr(PBKDF2PARAM));
	if (kdf == NULL)
		return malformed(err);
	int prf = kdf->prf != NULL ? algorithm_nid(kdf->prf) : NID_hmacWithSHA1;
	if (EVP_PBE_find(EVP_PBE_TYPE_PRF, prf, NULL, &digest_nid, NULL) != 1 || !has_digest(reader, digest_nid, &size))
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  _("cannot open the PKCS#12: the digest of its key derivation is not known to OpenSSL"));
	if (key_bytes_max > 0 &&
	    (kdf->keylength == NULL || ASN1_INTEGER_get(kdf->keylength) < 1 || ASN1_INTEGER_get(kdf->keylength) > (long)key_bytes_max))
		return malformed(err);
	return count_iterations(reader, kdf->iter, err);
}

static naccs_status check_pbes2(struct naccs_pkcs12_reader *reader, const X509_ALGOR *algorithm, struct naccs_error *err)
{
	naccs_auto(pbes2) PBE2PARAM *pbes2 = parameters(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
	if (pbes2 == NULL)
		return malformed(err);
	naccs_status status = check_pbkdf2(reader, pbes2->keyfunc, 0, err);
	if (status != NACCS_OK)
		return status;
	return require_cipher(reader, algorithm_nid(pbes2->encryption), err);
}

static bool is_pkcs12_pbe(int nid)
{
	return nid == NID_pbe_WithSHA1And40BitRC2_CBC || nid == NID_pbe_WithSHA1And128BitRC2_CBC ||
	       nid == NID_pbe_WithSHA1And3_Key_TripleDES_CBC || nid == NID_pbe_WithSHA1And2_Key_TripleDES_CBC ||
	       nid == NID_pbe_WithSHA1And40BitRC4 || nid == NID_pbe_WithSHA1And128BitRC4;
}

naccs_status naccs_pkcs12_check_encryption(struct naccs_pkcs12_reader *reader, const X509_ALGOR *algorithm, struct naccs_error *err)
{
	int nid = algorithm_nid(algorithm), cipher_nid = NID_undef;
	char name[80] = "";
	if (nid == NID_pbes2)
		return check_pbes2(reader, algorithm, err);
	if (!is_pkcs12_pbe(nid) || EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &cipher_nid, NULL, NULL) != 1) {
		(void)OBJ_obj2txt(name, sizeof name, algorithm->algorithm, 0);
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  _("cannot open the PKCS#12: it is encrypted with %s, which we do not read"), name);
	}
	naccs_auto(pbe) PBEPARAM *pbe = parameters(algorithm, ASN1_ITEM_rptr(PBEPARAM));
	if (pbe == NULL)
		return malformed(err);
	naccs_status status = count_iterations(reader, pbe->iter, err);
	if (status != NACCS_OK)
		return status;
	reader->used_legacy_ciphers = true;
	return require_cipher(reader, cipher_nid, err);
}

/* PBMAC1 (RFC 9579): its parameters have the form of PBES2's: key derivation, then the MAC. */
static naccs_status check_pbmac1(struct naccs_pkcs12_reader *reader, const X509_ALGOR *algorithm, struct naccs_error *err)
{
	naccs_auto(pbes2) PBE2PARAM *pbmac1 = parameters(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
	if (pbmac1 == NULL)
		return malformed(err);
	naccs_status status = check_pbkdf2(reader, pbmac1->keyfunc, PBMAC1_KEY_BYTES_MAX, err);
	if (status != NACCS_OK)
		return status;
	if (OpenSSL_version_num() >= PBMAC1_SINCE)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
			 _("cannot open the PKCS#12: its MAC is PBMAC1, which this OpenSSL (%s) does not know"),
			 OpenSSL_version(OPENSSL_VERSION_STRING));
	(void)naccs_error_hint(err, _("The file itself may be fine: keep it. OpenSSL 3.4 or later reads it."));
	return NACCS_E_PKCS12_CORRUPT;
}

naccs_status naccs_pkcs12_check_mac(struct naccs_pkcs12_reader *reader, const PKCS12 *pkcs12, struct naccs_error *err)
{
	static const int allowed[] = {NID_sha1, NID_sha224, NID_sha256, NID_sha384, NID_sha512, NID_sha512_224, NID_sha512_256};
	const ASN1_OCTET_STRING *mac = NULL, *salt = NULL;
	const X509_ALGOR *algorithm = NULL;
	const ASN1_INTEGER *iterations = NULL;
	int size = 0;
	if (PKCS12_mac_present(pkcs12) != 1)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  _("cannot open the PKCS#12: it has no MAC, so nothing shows that its contents are as they were made"));
	PKCS12_get0_mac(&mac, &algorithm, &salt, &iterations, pkcs12);
	if (mac == NULL || algorithm == NULL)
		return malformed(err);
	int nid = algorithm_nid(algorithm);
	if (nid == NID_pbmac1)
		return check_pbmac1(reader, algorithm, err);
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		if (nid != allowed[i] || !has_digest(reader, nid, &size))
			continue;
		if (ASN1_STRING_length(mac) != size)
			return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: its MAC has the wrong length"));
		return count_iterations(reader, iterations, err);
	}
	char name[80] = "";
	(void)OBJ_obj2txt(name, sizeof name, algorithm->algorithm, 0);
	return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: its MAC uses %s, not SHA-1 or SHA-2"), name);
}
