/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a program that reads while we switch sees the old set or the new one, never a mixture and never nothing. */
#include "pem_test.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define SWITCHES 1000 /* each takes ten times as long */
#else
#define SWITCHES 10000
#endif
#define REPAIRS 40

static FILE *open_in(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	check(file != NULL, "%s: %s", name, strerror(errno));
	return file;
}

/* The key in the one file and the first certificate in the other belong together. They may be the same file, opened once. */
static void check_pair(FILE *key_file, FILE *certificate_file)
{
	EVP_PKEY *key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
	X509 *certificate = PEM_read_X509(certificate_file, NULL, NULL, NULL);

	check(key != NULL && certificate != NULL, "a key or a certificate can't be read");
	check(EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1, "key and certificate do not belong together");
	EVP_PKEY_free(key);
	X509_free(certificate);
	(void)fclose(key_file);
	if (certificate_file != key_file)
		(void)fclose(certificate_file);
}

/* A writer beside this process; it ends with it, so that a failed test leaves nobody at work. */
static pid_t fork_writer(void)
{
	pid_t parent = getpid();

	(void)fflush(NULL);
	pid_t writer = fork();
	check(writer >= 0, "fork: %s", strerror(errno));
	if (writer == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(1);
	return writer;
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
		check_pair(open_in(live, "privkey.pem"), open_in(live, "fullchain.pem"));
		(void)close(live);
		FILE *credential = open_in(dir, "live/credential.pem");
		check_pair(credential, credential);
	}
	check(status == 0, "the writer ended with %d", status);
	check(reads > 0, "nothing was read");
}

static void readers_beside_activate(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *pair[] = {inputs_get(suite->inputs, INPUT_EC), inputs_get(suite->inputs, INPUT_RENEWED)};

	(void)install(&ground, pair[0]);
	(void)install(&ground, pair[1]);
	pid_t writer = fork_writer();
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
	pid_t writer = fork_writer();
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
