/* SPDX-License-Identifier: Apache-2.0 */
/* Why: names, contents and fsyncs of a PEM directory, exactly as people and services rely on them. */
#include "pem_test.h"

#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many certificates a file holds; the last one's DER is compared. */
static size_t count_certificates(const char *path, struct naccs_bytes last)
{
	FILE *file = fopen(path, "re");
	size_t count = 0;
	bool is_last = false;

	check(file != NULL, "%s: %s", path, strerror(errno));
	for (X509 *certificate; (certificate = PEM_read_X509(file, NULL, NULL, NULL)) != NULL; count++) {
		unsigned char *der = NULL;
		int length = i2d_X509(certificate, &der);
		is_last = length > 0 && (size_t)length == last.length && memcmp(der, last.data, last.length) == 0;
		OPENSSL_free(der);
		X509_free(certificate);
	}
	(void)fclose(file);
	check(is_last, "%s does not end with the certificate that it should", path);
	return count;
}

static void the_files_are_what_they_are_called(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	const struct naccs_installation *in = &input->installation;
	const char *set = pem_set_of(input);
	char target[512] = "";

	(void)install(&ground, input);
	check(readlink(pem_path(&ground, "live"), target, sizeof target - 1) > 0, "live: %s", strerror(errno));
	check(strncmp(target, "archive/", 8) == 0 && strcmp(target + 8, set) == 0, "live leads to %s, not archive/%s", target, set);
	char *key = read_text(pem_path(&ground, "live/privkey.pem"));
	char *cert = read_text(pem_path(&ground, "live/cert.pem"));
	char *chain = read_text(pem_path(&ground, "live/chain.pem"));
	char *full = read_text(pem_path(&ground, "live/fullchain.pem"));
	char *all = read_text(pem_path(&ground, "live/credential.pem"));
	check(strncmp(key, "-----BEGIN PRIVATE KEY-----\n", 28) == 0, "privkey.pem is not PKCS#8");
	check(strlen(full) == strlen(cert) + strlen(chain) && strncmp(full, cert, strlen(cert)) == 0 &&
		      strcmp(full + strlen(cert), chain) == 0,
	      "fullchain.pem is not certificate and chain");
	check(strlen(all) == strlen(key) + strlen(full) && strncmp(all, key, strlen(key)) == 0 && strcmp(all + strlen(key), full) == 0,
	      "credential.pem is not key, certificate and chain");
	check(count_certificates(pem_path(&ground, "live/cert.pem"), in->certificate) == 1, "cert.pem");
	check(count_certificates(pem_path(&ground, "live/chain.pem"), in->client_ca) == 2, "chain.pem");
	check(count_certificates(pem_path(&ground, "live/client-ca.pem"), in->client_ca) == 1, "client-ca.pem");
	check(count_certificates(pem_path(&ground, "live/server-ca.pem"), in->server_anchors[0]) == 1, "server-ca.pem");
	check(count_certificates(pem_path(&ground, "live/server-intermediates.pem"), in->server_intermediates[1]) == 2,
	      "server-intermediates.pem");
}

static void chain_is_the_ca_when_there_is_no_intermediate(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	input.installation.intermediate_count = 0;
	input.installation.server_intermediate_count = 0;
	(void)install(&ground, &input);
	check(count_certificates(pem_path(&ground, "live/chain.pem"), input.installation.client_ca) == 1, "chain.pem");
	check(access(pem_path(&ground, "live/server-intermediates.pem"), F_OK) != 0, "an empty file of intermediates");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	struct sight sight = session_look(&session, &input);
	check(sight.client_cas == 1 && sight.client_intermediates == 0, "%zu CAs and %zu intermediates are listed", sight.client_cas,
	      sight.client_intermediates);
	session_close(&session);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	check(lstat(path, &status) == 0, "%s: %s", path, strerror(errno));
	return status.st_mode & 07777;
}

static void modes_do_not_depend_on_the_umask(struct suite *suite)
{
	static const struct {
		const char *name;
		mode_t mode;
	} files[] = {
		{".", 0700},
		{"archive", 0700},
		{"live/.", 0700},
		{"live/privkey.pem", 0600},
		{"live/credential.pem", 0600},
		{"live/cert.pem", 0644},
		{"live/chain.pem", 0644},
		{"live/fullchain.pem", 0644},
		{"live/client-ca.pem", 0644},
		{"live/server-ca.pem", 0644},
		{"live/server-intermediates.pem", 0644},
	};
	static const mode_t umasks[] = {0, 022, 077};
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	for (size_t i = 0; i < sizeof umasks / sizeof *umasks; i++) {
		(void)umask(umasks[i]);
		struct ledger ledger = install(&ground, input);
		for (size_t j = 0; j < sizeof files / sizeof *files; j++)
			check(mode_of(pem_path(&ground, "%s", files[j].name)) == files[j].mode, "%s has mode %04o with umask %04o",
			      files[j].name, (unsigned)mode_of(pem_path(&ground, "%s", files[j].name)), (unsigned)umasks[i]);
		session_open(&session, &ground, NACCS_ACCESS_WRITE);
		session_remove(&session, &ledger);
		session_close(&session);
	}
}

/* README.md names them one by one. */
static void fsyncs_are_counted(struct suite *suite)
{
	struct ground ground = pem_ground(suite);

	naccs_faults_arm(NACCS_FAULTS_NONE, 0, 0);
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	check(naccs_faults_fsyncs() == 14, "a first install makes %ju fsyncs, not 14", (uintmax_t)naccs_faults_fsyncs());
	naccs_faults_arm(NACCS_FAULTS_NONE, 0, 0);
	(void)install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	check(naccs_faults_fsyncs() == 12, "a renewal makes %ju fsyncs, not 12", (uintmax_t)naccs_faults_fsyncs());
	naccs_faults_arm(NACCS_FAULTS_NONE, 0, 0);
	(void)install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	check(naccs_faults_counted() == 0, "the same again makes %ju durable calls, not 0", (uintmax_t)naccs_faults_counted());
}

static void missing_parents_are_made_and_taken_away(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct session session;

	ground.uri = text_of("pem:%s/one/two/three/store", ground.tree);
	char *before = picture(&ground);
	struct ledger ledger = install(&ground, inputs_get(suite->inputs, INPUT_EC));
	check(part_named(&ledger, "../../..")->action == NACCS_PART_CREATE && part_named(&ledger, "..")->action == NACCS_PART_CREATE,
	      "missing parents are not created parts");
	check(mode_of(pem_path(&ground, "..")) == 0755, "a service could not get through to the store");
	check(mode_of(pem_path(&ground, ".")) == 0700, "the store itself is open");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &ledger);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
}

static void the_path_is_literal_and_made_absolute(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct ground other = ground;
	struct session session;

	check(chdir(ground.tree) == 0, "%s: %s", ground.tree, strerror(errno));
	other.uri = text_of("pem:./a/../%%2e%%2e x//");
	(void)install(&other, inputs_get(suite->inputs, INPUT_EC));
	other.uri = text_of("pem:%s/%%2e%%2e x", ground.tree);
	session_open(&session, &other, NACCS_ACCESS_READ);
	session_check_installed(&session, inputs_get(suite->inputs, INPUT_EC), true);
	session_close(&session);
	other.uri = text_of("pem:/");
	check_status(session_try(&session, &other, NACCS_ACCESS_WRITE, 0), NACCS_E_USAGE, &session.err);
	other.uri = text_of("pem:/tmp/\xff");
	check_status(session_try(&session, &other, NACCS_ACCESS_WRITE, 0), NACCS_E_USAGE, &session.err);
}

static void another_certificate_of_the_same_name_is_not_lost(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct input twin = *inputs_get(suite->inputs, INPUT_EC384);
	struct ledger ledger;
	struct naccs_error err;

	(void)install(&ground, input);
	twin.installation.not_before = input->installation.not_before;
	twin.installation.serial = input->installation.serial;
	check_status(plan_once(&ground, &twin, &ledger, &err), NACCS_E_STORE_OPEN, &err);
}

static void a_serial_is_no_way_out_of_the_archive(struct suite *suite)
{
	static const char *const serials[] = {"", "../../x", "0A", "123", "aa/bb", "."};
	struct ground ground = pem_ground(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_EC);
	struct ledger ledger;
	struct naccs_error err;

	for (size_t i = 0; i < sizeof serials / sizeof *serials; i++) {
		input.installation.serial = serials[i];
		check_status(plan_once(&ground, &input, &ledger, &err), NACCS_E_USAGE, &err);
	}
}

static void a_key_of_another_certificate_is_refused(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_EC);
	struct ledger ledger;
	struct naccs_error err;

	input.installation.private_key = inputs_get(suite->inputs, INPUT_RENEWED)->installation.private_key;
	check_status(plan_once(&ground, &input, &ledger, &err), NACCS_E_USAGE, &err);
	input.installation.private_key = (struct naccs_bytes){NULL, 0};
	check_status(plan_once(&ground, &input, &ledger, &err), NACCS_E_USAGE, &err);
}

const struct test pem_tests_layout[] = {
	{"the files are what they are called", the_files_are_what_they_are_called},
	{"chain.pem is the CA when there is no intermediate", chain_is_the_ca_when_there_is_no_intermediate},
	{"modes do not depend on the umask", modes_do_not_depend_on_the_umask},
	{"fsyncs are counted", fsyncs_are_counted},
	{"missing parents are made and taken away", missing_parents_are_made_and_taken_away},
	{"the path is literal and made absolute", the_path_is_literal_and_made_absolute},
	{"another certificate of the same date and serial is not lost", another_certificate_of_the_same_name_is_not_lost},
	{"a serial number is no way out of the archive", a_serial_is_no_way_out_of_the_archive},
	{"a key of another certificate is refused", a_key_of_another_certificate_is_refused},
	{NULL, NULL},
};
