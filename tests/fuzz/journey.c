/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the portal's answers may be anything. Whatever they are: no crash, no endless journey; codes only in the body of a POST to the
 * portal, code 3 only after `submitted` was made durable and at most twice; success only with a file in hand. Input: answers separated by
 * 0x1E, given in turn; the first byte of each chooses what goes with it (see read_answer), '@' being a plain page.
 */
#include "obtain.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define SEPARATOR 0x1E
#define SECRETS 4
#define HOST "https://cert.nac.naccs.jp/"

enum { CODE1, CODE2, CODE3, PASSWORD };

struct world {
	char secrets[SECRETS][20];
	const uint8_t *at, *end;
	unsigned requests, logins, submissions;
	int submits, receives;
	bool received_file;
};

static char *line(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *stop = memchr(*at, '\n', (size_t)(end - *at));
	char *text;

	if (stop == NULL)
		stop = end;
	text = strndup((const char *)*at, (size_t)(stop - *at));
	*at = stop < end ? stop + 1 : end;
	return text;
}

static naccs_status read_answer(struct world *world, const char *url, struct naccs_http_reply **ret, struct naccs_error *err)
{
	static const char *const types[] = {"text/html; charset=UTF-8", "text/html; charset=Shift_JIS", "application/octet-stream", NULL};
	const uint8_t *at = world->at, *end;
	struct naccs_http_reply *reply;
	uint8_t flags;

	if (++world->requests > 100)
		abort();
	if (at >= world->end)
		return naccs_fail(err, NACCS_E_NET_UNREACHABLE, 0, "no more answers");
	end = memchr(at, SEPARATOR, (size_t)(world->end - at));
	if (end == NULL)
		end = world->end;
	world->at = end < world->end ? end + 1 : end;
	flags = at < end ? *at++ : '@';
	reply = calloc(1, sizeof *reply);
	if (reply == NULL)
		abort();
	reply->is_cut = (flags & 1) != 0;
	reply->content_type = types[(flags >> 1) & 3] != NULL ? strdup(types[(flags >> 1) & 3]) : NULL;
	reply->status = (flags & 8) != 0 ? 503 : 200;
	reply->refresh = (flags & 16) != 0 ? line(&at, end) : NULL;
	reply->content_disposition = (flags & 32) != 0 ? line(&at, end) : NULL;
	reply->url = strdup(url);
	if (reply->url == NULL || naccs_secret_new_copy(at, (size_t)(end - at), &reply->body, NULL) != NACCS_OK)
		abort();
	*ret = reply;
	return NACCS_OK;
}

static void check_no_secret(const struct world *world, const char *text)
{
	for (size_t i = 0; text != NULL && i < SECRETS; i++)
		if (strstr(text, world->secrets[i]) != NULL)
			abort();
}

static naccs_status check_url(void *context, const char *url, struct naccs_error *err)
{
	(void)context;
	return strncmp(url, HOST, strlen(HOST)) == 0 ? NACCS_OK : naccs_fail(err, NACCS_E_NET_REDIRECT_REFUSED, 0, "refused");
}

static naccs_status get(void *context, const char *url, const char *referer, enum naccs_http_expect expect, struct naccs_http_reply **ret,
			struct naccs_error *err)
{
	struct world *world = context;

	if (check_url(NULL, url, NULL) != NACCS_OK)
		abort();
	(void)expect;
	check_no_secret(world, url);
	check_no_secret(world, referer);
	return read_answer(world, url, ret, err);
}

static naccs_status post(void *context, const char *url, const char *referer, const struct naccs_secret *body, const char *content_type,
			 enum naccs_http_expect expect, struct naccs_http_reply **ret, struct naccs_error *err)
{
	struct world *world = context;
	const char *text = naccs_secret_text(body);

	(void)expect;
	if (check_url(NULL, url, NULL) != NACCS_OK || content_type == NULL)
		abort();
	check_no_secret(world, url);
	check_no_secret(world, referer);
	if (strstr(text, world->secrets[CODE1]) != NULL && ++world->logins > 2)
		abort();
	if (strstr(text, world->secrets[CODE3]) != NULL && (++world->submissions > 2 || world->submits == 0))
		abort();
	if (strstr(text, world->secrets[CODE3]) != NULL && strstr(text, world->secrets[CODE1]) != NULL)
		abort();
	return read_answer(world, url, ret, err);
}

static naccs_status about_to_submit(void *context, struct naccs_error *err)
{
	(void)err;
	((struct world *)context)->submits++;
	return NACCS_OK;
}

static bool is_plausible(const void *bytes, size_t length)
{
	return length >= 2 && memcmp(bytes, "\x30\x82", 2) == 0;
}

static naccs_status received(void *context, const struct naccs_secret *answer, const char *name, bool is_cut, struct naccs_error *err)
{
	struct world *world = context;

	(void)err;
	if (name != NULL && (*name == '\0' || strchr(name, '/') != NULL || strchr(name, '\\') != NULL))
		abort();
	if (world->submits == 0 || ++world->receives > 1)
		abort();
	world->received_file = !is_cut && is_plausible(naccs_secret_data(answer), naccs_secret_length(answer));
	return NACCS_OK;
}

/* Secrets that the input can't hold by itself, because they depend on all of it. */
static void make_secrets(struct world *world, const uint8_t *bytes, size_t length)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
	for (size_t i = 0; i < SECRETS; i++) {
		hash = (hash ^ (i + 1)) * UINT64_C(1099511628211);
		(void)snprintf(world->secrets[i], sizeof world->secrets[i], "%014llX", (unsigned long long)(hash >> 8));
	}
}

static struct naccs_secret *secret(const char *text)
{
	struct naccs_secret *made = NULL;

	if (naccs_secret_new_copy(text, strlen(text), &made, NULL) != NACCS_OK)
		abort();
	return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct naccs_portal_description *description; /* read once: it never changes */
	struct world world = {.at = bytes, .end = bytes + length};
	const struct naccs_transport transport = {.context = &world, .get = get, .post = post, .check_url = check_url};
	struct naccs_secret *secrets[SECRETS];
	struct naccs_obtain_request request = {
		.page_dirfd = -1, .about_to_submit = about_to_submit, .received = received, .context = &world};
	struct naccs_error err = {0};
	naccs_status status;

	if (description == NULL && naccs_portal_description_builtin(&description, NULL) != NACCS_OK)
		abort();
	make_secrets(&world, bytes, length);
	for (size_t i = 0; i < SECRETS; i++)
		secrets[i] = secret(world.secrets[i]);
	request.description = description;
	request.code1 = secrets[CODE1];
	request.code2 = secrets[CODE2];
	request.code3 = secrets[CODE3];
	request.password = secrets[PASSWORD];
	status = naccs_obtain_run_over(&transport, &request, is_plausible, &err);
	if ((status == NACCS_OK) != world.received_file || (status != NACCS_OK && (err.status != status || *err.message == '\0')))
		abort();
	check_no_secret(&world, err.message);
	check_no_secret(&world, err.hint);
	for (size_t i = 0; i < SECRETS; i++)
		naccs_secret_free(secrets[i]);
	return 0;
}
