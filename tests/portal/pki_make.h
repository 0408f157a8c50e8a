/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the two acts that all certificates of the simulator are made by, "a key, found or made" and "a certificate, signed". Failures end
 * the program: they can only be met at start-up. */
#ifndef PORTAL_PKI_MAKE_H
#define PORTAL_PKI_MAKE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

_Noreturn void pki_die(const char *what);

/* dir/name.key.pem, or a new key (RSA 2048 or P-256), stored there. */
EVP_PKEY *pki_key(OSSL_LIB_CTX *context, const char *dir, const char *name, bool is_rsa);

struct certificate_spec {
	const char *organization; /* NULL: none */
	const char *unit;
	const char *common_name;
	const char *alternative_names; /* "DNS:a,DNS:b"; NULL: none */
	const char *key_usage;	       /* as openssl's configuration files say it */
	const char *extended_usage;    /* NULL: none */
	const char *constraints;       /* NULL: none */
	int64_t from, until;
	uint64_t serial;
};

/* signer NULL: self-signed by key. */
X509 *pki_certificate(OSSL_LIB_CTX *context, const struct certificate_spec *spec, EVP_PKEY *key, X509 *signer, EVP_PKEY *signer_key);

/* dir/name.pem if it is there, else NULL; and the way back. */
X509 *pki_load(OSSL_LIB_CTX *context, const char *dir, const char *name);
void pki_store(const char *dir, const char *name, X509 *const *certificates, unsigned count);

#endif
