/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a PKCS#12 becomes a credential: key, client certificate, chain. OpenSSL works in a private library context (struct naccs_crypto)
 * that no environment variable or system configuration can steer. Not thread-safe.
 */
#ifndef NACCS_CREDENTIAL_H
#define NACCS_CREDENTIAL_H

#include "cleanup.h"
#include "error.h"
#include "secret.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Call first in main(), before anything else touches OpenSSL:
 *  - OpenSSL wipes all memory that it frees (it leaves copies of private keys behind otherwise);
 *  - the process-wide default context, which libcurl and others use, reads no configuration file (OPENSSL_CONF or the system's);
 *  - private keys get a heap of their own: locked where the system allows, left out of core files.
 * Not done by naccs_crypto_new(), since a library must not choose for its process. Calling it again changes nothing. What OpenSSL allocated
 * must be freed by OPENSSL_free(), never by free().
 */
void naccs_crypto_process_init(void);

/* Private OpenSSL library context with the default and legacy providers, loaded from OpenSSL's built-in modules directory, without any
 * configuration file. The legacy provider is loaded when the first legacy PKCS#12 needs it. */
struct naccs_crypto;
naccs_status naccs_crypto_new(struct naccs_crypto **ret, struct naccs_error *err);
void naccs_crypto_free(struct naccs_crypto *crypto);
OSSL_LIB_CTX *naccs_crypto_libctx(const struct naccs_crypto *crypto); /* borrowed */
/* A second private context, for keys that sign elsewhere (core/provider) and for nothing else: OpenSSL remembers which provider it took an algorithm from
 * last, so a provider of ours must not share a context with what the program verifies by. Made when first asked for; NULL: it can't be made. Borrowed. */
OSSL_LIB_CTX *naccs_crypto_keys_libctx(struct naccs_crypto *crypto);
NACCS_DEFINE_CLEANUP(struct naccs_crypto *, naccs_crypto_free, crypto)

/* Append the reasons of OpenSSL's error queue to err's message, and empty the queue. Returns err->status (NACCS_E_INTERNAL when err is
 * NULL: callers that pass a NULL err on return their own status). */
naccs_status naccs_crypto_explain(struct naccs_error *err);

/* What people and reports need to know of a certificate (certificate.c). Strings belong to the struct. */
struct naccs_certificate_facts {
	char *subject;	   /* RFC 2253, UTF-8 */
	char *issuer;	   /* RFC 2253, UTF-8 */
	char *common_name; /* first CN, else first OU, else "" */
	char *serial;	   /* lower-case hex, an even number of digits */
	char sha256[65];   /* lower-case hex */
	char sha1[41];
	uint8_t sha256_bytes[32];
	int64_t not_before;
	int64_t not_after;
};
naccs_status naccs_certificate_facts_new(X509 *certificate, struct naccs_certificate_facts **ret, struct naccs_error *err);
void naccs_certificate_facts_free(struct naccs_certificate_facts *facts);
NACCS_DEFINE_CLEANUP(struct naccs_certificate_facts *, naccs_certificate_facts_free, certificate_facts)

/* DER ↔ X509 in the private context. *ret belongs to the caller (X509_free; OPENSSL_free). Bad DER: NACCS_E_STORE_DAMAGED. The same bytes may
 * give the same object, with one more reference: it is to be read, not changed. */
naccs_status naccs_certificate_from_der(struct naccs_crypto *crypto, const uint8_t *der, size_t length, X509 **ret,
					struct naccs_error *err);
naccs_status naccs_certificate_to_der(const X509 *certificate, uint8_t **ret, size_t *ret_length, struct naccs_error *err);

/* Every certificate of a PEM text. Other blocks than CERTIFICATE are refused with NACCS_E_CONFIG, and so is none at all.
 * name is for messages. */
naccs_status naccs_certificates_from_pem(struct naccs_crypto *crypto, const void *pem, size_t length, const char *name,
					 STACK_OF(X509) **ret, struct naccs_error *err);

/* What one PKCS#12 holds. All members belong to the struct. */
struct naccs_credential {
	EVP_PKEY *key;
	X509 *certificate;
	STACK_OF(X509) *intermediates;	       /* between certificate and client_ca, leaf side first; mostly empty */
	X509 *client_ca;		       /* self-signed root, from the file or remembered; never NULL after naccs_pkcs12_open() */
	bool is_client_ca_remembered;	       /* the file leaves its root out: client_ca is a reference to one of remembered_ca */
	STACK_OF(X509) *extras;		       /* certificates of the file that are in nobody's chain: never anchors, never installed */
	struct naccs_certificate_facts *facts; /* of certificate */
	struct naccs_certificate_facts *client_ca_facts; /* of client_ca */
	char *friendly_name;				 /* UTF-8; may be NULL */
	bool used_legacy_ciphers;			 /* RC2-40, 3DES or RC4 with PKCS#12 KDF: worth a remark */
};
void naccs_credential_free(struct naccs_credential *credential);
NACCS_DEFINE_CLEANUP(struct naccs_credential *, naccs_credential_free, credential)

struct naccs_pkcs12_limits {
	uint64_t max_iterations; /* of MAC and PBE; 0: the default of 10,000,000 */
};

/*
 * Open a PKCS#12 with a password (UTF-8; NULL: empty). When it holds a backslash, tries U+005C, then U+00A5; and the other way round.
 *
 * remembered_ca: candidates (self-signed NACCS Client CA certificates that a person trusted before) for a file that leaves its root out;
 *                may be NULL. The candidate is taken when its name is the last issuer's and its key verifies the signature.
 * now:           for the validity check of the client certificate.
 *
 * Failures, each leaving nothing behind; *ret is set on success only:
 *   pkcs12.password       the MAC does not fit the password (message tells that a lost password means a reissue)
 *   pkcs12.corrupt        no PKCS#12, no MAC, unknown cipher, iteration count out of bounds, no key, several keys without a matching
 *                         certificate, not one client certificate, larger than 1 MiB
 *   pkcs12.mismatch       no certificate for the key; chain incomplete (no root here nor remembered); signed by another CA of the same
 *                         name; root not self-signed
 *   pkcs12.expired        with the date
 *   pkcs12.not-yet-valid  with the date
 */
naccs_status naccs_pkcs12_open(struct naccs_crypto *crypto, const struct naccs_secret *pkcs12, const struct naccs_secret *password,
			       STACK_OF(X509) *remembered_ca, int64_t now, const struct naccs_pkcs12_limits *limits,
			       struct naccs_credential **ret, struct naccs_error *err);

/* Does this look like a PKCS#12 at all (outer ASN.1 structure: SEQUENCE, version 3, authSafe)? For telling an answer of the portal from
 * a page; a file that was cut short is plausible too. */
bool naccs_pkcs12_is_plausible(const void *bytes, size_t length);

/* The private key as PKCS#8 PrivateKeyInfo DER in a secret. */
naccs_status naccs_credential_export_key(const struct naccs_credential *credential, struct naccs_secret **ret, struct naccs_error *err);

#endif
