/* SPDX-License-Identifier: Apache-2.0 */
/* Why: requests and answers as the portal's screens see them, free of libmicrohttpd and sockets. One thread handles all requests. */
#ifndef PORTAL_HTTP_H
#define PORTAL_HTTP_H

#include "faults.h"
#include "wire.h"

#include <stdbool.h>
#include <stddef.h>

#define FIELDS_MAX 40
#define HEADERS_MAX 24

struct pair {
	char *name, *value;
	size_t size; /* of value, which also ends with a NUL */
};

struct request {
	const char *method, *version;
	char *path; /* decoded; without ;jsessionid=… */
	bool is_post;
	char session_id[40]; /* "" where there is none */
	char host[128];	     /* as the client named it, or the portal's own name */
	struct pair query[FIELDS_MAX];
	struct pair form[FIELDS_MAX];
	struct pair headers[FIELDS_MAX];
	size_t query_count, form_count, header_count, body_size;
	bool accepts_gzip;
	char *body; /* only when it was no form */
	unsigned number;
	enum step step; /* found by portal_answer() */
	struct wire_connection *wire;
};

/* What a body is made of when it is not held in memory. */
enum flood { FLOOD_NONE, FLOOD_ZEROS, FLOOD_BOMB, FLOOD_NESTED, FLOOD_MANY };
enum transfer { BODY_LENGTH, BODY_CHUNKED, BODY_UNTIL_CLOSE };

struct answer {
	unsigned status;
	struct pair headers[HEADERS_MAX];
	size_t header_count;
	char *body;
	size_t size;
	enum flood flood;
	enum transfer transfer;
	bool closes; /* "Connection: close" */
	struct wire_plan plan;
	const char *screen; /* for the journal; NULL: none */
	const char *fault;  /* the one that struck; NULL: none */
	char *deviation;    /* how the request departs from what a browser would have sent; NULL: not */
};

/* name and value are copied. */
void answer_header(struct answer *answer, const char *name, const char *value);
/* body is taken over. */
void answer_body(struct answer *answer, const char *type, char *body, size_t size);
void answer_free(struct answer *answer);

/* The value of a field of the form, or else the query; NULL: none. */
const char *request_field(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);
void request_free(struct request *request);

#endif
