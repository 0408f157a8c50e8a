/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: OPENSSL_CONF and OPENSSL_MODULES must change nothing. A child of this very program is started with both set to hostile values: a
 * configuration that makes OpenSSL fetch nothing and load a module that does not exist, and a modules folder without modules.
 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static const char hostile_configuration[] = "openssl_conf = all\n"
					    "[all]\n"
					    "providers = providers\n"
					    "alg_section = algorithms\n"
					    "[algorithms]\n"
					    "default_properties = \"nothing=has-this\"\n"
					    "[providers]\n"
					    "evil = evil\n"
					    "[evil]\n"
					    "module = ./evil.so\n"
					    "activate = 1\n";

static const X509 *last_of(const struct opened *opened)
{
	return opened->credential != NULL ? opened->credential->certificate : NULL;
}

/* Exit status: 0 when a legacy and a modern file open and the default context works as well. */
static int child(void)
{
	void *state = NULL;
	int failures = 0;
	naccs_crypto_process_init();
	if (fixture_setup(&state) != 0)
		return 50;
	const struct fixture *fixture = state;
	static const enum pki_cipher ciphers[] = {PKI_MODERN, PKI_LEGACY};
	X509 *const certificates[] = {fixture->client->certificate, fixture->ca->certificate};
	for (size_t i = 0; i < 2; i++) {
		struct opened opened;
		open_made(fixture,
			  (struct pki_pkcs12){
				  .key = fixture->client->key, .certificates = certificates, .certificate_count = 2, .cipher = ciphers[i]},
			  (struct opening){0}, &opened);
		failures += opened.status != NACCS_OK || last_of(&opened) == NULL;
		(void)fprintf(stderr, "%s", opened.err.message);
		open_end(&opened);
	}
	EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", NULL);
	failures += digest == NULL; /* libcurl and the like use the default context */
	EVP_MD_free(digest);
	(void)fixture_teardown(&state);
	return failures;
}

static int run_child(const char *configuration, const char *mode)
{
	char conf[128], modules[] = "OPENSSL_MODULES=/nonexistent/modules";
	char path[] = "PATH=/usr/bin:/bin";
	(void)snprintf(conf, sizeof conf, "OPENSSL_CONF=%s", configuration);
	char *const environment[] = {conf, modules, path, NULL};
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		(void)execle("/proc/self/exe", "test-credential-environment", mode, (char *)NULL, environment);
		_exit(60);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_hostile_openssl_conf_and_modules_change_nothing(void **state)
{
	char path[] = "/tmp/naccs-openssl-conf-XXXXXX";
	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	pki_write_file(path, hostile_configuration, sizeof hostile_configuration - 1);
	int with_us = run_child(path, "child"), without_us = run_child(path, "default-context");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(with_us, 0);
	assert_int_not_equal(without_us, 0); /* the configuration does bite where nobody defends */
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "child") == 0)
		return child();
	if (argc == 2) {
		EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", NULL);
		int result = digest == NULL;
		EVP_MD_free(digest);
		return result;
	}
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_hostile_openssl_conf_and_modules_change_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
