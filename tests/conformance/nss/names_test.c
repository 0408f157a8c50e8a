/* SPDX-License-Identifier: Apache-2.0 */
/* Why: people type nicknames, and NSS refuses one that two subjects share, after half of the work is done. */
#include "pki.h" /* first: suite.h makes a keyword of noreturn */

#include "nss_test.h"

#include <stdlib.h>
#include <string.h>

static void a_nickname_tells_terminal_and_month(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *old = inputs_get(suite->inputs, INPUT_EC), *renewed = inputs_get(suite->inputs, INPUT_RENEWED);

	(void)install(&ground, old);
	(void)install(&ground, renewed);
	check(strncmp(nss_name_of(old), "NACCS 11110A (20", 16) == 0, "the test's own name is %s", nss_name_of(old));
	check_flags(&ground, nss_name_of(old), "u,u,u");
	check_flags(&ground, nss_name_of(renewed), "u,u,u");
	char *keys = certutil(&ground, "-K");
	check(strstr(keys, nss_name_of(old)) != NULL && strstr(keys, nss_name_of(renewed)) != NULL, "the keys have other names: %s", keys);
}

/* Some certificate of another subject. */
static struct naccs_bytes other_certificate(const struct suite *suite, enum input_id id)
{
	return inputs_get(suite->inputs, id)->installation.certificate;
}

static void names_that_others_have_are_numbered(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	add_certificate(&ground, nss_name_of(input), ",,", other_certificate(suite, INPUT_STRANGER));
	add_certificate(&ground, CA_NAME, ",,", inputs_get(suite->inputs, INPUT_EC)->server_intermediates[0]);
	char *before = nss_listing(&ground);
	struct ledger ledger = install(&ground, input);
	check_flags(&ground, text_of("%s #2", nss_name_of(input)), "u,u,u");
	check_flags(&ground, CA_NAME " #2", "T,,");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
	remove_all(&ground, &ledger);
	char *after = nss_listing(&ground);
	check_picture(before, after);
}

static void the_same_month_again_is_numbered(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *first = inputs_get(suite->inputs, INPUT_EC), *second = inputs_get(suite->inputs, INPUT_RSA);

	check(strcmp(nss_name_of(first), nss_name_of(second)) == 0, "the inputs do not end in the same month");
	(void)install(&ground, first);
	(void)install(&ground, second);
	check_flags(&ground, nss_name_of(first), "u,u,u");
	check_flags(&ground, text_of("%s #2", nss_name_of(first)), "u,u,u");
}

static void cas_of_one_subject_share_a_name(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	add_certificate(&ground, "G4 of old", ",,", input->server_intermediates[1]);
	(void)install(&ground, input);
	char *listing = nss_listing(&ground);
	const char *one = strstr(listing, "G4 of old");
	check(one != NULL && strstr(one + 1, "G4 of old") != NULL && strstr(listing, "SureServer") == NULL,
	      "two CAs of one subject have two names:\n%s", listing);
}

static void a_colon_in_a_terminal_name_is_no_token(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_EC);

	input.installation.common_name = "11110A:x";
	(void)install(&ground, &input);
	input.installation.common_name = "11110A-x";
	check_flags(&ground, nss_name_of(&input), "u,u,u");
}

const struct test nss_tests_names[] = {
	{"a nickname tells terminal and month", a_nickname_tells_terminal_and_month},
	{"names that other subjects have are numbered", names_that_others_have_are_numbered},
	{"the same month again is numbered", the_same_month_again_is_numbered},
	{"CAs of one subject share a name", cas_of_one_subject_share_a_name},
	{"a colon in a name means no token", a_colon_in_a_terminal_name_is_no_token},
	{NULL, NULL},
};
