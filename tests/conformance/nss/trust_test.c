/* SPDX-License-Identifier: Apache-2.0 */
/* Why: trust is what this backend can do most harm with. It gives the least that works, never takes any that was there, and gives back what
 * it found. */
#include "nss_test.h"

#include <stdlib.h>
#include <string.h>

static void trust_is_the_least_that_works(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	(void)install(&ground, input);
	check_flags(&ground, nss_name_of(input), "u,u,u");
	check_flags(&ground, CA_NAME, "T,,");
	check_flags(&ground, ANCHOR_NAME, "C,,");
	check_flags(&ground, "NACCS Client Sub CA", ",,");
	check_flags(&ground, "Cybertrust Japan SureServer CA G4", ",,");
}

static void trust_that_was_there_is_kept_and_comes_back(struct suite *suite)
{
	static const struct {
		const char *ca_before, *ca_between, *anchor_before, *anchor_between;
	} cases[] = {
		{",,", "T,,", ",,", "C,,"},
		{"C,C,C", "CT,C,C", "T,C,", "CT,C,"},
		{"CT,C,C", "CT,C,C", "CT,C,C", "CT,C,C"},
		{"c,c,c", "T,c,c", "c,,", "C,,"},
	};
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ground ground = {.suite = suite, .uri = text_of("nss:%s/case%zu", suite->work, i)};
		run_program(PROGRAM("mkdir", "-m", "0700", nss_dir(&ground)));
		certutil(&ground, "-N", "--empty-password");
		add_certificate(&ground, "my CA", cases[i].ca_before, input->installation.client_ca);
		add_certificate(&ground, "my anchor", cases[i].anchor_before, input->server_anchor);
		const char *ca = flags_of(&ground, "my CA"), *anchor = flags_of(&ground, "my anchor");
		char *before = nss_listing(&ground);
		struct ledger ledger = install(&ground, input);
		const char *ca_between = flags_of(&ground, "my CA"), *anchor_between = flags_of(&ground, "my anchor");
		check(strchr(ca_between, 'T') != NULL && strchr(anchor_between, 'C') != NULL, "the trust is %s and %s", ca_between,
		      anchor_between);
		if (i != 3) {
			check_flags(&ground, "my CA", cases[i].ca_between);
			check_flags(&ground, "my anchor", cases[i].anchor_between);
		}
		check(flags_of(&ground, CA_NAME) == NULL, "a CA that was there got a second name");
		remove_all(&ground, &ledger);
		check_flags(&ground, "my CA", ca);
		check_flags(&ground, "my anchor", anchor);
		char *after = nss_listing(&ground);
		check_picture(before, after);
	}
}

static void what_a_person_changed_meanwhile_stays(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	add_certificate(&ground, "my CA", ",,", input->installation.client_ca);
	add_certificate(&ground, "my anchor", ",,", input->server_anchor);
	struct ledger ledger = install(&ground, input);
	certutil(&ground, "-M", "-n", "my CA", "-t", "T,C,");
	certutil(&ground, "-M", "-n", "my anchor", "-t", "p,p,p");
	remove_all(&ground, &ledger);
	check_flags(&ground, "my CA", "c,C,"); /* certutil sets c beside T */
	check_flags(&ground, "my anchor", "p,p,p");
}

static void a_distrusted_anchor_is_refused(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct naccs_error err;
	struct ledger ledger;

	add_certificate(&ground, "bad anchor", "p,p,p", input->server_anchor);
	check_status(plan_once(&ground, input, &ledger, &err), NACCS_E_STORE_OPEN, &err);
	check(strstr(err.message, ANCHOR_NAME) != NULL && strstr(err.hint, "certutil -M") != NULL && strstr(err.hint, "bad anchor") != NULL,
	      "the message helps nobody: %s (%s)", err.message, err.hint);
	check_flags(&ground, "bad anchor", "p,p,p");
}

static void one_root_of_both_sides_gets_both(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_EC);
	struct session session;
	char *before = nss_listing(&ground);

	input.server_anchor = input.installation.client_ca;
	input.installation.server_anchors = &input.server_anchor;
	input.installation.server_intermediate_count = 0;
	struct ledger ledger = install(&ground, &input);
	check_flags(&ground, CA_NAME, "CT,,");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, &input, true);
	session_close(&session);
	remove_all(&ground, &ledger);
	char *after = nss_listing(&ground);
	check_picture(before, after);
}

/* As the host counts users: what the other install needs too does not come to remove. */
static void trust_stays_while_another_certificate_needs_it(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *old = inputs_get(suite->inputs, INPUT_EC), *renewed = inputs_get(suite->inputs, INPUT_RENEWED);
	struct ledger first = install(&ground, old), second = install(&ground, renewed);
	struct ledger alone = {0};

	for (size_t i = 0; i < first.count; i++) {
		bool is_shared = false;
		for (size_t j = 0; j < second.count; j++)
			is_shared |=
				first.part[i].role == second.part[j].role && strcmp(first.part[i].identity, second.part[j].identity) == 0;
		if (!is_shared)
			alone.part[alone.count++] = first.part[i];
	}
	check(alone.count == 2, "%zu parts are the first install's alone, wanted key and certificate", alone.count);
	remove_all(&ground, &alone);
	check(flags_of(&ground, nss_name_of(old)) == NULL, "a removed certificate is still there");
	check_flags(&ground, nss_name_of(renewed), "u,u,u");
	check_flags(&ground, CA_NAME, "T,,");
	check_flags(&ground, ANCHOR_NAME, "C,,");
}

static void a_role_is_shown_only_with_its_trust_and_read_afresh(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ); /* and it stays open while another program changes things */
	struct sight sight = session_look(&session, input);
	check(sight.client_cas == 1 && sight.server_anchors == 1 && sight.server_intermediates == 2, "not everything is listed");
	certutil(&ground, "-M", "-n", ANCHOR_NAME, "-t", "T,C,C");
	sight = session_look(&session, input);
	check(sight.server_anchors == 0 && sight.server_intermediates == 0, "an anchor without trust for servers is listed as one");
	certutil(&ground, "-M", "-n", CA_NAME, "-t", "C,C,C");
	check(session_look(&session, input).client_cas == 0, "a client CA without trust for clients is listed as one");
	certutil(&ground, "-M", "-n", CA_NAME, "-t", "T,,");
	certutil(&ground, "-M", "-n", ANCHOR_NAME, "-t", "C,,");
	session_check_installed(&session, input, true);
	certutil(&ground, "-D", "-n", CA_NAME);
	check(session_look(&session, input).client_cas == 0, "a CA that another program deleted is still listed");
	certutil(&ground, "-F", "-n", nss_name_of(input));
	check(!session_look(&session, input).is_there, "a certificate that another program deleted is still listed");
	session_close(&session);
}

static void missing_trust_is_mended_by_installing_again(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	(void)install(&ground, input);
	certutil(&ground, "-M", "-n", ANCHOR_NAME, "-t", ",,");
	struct ledger ledger = install(&ground, input);
	check(part_of(&ledger, NACCS_ROLE_TRUST, ":server-auth")->action == NACCS_PART_CHANGE &&
		      part_of(&ledger, NACCS_ROLE_TRUST, ":client-auth")->action == NACCS_PART_ADOPT,
	      "plan does not see what is missing");
	check_flags(&ground, ANCHOR_NAME, "C,,");
}

const struct test nss_tests_trust[] = {
	{"trust is the least that works", trust_is_the_least_that_works},
	{"trust that was there is never lowered, and comes back as it was", trust_that_was_there_is_kept_and_comes_back},
	{"what a person changed meanwhile stays", what_a_person_changed_meanwhile_stays},
	{"a distrusted anchor is refused, with the way to allow it", a_distrusted_anchor_is_refused},
	{"one root of both sides gets both trusts", one_root_of_both_sides_gets_both},
	{"trust stays while another certificate needs it", trust_stays_while_another_certificate_needs_it},
	{"a role is shown only with its trust, and read afresh", a_role_is_shown_only_with_its_trust_and_read_afresh},
	{"missing trust is mended by installing again", missing_trust_is_mended_by_installing_again},
	{NULL, NULL},
};
