/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void answer_header(struct answer *answer, const char *name, const char *value)
{
	if (answer->header_count == HEADERS_MAX)
		die("too many headers in an answer");
	answer->headers[answer->header_count++] = (struct pair){need_text(name), need_text(value), strlen(value)};
}

void answer_body(struct answer *answer, const char *type, char *body, size_t size)
{
	free(answer->body);
	answer->body = body;
	answer->size = size;
	if (type != NULL)
		answer_header(answer, "Content-Type", type);
}

static void free_pairs(struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(pairs[i].name);
		free(pairs[i].value);
	}
}

void answer_free(struct answer *answer)
{
	free_pairs(answer->headers, answer->header_count);
	free(answer->body);
	free(answer->deviation);
	*answer = (struct answer){0};
}

static const char *find(const struct pair *pairs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(pairs[i].name, name) == 0)
			return pairs[i].value;
	return NULL;
}

const char *request_field(const struct request *request, const char *name)
{
	const char *value = find(request->form, request->form_count, name);
	return value != NULL ? value : find(request->query, request->query_count, name);
}

const char *request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

void request_free(struct request *request)
{
	free_pairs(request->query, request->query_count);
	free_pairs(request->form, request->form_count);
	free_pairs(request->headers, request->header_count);
	free(request->path);
	free(request->body);
	free(request);
}
