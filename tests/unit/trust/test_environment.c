/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the system or the environment trusts is no anchor of ours, even when it is exactly the root of the chain in question; and no
 * OpenSSL configuration reaches us. This program makes a store's evidence, then runs itself as a child under an environment that trusts the
 * wrong root and whose OPENSSL_CONF takes every algorithm from OpenSSL's default context; the child judges. test-trust-environment
 * HOSTILE.CNF     and, for the child, FOLDER --inside
 */
#include "trust_test.h"

#include "file.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char hostile_config[256];
static char self[256];

/* ---- the child ---- */

struct inside {
	struct naccs_crypto *crypto;
	int dirfd;
	EVP_PKEY *key;
};

static STACK_OF(X509) *load(struct inside *inside, const char *name)
{
	STACK_OF(X509) *stack = NULL;
	naccs_auto(secret) struct naccs_secret *text = NULL;
	struct naccs_error err = {0};
	if (naccs_file_read(inside->dirfd, name, NACCS_SMALL_FILE_LIMIT, &text, &err) != NACCS_OK ||
	    naccs_certificates_from_pem(inside->crypto, naccs_secret_data(text), naccs_secret_length(text), name, &stack, &err) !=
		    NACCS_OK) {
		(void)fprintf(stderr, "%s\n", err.message);
		exit(3);
	}
	return stack;
}

static EVP_PKEY *load_key(struct inside *inside, const char *name)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	struct naccs_error err = {0};
	if (naccs_file_read(inside->dirfd, name, NACCS_SMALL_FILE_LIMIT, &text, &err) != NACCS_OK)
		exit(3);
	BIO *pem = BIO_new_mem_buf(naccs_secret_data(text), (int)naccs_secret_length(text));
	EVP_PKEY *key = PEM_read_bio_PrivateKey_ex(pem, NULL, NULL, NULL, naccs_crypto_libctx(inside->crypto), NULL);
	BIO_free(pem);
	return key;
}

static naccs_status sign(void *context, const uint8_t *digest, size_t length, naccs_status (*sink)(void *, const uint8_t *, size_t),
			 void *sink_context, struct naccs_error *err)
{
	struct inside *inside = context;
	uint8_t signature[256];
	size_t size = sizeof signature;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(naccs_crypto_libctx(inside->crypto), inside->key, NULL);
	bool is_signed = EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_sign(ctx, signature, &size, digest, length) == 1;
	EVP_PKEY_CTX_free(ctx);
	return is_signed ? sink(sink_context, signature, size) : naccs_fail(err, NACCS_E_INTERNAL, 0, "cannot sign");
}

/* Everything good is good; the chain whose root the environment trusts is not. */
static int judge_inside(struct inside *inside)
{
	struct naccs_error err = {0};
	STACK_OF(X509) *client = load(inside, "client.pem"), *ca = load(inside, "ca.pem"), *root = load(inside, "root.pem");
	STACK_OF(X509) *server = load(inside, "server.pem"), *proxy = load(inside, "proxy-server.pem");
	struct naccs_evidence evidence = {
		.certificate = sk_X509_value(client, 0), .client_cas = ca, .server_anchors = root, .sign = sign, .sign_context = inside};
	struct naccs_expectation expectation = {.installed_anchors = root,
						.installed_client_ca = sk_X509_value(ca, 0),
						.live_chain = server,
						.live_host = HOST,
						.live_time = at("2026-06-01T00:00:00Z"),
						.now = at("2026-06-01T00:00:00Z")};
	struct naccs_verdict verdict = {0};
	naccs_status status = naccs_judge(inside->crypto, &evidence, &expectation, &verdict, &err);
	bool is_good =
		status == NACCS_OK && verdict.key == NACCS_TRUE && verdict.client_chain == NACCS_TRUE && verdict.server_chain == NACCS_TRUE;
	(void)fprintf(stderr, "%s|%s|%s|%s\n", err.message, verdict.key_error.message, verdict.client_chain_error.message,
		      verdict.server_chain_error.message);
	naccs_verdict_clear(&verdict);

	struct naccs_server_check check = {.sent = proxy, .anchors = root, .host = HOST, .time = expectation.now};
	is_good = is_good && naccs_chain_check_server(inside->crypto, &check, NULL, &err) == NACCS_E_TLS_UNTRUSTED;
	is_good = is_good && naccs_recorded_chain_save(inside->dirfd, server, HOST, expectation.now, &err) == NACCS_OK;
	is_good = is_good && naccs_remembered_add(inside->dirfd, sk_X509_value(ca, 0), &err) == NACCS_OK;
	drop(client);
	drop(ca);
	drop(root);
	drop(server);
	drop(proxy);
	return is_good ? 0 : 2;
}

static int run_inside(const char *folder)
{
	struct naccs_error err = {0};
	struct inside inside = {.dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	/* is the environment hostile at all? */
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256 != NULL || inside.dirfd < 0 || naccs_crypto_new(&inside.crypto, &err) != NACCS_OK) {
		(void)fprintf(stderr, "the default context still works, or: %s\n", err.message);
		return 4;
	}
	inside.key = load_key(&inside, "key.pem");
	int result = judge_inside(&inside);
	EVP_PKEY_free(inside.key);
	naccs_crypto_free(inside.crypto);
	(void)close(inside.dirfd);
	return result;
}

/* ---- the parent ---- */

static void write_pem(struct trust_test *test, const char *name, EVP_PKEY *key, X509 *const *certificates, size_t count)
{
	char path[128];
	(void)snprintf(path, sizeof path, "%s/%s", test->folder, name);
	pki_write_pem(path, key, certificates, count);
}

static int run_child(struct trust_test *test)
{
	char cert_file[160], cert_dir[160], bundle[160], config[300], modules[] = "OPENSSL_MODULES=/nonexistent", inside[] = "--inside";
	(void)snprintf(cert_file, sizeof cert_file, "SSL_CERT_FILE=%s/proxy-root.pem", test->folder);
	(void)snprintf(cert_dir, sizeof cert_dir, "SSL_CERT_DIR=%s", test->folder);
	(void)snprintf(bundle, sizeof bundle, "CURL_CA_BUNDLE=%s/proxy-root.pem", test->folder);
	(void)snprintf(config, sizeof config, "OPENSSL_CONF=%s", hostile_config);
	char *const arguments[] = {self, test->folder, inside, NULL};
	char *const variables[] = {cert_file, cert_dir, bundle, config, modules, NULL};
	pid_t child = -1;
	int status = -1;
	assert_int_equal(0, posix_spawn(&child, self, NULL, NULL, arguments, variables));
	assert_int_equal(child, waitpid(child, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void hostile_environment_changes_no_verdict(void **state)
{
	struct trust_test *test = *state;
	struct pki_identity *ca = pki_make_client_ca(test->pki, PKI_EC, test->now);
	struct pki_identity *client = pki_make_client(test->pki, ca, "11110A", PKI_EC, test->now, test->now + 1000);
	struct pki_server_chain *ours = pki_make_server_chain(test->pki, trust_test_hosts, PKI_EC, test->now);
	struct pki_server_chain *proxy = pki_make_server_chain(test->pki, trust_test_hosts, PKI_EC, test->now);
	X509 *const server[] = {ours->leaf->certificate, ours->intermediate->certificate};
	X509 *const proxy_server[] = {proxy->leaf->certificate, proxy->intermediate->certificate, proxy->root->certificate};
	write_pem(test, "key.pem", client->key, NULL, 0);
	write_pem(test, "client.pem", NULL, &client->certificate, 1);
	write_pem(test, "ca.pem", NULL, &ca->certificate, 1);
	write_pem(test, "root.pem", NULL, &ours->root->certificate, 1);
	write_pem(test, "server.pem", NULL, server, 2);
	write_pem(test, "proxy-root.pem", NULL, &proxy->root->certificate, 1);
	write_pem(test, "proxy-server.pem", NULL, proxy_server, 3);
	assert_int_equal(0, run_child(test));
	pki_server_chain_free(proxy);
	pki_server_chain_free(ours);
	pki_identity_free(client);
	pki_identity_free(ca);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[2], "--inside") == 0)
		return run_inside(argv[1]);
	if (argc != 2)
		return 1;
	(void)snprintf(hostile_config, sizeof hostile_config, "%s", argv[1]);
	(void)snprintf(self, sizeof self, "%s", argv[0]);
	const struct CMUnitTest tests[] = {cmocka_unit_test(hostile_environment_changes_no_verdict)};
	return cmocka_run_group_tests_name("trust-environment", tests, trust_test_setup, trust_test_teardown);
}
