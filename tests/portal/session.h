/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a session knows who logged in, how far the journey has come, and what a browser would send for the form shown last; anything else
 * that comes (a stale token, a field left out, a disabled field, the wrong button) is refused and told in the journal.
 */
#ifndef PORTAL_SESSION_H
#define PORTAL_SESSION_H

#include "codes.h"
#include "faults.h"
#include "http.h"

#define EXPECTED_MAX 24

enum role { ROLE_NONE, ROLE_CODE1, ROLE_CODE2, ROLE_CODE3, ROLE_PASSWORD, ROLE_CONFIRM, ROLE_COUNT };
enum expectation { EXPECT_VALUE, EXPECT_ENTRY, EXPECT_NUMBER };

struct expected {
	enum expectation kind;
	enum role role;
	char *name, *value;
	size_t size; /* of value, in the page's charset */
	bool is_met;
};

struct session {
	struct session *next;
	char id[33];
	bool is_logged_in;
	struct terminal *terminal; /* whose codes 1 and 2 came */
	bool is_code3_accepted;
	bool is_renewal; /* begun with a certificate */
	char password[64]; /* for the PKCS#12 */
	int64_t last_used;
	enum step form_step; /* what posting the current form means; STEP_ANY: there is no form */
	char token[40];
	struct expected expected[EXPECTED_MAX];
	size_t expected_count;
};

struct sessions;

struct sessions *sessions_new(int64_t idle_limit);
void sessions_free(struct sessions *sessions);
struct session *session_start(struct sessions *sessions, struct chance *chance, int64_t now);
/* The session of that id, used now; an idle one is ended instead. NULL: none. */
struct session *session_find(struct sessions *sessions, const char *id, int64_t now);
/* The same without using it: for the journal. */
const struct session *session_peek(const struct sessions *sessions, const char *id);
/* Does is_in say yes to a password that some session has taken? For the journal. */
bool sessions_ask_passwords(const struct sessions *sessions, bool (*is_in)(const void *closure, const char *password), const void *closure);
/* End all of them. */
void sessions_forget(struct sessions *sessions);
void session_end(struct sessions *sessions, struct session *session);
void session_renew_id(struct session *session, struct chance *chance);

/* A new form is shown: forget the former, make a new token. */
void session_expect_form(struct session *session, enum step step, struct chance *chance);
/* value NULL: whatever the user enters. */
void session_expect(struct session *session, enum expectation kind, enum role role, const char *name, const char *value, size_t size);
/* Compare the fields; returns NULL when they are what a browser would send, else what is wrong (malloc'ed). */
char *session_deviation(struct session *session, const struct pair *fields, size_t count);
/* What was entered for a role; NULL: nothing. */
const char *session_entry(const struct session *session, enum role role, const struct pair *fields, size_t count);

#endif
