/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the loadable provider: the keys of core/provider, and a loader that finds them by URI. See README.md. Any thread of the program that
 * loaded it may call in.
 */
#ifndef NACCS_OPENSSL_PLUGIN_H
#define NACCS_OPENSSL_PLUGIN_H

#include "provider_internal.h"

#include "credential.h"
#include "secret.h"

#include <pthread.h>
#include <stdatomic.h>

#define PLUGIN_SCHEME "naccs"

/* One load of the module into a library context. */
struct plugin {
	struct naccs_provider provider;		    /* first: what core/provider's functions see */
	pthread_mutex_t mutex;			    /* crypto, while a source is opened */
	struct naccs_crypto *crypto;		    /* OpenSSL for our own use, apart from the program's */
	char *configuration, *backend_dir, *worker; /* from openssl.cnf; NULL: where they were installed */
	OSSL_LIB_CTX *program;			    /* the context that loaded us, when is_same_libcrypto; NULL is the default one */
	bool is_same_libcrypto;
	atomic_bool has_keys; /* plugin_announce_keys() was called */
};

/* To be called before a key is handed out. From then on OpenSSL may fetch what works on our keys, but finds the program's own providers
 * first for all others. */
void plugin_announce_keys(struct plugin *plugin);

/* ---- loader.c ---- */
extern const OSSL_DISPATCH plugin_loader[];

/* ---- request.c: what a URI asks for ---- */

/* The stores that may hold it, in order. */
struct plugin_request {
	char **uris; /* NULL-terminated */
	size_t count;
};
/*
 * "naccs:pem:/etc/…" is that store, "naccs:11110A" those of a terminal in the configuration. A store's URI that names a module, a PIN or a
 * command is refused: whoever chooses a key must not choose what runs. ret is to be cleared either way.
 */
naccs_status plugin_request_read(const struct plugin *plugin, const char *uri, struct plugin_request *ret, struct naccs_error *err);
void plugin_request_clear(struct plugin_request *request);

/* ---- source.c: a store that was opened for its certificate and key ---- */

/* How to ask for a PIN while OSSL_STORE_load() runs. function NULL: nobody can be asked. */
struct plugin_passphrase {
	OSSL_PASSPHRASE_CALLBACK *function;
	void *context;
};

/* One certificate in DER. */
struct plugin_bytes {
	uint8_t *data;
	size_t length;
};

struct plugin_source;
/*
 * Open the first of the request's stores that holds a client certificate with its key, and choose the current one of it (of several current
 * ones, the one that begins last). The PIN of a locked store is asked for now when a key is wanted, since later nobody can be asked; it is
 * kept until the store is closed.
 */
naccs_status plugin_source_open(struct plugin *plugin, const struct plugin_request *request, const struct plugin_passphrase *passphrase,
				bool wants_key, struct plugin_source **ret, struct naccs_error *err);
void plugin_source_unref(struct plugin_source *source);
NACCS_DEFINE_CLEANUP(struct plugin_source *, plugin_source_unref, plugin_source)

/* Certificate first, then its chain up to the client CA. Borrowed. */
size_t plugin_source_certificate_count(const struct plugin_source *source);
const struct plugin_bytes *plugin_source_certificate(const struct plugin_source *source, size_t index);
/* The key; the source stays open as long as it lives. naccs_provider_key_unref(). */
naccs_status plugin_source_key(struct plugin *plugin, struct plugin_source *source, struct naccs_provider_key **ret,
			       struct naccs_error *err);

#endif
