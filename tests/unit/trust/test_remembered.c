/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a CA that a person said yes to is known for good; another of its name is a conflict; a foreign file in the folder is an alarm. */
#include "trust_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct cas {
	struct pki_identity *first, *second; /* one name, two keys */
};

static struct cas make_cas(struct trust_test *test)
{
	return (struct cas){pki_make_client_ca(test->pki, PKI_EC, test->now), pki_make_client_ca(test->pki, PKI_EC, test->now)};
}

static void free_cas(struct cas *cas)
{
	pki_identity_free(cas->first);
	pki_identity_free(cas->second);
}

static STACK_OF(X509) *load(struct trust_test *test)
{
	STACK_OF(X509) *remembered = NULL;
	struct naccs_error err = {0};
	assert_status(NACCS_OK, naccs_remembered_load(test->crypto, test->dirfd, &remembered, &err), &err);
	assert_non_null(remembered);
	return remembered;
}

static void nothing_is_remembered_at_first(void **state)
{
	struct trust_test *test = *state;
	struct cas cas = make_cas(test);
	STACK_OF(X509) *remembered = load(test);
	struct stat about;
	assert_int_equal(0, sk_X509_num(remembered));
	assert_int_equal(NACCS_CA_NEW, naccs_remembered_match(remembered, cas.first->certificate));
	assert_int_equal(-1, fstatat(test->dirfd, "client-ca", &about, 0)); /* reading makes nothing */
	drop(remembered);
	free_cas(&cas);
}

static void remembered_ca_is_known_and_its_namesake_a_conflict(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct cas cas = make_cas(test);
	struct pki_identity *unrelated = pki_make_server_root(test->pki, PKI_EC, test->now);
	assert_status(NACCS_OK, naccs_remembered_add(test->dirfd, cas.first->certificate, &err), &err);
	STACK_OF(X509) *remembered = load(test);
	assert_int_equal(1, sk_X509_num(remembered));
	assert_int_equal(NACCS_CA_KNOWN, naccs_remembered_match(remembered, cas.first->certificate));
	assert_int_equal(NACCS_CA_CONFLICT, naccs_remembered_match(remembered, cas.second->certificate));
	assert_int_equal(NACCS_CA_NEW, naccs_remembered_match(remembered, unrelated->certificate));
	drop(remembered);
	assert_status(NACCS_OK, naccs_remembered_add(test->dirfd, cas.second->certificate, &err), &err);
	remembered = load(test);
	assert_int_equal(2, sk_X509_num(remembered));
	assert_int_equal(NACCS_CA_KNOWN, naccs_remembered_match(remembered, cas.first->certificate));
	assert_int_equal(NACCS_CA_KNOWN, naccs_remembered_match(remembered, cas.second->certificate));
	drop(remembered);
	pki_identity_free(unrelated);
	free_cas(&cas);
}

static void adding_twice_changes_nothing_and_the_file_is_private(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct cas cas = make_cas(test);
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	assert_int_equal(NACCS_OK, naccs_certificate_facts_new(cas.first->certificate, &facts, NULL));
	char name[128];
	(void)snprintf(name, sizeof name, "client-ca/%s.pem", facts->sha256);
	struct stat before, after;
	assert_status(NACCS_OK, naccs_remembered_add(test->dirfd, cas.first->certificate, &err), &err);
	assert_int_equal(0, fstatat(test->dirfd, name, &before, 0));
	assert_int_equal(0600, before.st_mode & 07777);
	assert_status(NACCS_OK, naccs_remembered_add(test->dirfd, cas.first->certificate, &err), &err);
	assert_int_equal(0, fstatat(test->dirfd, name, &after, 0));
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(0, fstatat(test->dirfd, "client-ca", &after, 0));
	assert_int_equal(0700, after.st_mode & 07777);
	free_cas(&cas);
}

static void foreign_file_is_an_alarm(void **state)
{
	struct trust_test *test = *state;
	struct cas cas = make_cas(test);
	static const char *const names[] = {"README", "0000000000000000000000000000000000000000000000000000000000000000.pem"};
	for (size_t i = 0; i < 4; i++) {
		struct naccs_error err = {0};
		STACK_OF(X509) *remembered = NULL;
		char path[256];
		assert_status(NACCS_OK, naccs_remembered_add(test->dirfd, cas.first->certificate, &err), &err);
		(void)snprintf(path, sizeof path, "%s/client-ca/%s", test->folder, names[i % 2]);
		if (i < 2)
			pki_write_file(path, "nonsense", 8);
		else /* a CA under a name that is not its own */
			pki_write_pem(path, NULL, &cas.second->certificate, 1);
		assert_status(NACCS_E_FILE_IO, naccs_remembered_load(test->crypto, test->dirfd, &remembered, &err), &err);
		assert_says(&err, names[i % 2]);
		assert_null(remembered);
		assert_int_equal(0, unlink(path));
	}
	free_cas(&cas);
}

static void leftover_of_a_crash_is_passed_over(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct cas cas = make_cas(test);
	char path[128];
	assert_status(NACCS_OK, naccs_remembered_add(test->dirfd, cas.first->certificate, &err), &err);
	(void)snprintf(path, sizeof path, "%s/client-ca/.naccs-tmp-1234", test->folder);
	pki_write_file(path, "half", 4);
	STACK_OF(X509) *remembered = load(test);
	assert_int_equal(1, sk_X509_num(remembered));
	drop(remembered);
	free_cas(&cas);
}

static void link_in_place_of_the_folder_is_refused(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct cas cas = make_cas(test);
	STACK_OF(X509) *remembered = NULL;
	assert_int_equal(0, symlinkat("/tmp", test->dirfd, "client-ca"));
	assert_status(NACCS_E_FILE_IO, naccs_remembered_load(test->crypto, test->dirfd, &remembered, &err), &err);
	assert_status(NACCS_E_FILE_IO, naccs_remembered_add(test->dirfd, cas.first->certificate, &err), &err);
	free_cas(&cas);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trust_test_setup, trust_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_remembered_at_first),
		TEST(remembered_ca_is_known_and_its_namesake_a_conflict),
		TEST(adding_twice_changes_nothing_and_the_file_is_private),
		TEST(foreign_file_is_an_alarm),
		TEST(leftover_of_a_crash_is_passed_over),
		TEST(link_in_place_of_the_folder_is_refused),
	};
	return cmocka_run_group_tests_name("trust-remembered", tests, NULL, NULL);
}
