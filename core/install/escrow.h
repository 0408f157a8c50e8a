/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the durable copy of a PKCS#12 and its password between the portal (or the user's file) and verified installs. One folder an entry,
 * escrow/<id>/ in the state directory:
 *     state.json   what this is and how far it got (no secret)
 *     password     of the PKCS#12
 *     answer       the raw answer to Download, or the user's file
 * States, each durable before its act: prepared → (renewal: applied) → submitted → received → purged (the folder is gone).
 * Every function that changes something syncs file and folder before it returns.
 */
#ifndef NACCS_INSTALL_ESCROW_H
#define NACCS_INSTALL_ESCROW_H

#include "cleanup.h"
#include "error.h"
#include "secret.h"

#include <stdbool.h>
#include <stdint.h>

enum naccs_escrow_state { NACCS_ESCROW_PREPARED, NACCS_ESCROW_APPLIED, NACCS_ESCROW_SUBMITTED, NACCS_ESCROW_RECEIVED };
const char *naccs_escrow_state_name(enum naccs_escrow_state state);

/* Where the credential is to go and how: kept so that resume needs no words of the user. */
struct naccs_escrow_order {
	char *command;  /* "install", "obtain", "renew" */
	char *terminal; /* may be NULL */
	char *group;    /* may be NULL */
	char *client_ca_sha256; /* consent already given to this CA; may be NULL */
	char *code3_hash; /* keyed hash, hex; NULL: no code took part */
	char **stores;  /* URIs */
	char **pin_files; /* beside stores; an element may be NULL */
	size_t store_count;
	char **deploy_hooks;
	size_t deploy_hook_count;
	bool all_or_nothing, prune, trust_first_use;
	char *anchors;         /* PEM: what --anchor or the configuration gave; NULL: the built-in anchors */
	char *subject;         /* once known; may be NULL */
	char *previous_sha256; /* renewal: the certificate that is renewed; else NULL */
	char *previous_certificate; /* the same, PEM: what the new one is compared with */
	char *from, *from_pin_file; /* the store whose key authenticates the renewal; the pin file may be NULL */
};
void naccs_escrow_order_clear(struct naccs_escrow_order *order);
/* Append a store or a hook (copied). */
naccs_status naccs_escrow_order_add_store(struct naccs_escrow_order *order, const char *uri, const char *pin_file, struct naccs_error *err);
naccs_status naccs_escrow_order_add_hook(struct naccs_escrow_order *order, const char *command, struct naccs_error *err);

struct naccs_escrow {
	int dirfd;
	int parent_dirfd;
	char *id;
	enum naccs_escrow_state state;
	int64_t created_at;
	int64_t submitted_at; /* 0: not yet */
	bool answer_is_cut;
	struct naccs_escrow_order order;
};
void naccs_escrow_free(struct naccs_escrow *escrow);
NACCS_DEFINE_CLEANUP(struct naccs_escrow *, naccs_escrow_free, escrow)

/* A new entry, published whole by one rename. answer NULL: state prepared; else received. order is moved into the entry (cleared) on success. */
naccs_status naccs_escrow_create(int state_dirfd, int64_t now, struct naccs_escrow_order *order, const struct naccs_secret *password,
				 const struct naccs_secret *answer, struct naccs_escrow **ret, struct naccs_error *err);

/* prepared → applied → submitted (never back). */
naccs_status naccs_escrow_advance(struct naccs_escrow *escrow, enum naccs_escrow_state state, int64_t now, struct naccs_error *err);

/* The raw answer, then state received. A second answer replaces the first only if this one was cut or not recognised (the caller decides). */
naccs_status naccs_escrow_receive(struct naccs_escrow *escrow, const struct naccs_secret *answer, bool is_cut, struct naccs_error *err);

naccs_status naccs_escrow_password(const struct naccs_escrow *escrow, struct naccs_secret **ret, struct naccs_error *err);
naccs_status naccs_escrow_answer(const struct naccs_escrow *escrow, struct naccs_secret **ret, struct naccs_error *err);

/* Every entry, oldest first; sweeps what a crash left half-made or half-purged (only under a lock: sweep). Missing folder: none. Array and elements belong to the caller. */
struct naccs_escrow_list {
	struct naccs_escrow **items;
	size_t count;
};
naccs_status naccs_escrow_list_load(int state_dirfd, bool sweep, struct naccs_escrow_list *ret, struct naccs_error *err);
/* The same, passing over entries that can't be read: damage gets the first one's error (status NACCS_OK: none). For whoever loses nothing by it; before a code goes
 * out every entry has to be readable. */
naccs_status naccs_escrow_list_load_readable(int state_dirfd, bool sweep, struct naccs_escrow_list *ret, struct naccs_error *damage,
					     struct naccs_error *err);
void naccs_escrow_list_clear(struct naccs_escrow_list *list);

/* Is there anything in the folder, entries or what a crash left? */
bool naccs_escrow_is_empty(int state_dirfd);

/* Every store is verified (or nothing was changed at all): take the entry away. Unpublished first, so that no crash leaves half an entry. */
naccs_status naccs_escrow_purge(struct naccs_escrow *escrow, struct naccs_error *err);

/* Keyed hash of a code (HMAC-SHA256 by a random key in the state directory, made at first use), as hex. So escrow can tell whether a code is the same without
 * holding it. Caller frees *ret. */
naccs_status naccs_escrow_code_hash(int state_dirfd, const struct naccs_secret *code, char **ret, struct naccs_error *err);

#endif
