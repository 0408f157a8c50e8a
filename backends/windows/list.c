/* SPDX-License-Identifier: Apache-2.0 */
/* Why: every object that has a role here, read now; and keys of ours that no certificate belongs to, so that none is overlooked. */
#include "winstore.h"

#include <string.h>

/* Does a last longer than b, or the same time and begin later? A last resort decides between equals, so that exactly one is the newest. */
static bool is_newer(const struct win_certificate *a, const struct win_certificate *b)
{
	int order = ASN1_TIME_compare(X509_get0_notAfter(a->x509), X509_get0_notAfter(b->x509));

	if (order == 0)
		order = ASN1_TIME_compare(X509_get0_notBefore(a->x509), X509_get0_notBefore(b->x509));
	return order != 0 ? order > 0 : memcmp(a->sha256, b->sha256, sizeof a->sha256) > 0;
}

/* Windows has no mark for the current one: of several certificates of one subject it is the one that lasts longest; an archived one is met
 * by no program. */
static bool is_current(const struct win_contents *contents, const struct win_entry *entry)
{
	for (size_t i = 0; i < contents->count; i++) {
		const struct win_entry *other = &contents->entries[i];
		if (other != entry && (other->roles & (1u << NACCS_ROLE_CLIENT)) != 0 && !other->is_archived &&
		    X509_NAME_cmp(X509_get_subject_name(other->certificate.x509), X509_get_subject_name(entry->certificate.x509)) == 0 &&
		    is_newer(&other->certificate, &entry->certificate))
			return false;
	}
	return !entry->is_archived;
}

static naccs_status emit(const struct win_contents *contents, const struct win_entry *entry, enum naccs_role role, naccs_item_sink *sink,
			 void *context)
{
	const struct naccs_item item = {
		.size = sizeof item,
		.role = role,
		.certificate = entry->certificate.der,
		.has_key = role == NACCS_ROLE_CLIENT,
		.is_current = role == NACCS_ROLE_CLIENT && is_current(contents, entry),
		.label = entry->label,
	};

	return sink(context, &item);
}

/* Does a certificate in MY lead to the container of this name? */
static bool is_used(const struct naccs_store *store, const struct win_contents *contents, const char *hex)
{
	for (size_t i = 0; i < contents->count; i++) {
		struct win_key key;
		struct naccs_error ignored = {0};
		if (contents->entries[i].place == WIN_MY &&
		    win_key_of(store, &contents->entries[i].certificate, &key, &ignored) == NACCS_OK && strcmp(key.hex, hex) == 0)
			return true;
	}
	return false;
}

static naccs_status emit_orphans(const struct naccs_store *store, const struct win_contents *contents, naccs_item_sink *sink, void *context)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < contents->keys.count && status == NACCS_OK; i++) {
		struct win_key key;
		if (is_used(store, contents, contents->keys.hex[i]) || !win_key_from_hex(contents->keys.hex[i], &key))
			continue;
		const struct naccs_item item = {
			.size = sizeof item, .role = NACCS_ROLE_CLIENT_KEY, .has_key = true, .label = key.container};
		status = sink(context, &item);
	}
	return status;
}

naccs_status win_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	static const enum naccs_role roles[] = {NACCS_ROLE_CLIENT, NACCS_ROLE_CLIENT_INTERMEDIATE, NACCS_ROLE_CLIENT_CA,
						NACCS_ROLE_SERVER_ANCHOR, NACCS_ROLE_SERVER_INTERMEDIATE};
	naccs_auto(win_contents) struct win_contents contents = {0};
	naccs_status status = win_contents_read(store, &contents, err);

	if (status == NACCS_OK)
		win_roles_find(&contents);
	for (size_t i = 0; i < contents.count; i++) {
		for (size_t j = 0; j < sizeof roles / sizeof *roles && status == NACCS_OK; j++) {
			if ((contents.entries[i].roles & (1u << roles[j])) != 0)
				status = emit(&contents, &contents.entries[i], roles[j], sink, context);
		}
	}
	return status == NACCS_OK ? emit_orphans(store, &contents, sink, context) : status;
}
