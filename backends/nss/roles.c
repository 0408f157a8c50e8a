/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a database says nothing of roles; keys, issuers and trust do. What should carry trust and does not gets no role: "verified" means
 * shown. Foreign certificates have no role, unless somebody gave them the same trust.
 */
#include "nss.h"

#define DEPTH_LIMIT 8

static unsigned bit(enum naccs_role role)
{
	return 1u << role;
}

static struct nss_entry *issuer_of(const struct nss_contents *contents, const struct nss_entry *child, const struct nss_entry *after)
{
	for (size_t i = after == NULL ? 0 : (size_t)(after - contents->entries) + 1; i < contents->count; i++) {
		struct nss_entry *entry = &contents->entries[i];
		if (entry != child && entry->certificate.is_ca && nss_is_issued_by(&child->certificate, &entry->certificate))
			return entry;
	}
	return NULL;
}

static bool is_trusted(CK_TRUST trust)
{
	return trust == CKT_NSS_TRUSTED_DELEGATOR;
}

/* Everything above a client certificate. */
static void mark_issuers(const struct naccs_store *store, const struct nss_contents *contents, const struct nss_entry *child, int depth)
{
	for (struct nss_entry *issuer = NULL; depth < DEPTH_LIMIT && (issuer = issuer_of(contents, child, issuer)) != NULL;) {
		if (!issuer->certificate.is_root) {
			issuer->roles |= bit(NACCS_ROLE_CLIENT_INTERMEDIATE);
			mark_issuers(store, contents, issuer, depth + 1);
		} else if (store->is_system || is_trusted(issuer->trust.client)) {
			issuer->roles |= bit(NACCS_ROLE_CLIENT_CA);
		}
	}
}

static bool is_below_anchor(const struct nss_contents *contents, const struct nss_entry *child, int depth)
{
	for (const struct nss_entry *issuer = NULL; depth < DEPTH_LIMIT && (issuer = issuer_of(contents, child, issuer)) != NULL;) {
		if ((issuer->roles & bit(NACCS_ROLE_SERVER_ANCHOR)) != 0 || is_below_anchor(contents, issuer, depth + 1))
			return true;
	}
	return false;
}

void nss_roles_find(const struct naccs_store *store, struct nss_contents *contents)
{
	for (size_t i = 0; i < contents->count; i++) {
		struct nss_entry *entry = &contents->entries[i];
		if (entry->certificate.is_root && is_trusted(entry->trust.server))
			entry->roles |= bit(NACCS_ROLE_SERVER_ANCHOR);
		if (entry->certificate.is_root && is_trusted(entry->trust.client))
			entry->roles |= bit(NACCS_ROLE_CLIENT_CA);
		if (entry->has_key && nss_is_for_clients(&entry->certificate))
			entry->roles |= bit(NACCS_ROLE_CLIENT);
	}
	for (size_t i = 0; i < contents->count; i++) {
		struct nss_entry *entry = &contents->entries[i];
		if ((entry->roles & bit(NACCS_ROLE_CLIENT)) != 0)
			mark_issuers(store, contents, entry, 0);
		if (entry->certificate.is_ca && !entry->certificate.is_root && is_below_anchor(contents, entry, 0))
			entry->roles |= bit(NACCS_ROLE_SERVER_INTERMEDIATE);
	}
}
