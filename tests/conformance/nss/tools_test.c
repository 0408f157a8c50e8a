/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what we write is for other programs. certutil and pk12util read it; what they wrote is adopted and left to them. */
#include "pki.h" /* first: suite.h makes a keyword of noreturn */

#include "nss_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

/* A moment in which the certificate is valid, as certutil -V wants it. */
static const char *moment_of(const struct input *input)
{
	time_t time = (time_t)input->installation.not_before + 86400;
	struct tm parts;
	char text[32];

	check(gmtime_r(&time, &parts) != NULL && strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &parts) > 0, "cannot write a time");
	return text_of("%s", text + 2); /* the year has two digits */
}

static void certutil_and_pk12util_read_what_we_wrote(struct suite *suite)
{
	static const enum input_id inputs[] = {INPUT_EC, INPUT_RSA_RENEWED, INPUT_EC384};
	struct ground ground = nss_ground_made(suite);

	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		const struct input *input = inputs_get(suite->inputs, inputs[i]);
		const char *name = nss_name_of(input), *pkcs12 = text_of("%s/out%zu.p12", suite->work, i);
		(void)install(&ground, input);
		check_flags(&ground, name, "u,u,u");
		check(strstr(certutil(&ground, "-K"), name) != NULL, "certutil -K does not show the key of %s", name);
		check(strstr(certutil(&ground, "-V", "-n", name, "-u", "C", "-b", moment_of(input)), "valid") != NULL,
		      "certutil -V has doubts");
		run_program(PROGRAM("pk12util", "-d", text_of("sql:%s", nss_dir(&ground)), "-o", pkcs12, "-n", name, "-W", "harmless"));
		BIO *bio = BIO_new_file(pkcs12, "rb");
		PKCS12 *file = bio != NULL ? d2i_PKCS12_bio(bio, NULL) : NULL;
		EVP_PKEY *key = NULL;
		X509 *certificate = NULL;
		check(file != NULL && PKCS12_parse(file, "harmless", &key, &certificate, NULL) == 1, "pk12util wrote something else");
		check(EVP_PKEY_eq(key, input->key) == 1, "pk12util found another key");
		EVP_PKEY_free(key);
		X509_free(certificate);
		PKCS12_free(file);
		BIO_free(bio);
	}
}

/* The suite's key and certificate as a file for pk12util. */
static const char *write_pkcs12(const struct suite *suite, const struct input *input)
{
	const uint8_t *der = input->installation.certificate.data;
	X509 *certificate = d2i_X509(NULL, &der, (long)input->installation.certificate.length);
	PKCS12 *file = PKCS12_create("harmless", "mine before", input->key, certificate, NULL, NID_aes_128_cbc, NID_aes_128_cbc, 0, 0, 0);
	const char *path = text_of("%s/in.p12", suite->work);
	BIO *bio = BIO_new_file(path, "wb");

	check(file != NULL && bio != NULL && i2d_PKCS12_bio(bio, file) == 1, "cannot write %s", path);
	BIO_free(bio);
	PKCS12_free(file);
	X509_free(certificate);
	return path;
}

static void what_was_there_is_adopted_and_left(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct session session;

	run_program(PROGRAM("pk12util", "-d", text_of("sql:%s", nss_dir(&ground)), "-i", write_pkcs12(suite, input), "-W", "harmless"));
	add_certificate(&ground, "my CA", "T,,", input->installation.client_ca);
	char *before = nss_listing(&ground), *keys_before = certutil(&ground, "-K");
	struct ledger ledger = install(&ground, input);
	check(part_of(&ledger, NACCS_ROLE_CLIENT, "")->action == NACCS_PART_ADOPT &&
		      part_of(&ledger, NACCS_ROLE_CLIENT_KEY, "")->action == NACCS_PART_ADOPT &&
		      part_of(&ledger, NACCS_ROLE_CLIENT_CA, "")->action == NACCS_PART_ADOPT &&
		      part_of(&ledger, NACCS_ROLE_TRUST, ":client-auth")->action == NACCS_PART_ADOPT &&
		      part_of(&ledger, NACCS_ROLE_TRUST, ":server-auth")->action == NACCS_PART_CREATE,
	      "what was there is not adopted");
	check_flags(&ground, "mine before", "u,u,u");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
	remove_all(&ground, &ledger);
	char *after = nss_listing(&ground), *keys_after = certutil(&ground, "-K");
	check_picture(before, after);
	check_picture(keys_before, keys_after);
}

static void a_key_without_its_certificate_is_completed(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	(void)install(&ground, input);
	certutil(&ground, "-D", "-n", nss_name_of(input)); /* leaves the key */
	struct ledger ledger = install(&ground, input);
	check(part_of(&ledger, NACCS_ROLE_CLIENT_KEY, "")->action == NACCS_PART_ADOPT &&
		      part_of(&ledger, NACCS_ROLE_CLIENT, "")->action == NACCS_PART_CREATE,
	      "plan did not find the key alone");
	check_flags(&ground, nss_name_of(input), "u,u,u");
}

/* Two certificates of one key: the key stays as long as one of them does. */
static void a_shared_key_stays_with_the_other_certificate(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct pki *pki = pki_new();
	struct pki_identity *other = pki_issue(pki, NULL,
					       &(struct pki_spec){.profile = PKI_CLIENT,
								  .name = (const char *const[]){"CN=another for the same key", NULL},
								  .key = input->key,
								  .not_before = input->installation.not_before,
								  .not_after = input->installation.not_after});
	size_t length = 0;
	uint8_t *der = pki_der(other->certificate, &length);

	struct ledger ledger = install(&ground, input);
	add_certificate(&ground, "another", ",,", (struct naccs_bytes){der, length});
	remove_all(&ground, &ledger);
	check_flags(&ground, "another", "u,u,u");
	free(der);
	pki_identity_free(other);
	pki_free(pki);
}

struct named {
	const char *name;
	bool is_current;
	int found;
};

static naccs_status find_named(void *context, const struct naccs_item *item)
{
	struct named *named = context;

	if (item->role == NACCS_ROLE_CLIENT && strcmp(item->label, named->name) == 0) {
		named->found++;
		named->is_current = item->is_current;
	}
	return NACCS_OK;
}

static void the_certificate_that_lasts_longest_is_current(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *old = inputs_get(suite->inputs, INPUT_EC), *renewed = inputs_get(suite->inputs, INPUT_RENEWED),
			   *stranger = inputs_get(suite->inputs, INPUT_STRANGER);
	struct named named[] = {{.name = nss_name_of(renewed)}, {.name = nss_name_of(old)}, {.name = nss_name_of(stranger)}};
	struct session session;

	(void)install(&ground, renewed);
	(void)install(&ground, old);
	(void)install(&ground, stranger);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	for (size_t i = 0; i < 3; i++)
		check_ok(suite->backend->list(session.store, find_named, &named[i], &session.err), &session.err);
	check(named[0].found == 1 && named[1].found == 1 && named[2].found == 1, "not every certificate is listed once");
	check(named[0].is_current && !named[1].is_current && named[2].is_current, "another certificate is current");
	session_close(&session);
}

static void a_password_is_asked_for_once(struct suite *suite)
{
	struct ground ground = nss_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	const char *file = text_of("%s/password", suite->work);
	struct session session;

	pki_write_file(file, "correct horse\n", 14);
	check(mkdir(nss_dir(&ground), 0700) == 0, "%s: %s", nss_dir(&ground), strerror(errno));
	certutil(&ground, "-N", "-f", file);
	int status = 0;
	const char *question = "SELECT hex(item2) FROM metaData WHERE id='password'";
	char *before = words_of(PROGRAM("sqlite3", "-readonly", nss_path(&ground, "key4.db"), question), &status);
	ground.secret = text_of("correct horse");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	session_check_signs(&session, input);
	session_commit(&session, input, &ledger);
	session_check_installed(&session, input, true);
	check(session.asked == 1, "the password was asked for %d times in one install", session.asked);
	session_close(&session);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	check(session.asked == 1, "the password was asked for %d times in one reading", session.asked);
	session_close(&session);
	char *after = words_of(PROGRAM("sqlite3", "-readonly", nss_path(&ground, "key4.db"), question), &status);
	check_picture(before, after); /* its iterations too */
	check(strstr(certutil(&ground, "-K", "-f", file), nss_name_of(input)) != NULL, "certutil does not find the key");
}

const struct test nss_tests_tools[] = {
	{"certutil and pk12util read what we wrote", certutil_and_pk12util_read_what_we_wrote},
	{"what was there is adopted and left", what_was_there_is_adopted_and_left},
	{"a key without its certificate is completed", a_key_without_its_certificate_is_completed},
	{"a shared key stays with the other certificate", a_shared_key_stays_with_the_other_certificate},
	{"the certificate that lasts longest is current", the_certificate_that_lasts_longest_is_current},
	{"a password is asked for once, and left as it is", a_password_is_asked_for_once},
	{NULL, NULL},
};
