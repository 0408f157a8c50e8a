/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a change of machine costs a reissue unless the key was kept. A backup is one PKCS#12 that any program can open: each key with its
 * certificate and chain. What only we need, the record, rides along as the certificate's attribute "description" (X.520, a UTF8String)
 * inside the encrypted part, where other programs show it or pass over it.
 *
 * Protection: PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256, MAC HMAC-SHA-256. Keys are encrypted one by one, certificates and attributes
 * together.
 */
#ifndef NACCS_CREDENTIAL_BACKUP_H
#define NACCS_CREDENTIAL_BACKUP_H

#include "credential.h"

/* Of each derivation from the passphrase. */
#define NACCS_BACKUP_ITERATIONS 600000

/* One certificate to keep. Borrowed. */
struct naccs_backup_entry {
	EVP_PKEY *key;
	X509 *certificate;
	STACK_OF(X509) *chain; /* the rest of its chain, root included; any order */
	const char *record;    /* UTF-8, no secret; may be NULL */
};

/* Make the PKCS#12. iterations: NACCS_BACKUP_ITERATIONS, less only for what lies beside its password. */
naccs_status naccs_backup_seal(struct naccs_crypto *crypto, const struct naccs_backup_entry *entries, size_t count,
			       const struct naccs_secret *passphrase, int iterations, struct naccs_secret **ret, struct naccs_error *err);

struct naccs_backup_item {
	struct naccs_credential *credential; /* NULL: error says why (expired, for example) */
	struct naccs_error error;
	char *record; /* may be NULL */
};
struct naccs_backup {
	struct naccs_backup_item *items; /* in the file's order */
	size_t count;
};

/* Open one, also a PKCS#12 that was not made by us. Failures as naccs_pkcs12_open()'s; what concerns one certificate stands in its item. */
naccs_status naccs_backup_open(struct naccs_crypto *crypto, const struct naccs_secret *pkcs12, const struct naccs_secret *passphrase,
			       STACK_OF(X509) *remembered_ca, int64_t now, struct naccs_backup **ret, struct naccs_error *err);
void naccs_backup_free(struct naccs_backup *backup);
NACCS_DEFINE_CLEANUP(struct naccs_backup *, naccs_backup_free, backup)

#endif
