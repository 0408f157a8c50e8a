/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the stores say nothing of roles; keys, issuers and what roots are limited to do. What should be trusted and is not gets no role:
 * "verified" means shown. Others' roots that vouch for servers are anchors too.
 */
#include "winstore.h"

#define DEPTH_LIMIT 8

static unsigned bit(enum naccs_role role)
{
	return 1u << role;
}

static bool has_role(const struct win_entry *entry, enum naccs_role role)
{
	return (entry->roles & bit(role)) != 0;
}

static struct win_entry *issuer_of(const struct win_contents *contents, const struct win_entry *child, const struct win_entry *after)
{
	for (size_t i = after == NULL ? 0 : (size_t)(after - contents->entries) + 1; i < contents->count; i++) {
		struct win_entry *entry = &contents->entries[i];
		if (entry != child && (entry->place == WIN_ROOT || entry->place == WIN_CA) && win_is_ca(&entry->certificate) &&
		    win_is_issued_by(&child->certificate, &entry->certificate))
			return entry;
	}
	return NULL;
}

/* Everything above a client certificate. */
static void mark_issuers(const struct win_contents *contents, const struct win_entry *child, int depth)
{
	for (struct win_entry *issuer = NULL; depth < DEPTH_LIMIT && (issuer = issuer_of(contents, child, issuer)) != NULL;) {
		if (issuer->place == WIN_ROOT) {
			if ((issuer->usages & WIN_CLIENT_AUTH) != 0)
				issuer->roles |= bit(NACCS_ROLE_CLIENT_CA);
		} else if (!win_is_root(&issuer->certificate)) {
			issuer->roles |= bit(NACCS_ROLE_CLIENT_INTERMEDIATE);
			mark_issuers(contents, issuer, depth + 1);
		}
	}
}

static bool is_below_anchor(const struct win_contents *contents, const struct win_entry *child, int depth)
{
	for (const struct win_entry *issuer = NULL; depth < DEPTH_LIMIT && (issuer = issuer_of(contents, child, issuer)) != NULL;) {
		if (has_role(issuer, NACCS_ROLE_SERVER_ANCHOR) || (issuer->place == WIN_CA && is_below_anchor(contents, issuer, depth + 1)))
			return true;
	}
	return false;
}

void win_roles_find(struct win_contents *contents)
{
	for (size_t i = 0; i < contents->count; i++) {
		struct win_entry *entry = &contents->entries[i];
		if (entry->place == WIN_ROOT && win_is_root(&entry->certificate) && (entry->usages & WIN_SERVER_AUTH) != 0)
			entry->roles |= bit(NACCS_ROLE_SERVER_ANCHOR);
		if (entry->place == WIN_MY && entry->has_key && win_is_for_clients(&entry->certificate))
			entry->roles |= bit(NACCS_ROLE_CLIENT);
	}
	for (size_t i = 0; i < contents->count; i++) {
		struct win_entry *entry = &contents->entries[i];
		if (has_role(entry, NACCS_ROLE_CLIENT))
			mark_issuers(contents, entry, 0);
		if (entry->place == WIN_CA && win_is_ca(&entry->certificate) && !win_is_root(&entry->certificate) &&
		    is_below_anchor(contents, entry, 0))
			entry->roles |= bit(NACCS_ROLE_SERVER_INTERMEDIATE);
	}
}
