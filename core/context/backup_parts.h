/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what backup and restore share: what is to be kept, the record beside it, the file. Private to this room. */
#ifndef NACCS_CONTEXT_BACKUP_PARTS_H
#define NACCS_CONTEXT_BACKUP_PARTS_H

#include "backup.h"
#include "context.h"

/* ---- backup_record.c: where a certificate was installed, as JSON: {"format":1,"terminal":…,"group":…,"stores":[{"uri":…,"pin_file":…}]}
 * ---- */

struct naccs_backup_record {
	char *terminal, *group, *configuration; /* may be NULL */
	struct naccs_target *stores;
	char **texts; /* owns what stores refer to */
	size_t store_count, text_count;
};
void naccs_backup_record_clear(struct naccs_backup_record *record);
/* text is a PKCS#12's own description, or NULL: then the record is empty. */
naccs_status naccs_backup_record_read(const char *text, struct naccs_backup_record *ret, struct naccs_error *err);
/* From every install of this certificate (hex) that the ledger knows. Caller frees. */
naccs_status naccs_backup_record_of_ledger(const struct naccs_ledger *ledger, const char *sha256, char **ret, struct naccs_error *err);
/* From where it is to be installed. Caller frees. */
naccs_status naccs_backup_record_of_order(const struct naccs_escrow_order *order, char **ret, struct naccs_error *err);

/* The same record with the configuration in it. Caller frees. */
naccs_status naccs_backup_record_add_configuration(const char *text, const struct naccs_secret *configuration, char **ret,
						   struct naccs_error *err);

/* ---- backup_sources.c: the certificates of stores and of escrow ---- */

struct naccs_kept {
	struct naccs_certificate_facts *facts;
	X509 *certificate;
	EVP_PKEY *key; /* NULL: error says why */
	STACK_OF(X509) *chain;
	char *source; /* the store's URI, or "escrow/ID" */
	char *record;
	bool is_current;
	struct naccs_error error;
};
struct naccs_kept_list {
	struct naccs_kept *items;
	size_t count;
};
void naccs_kept_list_clear(struct naccs_kept_list *list);
/* Look into the targets, or every store and escrow; a certificate that several hold is taken from the first that lets its key out. A store
 * that can't be read gets a line. */
naccs_status naccs_kept_list_gather(struct naccs *context, const struct naccs_ground *ground, const struct naccs_backup_options *options,
				    struct naccs_kept_list *ret, struct naccs_report *report, struct naccs_error *err);

/* ---- backup_file.c ---- */

/* Long enough? NACCS_E_USAGE. */
naccs_status naccs_passphrase_check(const struct naccs_secret *passphrase, struct naccs_error *err);
/* Ask for a new passphrase, twice. */
naccs_status naccs_passphrase_ask_new(const struct naccs *context, struct naccs_secret **ret, struct naccs_error *err);
/* May this file be made: its folder is there, and nothing of its name? run.refused, file.missing. */
naccs_status naccs_new_file_check(const char *file, struct naccs_error *err);
/* A new file, 0600, durable; whole or not at all; never in place of another. verify (may be NULL) reads it back before it gets its name. */
naccs_status naccs_new_file_write(const char *file, const void *bytes, size_t length,
				  naccs_status (*verify)(void *context, const struct naccs_secret *bytes, struct naccs_error *err),
				  void *verify_context, struct naccs_error *err);
/* Seal what has a key, write it, read it back and compare. */
naccs_status naccs_backup_make(struct naccs *context, const char *file, const struct naccs_backup_entry *entries, size_t count,
			       const struct naccs_secret *passphrase, struct naccs_error *err);

#endif
