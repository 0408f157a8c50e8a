/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what a store holds, read back through its backend and parsed. See store.h. */
#include "store.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#define CONTENTS_LIMIT 10000 /* objects: no store of ours has more */

struct reading {
	struct naccs_crypto *crypto;
	struct naccs_contents *contents;
	struct naccs_error *err;
};

static naccs_status to_hex(const uint8_t bytes[NACCS_SHA256_SIZE], char ret[65])
{
	naccs_auto(heap) char *hex = naccs_hex(bytes, NACCS_SHA256_SIZE);

	if (hex == NULL)
		return NACCS_E_INTERNAL;
	memcpy(ret, hex, 65);
	return NACCS_OK;
}

static naccs_status parse_item(struct reading *reading, const struct naccs_item *item, struct naccs_content *content)
{
	static const uint8_t nobody[NACCS_SHA256_SIZE];
	naccs_status status = NACCS_OK;

	content->role = (enum naccs_role)item->role;
	content->has_key = item->has_key;
	content->is_pending = item->is_pending;
	content->is_current = item->is_current;
	content->label = strdup(item->label != NULL ? item->label : "");
	if (content->label == NULL)
		return NACCS_E_INTERNAL;
	if (memcmp(item->owner, nobody, sizeof nobody) != 0)
		status = to_hex(item->owner, content->owner);
	if (status == NACCS_OK && item->certificate.length > 0) {
		uint8_t hash[NACCS_SHA256_SIZE];

		if (EVP_Q_digest(naccs_crypto_libctx(reading->crypto), "SHA256", NULL, item->certificate.data, item->certificate.length, hash, NULL) != 1)
			return NACCS_E_INTERNAL;
		status = to_hex(hash, content->sha256);
		if (status == NACCS_OK)
			status = naccs_certificate_from_der(reading->crypto, item->certificate.data, item->certificate.length,
							    &content->certificate, reading->err);
	}
	return status;
}

static naccs_status read_item(void *context, const struct naccs_item *item)
{
	struct reading *reading = context;
	struct naccs_contents *contents = reading->contents;
	struct naccs_content *grown;

	if (contents->count >= CONTENTS_LIMIT)
		return NACCS_E_INTERNAL;
	grown = reallocarray(contents->items, contents->count + 1, sizeof *grown);
	if (grown == NULL)
		return NACCS_E_INTERNAL;
	contents->items = grown;
	grown[contents->count] = (struct naccs_content){0};
	return parse_item(reading, item, &grown[contents->count++]);
}

naccs_status naccs_contents_read(struct naccs_open_store *store, struct naccs_crypto *crypto, struct naccs_contents **ret,
				 struct naccs_error *damage, struct naccs_error *err)
{
	naccs_auto(contents) struct naccs_contents *contents = calloc(1, sizeof *contents);
	struct reading reading = {.crypto = crypto, .contents = contents, .err = err};
	naccs_status status;

	if (contents == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = store->backend->list(store->store, read_item, &reading, err);
	if (status == NACCS_E_STORE_DAMAGED && damage != NULL)
		*damage = *err;
	else if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot read back %s"), store->uri);
	*ret = naccs_take(&contents);
	return NACCS_OK;
}

void naccs_contents_free(struct naccs_contents *contents)
{
	if (contents == NULL)
		return;
	for (size_t i = 0; i < contents->count; i++) {
		X509_free(contents->items[i].certificate);
		free(contents->items[i].label);
	}
	free(contents->items);
	free(contents);
}

static const struct naccs_content *find_client(const struct naccs_contents *contents, const char *sha256, bool is_pending)
{
	for (size_t i = 0; i < contents->count; i++)
		if (contents->items[i].role == NACCS_ROLE_CLIENT && contents->items[i].is_pending == is_pending &&
		    strcmp(contents->items[i].sha256, sha256) == 0)
			return &contents->items[i];
	return NULL;
}

const struct naccs_content *naccs_contents_client(const struct naccs_contents *contents, const char *sha256)
{
	const struct naccs_content *pending = contents->sees_pending ? find_client(contents, sha256, true) : NULL;

	return pending != NULL ? pending : find_client(contents, sha256, false);
}

/* Does an item stand beside the client certificate that naccs_contents_client() gives? During a repair a store holds both, the old and the staged. */
static bool is_beside(const struct naccs_contents *contents, const struct naccs_content *item, const char *owner, bool is_owner_pending)
{
	if (item->is_pending && !contents->sees_pending)
		return false;
	return item->owner[0] == '\0' || (strcmp(item->owner, owner) == 0 && item->is_pending == is_owner_pending);
}

STACK_OF(X509) *naccs_contents_of_role(const struct naccs_contents *contents, enum naccs_role role, const char *owner)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	const struct naccs_content *client = naccs_contents_client(contents, owner);

	for (size_t i = 0; stack != NULL && i < contents->count; i++) {
		const struct naccs_content *item = &contents->items[i];

		if (item->role == role && item->certificate != NULL && is_beside(contents, item, owner, client != NULL && client->is_pending))
			(void)sk_X509_push(stack, item->certificate);
	}
	return stack;
}
