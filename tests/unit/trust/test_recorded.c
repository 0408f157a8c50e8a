/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the recorded server chain comes back as it was saved, and a damaged file is said to be one. */
#include "trust_test.h"

#include "file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void write_text(struct trust_test *test, const char *text)
{
	char path[128];
	(void)snprintf(path, sizeof path, "%s/server-chain.json", test->folder);
	pki_write_file(path, text, strlen(text));
}

static void no_recording_is_no_failure(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct naccs_recorded_chain *recorded = (void *)&err;
	assert_status(NACCS_OK, naccs_recorded_chain_load(test->crypto, test->dirfd, &recorded, &err), &err);
	assert_null(recorded);
}

static void what_was_saved_comes_back(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct pki_server_chain *server = pki_make_server_chain(test->pki, trust_test_hosts, PKI_EC, test->now);
	STACK_OF(X509) *chain = stack_of(server->leaf->certificate, server->intermediate->certificate, server->root->certificate, NULL);
	for (int round = 0; round < 2; round++) {
		naccs_auto(recorded_chain) struct naccs_recorded_chain *recorded = NULL;
		struct stat about;
		assert_status(NACCS_OK, naccs_recorded_chain_save(test->dirfd, chain, HOST, test->now + round, &err), &err);
		assert_int_equal(0, fstatat(test->dirfd, "server-chain.json", &about, 0));
		assert_int_equal(0600, about.st_mode & 07777);
		assert_status(NACCS_OK, naccs_recorded_chain_load(test->crypto, test->dirfd, &recorded, &err), &err);
		assert_string_equal(HOST, recorded->host);
		assert_int_equal(test->now + round, recorded->recorded_at);
		assert_int_equal(3, sk_X509_num(recorded->chain));
		for (int i = 0; i < 3; i++)
			assert_int_equal(0, X509_cmp(sk_X509_value(chain, i), sk_X509_value(recorded->chain, i)));
	}
	drop(chain);
	pki_server_chain_free(server);
}

static void damaged_recording_is_named(void **state)
{
	struct trust_test *test = *state;
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"schema\":1}",
		"{\"schema\":2,\"host\":\"h\",\"recorded_at\":\"2026-06-01T00:00:00Z\",\"chain\":[]}",
		"{\"schema\":1,\"host\":\"h\",\"recorded_at\":\"yesterday\",\"chain\":[]}",
		"{\"schema\":1,\"host\":\"h\",\"recorded_at\":\"2026-06-01T00:00:00Z\",\"chain\":[]}",
		"{\"schema\":1,\"host\":\"h\",\"recorded_at\":\"2026-06-01T00:00:00Z\",\"chain\":[1]}",
		"{\"schema\":1,\"host\":\"h\",\"recorded_at\":\"2026-06-01T00:00:00Z\",\"chain\":[\"nonsense\"]}",
		"{\"schema\":1,\"host\":\"h\",\"recorded_at\":\"2026-06-01T00:00:00Z\",\"chain\":\"nonsense\"}",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct naccs_error err = {0};
		struct naccs_recorded_chain *recorded = NULL;
		write_text(test, texts[i]);
		assert_status(NACCS_E_FILE_IO, naccs_recorded_chain_load(test->crypto, test->dirfd, &recorded, &err), &err);
		assert_null(recorded);
		assert_says(&err, "server-chain.json");
		assert_true(err.hint[0] != '\0');
	}
}

/* Save a good recording, put `words` in place of its first `what`, and see it refused. */
static void assert_refused_with(struct trust_test *test, const char *what, const char *words)
{
	struct naccs_error err = {0};
	struct naccs_recorded_chain *recorded = NULL;
	naccs_auto(secret) struct naccs_secret *text = NULL;
	struct pki_identity *ca = pki_make_client_ca(test->pki, PKI_EC, test->now);
	STACK_OF(X509) *chain = stack_of(ca->certificate, NULL);
	assert_status(NACCS_OK, naccs_recorded_chain_save(test->dirfd, chain, HOST, test->now, &err), &err);
	assert_status(NACCS_OK, naccs_file_read(test->dirfd, "server-chain.json", NACCS_SMALL_FILE_LIMIT, &text, &err), &err);
	const char *position = strstr(naccs_secret_text(text), what);
	assert_non_null(position);
	naccs_auto(heap) char *changed = naccs_format("%.*s%s%s", (int)(position - naccs_secret_text(text)), naccs_secret_text(text), words,
						      position + strlen(what));
	write_text(test, changed);
	assert_status(NACCS_E_FILE_IO, naccs_recorded_chain_load(test->crypto, test->dirfd, &recorded, &err), &err);
	drop(chain);
	pki_identity_free(ca);
}

static void changed_recording_is_refused(void **state)
{
	struct trust_test *test = *state;
	assert_refused_with(test, "\"schema\": 1", "\"schema\": 2");
	assert_refused_with(test, "{", "{\"host\": \"other.example\",");
	assert_refused_with(test, "MII", "MIA");
	assert_refused_with(test, "2026-06-01T", "2026-06-01 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_recording_is_no_failure, trust_test_setup, trust_test_teardown),
		cmocka_unit_test_setup_teardown(what_was_saved_comes_back, trust_test_setup, trust_test_teardown),
		cmocka_unit_test_setup_teardown(damaged_recording_is_named, trust_test_setup, trust_test_teardown),
		cmocka_unit_test_setup_teardown(changed_recording_is_refused, trust_test_setup, trust_test_teardown),
	};
	return cmocka_run_group_tests_name("trust-recorded", tests, NULL, NULL);
}
