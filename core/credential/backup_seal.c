/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see backup.h. This file: making one. */
#include "backup.h"

#include "crypto_internal.h"
#include "ossl_cleanup.h"
#include "text.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>

static naccs_status cannot(struct naccs_error *err)
{
	return naccs_crypto_fail(err, NACCS_E_INTERNAL, _("cannot make the backup"));
}

/* The common name; with the serial where two have the same one, for programs that tell entries apart by it (Java). Caller frees. */
static char *name_of(const struct naccs_backup_entry *entries, size_t count, size_t index)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *own = NULL;
	bool is_unique = true;

	if (naccs_certificate_facts_new(entries[index].certificate, &own, NULL) != NACCS_OK)
		return NULL;
	for (size_t i = 0; i < count && is_unique; i++) {
		naccs_auto(certificate_facts) struct naccs_certificate_facts *other = NULL;

		if (i != index && naccs_certificate_facts_new(entries[i].certificate, &other, NULL) == NACCS_OK)
			is_unique = strcasecmp(own->common_name, other->common_name) != 0;
	}
	return is_unique ? strdup(own->common_name) : naccs_format("%s %s", own->common_name, own->serial);
}

/* What ties key and certificate together for other programs. */
static bool name_bag(PKCS12_SAFEBAG *bag, X509 *certificate, const char *name)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	return bag != NULL && X509_digest(certificate, EVP_sha1(), digest, &length) == 1 &&
	       PKCS12_add_localkeyid(bag, digest, (int)length) == 1 && PKCS12_add_friendlyname_utf8(bag, name, -1) == 1;
}

/* A bag without attributes, whatever alias the certificate has from elsewhere. Borrowed from bags; NULL: failed. */
static PKCS12_SAFEBAG *add_certificate(STACK_OF(PKCS12_SAFEBAG) *bags, X509 *certificate)
{
	PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_create_cert(certificate);

	if (bag != NULL && sk_PKCS12_SAFEBAG_push(bags, bag) <= 0) {
		PKCS12_SAFEBAG_free(bag);
		return NULL;
	}
	return bag;
}

static bool is_known(STACK_OF(X509) *known, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(known); i++)
		if (X509_cmp(sk_X509_value(known, i), certificate) == 0)
			return true;
	return false;
}

/* The chains of all entries share their upper parts. known: borrowed elements. */
static bool add_chain(STACK_OF(PKCS12_SAFEBAG) *bags, STACK_OF(X509) *known, STACK_OF(X509) *chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *certificate = sk_X509_value(chain, i);

		if (!is_known(known, certificate) && (sk_X509_push(known, certificate) <= 0 || add_certificate(bags, certificate) == NULL))
			return false;
	}
	return true;
}

struct bags {
	STACK_OF(PKCS12_SAFEBAG) *keys, *certificates;
	STACK_OF(X509) *known; /* elements borrowed */
};

static bool add_entries(struct naccs_crypto *crypto, const struct naccs_backup_entry *entries, size_t count, const char *passphrase,
			int iterations, struct bags *bags)
{
	for (size_t i = 0; i < count; i++) {
		const struct naccs_backup_entry *entry = &entries[i];
		naccs_auto(heap) char *name = name_of(entries, count, i);
		PKCS12_SAFEBAG *certificate = name != NULL ? add_certificate(bags->certificates, entry->certificate) : NULL;
		PKCS12_SAFEBAG *key = certificate != NULL ? PKCS12_add_key_ex(&bags->keys, entry->key, 0, iterations, NID_aes_256_cbc,
									      passphrase, naccs_crypto_libctx(crypto), NULL)
							  : NULL;

		if (!name_bag(certificate, entry->certificate, name) || !name_bag(key, entry->certificate, name) ||
		    sk_X509_push(bags->known, entry->certificate) <= 0)
			return false;
		if (entry->record != NULL && PKCS12_add1_attr_by_NID(certificate, NID_description, V_ASN1_UTF8STRING,
								     (const unsigned char *)entry->record, (int)strlen(entry->record)) != 1)
			return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!add_chain(bags->certificates, bags->known, entries[i].chain))
			return false;
	return true;
}

/* Certificates and attributes encrypted as a whole; keys each for itself; one MAC over both. */
static PKCS12 *pack(struct naccs_crypto *crypto, struct bags *bags, const char *passphrase, int iterations)
{
	OSSL_LIB_CTX *libctx = naccs_crypto_libctx(crypto);
	naccs_auto(parts) STACK_OF(PKCS7) *parts = NULL;
	naccs_auto(pkcs12) PKCS12 *pkcs12 = NULL;

	if (PKCS12_add_safe_ex(&parts, bags->certificates, NID_aes_256_cbc, iterations, passphrase, libctx, NULL) != 1 ||
	    PKCS12_add_safe_ex(&parts, bags->keys, -1, 0, NULL, libctx, NULL) != 1)
		return NULL;
	pkcs12 = PKCS12_add_safes_ex(parts, 0, libctx, NULL);
	if (pkcs12 == NULL || PKCS12_set_mac(pkcs12, passphrase, -1, NULL, 0, iterations, EVP_sha256()) != 1)
		return NULL;
	return naccs_take(&pkcs12);
}

naccs_status naccs_backup_seal(struct naccs_crypto *crypto, const struct naccs_backup_entry *entries, size_t count,
			       const struct naccs_secret *passphrase, int iterations, struct naccs_secret **ret, struct naccs_error *err)
{
	struct bags bags = {
		.keys = sk_PKCS12_SAFEBAG_new_null(), .certificates = sk_PKCS12_SAFEBAG_new_null(), .known = sk_X509_new_null()};
	naccs_auto(pkcs12) PKCS12 *pkcs12 = NULL;
	naccs_auto(openssl_bytes) unsigned char *bytes = NULL;
	int length = -1;

	ERR_clear_error();
	if (bags.keys != NULL && bags.certificates != NULL && bags.known != NULL &&
	    add_entries(crypto, entries, count, naccs_secret_text(passphrase), iterations, &bags))
		pkcs12 = pack(crypto, &bags, naccs_secret_text(passphrase), iterations);
	naccs_bags_free(bags.keys);
	naccs_bags_free(bags.certificates);
	sk_X509_free(bags.known);
	if (pkcs12 != NULL)
		length = i2d_PKCS12(pkcs12, &bytes);
	return length > 0 ? naccs_secret_new_copy(bytes, (size_t)length, ret, err) : cannot(err);
}
