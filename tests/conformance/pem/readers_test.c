/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a program that reads while we switch sees the old set or the new one, never a mixture and never nothing. */
#include "pem_test.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SWITCHES 300
#define REPAIRS 40

/* Key and certificate of one file, or of two in one folder, belong together. */
static void check_pair(int folder, const char *key_name, const char *certificate_name)
{
	int key_fd = openat(folder, key_name, O_RDONLY | O_CLOEXEC);
	int certificate_fd = openat(folder, certificate_name, O_RDONLY | O_CLOEXEC);
	FILE *key_file = key_fd >= 0 ? fdopen(key_fd, "r") : NULL;
	FILE *certificate_file = certificate_fd >= 0 ? fdopen(certificate_fd, "r") : NULL;

	check(key_file != NULL && certificate_file != NULL, "%s, %s: %s", key_name, certificate_name, strerror(errno));
	EVP_PKEY *key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
	X509 *certificate = PEM_read_X509(certificate_file, NULL, NULL, NULL);
	check(key != NULL && certificate != NULL && EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1,
	      "%s and %s do not belong together", key_name, certificate_name);
	EVP_PKEY_free(key);
	X509_free(certificate);
	(void)fclose(key_file);
	(void)fclose(certificate_file);
}

static void read_until_it_ends(const struct ground *ground, pid_t writer)
{
	int status = 0, dir = open(pem_dir(ground), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t reads = 0;

	check(dir >= 0, "%s: %s", pem_dir(ground), strerror(errno));
	for (pid_t ended = 0; ended == 0; reads++) {
		ended = waitpid(writer, &status, WNOHANG);
		int live = openat(dir, "live", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		check(live >= 0, "live leads nowhere: %s", strerror(errno));
		check_pair(live, "privkey.pem", "fullchain.pem");
		(void)close(live);
		check_pair(dir, "live/credential.pem", "live/credential.pem");
	}
	check(status == 0, "the writer ended with %d", status);
	check(reads > 1, "the reader was never beside the writer");
}

static void readers_beside_activate(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *pair[] = {inputs_get(suite->inputs, INPUT_EC), inputs_get(suite->inputs, INPUT_RENEWED)};

	(void)install(&ground, pair[0]);
	(void)install(&ground, pair[1]);
	pid_t writer = fork();
	check(writer >= 0, "fork: %s", strerror(errno));
	if (writer == 0) {
		struct session session;
		session_open(&session, &ground, NACCS_ACCESS_WRITE);
		for (int i = 0; i < SWITCHES; i++)
			check_ok(suite->backend->activate(session.store, pair[i % 2]->installation.sha256, &session.err), &session.err);
		session_close(&session);
		_exit(0);
	}
	read_until_it_ends(&ground, writer);
}

static void readers_beside_a_repair(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_EC);
	const struct naccs_bytes anchors[] = {input.server_anchor, input.installation.client_ca};

	(void)install(&ground, &input);
	pid_t writer = fork();
	check(writer >= 0, "fork: %s", strerror(errno));
	if (writer == 0) {
		for (int i = 1; i <= REPAIRS; i++) {
			input.installation.server_anchors = &anchors[i % 2];
			(void)install(&ground, &input);
		}
		_exit(0);
	}
	/* Whoever holds the folder keeps reading its files until they are swept, one run later. */
	int status = 0;
	for (pid_t ended = 0; ended == 0;) {
		ended = waitpid(writer, &status, WNOHANG);
		check(access(pem_path(&ground, "live/credential.pem"), R_OK) == 0 &&
			      access(pem_path(&ground, "live/privkey.pem"), R_OK) == 0,
		      "live leads nowhere: %s", strerror(errno));
	}
	check(status == 0, "the writer ended with %d", status);
}

const struct test pem_tests_readers[] = {
	{"a reader beside activate sees the old set or the new one", readers_beside_activate},
	{"a reader beside a repair never meets nothing", readers_beside_a_repair},
	{NULL, NULL},
};
