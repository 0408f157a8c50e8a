/* SPDX-License-Identifier: Apache-2.0 */
/* Why: opening a store, and the host side of what its backend may call. See store.h. */
#include "store.h"

#include "file.h"
#include "pin_source.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

void naccs_asker_say(const struct naccs_asker *asker, const char *format, const char *argument)
{
	naccs_auto(heap) char *message = NULL;

	if (asker->progress == NULL)
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	message = naccs_format(format, argument);
#pragma GCC diagnostic pop
	if (message != NULL)
		asker->progress(asker->context, message);
}

static void host_log(void *context, const char *line)
{
	const struct naccs_asker *asker = context;

	if (asker->log != NULL)
		asker->log(asker->context, line);
}

static void host_progress(void *context, const char *message)
{
	const struct naccs_asker *asker = context;

	if (asker->progress != NULL)
		asker->progress(asker->context, message);
}

static void host_warn(void *context, const char *id, const char *message)
{
	const struct naccs_asker *asker = context;

	if (asker->warn != NULL)
		asker->warn(asker->context, id, message);
}

static void host_announce(void *context, const char *message)
{
	const struct naccs_asker *asker = context;

	if (asker->announce != NULL)
		asker->announce(asker->context, message);
}

static bool host_cancelled(void *context)
{
	const struct naccs_asker *asker = context;

	return asker->cancelled != NULL && asker->cancelled(asker->context);
}

static naccs_status host_ask(void *context, const char *prompt, bool last_try,
			     naccs_status (*answer)(void *answer_context, const uint8_t *secret, size_t length), void *answer_context,
			     struct naccs_error *err)
{
	const struct naccs_asker *asker = context;
	naccs_auto(secret) struct naccs_secret *secret = NULL;
	naccs_status status;

	if (last_try) {
		status = asker->confirm != NULL
				 ? asker->confirm(asker->context, _("One more wrong PIN locks this token. Try all the same?"), err)
				 : naccs_fail(err, NACCS_E_PIN_LOCKED, 0, _("one more wrong PIN would lock the token, and nobody can be asked"));
		if (status != NACCS_OK)
			return status;
	}
	if (asker->ask_pin == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the store needs a PIN, and nobody can be asked"));
	status = asker->ask_pin(asker->context, prompt, &secret, err);
	if (status != NACCS_OK)
		return status;
	return answer(answer_context, naccs_secret_data(secret), naccs_secret_length(secret));
}

/* A PIN file serves this one store, and no person is asked. */
static naccs_status host_ask_file_first(void *context, const char *prompt, bool last_try,
					naccs_status (*answer)(void *answer_context, const uint8_t *secret, size_t length),
					void *answer_context, struct naccs_error *err)
{
	struct naccs_open_store *store = context;
	naccs_auto(secret) struct naccs_secret *pin = NULL;
	naccs_status status;

	if (store->pin_file == NULL || last_try)
		return host_ask(&store->asker, prompt, last_try, answer, answer_context, err);
	status = naccs_file_read_private(store->pin_file, 4096, &pin, err);
	if (status != NACCS_OK)
		return status;
	while (naccs_secret_length(pin) > 0 && strchr("\r\n", naccs_secret_text(pin)[naccs_secret_length(pin) - 1]) != NULL)
		naccs_secret_truncate(pin, naccs_secret_length(pin) - 1);
	return answer(answer_context, naccs_secret_data(pin), naccs_secret_length(pin));
}

static void store_log(void *context, const char *line)
{
	host_log(&((struct naccs_open_store *)context)->asker, line);
}

static void store_progress(void *context, const char *message)
{
	host_progress(&((struct naccs_open_store *)context)->asker, message);
}

static void store_warn(void *context, const char *id, const char *message)
{
	const struct naccs_open_store *store = context;
	naccs_auto(heap) char *line = naccs_format("%s: %s", store->uri != NULL ? store->uri : store->backend->scheme, message);

	host_warn(&((struct naccs_open_store *)context)->asker, id, line != NULL ? line : message);
}

static void store_announce(void *context, const char *message)
{
	host_announce(&((struct naccs_open_store *)context)->asker, message);
}

static const char *language_name(void)
{
	return naccs_text_language() == NACCS_JAPANESE ? "ja" : "en";
}

static bool store_cancelled(void *context)
{
	return host_cancelled(&((struct naccs_open_store *)context)->asker);
}

struct naccs_host naccs_host_of(struct naccs_asker *asker)
{
	return (struct naccs_host){
		.size = sizeof(struct naccs_host),
		.context = asker,
		.log = host_log,
		.progress = host_progress,
		.ask_secret = host_ask,
		.cancelled = host_cancelled,
		.warn = host_warn,
		.language = language_name(),
		.announce = host_announce,
	};
}

static naccs_status keep_description(void *context, const struct naccs_place *place)
{
	struct naccs_open_store *store = context;

	if (place->uri == NULL || store->uri != NULL)
		return NACCS_E_INTERNAL;
	store->uri = strdup(place->uri);
	store->kind = strdup(place->kind != NULL ? place->kind : "");
	store->label = strdup(place->label != NULL ? place->label : "");
	store->is_writable = place->is_writable;
	store->is_locked = place->is_locked;
	store->capabilities = place->capabilities;
	if (naccs_place_wish(place) != NULL && (store->wish = strdup(naccs_place_wish(place))) == NULL)
		return NACCS_E_INTERNAL;
	return store->uri != NULL && store->kind != NULL && store->label != NULL ? NACCS_OK : NACCS_E_INTERNAL;
}

naccs_status naccs_open_store_new(struct naccs_registry *registry, const struct naccs_asker *asker, const struct naccs_store_opening *opening,
				  struct naccs_open_store **ret, struct naccs_error *err)
{
	struct naccs_open_options options = {
		.size = sizeof options,
		.access = (uint32_t)opening->access,
		.lock_timeout_ms = opening->lock_timeout_ms,
		.group = opening->group,
	};
	naccs_auto(open_store) struct naccs_open_store *store = calloc(1, sizeof *store);
	naccs_auto(heap) char *uri = NULL;
	const struct naccs_served *served;
	naccs_status status;

	if (store == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_pin_source_split(opening->uri, &uri, &store->pin_file, err);
	if (status == NACCS_OK)
		status = naccs_registry_find(registry, uri, &served, err);
	if (status != NACCS_OK)
		return status;
	store->backend = &served->operations;
	store->asker = *asker;
	store->host = (struct naccs_host){
		.size = sizeof(struct naccs_host),
		.context = store,
		.log = store_log,
		.progress = store_progress,
		.ask_secret = host_ask_file_first,
		.cancelled = store_cancelled,
		.warn = store_warn,
		.language = language_name(),
		.announce = store_announce,
	};
	if (store->pin_file == NULL && opening->pin_file != NULL && (store->pin_file = strdup(opening->pin_file)) == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_served_open(served, &store->host, uri, &options, &store->store, err);
	if (status == NACCS_OK)
		status = store->backend->describe(store->store, keep_description, store, err);
	if (status == NACCS_OK && store->uri == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("the backend did not describe the store %s"), uri);
	if (status != NACCS_OK)
		return status;
	if (opening->group != NULL && (store->capabilities & NACCS_CAN_GROUP) == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot open %s: this kind of store has no use for --group"), store->uri);
	*ret = naccs_take(&store);
	return NACCS_OK;
}

void naccs_open_store_free(struct naccs_open_store *store)
{
	if (store == NULL)
		return;
	if (store->store != NULL)
		store->backend->close(store->store);
	free(store->pin_file);
	free(store->uri);
	free(store->wish);
	free(store->kind);
	free(store->label);
	free(store);
}

naccs_status naccs_open_store_sign(struct naccs_open_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink,
				   void *context, struct naccs_error *err)
{
	struct naccs_error own = {0};
	naccs_status status = store->refusal.status;

	if (status == NACCS_OK)
		status = store->backend->sign(store->store, request, sink, context, &own);
	else
		own = store->refusal;
	if (status == NACCS_E_PIN_WRONG)
		store->refusal = own;
	if (status != NACCS_OK && err != NULL)
		*err = own;
	return status;
}

const char *naccs_open_store_later(const struct naccs_open_store *store)
{
	return store->wish != NULL ? store->wish : store->uri;
}

char **naccs_capability_names(uint64_t capabilities)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{NACCS_CAN_RSA, "rsa"},
		{NACCS_CAN_EC, "ec"},
		{NACCS_CAN_TRUST, "trust"},
		{NACCS_CAN_EXPORT_KEY, "export-key"},
		{NACCS_CAN_ACTIVATE, "activate"},
		{NACCS_CAN_PENDING, "pending"},
		{NACCS_CAN_GROUP, "group"},
		{NACCS_CAN_OWN_VERIFY, "own-verify"},
		{NACCS_CAN_SIGN_PSS, "sign-pss"},
		{NACCS_CAN_HARDWARE, "hardware"},
		{NACCS_CAN_WRITE, "write"},
		{NACCS_CAN_SHARE, "share"},
		{NACCS_CAN_SIGN_PSS_BY_KEY, "sign-pss-by-key"},
	};
	size_t count = sizeof names / sizeof names[0], used = 0;
	char **list = calloc(count + 1, sizeof *list);

	for (size_t i = 0; list != NULL && i < count; i++)
		if ((capabilities & names[i].bit) != 0 && (list[used] = strdup(names[i].name)) != NULL)
			used++;
	return list;
}
