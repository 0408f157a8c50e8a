/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: an open store as the core sees it: its backend, its canonical URI, what it can do, and the host that its backend calls. Also what a store holds,
 * read back as OpenSSL objects.
 */
#ifndef NACCS_INSTALL_STORE_H
#define NACCS_INSTALL_STORE_H

#include "credential.h"
#include "registry.h"

/* What the host side of the contract needs from the program: the questions and lines of struct naccs_ui, without knowing it. */
struct naccs_asker {
	void *context;
	void (*progress)(void *context, const char *message);
	void (*log)(void *context, const char *line);
	naccs_status (*ask_pin)(void *context, const char *prompt, struct naccs_secret **ret, struct naccs_error *err);
	naccs_status (*confirm)(void *context, const char *question, struct naccs_error *err);
	bool (*cancelled)(void *context);
	void (*warn)(void *context, const char *id, const char *message);
	void (*announce)(void *context, const char *message);
};

struct naccs_open_store {
	const struct naccs_backend *backend; /* operations on store */
	struct naccs_store *store;
	struct naccs_host host;
	struct naccs_asker asker; /* a copy */
	char *pin_file;           /* from the URI's pin-source, else the opening's; may be NULL */
	char *uri;                /* canonical */
	char *wish;		  /* uri with what was asked for beyond naming the store (struct naccs_place); NULL: nothing was */
	char *kind, *label;
	bool is_writable, is_locked;
	uint64_t capabilities;
	struct naccs_error refusal; /* of its PIN, once it was wrong; status NACCS_OK: it was not */
};

struct naccs_store_opening {
	const char *uri;      /* may have a pin-source (pin_source.h) */
	const char *pin_file; /* may be NULL */
	const char *group;    /* may be NULL */
	enum naccs_access access;
	uint32_t lock_timeout_ms;
};

/* Open and describe. Errors name the URI. Caller frees with naccs_open_store_free(). */
naccs_status naccs_open_store_new(struct naccs_registry *registry, const struct naccs_asker *asker, const struct naccs_store_opening *opening,
				  struct naccs_open_store **ret, struct naccs_error *err);
void naccs_open_store_free(struct naccs_open_store *store);
/* The URI by which a later run opens the same store and installs the same way. Borrowed. */
const char *naccs_open_store_later(const struct naccs_open_store *store);
NACCS_DEFINE_CLEANUP(struct naccs_open_store *, naccs_open_store_free, open_store)

/* Its backend's sign, with one try for a PIN: once that was wrong, NACCS_E_PIN_WRONG is the answer without a call, until the store is
 * opened again. */
naccs_status naccs_open_store_sign(struct naccs_open_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink,
				   void *context, struct naccs_error *err);

/* Tell the person what begins; translated text with at most one %s. */
void naccs_asker_say(const struct naccs_asker *asker, const char *format, const char *argument);

/* A host for calls without a store (places). It refers to asker. */
struct naccs_host naccs_host_of(struct naccs_asker *asker);

/* The capability words of `stores --json`; NULL-terminated array of static strings in a caller's heap array. NULL when memory is short. */
char **naccs_capability_names(uint64_t capabilities);

/* ---- contents.c ---- */

struct naccs_content {
	enum naccs_role role;
	X509 *certificate;
	char sha256[65];
	char owner[65]; /* hex; "" where it is shared among all */
	bool has_key, is_pending, is_current;
	char *label;
};
struct naccs_contents {
	struct naccs_content *items;
	size_t count;
	bool sees_pending; /* what is staged counts, and in place of the committed one of the same certificate; false (as read): it does not */
};
/* Read everything a store holds now. Something damaged in it (NACCS_E_STORE_DAMAGED) goes to damage, beside what could be read; damage NULL: then it is a failure. */
naccs_status naccs_contents_read(struct naccs_open_store *store, struct naccs_crypto *crypto, struct naccs_contents **ret,
				 struct naccs_error *damage, struct naccs_error *err);
void naccs_contents_free(struct naccs_contents *contents);
NACCS_DEFINE_CLEANUP(struct naccs_contents *, naccs_contents_free, contents)

/* The client certificate with this SHA-256 (hex), see sees_pending; NULL when it is not there. Borrowed. */
const struct naccs_content *naccs_contents_client(const struct naccs_contents *contents, const char *sha256);
/* The certificates of a role that belong to the client certificate `owner` (hex) or to all. Caller frees the stack with sk_X509_free (elements are borrowed). */
STACK_OF(X509) *naccs_contents_of_role(const struct naccs_contents *contents, enum naccs_role role, const char *owner);

#endif
