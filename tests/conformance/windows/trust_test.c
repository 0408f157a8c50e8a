/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a root in Windows's store is trusted by every program of the user: the least is given, what others gave is left, and the person is
 * told before Windows asks. */
#include "windows_test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DER of a list with one purpose. */
#define CLIENT_ONLY "9=300a06082b06010505070302"
#define SERVER_ONLY "9=300a06082b06010505070301"
#define EVERY_LIMIT " 9="

static void roots_vouch_for_one_purpose_only(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);

	(void)install(&ground, input);
	const char *ca = windows_line("ROOT", input->installation.client_ca), *anchor = windows_line("ROOT", input->server_anchor);
	check(ca != NULL && strstr(ca, CLIENT_ONLY) != NULL, "the client CA is limited to %s", ca);
	check(anchor != NULL && strstr(anchor, SERVER_ONLY) != NULL, "the server anchor is limited to %s", anchor);
	check(windows_line("CA", input->intermediate) != NULL && windows_line("CA", input->server_intermediates[1]) != NULL,
	      "intermediates are not in CA");
	check(windows_line("ROOT", input->intermediate) == NULL && windows_line("ROOT", input->server_intermediates[0]) == NULL,
	      "an intermediate is in ROOT");
	const char *client = windows_line("MY", input->installation.certificate);
	check(client != NULL && strstr(client, "Microsoft Enhanced RSA and AES Cryptographic Provider/24/0/1") != NULL,
	      "the key's link is %s", client);
}

/* A root that has issued both sides. */
static void one_root_for_both_sides_has_both_purposes(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_RSA);
	struct session session;
	char *before = windows_listing();

	input.server_anchor = input.installation.client_ca;
	input.installation.server_anchors = &input.server_anchor;
	struct ledger ledger = install(&ground, &input);
	const char *line = windows_line("ROOT", input.server_anchor);
	check(line != NULL && strstr(line, "2b06010505070302") != NULL && strstr(line, "2b06010505070301") != NULL,
	      "the root is limited to %s", line);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, &input, true);
	session_close(&session);
	remove_all(&ground, &ledger);
	char *after = windows_listing();
	check_picture(before, after);
}

static void a_root_that_is_there_keeps_its_trust(struct suite *suite)
{
	static const struct {
		const char *purpose;
		uint32_t action;
	} cases[] = {{"any", NACCS_PART_ADOPT}, {"client", NACCS_PART_ADOPT}, {"server", NACCS_PART_CHANGE}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ground ground = windows_ground(suite);
		const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
		struct session session;

		windows_put(&ground, "ROOT", input->installation.client_ca, cases[i].purpose);
		char *before = windows_listing();
		struct ledger ledger = install(&ground, input);
		check(part_of(&ledger, NACCS_ROLE_TRUST, ":client-auth")->action == cases[i].action, "a root for %s: action %u",
		      cases[i].purpose, part_of(&ledger, NACCS_ROLE_TRUST, ":client-auth")->action);
		session_open(&session, &ground, NACCS_ACCESS_READ);
		session_check_installed(&session, input, true);
		session_close(&session);
		const char *line = windows_line("ROOT", input->installation.client_ca);
		check(line != NULL && (strstr(line, EVERY_LIMIT) == NULL) == (i == 0), "the root is limited to %s", line);
		remove_all(&ground, &ledger);
		char *after = windows_listing();
		check_picture(before, after);
	}
}

static void a_distrusted_root_is_refused(struct suite *suite)
{
	static const struct {
		const char *store, *purpose;
	} cases[] = {{"ROOT", "nothing"}, {"Disallowed", "any"}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ground ground = windows_ground(suite);
		const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
		struct naccs_error err = {0};
		struct ledger ledger;

		windows_put(&ground, cases[i].store, input->server_anchor, cases[i].purpose);
		check_status(plan_once(&ground, input, &ledger, &err), NACCS_E_STORE_OPEN, &err);
		check(strstr(err.message, "Security Communication RootCA2") != NULL && strstr(err.hint, "certmgr.msc") != NULL, "%s (%s)",
		      err.message, err.hint);
	}
}

/* ---- Windows's question ---- */

struct heard {
	struct session session; /* first: it is the host's context */
	char text[4096];
};

static void hear(void *context, const char *message)
{
	struct heard *heard = context;
	size_t used = strlen(heard->text);

	(void)snprintf(heard->text + used, sizeof heard->text - used, "%s\n", message);
}

/* "AB CD …", as Windows's window shows it. */
static const char *shown(struct naccs_bytes der)
{
	const char *hex = thumbprint_of(der);
	char *text = text_of("%s", "");

	for (size_t i = 0; hex[i] != '\0'; i += 2)
		text = text_of("%s%s%c%c", text, i > 0 ? " " : "", toupper((unsigned char)hex[i]), toupper((unsigned char)hex[i + 1]));
	return text;
}

static void windows_question_is_announced_with_the_thumbprint(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct heard heard = {0};

	session_open(&heard.session, &ground, NACCS_ACCESS_WRITE);
	heard.session.host.progress = hear;
	struct ledger ledger = session_plan(&heard.session, input);
	check(heard.text[0] == '\0', "plan announces: %s", heard.text);
	session_stage(&heard.session, input, &ledger);
	check(strstr(heard.text, shown(input->installation.client_ca)) != NULL && strstr(heard.text, shown(input->server_anchor)) != NULL &&
		      strstr(heard.text, "NACCS Client CA") != NULL,
	      "what was said: %s", heard.text);
	heard.text[0] = '\0';
	session_commit(&heard.session, input, &ledger);
	session_remove(&heard.session, &ledger);
	check(strstr(heard.text, shown(input->installation.client_ca)) != NULL, "what was said of deleting: %s", heard.text);
	session_close(&heard.session);
}

static void a_no_to_windows_leaves_nothing(struct suite *suite)
{
	/* The first root's adding, the second's. */
	static const char *const orders[] = {"* 1 cancelled", "* 3 cancelled"};

	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		struct ground ground = windows_ground(suite);
		const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
		char *before = windows_listing();
		struct session session;

		windows_strike(orders[i]);
		session_open(&session, &ground, NACCS_ACCESS_WRITE);
		struct ledger ledger = session_plan(&session, input);
		check_status(suite->backend->stage(session.store, &input->installation, ledger.part, ledger.count, &session.err),
			     NACCS_E_CA_REFUSED, &session.err);
		check(strstr(session.err.hint, "windows:machine") != NULL, "the hint is \"%s\"", session.err.hint);
		session_close(&session);
		windows_strike(NULL);
		char *after = windows_listing();
		check_picture(before, after);
	}
}

static void the_machine_is_an_administrators(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	struct ground machine = windows_ground_by(&ground, "windows:machine");
	struct session session;

	windows_strike("* 0 denied");
	check_status(session_try(&session, &machine, NACCS_ACCESS_WRITE, 0), NACCS_E_STORE_OPEN, &session.err);
	check(strstr(session.err.hint, "administrator") != NULL, "the hint is \"%s\"", session.err.hint);
	session_open(&session, &machine, NACCS_ACCESS_READ);
	session_close(&session);
	windows_strike(NULL);
	session_open(&session, &machine, NACCS_ACCESS_WRITE);
	session_close(&session);
}

const struct test windows_tests_trust[] = {
	{"roots vouch for one purpose only", roots_vouch_for_one_purpose_only},
	{"one root for both sides has both purposes", one_root_for_both_sides_has_both_purposes},
	{"a root that is there keeps its trust", a_root_that_is_there_keeps_its_trust},
	{"a distrusted root is refused", a_distrusted_root_is_refused},
	{"Windows's question is announced with the thumbprint", windows_question_is_announced_with_the_thumbprint},
	{"a No to Windows leaves nothing", a_no_to_windows_leaves_nothing},
	{"the machine's store is an administrator's", the_machine_is_an_administrators},
	{NULL, NULL},
};
