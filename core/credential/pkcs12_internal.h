/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the reader of PKCS#12 files is cut into steps, one file each:
 *     algorithm   may this MAC or encryption be computed at all (known, available, iterations within bounds)
 *     password    which variant of the password fits the MAC
 *     contents    decrypt the parts; collect keys and certificates
 *     chain       which certificate fits the key, and which chain it has
 */
#ifndef NACCS_PKCS12_INTERNAL_H
#define NACCS_PKCS12_INTERNAL_H

#include "crypto_internal.h"
#include "ossl_cleanup.h"

/* More than any honest file holds; they bound the work that a hostile one can ask for. */
#define NACCS_PKCS12_BYTES_MAX ((size_t)1024 * 1024)
#define NACCS_PKCS12_KEYS_MAX 16
#define NACCS_PKCS12_CERTIFICATES_MAX 64
/* The same for a backup of ours, which holds what many terminals have. */
#define NACCS_BACKUP_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define NACCS_BACKUP_KEYS_MAX 512
#define NACCS_BACKUP_CERTIFICATES_MAX 1024
#define NACCS_BACKUP_ITERATIONS_MAX ((uint64_t)1000 * 1000 * 1000)
#define NACCS_PKCS12_NESTING_MAX 8
#define NACCS_PKCS12_ITERATIONS_DEFAULT ((uint64_t)10 * 1000 * 1000)

struct naccs_pkcs12_key {
	EVP_PKEY *key;
	char *friendly_name; /* UTF-8 or NULL */
};

/* What one run of the reader knows; members belong to it, crypto is borrowed. */
struct naccs_pkcs12_reader {
	struct naccs_crypto *crypto;
	uint64_t max_iterations;       /* of one key derivation */
	uint64_t iterations_left;      /* over the whole file */
	struct naccs_secret *password; /* the variant that fits; NULL: the empty one without a BMP terminator */
	size_t max_bytes, max_keys, max_certificates;
	struct naccs_pkcs12_key *keys;
	size_t key_count;
	size_t foreign_key_count;     /* neither RSA nor EC */
	STACK_OF(X509) *certificates; /* each once; a friendly name is the alias */
	/* Called with each new certificate and the bag that it came in; may be NULL. */
	naccs_status (*see)(void *context, X509 *certificate, const PKCS12_SAFEBAG *bag, struct naccs_error *err);
	void *see_context;
	bool used_legacy_ciphers;
};

/* pkcs12: decrypt everything in a file into the reader, whose limits are set. naccs_pkcs12_reader_end() also after a failure. */
naccs_status naccs_pkcs12_read_all(struct naccs_pkcs12_reader *reader, const struct naccs_secret *bytes, const struct naccs_secret *password,
				   struct naccs_error *err);
void naccs_pkcs12_reader_end(struct naccs_pkcs12_reader *reader);

/* The reader's password as OpenSSL wants it. */
const char *naccs_pkcs12_password(const struct naccs_pkcs12_reader *reader, int *ret_length);

/* algorithm: nothing is derived yet. Failures are NACCS_E_PKCS12_CORRUPT. */
naccs_status naccs_pkcs12_check_mac(struct naccs_pkcs12_reader *reader, const PKCS12 *pkcs12, struct naccs_error *err);
naccs_status naccs_pkcs12_check_encryption(struct naccs_pkcs12_reader *reader, const X509_ALGOR *algorithm, struct naccs_error *err);

/* password: sets reader->password. */
naccs_status naccs_pkcs12_find_password(struct naccs_pkcs12_reader *reader, PKCS12 *pkcs12, const struct naccs_secret *password,
					struct naccs_error *err);

/* contents: fills keys and certificates. */
naccs_status naccs_pkcs12_read_contents(struct naccs_pkcs12_reader *reader, const PKCS12 *pkcs12, struct naccs_error *err);

/* chain: the credential that keys and certificates make. */
naccs_status naccs_pkcs12_make_credential(const struct naccs_pkcs12_reader *reader, STACK_OF(X509) *remembered_ca, int64_t now,
					  struct naccs_credential **ret, struct naccs_error *err);

#endif
