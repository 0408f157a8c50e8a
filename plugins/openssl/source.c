/* SPDX-License-Identifier: Apache-2.0 */
/* Why: an open store behind the keys of a program that knows nothing of stores: opened once, used by one thread at a time, closed with the
 * last key. */
#include "plugin.h"

#include "pin_source.h"
#include "store.h"
#include "text.h"

#include <stdatomic.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#define PIN_LIMIT 256
#define LOCK_TIMEOUT_MS 30000

struct plugin_source {
	atomic_uint references;
	pthread_mutex_t mutex; /* one store, one thread */
	struct naccs_registry *registry;
	struct naccs_open_store *store;
	struct plugin_passphrase passphrase; /* while it is being opened */
	struct naccs_secret *pin;	     /* as a person gave it; NULL: nobody was asked, or it was wrong */
	X509 *certificate;
	struct plugin_bytes *chain; /* certificate first */
	size_t count;
};

void plugin_source_unref(struct plugin_source *source)
{
	if (source == NULL || atomic_fetch_sub_explicit(&source->references, 1, memory_order_acq_rel) != 1)
		return;
	naccs_open_store_free(source->store);
	naccs_registry_free(source->registry);
	naccs_secret_free(source->pin);
	X509_free(source->certificate);
	for (size_t i = 0; i < source->count; i++)
		OPENSSL_free(source->chain[i].data);
	free(source->chain);
	(void)pthread_mutex_destroy(&source->mutex);
	free(source);
}

/* ---- PINs ---- */

static naccs_status ask_person(struct plugin_source *source, const char *prompt, struct naccs_error *err)
{
	char text[PIN_LIMIT] = "";
	size_t length = 0;
	char *info = (char *)(uintptr_t)prompt; /* OpenSSL reads it only */
	const OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_PASSPHRASE_PARAM_INFO, info, strlen(info)), OSSL_PARAM_END};
	naccs_status status;

	if (source->passphrase.function == NULL ||
	    source->passphrase.function(text, sizeof text, &length, params, source->passphrase.context) != 1 || length > sizeof text) {
		naccs_wipe(text, sizeof text);
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the store needs a PIN, and nobody can be asked"));
		return naccs_error_hint(err, _("Put it into a file that only you can read, and pin-source=file:/… into the store's URI."));
	}
	status = naccs_secret_new_copy(text, length, &source->pin, err);
	naccs_wipe(text, sizeof text);
	return status;
}

/* A store may ask again after a fork, or when its process has died: it gets what the person gave, unless that was wrong. */
static naccs_status ask_pin(void *context, const char *prompt, struct naccs_secret **ret, struct naccs_error *err)
{
	struct plugin_source *source = context;
	naccs_status status = source->pin == NULL ? ask_person(source, prompt, err) : NACCS_OK;

	if (status != NACCS_OK)
		return status;
	return naccs_secret_new_copy(naccs_secret_data(source->pin), naccs_secret_length(source->pin), ret, err);
}

/* ---- signing ---- */

static naccs_status sign(void *context, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *sink_context,
			 struct naccs_error *err)
{
	struct plugin_source *source = context;

	(void)pthread_mutex_lock(&source->mutex);
	naccs_status status = naccs_open_store_sign(source->store, request, sink, sink_context, err);
	if (status == NACCS_E_PIN_WRONG || status == NACCS_E_PIN_LOCKED) { /* of no more use */
		naccs_secret_free(source->pin);
		source->pin = NULL;
	}
	(void)pthread_mutex_unlock(&source->mutex);
	return status;
}

static void let_go(void *context)
{
	plugin_source_unref(context);
}

naccs_status plugin_source_key(struct plugin *plugin, struct plugin_source *source, struct naccs_provider_key **ret,
			       struct naccs_error *err)
{
	const struct naccs_provider_signer signer = {.sign = sign, .free = let_go, .context = source};

	(void)pthread_mutex_lock(&plugin->mutex);
	naccs_status status = naccs_provider_key_make(plugin->provider.libctx, source->certificate, &signer, ret, err);
	(void)pthread_mutex_unlock(&plugin->mutex);
	if (status == NACCS_OK)
		atomic_fetch_add_explicit(&source->references, 1, memory_order_relaxed);
	return status;
}

size_t plugin_source_certificate_count(const struct plugin_source *source)
{
	return source->count;
}

const struct plugin_bytes *plugin_source_certificate(const struct plugin_source *source, size_t index)
{
	return &source->chain[index];
}

/* ---- choosing and reading ---- */

/* The current one with its key; of several, the one that begins last. */
static const struct naccs_content *choose(const struct naccs_contents *contents)
{
	const struct naccs_content *best = NULL;

	for (size_t i = 0; i < contents->count; i++) {
		const struct naccs_content *item = &contents->items[i];

		if (item->role != NACCS_ROLE_CLIENT || item->is_pending || !item->has_key || !item->is_current)
			continue;
		if (best == NULL || ASN1_TIME_compare(X509_get0_notBefore(item->certificate), X509_get0_notBefore(best->certificate)) > 0)
			best = item;
	}
	return best;
}

static naccs_status keep(struct plugin_source *source, const X509 *certificate, struct naccs_error *err)
{
	struct plugin_bytes *longer = reallocarray(source->chain, source->count + 1, sizeof *longer);

	if (longer == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	source->chain = longer;
	naccs_status status = naccs_certificate_to_der(certificate, &longer[source->count].data, &longer[source->count].length, err);
	source->count += status == NACCS_OK;
	return status;
}

static naccs_status keep_role(struct plugin_source *source, const struct naccs_contents *contents, enum naccs_role role, const char *sha256,
			      struct naccs_error *err)
{
	STACK_OF(X509) *certificates = naccs_contents_of_role(contents, role, sha256);
	naccs_status status = certificates != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));

	for (int i = 0; status == NACCS_OK && i < sk_X509_num(certificates); i++)
		status = keep(source, sk_X509_value(certificates, i), err);
	sk_X509_free(certificates);
	return status;
}

static naccs_status read_contents(struct plugin *plugin, struct plugin_source *source, struct naccs_error *err)
{
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	const struct naccs_content *client = NULL;
	struct naccs_error damage = {0};
	naccs_status status = naccs_contents_read(source->store, plugin->crypto, &contents, &damage, err);

	if (status == NACCS_OK && (client = choose(contents)) == NULL)
		status = damage.status != NACCS_OK
				 ? naccs_fail(err, NACCS_E_STORE_DAMAGED, damage.native, "%s: %s", source->store->uri, damage.message)
				 : naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no current client certificate with its key"),
					      source->store->uri);
	if (status == NACCS_OK)
		status = keep(source, client->certificate, err);
	if (status == NACCS_OK)
		status = keep_role(source, contents, NACCS_ROLE_CLIENT_INTERMEDIATE, client->sha256, err);
	if (status == NACCS_OK)
		status = keep_role(source, contents, NACCS_ROLE_CLIENT_CA, client->sha256, err);
	if (status == NACCS_OK) {
		source->certificate = client->certificate;
		(void)X509_up_ref(source->certificate);
	}
	return status;
}

/* ---- opening ---- */

struct candidates {
	struct plugin_request list;
	char *pin_file;
};

static naccs_status add_candidate(void *context, const struct naccs_place *place)
{
	struct candidates *candidates = context;
	char **longer = reallocarray(candidates->list.uris, candidates->list.count + 2, sizeof *longer);

	if (longer == NULL)
		return NACCS_E_INTERNAL;
	candidates->list.uris = longer;
	longer[candidates->list.count + 1] = NULL;
	longer[candidates->list.count] = place->uri != NULL ? strdup(place->uri) : NULL;
	if (longer[candidates->list.count] == NULL)
		return NACCS_E_INTERNAL;
	candidates->list.count++;
	return NACCS_OK;
}

static naccs_status resolve(struct plugin_source *source, const struct naccs_asker *asker, const char *uri, struct candidates *ret,
			    struct naccs_error *err)
{
	naccs_auto(heap) char *plain = NULL;
	struct naccs_asker own = *asker;
	struct naccs_host host = naccs_host_of(&own);
	const struct naccs_served *served;
	const char *home = getenv("HOME");
	naccs_status status = naccs_pin_source_split(uri, &plain, &ret->pin_file, err);

	if (status == NACCS_OK)
		status = naccs_registry_find(source->registry, plain, &served, err);
	if (status == NACCS_OK)
		status = naccs_served_resolve(served, &host, home != NULL ? home : "/nonexistent", plain, add_candidate, ret, err);
	if (status == NACCS_OK && ret->list.count == 0)
		status = naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("\"%s\" means no store"), plain);
	return status;
}

static void candidates_clear(struct candidates *candidates)
{
	plugin_request_clear(&candidates->list);
	free(candidates->pin_file);
}

static naccs_status open_one(struct plugin *plugin, struct plugin_source *source, const struct naccs_asker *asker, const char *uri,
			     const char *pin_file, struct naccs_error *err)
{
	const struct naccs_store_opening opening = {
		.uri = uri, .pin_file = pin_file, .access = NACCS_ACCESS_READ, .lock_timeout_ms = LOCK_TIMEOUT_MS};
	naccs_status status = naccs_open_store_new(source->registry, asker, &opening, &source->store, err);

	if (status == NACCS_OK)
		status = read_contents(plugin, source, err);
	if (status != NACCS_OK) {
		naccs_open_store_free(source->store);
		source->store = NULL;
	}
	return status;
}

/* One URI, which may mean several stores: the first that serves. err: the first failure. */
static naccs_status open_any(struct plugin *plugin, struct plugin_source *source, const struct naccs_asker *asker, const char *uri,
			     struct naccs_error *err)
{
	struct candidates candidates = {0};
	naccs_status status = resolve(source, asker, uri, &candidates, err);

	for (size_t i = 0; status == NACCS_OK && i < candidates.list.count && source->store == NULL; i++) {
		struct naccs_error own = {0};

		if (open_one(plugin, source, asker, candidates.list.uris[i], candidates.pin_file, &own) != NACCS_OK &&
		    err->status == NACCS_OK)
			*err = own;
	}
	if (status == NACCS_OK && source->store == NULL)
		status = err->status;
	candidates_clear(&candidates);
	return status;
}

static naccs_status open_first(struct plugin *plugin, struct plugin_source *source, const struct plugin_request *request,
			       struct naccs_error *err)
{
	const struct naccs_asker asker = {.context = source, .ask_pin = ask_pin};
	const struct naccs_registry_settings settings = {
		.explicit_dir = plugin->backend_dir,
		.installed_dir = NACCS_BACKEND_DIR,
		.worker_program = plugin->worker != NULL ? plugin->worker : NACCS_WORKER_PROGRAM,
	};
	struct naccs_error first = {0};
	naccs_status status = naccs_registry_new(&settings, &source->registry, err);

	for (size_t i = 0; status == NACCS_OK && i < request->count && source->store == NULL; i++) {
		struct naccs_error own = {0};

		if (open_any(plugin, source, &asker, request->uris[i], &own) != NACCS_OK && first.status == NACCS_OK)
			first = own;
	}
	if (status == NACCS_OK && source->store == NULL) {
		*err = first;
		status = first.status;
	}
	return status;
}

naccs_status plugin_source_open(struct plugin *plugin, const struct plugin_request *request, const struct plugin_passphrase *passphrase,
				bool wants_key, struct plugin_source **ret, struct naccs_error *err)
{
	naccs_auto(plugin_source) struct plugin_source *source = calloc(1, sizeof *source);
	struct naccs_error ignored = {0};

	if (source == NULL || pthread_mutex_init(&source->mutex, NULL) != 0) {
		free(naccs_take(&source));
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	atomic_init(&source->references, 1);
	source->passphrase = *passphrase;
	(void)pthread_mutex_lock(&plugin->mutex);
	naccs_status status = open_first(plugin, source, request, err);
	/* Without an answer now the first signature says what is missing. */
	if (status == NACCS_OK && wants_key && source->store->is_locked && source->store->pin_file == NULL && source->pin == NULL)
		(void)ask_person(source, source->store->label[0] != '\0' ? source->store->label : source->store->uri, &ignored);
	(void)pthread_mutex_unlock(&plugin->mutex);
	source->passphrase = (struct plugin_passphrase){0};
	if (status == NACCS_OK)
		*ret = naccs_take(&source);
	return status;
}
