/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see backup.h. This file: opening one, by the reader that opens every PKCS#12. */
#include "backup.h"

#include "pkcs12_internal.h"
#include "text.h"

#include <string.h>

#include <openssl/err.h>

/* What the certificates carried. */
struct finds {
	struct find {
		const X509 *certificate; /* the reader's */
		char *record;
	} * items;
	size_t count;
};

static void finds_clear(struct finds *finds)
{
	for (size_t i = 0; i < finds->count; i++)
		free(finds->items[i].record);
	free(finds->items);
	*finds = (struct finds){0};
}

/* The description that a bag carries; NULL: none. Borrowed. */
static const ASN1_UTF8STRING *description(const PKCS12_SAFEBAG *bag)
{
	const STACK_OF(X509_ATTRIBUTE) *attributes = PKCS12_SAFEBAG_get0_attrs(bag);
	int index = X509at_get_attr_by_NID(attributes, NID_description, -1);
	const ASN1_TYPE *value = index >= 0 ? X509_ATTRIBUTE_get0_type(sk_X509_ATTRIBUTE_value(attributes, index), 0) : NULL;

	return value != NULL && value->type == V_ASN1_UTF8STRING ? value->value.utf8string : NULL;
}

static naccs_status see(void *context, X509 *certificate, const PKCS12_SAFEBAG *bag, struct naccs_error *err)
{
	struct finds *finds = context;
	const ASN1_UTF8STRING *record = description(bag);
	struct find *longer;

	if (record == NULL)
		return NACCS_OK;
	longer = reallocarray(finds->items, finds->count + 1, sizeof *longer);
	if (longer == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	finds->items = longer;
	longer[finds->count] = (struct find){.certificate = certificate};
	longer[finds->count].record = strndup((const char *)ASN1_STRING_get0_data(record), (size_t)ASN1_STRING_length(record));
	return longer[finds->count++].record != NULL ? NACCS_OK
						     : naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
}

/* Whose public half this is; NULL: nobody's. */
static struct naccs_pkcs12_key *key_of(const struct naccs_pkcs12_reader *reader, X509 *certificate)
{
	EVP_PKEY *public_key = X509_get0_pubkey(certificate);

	for (size_t i = 0; public_key != NULL && i < reader->key_count; i++) {
		bool is_equal = EVP_PKEY_eq(reader->keys[i].key, public_key) == 1;

		ERR_clear_error();
		if (is_equal)
			return &reader->keys[i];
	}
	return NULL;
}

/* One certificate of the file as if it had the file to itself. */
static naccs_status open_one(const struct naccs_pkcs12_reader *reader, X509 *certificate, struct naccs_pkcs12_key *key,
			     STACK_OF(X509) *others, STACK_OF(X509) *remembered_ca, int64_t now, struct naccs_credential **ret,
			     struct naccs_error *err)
{
	struct naccs_pkcs12_reader alone = {
		.crypto = reader->crypto,
		.keys = key,
		.key_count = 1,
		.certificates = sk_X509_dup(others),
		.used_legacy_ciphers = reader->used_legacy_ciphers,
	};
	naccs_status status;

	if (alone.certificates == NULL || sk_X509_unshift(alone.certificates, certificate) <= 0)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	else
		status = naccs_pkcs12_make_credential(&alone, remembered_ca, now, ret, err);
	sk_X509_free(alone.certificates);
	return status;
}

/* The certificates that no key belongs to: what chains are made of. Elements borrowed; NULL when memory is short. */
static STACK_OF(X509) *certificates_without_key(const struct naccs_pkcs12_reader *reader)
{
	STACK_OF(X509) *others = sk_X509_new_null();

	for (int i = 0; others != NULL && i < sk_X509_num(reader->certificates); i++) {
		X509 *certificate = sk_X509_value(reader->certificates, i);

		if (key_of(reader, certificate) == NULL && sk_X509_push(others, certificate) <= 0) {
			sk_X509_free(others);
			return NULL;
		}
	}
	return others;
}

static naccs_status collect(const struct naccs_pkcs12_reader *reader, struct finds *finds, STACK_OF(X509) *others,
			    STACK_OF(X509) *remembered_ca, int64_t now, struct naccs_backup *backup, struct naccs_error *err)
{
	backup->items = calloc((size_t)sk_X509_num(reader->certificates) + 1, sizeof *backup->items);
	if (backup->items == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	for (int i = 0; i < sk_X509_num(reader->certificates); i++) {
		X509 *certificate = sk_X509_value(reader->certificates, i);
		struct naccs_pkcs12_key *key = key_of(reader, certificate);
		struct naccs_backup_item *item = &backup->items[backup->count];

		if (key == NULL)
			continue;
		backup->count++;
		(void)open_one(reader, certificate, key, others, remembered_ca, now, &item->credential, &item->error);
		for (size_t j = 0; j < finds->count; j++)
			if (finds->items[j].certificate == certificate)
				item->record = naccs_take(&finds->items[j].record);
	}
	if (backup->count == 0)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot use the PKCS#12: it holds no key with its certificate"));
	return NACCS_OK;
}

naccs_status naccs_backup_open(struct naccs_crypto *crypto, const struct naccs_secret *pkcs12, const struct naccs_secret *passphrase,
			       STACK_OF(X509) *remembered_ca, int64_t now, struct naccs_backup **ret, struct naccs_error *err)
{
	struct finds finds = {0};
	struct naccs_pkcs12_reader reader = {
		.crypto = crypto,
		.max_iterations = NACCS_PKCS12_ITERATIONS_DEFAULT,
		.iterations_left = NACCS_BACKUP_ITERATIONS_MAX,
		.max_bytes = NACCS_BACKUP_BYTES_MAX,
		.max_keys = NACCS_BACKUP_KEYS_MAX,
		.max_certificates = NACCS_BACKUP_CERTIFICATES_MAX,
		.see = see,
		.see_context = &finds,
	};
	naccs_auto(backup) struct naccs_backup *backup = calloc(1, sizeof *backup);
	STACK_OF(X509) *others = NULL;
	naccs_status status;

	ERR_clear_error();
	status = backup != NULL ? naccs_pkcs12_read_all(&reader, pkcs12, passphrase, err)
				: naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	if (status == NACCS_OK && (others = certificates_without_key(&reader)) == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the PKCS#12: memory is short"));
	if (status == NACCS_OK)
		status = collect(&reader, &finds, others, remembered_ca, now, backup, err);
	sk_X509_free(others);
	finds_clear(&finds);
	naccs_pkcs12_reader_end(&reader);
	ERR_clear_error();
	if (status == NACCS_OK)
		*ret = naccs_take(&backup);
	return status;
}

void naccs_backup_free(struct naccs_backup *backup)
{
	if (backup == NULL)
		return;
	for (size_t i = 0; i < backup->count; i++) {
		naccs_credential_free(backup->items[i].credential);
		free(backup->items[i].record);
	}
	free(backup->items);
	free(backup);
}
