/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what signs a certificate request or a CMS message writes down how: the signature's AlgorithmIdentifier, which OpenSSL asks its
 * provider for. */
#include "provider_internal.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>

NACCS_DEFINE_CLEANUP(X509_ALGOR *, X509_ALGOR_free, algorithm)
NACCS_DEFINE_CLEANUP(RSA_PSS_PARAMS *, RSA_PSS_PARAMS_free, pss_params)
NACCS_DEFINE_CLEANUP(ASN1_STRING *, ASN1_STRING_free, asn1_string)

/* PKCS#1 and ECDSA: one identifier for hash and key; RSA's has an explicit NULL beside it. */
static bool name_plain(X509_ALGOR *algorithm, int hash, bool is_rsa)
{
	int nid = NID_undef;

	return OBJ_find_sigid_by_algs(&nid, hash, is_rsa ? EVP_PKEY_RSA : EVP_PKEY_EC) == 1 &&
	       X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), is_rsa ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1;
}

static bool name_hash(X509_ALGOR **slot, const EVP_MD *digest)
{
	*slot = X509_ALGOR_new();
	if (*slot == NULL)
		return false;
	X509_ALGOR_set_md(*slot, digest);
	return true;
}

static bool name_mgf1(X509_ALGOR **slot, const EVP_MD *digest)
{
	naccs_auto(algorithm) X509_ALGOR *hash = NULL;
	naccs_auto(asn1_string) ASN1_STRING *packed = NULL;

	*slot = X509_ALGOR_new();
	if (*slot == NULL || !name_hash(&hash, digest) || ASN1_item_pack(hash, ASN1_ITEM_rptr(X509_ALGOR), &packed) == NULL ||
	    X509_ALGOR_set0(*slot, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, packed) != 1)
		return false;
	(void)naccs_take(&packed);
	return true;
}

/* RFC 4055: all defaults but SHA-1's are written out. */
static bool name_pss(X509_ALGOR *algorithm, const EVP_MD *digest, int salt)
{
	naccs_auto(pss_params) RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
	naccs_auto(asn1_string) ASN1_STRING *packed = NULL;

	if (pss == NULL || salt < 0)
		return false;
	if (!EVP_MD_is_a(digest, "SHA1") && (!name_hash(&pss->hashAlgorithm, digest) || !name_mgf1(&pss->maskGenAlgorithm, digest)))
		return false;
	if (salt != 20 && ((pss->saltLength = ASN1_INTEGER_new()) == NULL || ASN1_INTEGER_set_int64(pss->saltLength, salt) != 1))
		return false;
	if (ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), &packed) == NULL ||
	    X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_PKEY_RSA_PSS), V_ASN1_SEQUENCE, packed) != 1)
		return false;
	(void)naccs_take(&packed);
	return true;
}

int naccs_provider_signing_algorithm(const struct naccs_provider_signing *signing, unsigned char **ret)
{
	naccs_auto(algorithm) X509_ALGOR *algorithm = X509_ALGOR_new();

	if (algorithm == NULL || signing->digest == NULL)
		return -1;
	bool is_named = signing->padding == NACCS_PADDING_PSS
				? name_pss(algorithm, signing->digest, naccs_provider_salt_bytes(signing))
				: name_plain(algorithm, EVP_MD_get_type(signing->digest), naccs_provider_key_is_rsa(signing->key));
	return is_named ? i2d_X509_ALGOR(algorithm, ret) : -1;
}
