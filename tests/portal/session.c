/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#define HEX "0123456789ABCDEF"

struct sessions {
	struct session *first;
	int64_t idle_limit;
};

struct sessions *sessions_new(int64_t idle_limit)
{
	struct sessions *sessions = need(1, sizeof *sessions);
	sessions->idle_limit = idle_limit;
	return sessions;
}

static void forget_form(struct session *session)
{
	for (size_t i = 0; i < session->expected_count; i++) {
		free(session->expected[i].name);
		free(session->expected[i].value);
	}
	session->expected_count = 0;
	session->form_step = STEP_ANY;
}

void session_end(struct sessions *sessions, struct session *session)
{
	struct session **at = &sessions->first;
	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	forget_form(session);
	free(session);
}

void sessions_forget(struct sessions *sessions)
{
	while (sessions->first != NULL)
		session_end(sessions, sessions->first);
}

void sessions_free(struct sessions *sessions)
{
	if (sessions == NULL)
		return;
	sessions_forget(sessions);
	free(sessions);
}

void session_renew_id(struct session *session, struct chance *chance)
{
	chance_text(chance, HEX, session->id, 32);
}

struct session *session_start(struct sessions *sessions, struct chance *chance, int64_t now)
{
	struct session *session = need(1, sizeof *session);
	session_renew_id(session, chance);
	session->last_used = now;
	session->next = sessions->first;
	sessions->first = session;
	return session;
}

static struct session *by_id(const struct sessions *sessions, const char *id)
{
	struct session *session = sessions->first;
	while (session != NULL && strcmp(session->id, id) != 0)
		session = session->next;
	return session;
}

const struct session *session_peek(const struct sessions *sessions, const char *id)
{
	return by_id(sessions, id);
}

bool sessions_ask_passwords(const struct sessions *sessions, bool (*is_in)(const void *closure, const char *password), const void *closure)
{
	for (const struct session *session = sessions->first; session != NULL; session = session->next)
		if (session->is_code3_accepted && is_in(closure, session->password))
			return true;
	return false;
}

struct session *session_find(struct sessions *sessions, const char *id, int64_t now)
{
	struct session *session = by_id(sessions, id);
	if (session == NULL)
		return NULL;
	if (now - session->last_used > sessions->idle_limit) {
		session_end(sessions, session);
		return NULL;
	}
	session->last_used = now;
	return session;
}

void session_expect_form(struct session *session, enum step step, struct chance *chance)
{
	forget_form(session);
	session->form_step = step;
	chance_text(chance, "0123456789abcdef", session->token, 32);
}

void session_expect(struct session *session, enum expectation kind, enum role role, const char *name, const char *value, size_t size)
{
	if (session->expected_count == EXPECTED_MAX)
		die("too many fields in a form");
	struct expected *expected = &session->expected[session->expected_count++];
	*expected = (struct expected){.kind = kind, .role = role, .name = need_text(name), .size = size};
	if (value != NULL) {
		expected->value = need(1, size + 1);
		memcpy(expected->value, value, size);
	}
}

static struct expected *expected_of(struct session *session, const char *name)
{
	for (size_t i = 0; i < session->expected_count; i++)
		if (strcmp(session->expected[i].name, name) == 0 && !session->expected[i].is_met)
			return &session->expected[i];
	return NULL;
}

char *session_deviation(struct session *session, const struct pair *fields, size_t count)
{
	for (size_t i = 0; i < session->expected_count; i++)
		session->expected[i].is_met = false;
	for (size_t i = 0; i < count; i++) {
		struct expected *expected = expected_of(session, fields[i].name);
		if (expected == NULL)
			return need_format("the field %s is not one that a browser would send here", fields[i].name);
		if (expected->kind == EXPECT_VALUE &&
		    (expected->size != fields[i].size || memcmp(expected->value, fields[i].value, fields[i].size) != 0))
			return need_format("the field %s does not have the value that the last page gave it", fields[i].name);
		if (expected->kind == EXPECT_NUMBER && (fields[i].size == 0 || strspn(fields[i].value, "0123456789") != fields[i].size))
			return need_format("the field %s should be a number", fields[i].name);
		expected->is_met = true;
	}
	for (size_t i = 0; i < session->expected_count; i++)
		if (!session->expected[i].is_met)
			return need_format("the field %s is missing", session->expected[i].name);
	return NULL;
}

const char *session_entry(const struct session *session, enum role role, const struct pair *fields, size_t count)
{
	for (size_t i = 0; i < session->expected_count; i++) {
		if (session->expected[i].role != role)
			continue;
		for (size_t f = 0; f < count; f++)
			if (strcmp(fields[f].name, session->expected[i].name) == 0)
				return fields[f].value;
	}
	return NULL;
}
