/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "flood.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BODY_LIMIT ((size_t)256 * 1024)
#define VALUE_LIMIT ((size_t)8192)

struct server {
	struct wire *wire;
	server_handler handler;
	void *closure;
	struct MHD_Daemon *daemon;
	unsigned requests;
};

/* One request while it comes in. */
struct incoming {
	struct request *request;
	struct MHD_PostProcessor *post;
	bool is_overfull;
};

static enum MHD_Result keep_pair(struct pair *pairs, size_t *count, const char *name, const char *value, size_t size)
{
	if (*count == FIELDS_MAX)
		return MHD_NO;
	char *copy = need(1, size + 1);
	if (size > 0)
		memcpy(copy, value, size);
	pairs[(*count)++] = (struct pair){need_text(name), copy, size};
	return MHD_YES;
}

static enum MHD_Result on_query(void *closure, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct request *request = closure;
	(void)kind;
	return keep_pair(request->query, &request->query_count, key, value != NULL ? value : "", value != NULL ? strlen(value) : 0);
}

static enum MHD_Result on_header(void *closure, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct request *request = closure;
	(void)kind;
	return keep_pair(request->headers, &request->header_count, key, value != NULL ? value : "", value != NULL ? strlen(value) : 0);
}

/* Pieces of a form's values; offset 0 begins a new field. */
static enum MHD_Result on_field(void *closure, enum MHD_ValueKind kind, const char *key, const char *filename, const char *content_type,
				const char *transfer_encoding, const char *data, uint64_t offset, size_t size)
{
	struct request *request = closure;
	(void)kind;
	(void)filename;
	(void)content_type;
	(void)transfer_encoding;
	if (offset == 0)
		return keep_pair(request->form, &request->form_count, key, data, size);
	struct pair *last = &request->form[request->form_count - 1];
	if (request->form_count == 0 || last->size + size > VALUE_LIMIT)
		return MHD_NO;
	char *longer = realloc(last->value, last->size + size + 1);
	if (longer == NULL)
		die("out of memory");
	memcpy(longer + last->size, data, size);
	last->value = longer;
	last->size += size;
	longer[last->size] = '\0';
	return MHD_YES;
}

/* "/a/b;jsessionid=X" → "/a/b" and X; a cookie counts when the URL has none. */
static void find_session(struct request *request, struct MHD_Connection *connection)
{
	static const char marker[] = ";jsessionid=";
	char *parameter = strstr(request->path, marker);
	const char *id = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "JSESSIONID");
	if (parameter != NULL) {
		(void)snprintf(request->session_id, sizeof request->session_id, "%s", parameter + sizeof marker - 1);
		*parameter = '\0';
	} else if (id != NULL) {
		(void)snprintf(request->session_id, sizeof request->session_id, "%s", id);
	}
}

static struct incoming *start_request(struct server *server, struct MHD_Connection *connection, const char *url, const char *method,
				      const char *version)
{
	struct incoming *incoming = need(1, sizeof *incoming);
	struct request *request = incoming->request = need(1, sizeof *request);
	const union MHD_ConnectionInfo *socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	request->wire = socket != NULL ? socket->socket_context : NULL;
	request->number = ++server->requests;
	request->method = method;
	request->version = version;
	request->path = need_text(url);
	request->is_post = strcmp(method, "POST") == 0;
	(void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, on_query, request);
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, request);
	find_session(request, connection);
	const char *host = request_header(request, "Host");
	(void)snprintf(request->host, sizeof request->host, "%s", host != NULL ? host : "cert.nac.naccs.jp");
	const char *encodings = request_header(request, "Accept-Encoding");
	request->accepts_gzip = encodings != NULL && strcasestr(encodings, "gzip") != NULL;
	if (request->is_post)
		incoming->post = MHD_create_post_processor(connection, 8192, on_field, request);
	return incoming;
}

static void take_body(struct incoming *incoming, const char *data, size_t size)
{
	struct request *request = incoming->request;
	request->body_size += size;
	if (request->body_size > BODY_LIMIT)
		incoming->is_overfull = true;
	if (incoming->is_overfull)
		return;
	if (incoming->post != NULL) {
		(void)MHD_post_process(incoming->post, data, size);
		return;
	}
	char *longer = realloc(request->body, request->body_size + 1);
	if (longer == NULL)
		die("out of memory");
	memcpy(longer + request->body_size - size, data, size);
	longer[request->body_size] = '\0';
	request->body = longer;
}

/* A body without a length: chunked, or up to the connection's end. */
struct held {
	char *body;
	size_t size;
};

static ssize_t read_held(void *closure, uint64_t position, char *buffer, size_t max)
{
	const struct held *held = closure;
	if (position >= held->size)
		return MHD_CONTENT_READER_END_OF_STREAM;
	size_t size = held->size - (size_t)position < max ? held->size - (size_t)position : max;
	memcpy(buffer, held->body + position, size);
	return (ssize_t)size;
}

static void free_held(void *closure)
{
	struct held *held = closure;
	free(held->body);
	free(held);
}

static struct MHD_Response *make_response(struct answer *answer)
{
	struct MHD_Response *response;
	if (answer->flood != FLOOD_NONE) {
		response = flood_response(answer->flood);
	} else if (answer->transfer == BODY_LENGTH || answer->size == 0) {
		response = MHD_create_response_from_buffer(answer->size, answer->body, MHD_RESPMEM_MUST_COPY);
	} else {
		struct held *held = need(1, sizeof *held);
		*held = (struct held){answer->body, answer->size};
		answer->body = NULL;
		response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, read_held, held, free_held);
	}
	if (response == NULL)
		die("out of memory");
	if (answer->transfer == BODY_UNTIL_CLOSE && answer->flood == FLOOD_NONE && answer->size > 0)
		(void)MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
	for (size_t i = 0; i < answer->header_count; i++)
		if (MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value) != MHD_YES)
			die("cannot set the header %s", answer->headers[i].name);
	if (answer->closes)
		(void)MHD_add_response_header(response, "Connection", "close");
	return response;
}

static enum MHD_Result finish_request(struct server *server, struct MHD_Connection *connection, struct incoming *incoming)
{
	if (incoming->post != NULL)
		(void)MHD_destroy_post_processor(incoming->post);
	incoming->post = NULL;
	if (incoming->request->wire == NULL || incoming->is_overfull)
		return MHD_NO;
	struct answer answer = {.status = 200};
	server->handler(server->closure, incoming->request, &answer);
	wire_set_plan(incoming->request->wire, &answer.plan);
	struct MHD_Response *response = make_response(&answer);
	enum MHD_Result result = MHD_queue_response(connection, answer.status, response);
	MHD_destroy_response(response);
	answer_free(&answer);
	return result;
}

static enum MHD_Result on_access(void *closure, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
				 const char *data, size_t *size, void **context)
{
	struct server *server = closure;
	struct incoming *incoming = *context;
	if (incoming == NULL) {
		*context = start_request(server, connection, url, method, version);
		return MHD_YES;
	}
	if (*size > 0) {
		take_body(incoming, data, *size);
		*size = 0;
		return MHD_YES;
	}
	return finish_request(server, connection, incoming);
}

static void on_completed(void *closure, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why)
{
	struct incoming *incoming = *context;
	(void)closure;
	(void)connection;
	(void)why;
	if (incoming == NULL)
		return;
	if (incoming->post != NULL)
		(void)MHD_destroy_post_processor(incoming->post);
	if (incoming->request->wire != NULL)
		wire_answer_done(incoming->request->wire);
	request_free(incoming->request);
	free(incoming);
	*context = NULL;
}

static void on_connection(void *closure, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
	struct server *server = closure;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = fd != NULL ? wire_find(server->wire, fd->connect_fd) : NULL;
	} else if (*context != NULL) {
		wire_forget(*context);
		*context = NULL;
	}
}

/* The part of the path is decoded as any server does, but a NUL ends it. */
struct server *server_start(struct wire *wire, server_handler handler, void *closure)
{
	struct server *server = need(1, sizeof *server);
	*server = (struct server){.wire = wire, .handler = handler, .closure = closure};
	server->daemon =
		MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
				 on_access, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
				 on_connection, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)131072, MHD_OPTION_END);
	if (server->daemon == NULL)
		die("cannot start libmicrohttpd");
	return server;
}

struct MHD_Daemon *server_daemon(struct server *server)
{
	return server->daemon;
}

void server_stop(struct server *server)
{
	MHD_stop_daemon(server->daemon);
	free(server);
}
