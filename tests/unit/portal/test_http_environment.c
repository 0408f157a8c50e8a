/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: nothing in the environment moves what is trusted, what is spoken or what is kept secret. OpenSSL and libcurl read it once per
 * process, so this is a program of its own whose environment is hostile from the first moment.
 */
#include "http_fixture.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>

/* If this were loaded: no default provider, no usable protocol. */
static const char hostile_configuration[] = "openssl_conf = init\n"
					    "config_diagnostics = 1\n"
					    "[init]\n"
					    "providers = providers\n"
					    "ssl_conf = ssl\n"
					    "[providers]\n"
					    "base = base\n"
					    "[base]\n"
					    "activate = 1\n"
					    "[ssl]\n"
					    "system_default = tls\n"
					    "[tls]\n"
					    "MaxProtocol = TLSv1.1\n"
					    "Options = NoRenegotiation\n";

static const char portal_netrc[] = "machine portal.test login SECRETLOGIN password SECRETPASSWORD\n";

static char folder[] = "/tmp/naccs-http-environment-XXXXXX";

static char *path_in_folder(const char *name)
{
	char *path = NULL;
	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

static void set_path(const char *variable, const char *name)
{
	naccs_auto(heap) char *path = path_in_folder(name);
	assert_int_equal(setenv(variable, path, 1), 0);
}

static void write_text(const char *name, const char *text)
{
	naccs_auto(heap) char *path = path_in_folder(name);
	pki_write_file(path, text, strlen(text));
}

static void make_environment_hostile(void)
{
	static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	assert_non_null(mkdtemp(folder));
	write_text("openssl.cnf", hostile_configuration);
	write_text(".curlrc", "insecure\nproxy = http://127.0.0.1:1\n");
	write_text(".netrc", portal_netrc);
	set_path("OPENSSL_CONF", "openssl.cnf");
	set_path("OPENSSL_MODULES", "no-such-modules");
	set_path("OPENSSL_ENGINES", "no-such-engines");
	set_path("SSLKEYLOGFILE", "keys");
	set_path("SSL_CERT_FILE", "rogue.pem");
	set_path("SSL_CERT_DIR", "");
	set_path("CURL_CA_BUNDLE", "rogue.pem");
	set_path("HOME", "");
	set_path("CURL_HOME", "");
	set_path("XDG_CONFIG_HOME", "");
	assert_int_equal(setenv("CURL_SSL_BACKEND", "gnutls", 1), 0);
	for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
		assert_int_equal(setenv(proxies[i], "http://127.0.0.1:1", 1), 0);
}

static void assert_no_keys_were_logged(void)
{
	naccs_auto(heap) char *path = path_in_folder("keys");
	struct stat status;
	assert_int_equal(lstat(path, &status), -1);
}

static void speaks_as_ever(void **state)
{
	struct fixture *f = *state;
	const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	for (size_t i = 0; i < 2; i++) {
		f->server_options.tls_version = versions[i];
		fixture_start(f, answer_hello, NULL);
		assert_status(fixture_get(f, URL("/")), NACCS_OK);
		assert_string_equal(fixture_body(f), "hello");
		assert_int_equal(server_count(f->server, "Authorization"), 0);
	}
	assert_no_keys_were_logged();
}

static void writes_no_key_log_even_when_the_variable_comes_back(void **state)
{
	struct fixture *f = *state;
	set_path("SSLKEYLOGFILE", "keys");
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_no_keys_were_logged();
}

/* An intercepting proxy whose CA the system trusts looks like this. */
static void trusts_no_root_that_the_environment_names(void **state)
{
	static const char *const hosts[] = {HOST, NULL};
	struct fixture *f = *state;
	struct pki_server_chain *rogue = pki_make_server_chain(f->pki, hosts, PKI_EC, f->now);
	naccs_auto(heap) char *path = path_in_folder("rogue.pem");
	X509 *const roots[] = {rogue->root->certificate};
	pki_write_pem(path, NULL, roots, 1);
	f->server_options.leaf = rogue->leaf;
	f->sent[0] = rogue->intermediate->certificate;
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_post(f, URL("/"), "code1=SECRETCODE"), NACCS_E_TLS_UNTRUSTED);
	assert_int_equal(server_requests(f->server), 0);
	pki_server_chain_free(rogue);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

int main(void)
{
	make_environment_hostile();
	naccs_http_process_init();
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(speaks_as_ever),
		TEST(writes_no_key_log_even_when_the_variable_comes_back),
		TEST(trusts_no_root_that_the_environment_names),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return failed;
}
