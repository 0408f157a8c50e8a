/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see backup_parts.h. This file: which certificates there are to keep, and their keys, out of the stores that let them out and out of
 * escrow. */
#include "backup_parts.h"

#include "selection.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static void kept_clear(struct naccs_kept *kept)
{
	naccs_certificate_facts_free(kept->facts);
	X509_free(kept->certificate);
	EVP_PKEY_free(kept->key);
	sk_X509_pop_free(kept->chain, X509_free);
	free(kept->source);
	free(kept->record);
	*kept = (struct naccs_kept){0};
}

void naccs_kept_list_clear(struct naccs_kept_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		kept_clear(&list->items[i]);
	free(list->items);
	*list = (struct naccs_kept_list){0};
}

/* kept is taken when it is the first of its certificate, or the first that has its key. */
static naccs_status add(struct naccs_kept_list *list, struct naccs_kept *kept, struct naccs_error *err)
{
	struct naccs_kept *longer;

	for (size_t i = 0; i < list->count; i++) {
		struct naccs_kept *known = &list->items[i];

		if (strcmp(known->facts->sha256, kept->facts->sha256) != 0)
			continue;
		if (known->key == NULL && kept->key != NULL) {
			struct naccs_kept former = *known;

			*known = *kept;
			*kept = former;
		}
		return NACCS_OK;
	}
	longer = reallocarray(list->items, list->count + 1, sizeof *longer);
	if (longer == NULL)
		return no_memory(err);
	list->items = longer;
	longer[list->count++] = *kept;
	*kept = (struct naccs_kept){0};
	return NACCS_OK;
}

static naccs_status keep_bytes(void *context, const uint8_t *bytes, size_t length)
{
	struct naccs_secret **secret = context;

	return *secret == NULL ? naccs_secret_new_copy(bytes, length, secret, NULL) : NACCS_E_INTERNAL;
}

/* "nss, pem": the kinds of stores that let keys out. Caller frees; NULL when memory is short. */
struct kinds {
	char *text;
};

static void name_kind(void *context, const struct naccs_served *served)
{
	struct kinds *kinds = context;
	char *longer;

	if (served->module.export_key == NULL)
		return;
	longer = naccs_format("%s%s%s:", kinds->text != NULL ? kinds->text : "", kinds->text != NULL ? ", " : "", served->module.scheme);
	free(kinds->text);
	kinds->text = longer;
}

static void ignore_failure(void *context, const struct naccs_error *err)
{
	(void)context;
	(void)err;
}

static naccs_status refuse_export(struct naccs *context, const struct naccs_open_store *store, const char *common_name,
				  struct naccs_error *err)
{
	struct naccs_registry *registry = NULL;
	struct kinds kinds = {0};
	struct naccs_error ignored = {0};

	if (naccs_context_registry(context, &registry, &ignored) == NACCS_OK)
		naccs_registry_each(registry, name_kind, ignore_failure, &kinds);
	(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("the key of %s can't be kept: %s lets no key out"), common_name, store->uri);
	(void)naccs_error_hint(err,
			       _("Stores of these kinds let keys out: %s. A key that lies only here can be kept when it is obtained or "
				 "installed (--backup FILE); otherwise a "
				 "change of machine needs a reissue."),
			       kinds.text != NULL ? kinds.text : "-");
	free(kinds.text);
	return NACCS_E_STORE_UNSUPPORTED;
}

/* The key, and that it is the certificate's. */
static naccs_status export_key(struct naccs *context, struct naccs_open_store *store, struct naccs_kept *kept, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *der = NULL;
	const unsigned char *cursor;
	naccs_status status;

	if ((store->capabilities & NACCS_CAN_EXPORT_KEY) == 0 || store->backend->export_key == NULL)
		return refuse_export(context, store, kept->facts->common_name, err);
	status = store->backend->export_key(store->store, kept->facts->sha256_bytes, keep_bytes, &der, err);
	if (status == NACCS_E_STORE_UNSUPPORTED) /* this one key of a store that lets others out */
		return refuse_export(context, store, kept->facts->common_name, err);
	if (status != NACCS_OK)
		return status;
	if (der == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("the backend handed out no key of %s"), store->uri);
	cursor = naccs_secret_data(der);
	kept->key = d2i_AutoPrivateKey_ex(NULL, &cursor, (long)naccs_secret_length(der), naccs_crypto_libctx(context->crypto), NULL);
	if (kept->key == NULL || X509_check_private_key(kept->certificate, kept->key) != 1) {
		EVP_PKEY_free(kept->key);
		kept->key = NULL;
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("the key in %s does not belong to the certificate of %s"), store->uri,
				  kept->facts->common_name);
	}
	return NACCS_OK;
}

static bool push_copies(STACK_OF(X509) *to, STACK_OF(X509) *from)
{
	for (int i = 0; i < sk_X509_num(from); i++) {
		X509 *certificate = sk_X509_value(from, i);

		if (X509_up_ref(certificate) != 1)
			return false;
		if (sk_X509_push(to, certificate) <= 0) {
			X509_free(certificate);
			return false;
		}
	}
	return true;
}

/* As the store holds it; a store that keeps no CA leaves it to the ledger. */
static naccs_status collect_chain(struct naccs *context, const struct naccs_ground *ground, const char *uri,
				  const struct naccs_contents *contents, const char *sha256, STACK_OF(X509) **ret, struct naccs_error *err)
{
	STACK_OF(X509) *intermediates = naccs_contents_of_role(contents, NACCS_ROLE_CLIENT_INTERMEDIATE, sha256);
	STACK_OF(X509) *roots = naccs_contents_of_role(contents, NACCS_ROLE_CLIENT_CA, sha256);
	const struct naccs_ledger_entry *entry = naccs_ledger_find(ground->ledger, uri, sha256);
	naccs_status status = NACCS_OK;
	X509 *root = NULL;

	*ret = sk_X509_new_null();
	if (*ret == NULL || !push_copies(*ret, intermediates) || !push_copies(*ret, roots))
		status = no_memory(err);
	if (status == NACCS_OK && sk_X509_num(roots) <= 0 && entry != NULL)
		status = naccs_certificate_from_der(context->crypto, entry->client_ca.data, entry->client_ca.length, &root, err);
	if (status == NACCS_OK && root != NULL && sk_X509_push(*ret, root) <= 0) {
		X509_free(root);
		status = no_memory(err);
	}
	sk_X509_free(intermediates);
	sk_X509_free(roots);
	return status;
}

static naccs_status take_content(struct naccs *context, const struct naccs_ground *ground, struct naccs_open_store *store,
				 const struct naccs_contents *contents, const struct naccs_content *client, struct naccs_kept_list *list,
				 struct naccs_error *err)
{
	struct naccs_kept kept = {.source = strdup(store->uri)};
	naccs_status status = kept.source != NULL ? naccs_certificate_facts_new(client->certificate, &kept.facts, err) : no_memory(err);

	if (status == NACCS_OK && X509_up_ref(client->certificate) == 1)
		kept.certificate = client->certificate;
	if (status == NACCS_OK)
		status = collect_chain(context, ground, store->uri, contents, client->sha256, &kept.chain, err);
	if (status == NACCS_OK)
		status = naccs_backup_record_of_ledger(ground->ledger, client->sha256, &kept.record, err);
	if (status == NACCS_OK) {
		kept.is_current = client->is_current;
		(void)export_key(context, store, &kept, &kept.error);
		status = add(list, &kept, err);
	}
	kept_clear(&kept);
	return status;
}

/* Without --cert: what is in use and has not ended; of a store that we have installed into only ours. */
static bool is_meant(const struct naccs *context, const struct naccs_ledger *ledger, const char *uri, const struct naccs_content *client,
		     const char *wanted)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;

	if (client->role != NACCS_ROLE_CLIENT || client->is_pending || client->certificate == NULL)
		return false;
	if (wanted != NULL)
		return naccs_is_wanted_certificate(client->sha256, wanted);
	return client->is_current && naccs_certificate_facts_new(client->certificate, &facts, NULL) == NACCS_OK &&
	       facts->not_after > naccs_rules_now(context) &&
	       (!naccs_has_installs(ledger, uri) || naccs_is_of_ours(ledger, uri, client->sha256, facts->subject));
}

static naccs_status gather_store(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selected_store *selected,
				 const char *wanted, struct naccs_kept_list *list, struct naccs_error *own, struct naccs_error *err)
{
	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	naccs_status status = NACCS_OK;

	naccs_say(context, _("Looking into %s"), selected->uri);
	if (naccs_selected_open(context, selected, NACCS_ACCESS_READ, &store, own) != NACCS_OK)
		return NACCS_OK;
	if (naccs_contents_read(store, context->crypto, &contents, own, err) != NACCS_OK) {
		*own = *err;
		return NACCS_OK;
	}
	for (size_t i = 0; status == NACCS_OK && i < contents->count; i++)
		if (is_meant(context, ground->ledger, store->uri, &contents->items[i], wanted))
			status = take_content(context, ground, store, contents, &contents->items[i], list, err);
	return status;
}

/* One entry that holds a PKCS#12. What can't be opened is resume's business. */
static naccs_status gather_entry(struct naccs *context, const struct naccs_ground *ground, const struct naccs_escrow *entry,
				 const char *wanted, struct naccs_kept_list *list, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	struct naccs_kept kept = {0};
	struct naccs_error ignored = {0};
	naccs_status status;

	if (entry->state != NACCS_ESCROW_RECEIVED || naccs_escrow_answer(entry, &answer, &ignored) != NACCS_OK ||
	    naccs_escrow_password(entry, &password, &ignored) != NACCS_OK ||
	    naccs_delivery_unpack(context, ground, answer, password, &credential, &ignored) != NACCS_OK ||
	    !naccs_is_wanted_certificate(credential->facts->sha256, wanted))
		return NACCS_OK;
	kept.source = naccs_format("escrow/%s", entry->id);
	kept.facts = naccs_take(&credential->facts);
	kept.certificate = naccs_take(&credential->certificate);
	kept.key = naccs_take(&credential->key);
	kept.chain = naccs_take(&credential->intermediates);
	kept.is_current = true;
	status = kept.source != NULL && sk_X509_push(kept.chain, credential->client_ca) > 0 ? NACCS_OK : no_memory(err);
	if (status == NACCS_OK) {
		(void)naccs_take(&credential->client_ca);
		status = naccs_backup_record_of_order(&entry->order, &kept.record, err);
	}
	if (status == NACCS_OK)
		status = add(list, &kept, err);
	kept_clear(&kept);
	return status;
}

static naccs_status gather_escrow(struct naccs *context, const struct naccs_ground *ground, const char *wanted,
				  struct naccs_kept_list *list, struct naccs_error *err)
{
	struct naccs_escrow_list entries;
	struct naccs_error damage = {0};
	naccs_status status = naccs_escrow_list_load_readable(ground->state_dirfd, false, &entries, &damage, err);

	for (size_t i = 0; status == NACCS_OK && i < entries.count; i++)
		status = gather_entry(context, ground, entries.items[i], wanted, list, err);
	naccs_escrow_list_clear(&entries);
	return status;
}

naccs_status naccs_kept_list_gather(struct naccs *context, const struct naccs_ground *ground, const struct naccs_backup_options *options,
				    struct naccs_kept_list *ret, struct naccs_report *report, struct naccs_error *err)
{
	struct naccs_selection selection = {0};
	naccs_status status = naccs_selection_make(context, options->targets, options->target_count, ground->ledger, &selection, err);

	for (size_t i = 0; status == NACCS_OK && i < selection.count; i++) {
		struct naccs_error own = {0};
		struct naccs_store_report *line;

		status = gather_store(context, ground, &selection.items[i], options->certificate, ret, &own, err);
		if (status != NACCS_OK || own.status == NACCS_OK)
			continue;
		line = naccs_report_add_store(report, selection.items[i].uri);
		if (line == NULL) {
			status = no_memory(err);
		} else {
			line->result = NACCS_RESULT_FAILED;
			line->error = own;
		}
	}
	if (status == NACCS_OK && options->target_count == 0 && ground->state_dirfd >= 0)
		status = gather_escrow(context, ground, options->certificate, ret, err);
	naccs_selection_clear(&selection);
	return status;
}
