/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see serve.h. */
#include "serve.h"

#include "build_version.h"
#include "serve_host.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* One call: its arguments, what it fails with, and what follows its result. */
struct serving {
	struct naccs_server *server;
	struct naccs_reader *arguments;
	struct naccs_error err;
	struct naccs_verify_answer answer;
	bool has_answer;
};

static naccs_status fail_message(struct serving *serving)
{
	serving->server->is_broken = true;
	return naccs_fail(&serving->err, NACCS_E_INTERNAL, 0, _("a message to the store's process makes no sense"));
}

static naccs_status fail_missing(struct serving *serving)
{
	return naccs_fail(&serving->err, NACCS_E_STORE_UNSUPPORTED, 0, _("this kind of store can't do that"));
}

/* The language comes with the first arguments of calls that need no open store, and with open. */
static bool read_language(struct serving *serving)
{
	const char *language = naccs_read_text(serving->arguments);

	if (language == NULL)
		return false;
	naccs_text_set_language(naccs_text_language_from_locale(language));
	serving->server->host.language = naccs_text_language() == NACCS_JAPANESE ? "ja" : "en";
	return true;
}

static naccs_status serve_places(struct serving *serving)
{
	const struct naccs_backend *backend = serving->server->backend;
	bool has_language = read_language(serving);
	const char *home = naccs_read_text(serving->arguments);

	if (!has_language || home == NULL || !naccs_reader_is_done(serving->arguments))
		return fail_message(serving);
	return backend->places != NULL ? backend->places(&serving->server->host, home, naccs_server_send_place, serving->server, &serving->err)
				       : fail_missing(serving);
}

static naccs_status serve_resolve(struct serving *serving)
{
	const struct naccs_backend *backend = serving->server->backend;
	bool has_language = read_language(serving);
	const char *home = naccs_read_text(serving->arguments), *uri = naccs_read_text(serving->arguments);

	if (!has_language || home == NULL || uri == NULL || !naccs_reader_is_done(serving->arguments))
		return fail_message(serving);
	return backend->resolve != NULL ? backend->resolve(&serving->server->host, home, uri, naccs_server_send_place, serving->server, &serving->err)
					: fail_missing(serving);
}

static naccs_status serve_open(struct serving *serving)
{
	struct naccs_server *server = serving->server;
	bool has_language = read_language(serving);
	const char *uri = naccs_read_text(serving->arguments);
	struct naccs_open_options options = naccs_read_open_options(serving->arguments);

	if (!has_language || uri == NULL || server->store != NULL || !naccs_reader_is_done(serving->arguments))
		return fail_message(serving);
	return server->backend->open(&server->host, uri, &options, &server->store, &serving->err);
}

static naccs_status serve_close(struct serving *serving)
{
	serving->server->backend->close(serving->server->store);
	serving->server->store = NULL;
	return NACCS_OK;
}

static naccs_status serve_install(struct serving *serving, enum naccs_operation operation)
{
	const struct naccs_backend *backend = serving->server->backend;
	struct naccs_store *store = serving->server->store;
	struct naccs_installation_read read;
	struct naccs_part *parts = NULL;
	size_t count = 0;
	naccs_status status;

	naccs_read_installation(serving->arguments, &read);
	if (operation != NACCS_OP_PLAN)
		parts = naccs_read_parts(serving->arguments, &count);
	if (!naccs_reader_is_done(serving->arguments))
		status = fail_message(serving);
	else if (operation == NACCS_OP_PLAN)
		status = backend->plan(store, &read.installation, naccs_server_send_part, serving->server, &serving->err);
	else if (operation == NACCS_OP_STAGE)
		status = backend->stage(store, &read.installation, parts, count, &serving->err);
	else
		status = backend->commit(store, &read.installation, parts, count, &serving->err);
	naccs_installation_read_clear(&read);
	free(parts);
	return status;
}

static naccs_status serve_undo(struct serving *serving, enum naccs_operation operation)
{
	const struct naccs_backend *backend = serving->server->backend;
	struct naccs_store *store = serving->server->store;
	uint32_t direction = operation == NACCS_OP_RECOVER ? naccs_read_u32(serving->arguments) : NACCS_RECOVERY_UNDO;
	size_t count = 0;
	struct naccs_part *parts = naccs_read_parts(serving->arguments, &count);
	naccs_status status;

	if (!naccs_reader_is_done(serving->arguments) || (direction != NACCS_RECOVERY_UNDO && direction != NACCS_RECOVERY_FINISH))
		status = fail_message(serving);
	else if (operation == NACCS_OP_ABORT)
		status = backend->abort(store, parts, count, &serving->err);
	else if (operation == NACCS_OP_REMOVE)
		status = backend->remove(store, parts, count, &serving->err);
	else
		status = backend->recover(store, (enum naccs_recovery)direction, parts, count, &serving->err);
	free(parts);
	return status;
}

static naccs_status serve_sign(struct serving *serving)
{
	struct naccs_sign_request request = naccs_read_sign_request(serving->arguments);

	if (!naccs_reader_is_done(serving->arguments))
		return fail_message(serving);
	return serving->server->backend->sign(serving->server->store, &request, naccs_server_send_bytes, serving->server, &serving->err);
}

/* activate, archive and export_key: one certificate. */
static naccs_status serve_certificate(struct serving *serving, enum naccs_operation operation)
{
	const struct naccs_backend *backend = serving->server->backend;
	struct naccs_store *store = serving->server->store;
	struct naccs_bytes certificate = naccs_read_bytes(serving->arguments);

	if (!naccs_reader_is_done(serving->arguments) || certificate.length != NACCS_SHA256_SIZE)
		return fail_message(serving);
	if (operation == NACCS_OP_ACTIVATE)
		return backend->activate != NULL ? backend->activate(store, certificate.data, &serving->err) : fail_missing(serving);
	if (operation == NACCS_OP_ARCHIVE)
		return backend->archive != NULL ? backend->archive(store, certificate.data, &serving->err) : fail_missing(serving);
	return backend->export_key != NULL
		       ? backend->export_key(store, certificate.data, naccs_server_send_bytes, serving->server, &serving->err)
		       : fail_missing(serving);
}

static naccs_status serve_verify(struct serving *serving)
{
	const struct naccs_backend *backend = serving->server->backend;
	struct naccs_bytes *chain = NULL;
	struct naccs_verify_request request = naccs_read_verify_request(serving->arguments, &chain);
	naccs_status status;

	serving->answer = (struct naccs_verify_answer){.size = sizeof serving->answer, .client_chain = -1, .server_chain = -1};
	serving->has_answer = true;
	if (!naccs_reader_is_done(serving->arguments))
		status = fail_message(serving);
	else
		status = backend->verify != NULL ? backend->verify(serving->server->store, &request, &serving->answer, &serving->err) : fail_missing(serving);
	free(chain);
	return status;
}

static naccs_status serve_on_store(struct serving *serving, enum naccs_operation operation)
{
	struct naccs_server *server = serving->server;

	switch (operation) {
	case NACCS_OP_CLOSE:
		return serve_close(serving);
	case NACCS_OP_DESCRIBE:
		return server->backend->describe(server->store, naccs_server_send_place, server, &serving->err);
	case NACCS_OP_LIST:
		return server->backend->list(server->store, naccs_server_send_item, server, &serving->err);
	case NACCS_OP_PLAN:
	case NACCS_OP_STAGE:
	case NACCS_OP_COMMIT:
		return serve_install(serving, operation);
	case NACCS_OP_ABORT:
	case NACCS_OP_RECOVER:
	case NACCS_OP_REMOVE:
		return serve_undo(serving, operation);
	case NACCS_OP_SIGN:
		return serve_sign(serving);
	case NACCS_OP_ACTIVATE:
	case NACCS_OP_ARCHIVE:
	case NACCS_OP_EXPORT_KEY:
		return serve_certificate(serving, operation);
	case NACCS_OP_VERIFY:
		return serve_verify(serving);
	default:
		return fail_message(serving);
	}
}

static naccs_status serve_operation(struct serving *serving)
{
	enum naccs_operation operation = (enum naccs_operation)naccs_read_u8(serving->arguments);

	switch (operation) {
	case NACCS_OP_PLACES:
		return serve_places(serving);
	case NACCS_OP_RESOLVE:
		return serve_resolve(serving);
	case NACCS_OP_OPEN:
		return serve_open(serving);
	default:
		return serving->server->store != NULL ? serve_on_store(serving, operation) : fail_message(serving);
	}
}

/* Serve one call and send its result. The arguments hold keys: they are wiped as soon as the call is over. */
static void serve_call(struct naccs_server *server)
{
	struct naccs_reader arguments = {.at = naccs_secret_data(server->in), .left = naccs_secret_length(server->in)};
	struct serving serving = {.server = server, .arguments = &arguments};
	struct naccs_writer writer = {.body = server->out};
	naccs_status status;

	server->is_cancelled = false;
	status = serve_operation(&serving);
	naccs_secret_clear(server->in);
	naccs_secret_clear(server->out);
	naccs_write_result(&writer, status, &serving.err);
	if (status == NACCS_OK && serving.has_answer)
		naccs_write_verify_answer(&writer, &serving.answer);
	naccs_frame_append(&server->behind, NACCS_FRAME_RESULT, &writer);
	if (naccs_frame_flush(server->fd, &server->behind, NACCS_FRAME_NO_DEADLINE) != NACCS_FRAME_DONE)
		server->is_broken = true;
	naccs_secret_clear(server->out);
}

static bool say_hello(struct naccs_server *server)
{
	struct naccs_writer writer = {.body = server->out};

	naccs_write_text(&writer, NACCS_BUILD_VERSION);
	naccs_write_u32(&writer, server->backend->abi);
	naccs_write_text(&writer, server->backend->scheme);
	return naccs_frame_send(server->fd, NACCS_FRAME_HELLO, &writer, NACCS_FRAME_NO_DEADLINE) == NACCS_FRAME_DONE;
}

/* Calls, one after the other. A CANCEL that comes when a call is over already means nothing. */
static int serve_calls(struct naccs_server *server)
{
	while (!server->is_broken) {
		uint8_t type = 0;
		enum naccs_frame_outcome outcome = naccs_frame_receive(&server->source, &type, server->in, NACCS_FRAME_NO_DEADLINE, NULL);

		if (outcome == NACCS_FRAME_GONE)
			return 0;
		if (outcome != NACCS_FRAME_DONE || (type != NACCS_FRAME_CALL && type != NACCS_FRAME_CANCEL))
			return 1;
		if (type == NACCS_FRAME_CALL)
			serve_call(server);
	}
	return 1;
}

int naccs_serve(int fd, const struct naccs_backend *backend)
{
	naccs_auto(secret) struct naccs_secret *in = NULL, *out = NULL, *event = NULL, *behind = NULL;
	struct naccs_server server = {.fd = fd, .source.fd = fd, .backend = backend};
	int code = 1;

	if (naccs_secret_new(NACCS_MESSAGE_LIMIT, &in, NULL) != NACCS_OK || naccs_secret_new(NACCS_MESSAGE_LIMIT, &out, NULL) != NACCS_OK ||
	    naccs_secret_new(NACCS_MESSAGE_LIMIT, &event, NULL) != NACCS_OK ||
	    naccs_secret_new(2 * NACCS_MESSAGE_LIMIT, &behind, NULL) != NACCS_OK) /* what waits, and one whole frame */
		return 1;
	server.in = in;
	server.out = out;
	server.event = event;
	server.behind = (struct naccs_writer){.body = behind};
	naccs_server_host_init(&server);
	if (say_hello(&server))
		code = serve_calls(&server);
	if (server.store != NULL)
		backend->close(server.store);
	return code;
}

void naccs_serve_failure(int fd, const struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *out = NULL;
	struct naccs_writer writer;

	if (naccs_secret_new(NACCS_MESSAGE_LIMIT, &out, NULL) != NACCS_OK)
		return;
	writer = (struct naccs_writer){.body = out};
	naccs_write_result(&writer, err->status, err);
	(void)naccs_frame_send(fd, NACCS_FRAME_RESULT, &writer, NACCS_FRAME_NO_DEADLINE);
}
