/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

static json_t *text_or_bytes(const char *value, size_t size)
{
	json_t *text = json_stringn(value, size);
	return text != NULL ? text : json_sprintf("(%zu bytes that are not UTF-8)", size);
}

static json_t *fields(const struct pair *pairs, size_t count)
{
	json_t *object = json_object();
	for (size_t i = 0; i < count; i++) {
		json_t *value = text_or_bytes(pairs[i].value, pairs[i].size);
		if (json_object_set_new(object, pairs[i].name, value) != 0)
			(void)json_object_set_new(object, "(a name that is not UTF-8)", json_true());
	}
	return object;
}

static bool is_in_pairs(const struct pair *pairs, size_t count, const char *secret)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(pairs[i].name, secret) != NULL || memmem(pairs[i].value, pairs[i].size, secret, strlen(secret)) != NULL)
			return true;
	return false;
}

static bool is_in(const struct request *request, const char *secret)
{
	return is_in_pairs(request->form, request->form_count, secret) || is_in_pairs(request->query, request->query_count, secret) ||
	       is_in_pairs(request->headers, request->header_count, secret) || strstr(request->path, secret) != NULL ||
	       (request->body != NULL && memmem(request->body, request->body_size, secret, strlen(secret)) != NULL);
}

/* Short passwords are found in everything by chance. */
static bool is_password_in(const void *request, const char *password)
{
	return strlen(password) >= 6 && is_in(request, password);
}

static json_t *secrets(const struct portal *portal, const struct request *request)
{
	json_t *found = json_array();
	for (size_t i = 0; i < portal->codes->count; i++) {
		const struct terminal *terminal = &portal->codes->terminals[i];
		const char *const codes[] = {terminal->code1, terminal->code2, terminal->code3};
		static const char *const names[] = {"code1", "code2", "code3"};
		for (size_t c = 0; c < 3; c++)
			if (is_in(request, codes[c]))
				(void)json_array_append_new(found, json_string(names[c]));
	}
	const struct session *session = session_peek(portal->sessions, request->session_id);
	const char *password = session != NULL ? session_entry(session, ROLE_PASSWORD, request->form, request->form_count) : NULL;
	if ((password != NULL && password[0] != '\0') || sessions_ask_passwords(portal->sessions, is_password_in, request))
		(void)json_array_append_new(found, json_string("password"));
	return found;
}

json_t *trace_request(const struct portal *portal, const struct request *request)
{
	json_t *headers = json_array();
	for (size_t i = 0; i < request->header_count; i++)
		(void)json_array_append_new(headers, text_or_bytes(request->headers[i].name, strlen(request->headers[i].name)));
	const char *agent = request_header(request, "User-Agent");
	return json_pack("{s:s,s:i,s:i,s:s,s:i,s:s,s:s,s:o,s:s,s:o,s:s?,s:o,s:o,s:I,s:o}", "event", "request", "request",
			 (int)request->number, "connection", (int)wire_number(request->wire), "listener",
			 wire_listener_name(wire_kind(request->wire)), "port", (int)wire_local_port(request->wire), "method",
			 request->method, "http", request->version, "host", text_or_bytes(request->host, strlen(request->host)), "session",
			 request->session_id, "headers", headers, "user_agent", agent, "query",
			 fields(request->query, request->query_count), "fields", fields(request->form, request->form_count), "body_size",
			 (json_int_t)request->body_size, "secrets", secrets(portal, request));
}

void trace_answer(struct portal *portal, json_t *line, const struct request *request, const struct answer *answer)
{
	json_object_set_new(line, "path", text_or_bytes(request->path, strlen(request->path)));
	json_object_set_new(line, "step", json_string(step_name(request->step)));
	json_object_set_new(line, "status", json_integer((json_int_t)answer->status));
	json_object_set_new(line, "screen", answer->screen != NULL ? json_string(answer->screen) : json_null());
	json_object_set_new(line, "fault", answer->fault != NULL ? json_string(answer->fault) : json_null());
	json_object_set_new(line, "deviation", answer->deviation != NULL ? json_string(answer->deviation) : json_null());
	json_object_set_new(line, "size", json_integer((json_int_t)answer->size));
	journal_write(portal->journal, line);
}
