/* SPDX-License-Identifier: Apache-2.0 */
/* Why: every object that has a role here, read from the medium now; and keys that no certificate belongs to, so that none is overlooked. */
#include "nss.h"

#include <string.h>

/* Does a last longer than b, or the same time and begin later? A last resort decides between equals, so that exactly one is the newest. */
static bool is_newer(const struct nss_certificate *a, const struct nss_certificate *b)
{
	PRTime a_begin = 0, a_end = 0, b_begin = 0, b_end = 0;

	(void)CERT_GetCertTimes(a->decoded, &a_begin, &a_end);
	(void)CERT_GetCertTimes(b->decoded, &b_begin, &b_end);
	if (a_end != b_end)
		return a_end > b_end;
	if (a_begin != b_begin)
		return a_begin > b_begin;
	return memcmp(a->sha256, b->sha256, sizeof a->sha256) > 0;
}

/* NSS has no mark for the current one: of several certificates of one subject it is the one that lasts longest. */
static bool is_newest(const struct nss_contents *contents, const struct nss_entry *entry)
{
	for (size_t i = 0; i < contents->count; i++) {
		const struct nss_entry *other = &contents->entries[i];
		if (other != entry && (other->roles & (1u << NACCS_ROLE_CLIENT)) != 0 &&
		    SECITEM_ItemsAreEqual(&other->certificate.decoded->derSubject, &entry->certificate.decoded->derSubject) &&
		    is_newer(&other->certificate, &entry->certificate))
			return false;
	}
	return true;
}

static naccs_status emit(const struct nss_contents *contents, const struct nss_entry *entry, enum naccs_role role, naccs_item_sink *sink,
			 void *context)
{
	struct naccs_item item = {
		.size = sizeof item,
		.role = role,
		.certificate = {entry->certificate.der.data, entry->certificate.der.len},
		.has_key = role == NACCS_ROLE_CLIENT,
		.is_current = role == NACCS_ROLE_CLIENT && is_newest(contents, entry),
		.label = entry->label,
	};

	return sink(context, &item);
}

static naccs_status emit_orphans(const struct nss_contents *contents, naccs_item_sink *sink, void *context)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < contents->key_count && status == NACCS_OK; i++) {
		struct naccs_item item = {
			.size = sizeof item, .role = NACCS_ROLE_CLIENT_KEY, .has_key = true, .label = contents->keys[i].label};
		bool has_certificate = false;
		for (size_t j = 0; j < contents->count; j++)
			has_certificate |=
				SECITEM_ItemsAreEqual(&contents->entries[j].certificate.key_id, &contents->keys[i].id) != PR_FALSE;
		if (!has_certificate)
			status = sink(context, &item);
	}
	return status;
}

naccs_status nss_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	static const enum naccs_role roles[] = {NACCS_ROLE_CLIENT, NACCS_ROLE_CLIENT_INTERMEDIATE, NACCS_ROLE_CLIENT_CA,
						NACCS_ROLE_SERVER_ANCHOR, NACCS_ROLE_SERVER_INTERMEDIATE};
	naccs_auto(nss_contents) struct nss_contents contents = {0};
	naccs_status status = nss_contents_read(store, &contents, err);

	if (status == NACCS_OK)
		nss_roles_find(store, &contents);
	for (size_t i = 0; i < contents.count; i++) {
		for (size_t j = 0; j < sizeof roles / sizeof *roles && status == NACCS_OK; j++) {
			if ((contents.entries[i].roles & (1u << roles[j])) != 0)
				status = emit(&contents, &contents.entries[i], roles[j], sink, context);
		}
	}
	return status == NACCS_OK ? emit_orphans(&contents, sink, context) : status;
}
