/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which certificate is the client's, whose chain it has, and when keys and certificates do not make a credential. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/pkcs12.h>

#define ORGANIZATION "O=Nippon Automated Cargo And Port Consolidated System, Inc."
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void open_with(const struct fixture *fixture, EVP_PKEY *key, X509 *const *certificates, size_t count, struct opening opening,
		      struct opened *ret)
{
	open_made(fixture, (struct pki_pkcs12){.key = key, .certificates = certificates, .certificate_count = count}, opening, ret);
}

static struct pki_identity *make_intermediate(const struct fixture *fixture, const struct pki_identity *issuer, const char *common_name)
{
	const char *const name[] = {"C=JP", ORGANIZATION, common_name, NULL};
	return pki_issue(fixture->pki, issuer,
			 &(struct pki_spec){.profile = PKI_INTERMEDIATE, .name = name, .not_before = NOW - DAY, .not_after = NOW + 900 * DAY});
}

static void test_order_in_the_file_does_not_matter(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *upper = make_intermediate(fixture, fixture->ca, "CN=Upper CA");
	struct pki_identity *lower = make_intermediate(fixture, upper, "CN=Lower CA");
	struct pki_identity *client = pki_make_client(fixture->pki, lower, "11110A", PKI_EC, NOW - DAY, NOW + DAY);
	X509 *certificates[] = {client->certificate, lower->certificate, upper->certificate, fixture->ca->certificate};
	for (int order = 0; order < 24; order++) { /* every order, by repeated exchange of neighbours */
		struct opened opened;
		X509 *first = certificates[order % 3];
		certificates[order % 3] = certificates[order % 3 + 1];
		certificates[order % 3 + 1] = first;
		open_with(fixture, client->key, certificates, COUNT(certificates), (struct opening){0}, &opened);
		assert_status(opened, NACCS_OK);
		assert_int_equal(X509_cmp(opened.credential->certificate, client->certificate), 0);
		assert_int_equal(sk_X509_num(opened.credential->intermediates), 2);
		assert_int_equal(X509_cmp(sk_X509_value(opened.credential->intermediates, 0), lower->certificate), 0);
		assert_int_equal(X509_cmp(sk_X509_value(opened.credential->intermediates, 1), upper->certificate), 0);
		assert_int_equal(X509_cmp(opened.credential->client_ca, fixture->ca->certificate), 0);
		assert_int_equal(sk_X509_num(opened.credential->extras), 0);
		open_end(&opened);
	}
	pki_identity_free(client);
	pki_identity_free(lower);
	pki_identity_free(upper);
}

static void test_extra_certificates_never_become_anchors(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *same_name = pki_make_client_ca(fixture->pki, PKI_EC, NOW);
	struct pki_identity *server_root = pki_make_server_root(fixture->pki, PKI_EC, NOW);
	X509 *const certificates[] = {same_name->certificate, server_root->certificate, fixture->client->certificate, fixture->ca->certificate,
				      fixture->client->certificate};
	struct opened opened;
	open_with(fixture, fixture->client->key, certificates, COUNT(certificates), (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	assert_int_equal(X509_cmp(opened.credential->client_ca, fixture->ca->certificate), 0);
	assert_int_equal(sk_X509_num(opened.credential->intermediates), 0);
	assert_int_equal(sk_X509_num(opened.credential->extras), 2); /* the client's duplicate is dropped */
	open_end(&opened);
	pki_identity_free(same_name);
	pki_identity_free(server_root);
}

static void test_signed_by_another_ca_of_the_same_name_is_a_mismatch(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *same_name = pki_make_client_ca(fixture->pki, PKI_EC, NOW);
	X509 *const certificates[] = {fixture->client->certificate, same_name->certificate};
	struct opened opened;
	open_with(fixture, fixture->client->key, certificates, COUNT(certificates), (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	assert_says(opened, "another CA of the name");
	assert_says(opened, "NACCS Client CA");
	pki_identity_free(same_name);
}

static void test_a_missing_root_is_served_by_the_remembered_ca_that_signed(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *same_name = pki_make_client_ca(fixture->pki, PKI_EC, NOW);
	X509 *const certificates[] = {fixture->client->certificate};
	STACK_OF(X509) *remembered = sk_X509_new_null();
	struct opened opened;
	open_with(fixture, fixture->client->key, certificates, 1, (struct opening){.remembered = remembered}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	assert_says(opened, "lacks the certificate of the CA");
	assert_true(sk_X509_push(remembered, same_name->certificate) > 0);
	open_with(fixture, fixture->client->key, certificates, 1, (struct opening){.remembered = remembered}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	assert_says(opened, "another CA of the name");
	assert_true(sk_X509_push(remembered, fixture->ca->certificate) > 0);
	open_with(fixture, fixture->client->key, certificates, 1, (struct opening){.remembered = remembered}, &opened);
	assert_status(opened, NACCS_OK);
	assert_int_equal(X509_cmp(opened.credential->client_ca, fixture->ca->certificate), 0);
	assert_true(opened.credential->is_client_ca_remembered);
	open_end(&opened);
	sk_X509_free(remembered);
	pki_identity_free(same_name);
}

static void test_a_remembered_ca_serves_above_an_intermediate_too(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *lower = make_intermediate(fixture, fixture->ca, "CN=Lower CA");
	struct pki_identity *client = pki_make_client(fixture->pki, lower, "11110A", PKI_EC, NOW - DAY, NOW + DAY);
	X509 *const certificates[] = {lower->certificate, client->certificate};
	STACK_OF(X509) *remembered = sk_X509_new_null();
	struct opened opened;
	assert_true(sk_X509_push(remembered, fixture->ca->certificate) > 0);
	open_with(fixture, client->key, certificates, 2, (struct opening){.remembered = remembered}, &opened);
	assert_status(opened, NACCS_OK);
	assert_int_equal(sk_X509_num(opened.credential->intermediates), 1);
	assert_int_equal(X509_cmp(opened.credential->client_ca, fixture->ca->certificate), 0);
	open_end(&opened);
	open_with(fixture, client->key, certificates, 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	sk_X509_free(remembered);
	pki_identity_free(client);
	pki_identity_free(lower);
}

static void test_a_root_that_is_not_signed_by_itself_is_a_mismatch(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const name[] = {"C=JP", ORGANIZATION, "CN=NACCS Client CA", NULL};
	struct pki_identity *cross = pki_issue(fixture->pki, fixture->ca, /* its issuer has its own name, but another key */
					       &(struct pki_spec){.profile = PKI_ROOT, .name = name, .not_before = NOW - DAY, .not_after = NOW + DAY});
	struct pki_identity *client = pki_make_client(fixture->pki, cross, "11110A", PKI_EC, NOW - DAY, NOW + DAY);
	X509 *const certificates[] = {client->certificate, cross->certificate};
	struct opened opened;
	open_with(fixture, client->key, certificates, 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	assert_says(opened, "not signed by its own key");
	STACK_OF(X509) *remembered = sk_X509_new_null();
	assert_true(sk_X509_push(remembered, cross->certificate) > 0);
	open_with(fixture, client->key, certificates, 1, (struct opening){.remembered = remembered}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	sk_X509_free(remembered);
	pki_identity_free(client);
	pki_identity_free(cross);
}

static void test_a_renewed_root_with_the_same_key_is_preferred_while_valid(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const name[] = {"C=JP", ORGANIZATION, "CN=NACCS Client CA", NULL};
	struct pki_identity *expired = pki_issue(fixture->pki, NULL,
						 &(struct pki_spec){.profile = PKI_ROOT,
								    .name = name,
								    .key = fixture->ca->key,
								    .not_before = NOW - 900 * DAY,
								    .not_after = NOW - DAY});
	struct pki_identity *future = pki_issue(fixture->pki, NULL,
						&(struct pki_spec){.profile = PKI_ROOT,
								   .name = name,
								   .key = fixture->ca->key,
								   .not_before = NOW + DAY,
								   .not_after = NOW + 9000 * DAY});
	X509 *certificates[] = {expired->certificate, future->certificate, fixture->client->certificate, fixture->ca->certificate};
	for (int order = 0; order < 2; order++) {
		struct opened opened;
		open_with(fixture, fixture->client->key, certificates, COUNT(certificates), (struct opening){0}, &opened);
		assert_status(opened, NACCS_OK);
		assert_int_equal(X509_cmp(opened.credential->client_ca, fixture->ca->certificate), 0);
		open_end(&opened);
		certificates[0] = fixture->ca->certificate;
		certificates[3] = expired->certificate;
	}
	pki_identity_free(expired);
	pki_identity_free(future);
}

static void test_validity_is_judged_at_the_given_time(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *client = pki_make_client(fixture->pki, fixture->ca, "11110A", PKI_EC, NOW, NOW + DAY);
	X509 *const certificates[] = {client->certificate, fixture->ca->certificate};
	static const struct {
		int64_t now;
		naccs_status status;
	} cases[] = {
		{NOW - 1, NACCS_E_PKCS12_NOT_YET},
		{NOW, NACCS_OK},
		{NOW + DAY - 1, NACCS_OK},
		{NOW + DAY, NACCS_E_PKCS12_EXPIRED},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct opened opened;
		open_with(fixture, client->key, certificates, 2, (struct opening){.now = cases[i].now}, &opened);
		assert_status(opened, cases[i].status);
		if (opened.status == NACCS_E_PKCS12_EXPIRED) {
			assert_says(opened, "2027-01-16 17:00 JST");
			assert_says(opened, "reissue");
		}
		if (opened.status == NACCS_E_PKCS12_NOT_YET)
			assert_says(opened, "2027-01-15 17:00 JST");
		open_end(&opened);
	}
	pki_identity_free(client);
}

static void test_key_and_certificate_that_do_not_match(void **state)
{
	const struct fixture *fixture = *state;
	EVP_PKEY *stranger = pki_make_key(fixture->pki, PKI_EC);
	EVP_PKEY *rsa = pki_make_key(fixture->pki, PKI_RSA);
	X509 *const certificates[] = {fixture->client->certificate, fixture->ca->certificate};
	struct opened opened;
	open_with(fixture, stranger, certificates, 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	assert_says(opened, "do not belong together");
	open_with(fixture, rsa, certificates, 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	open_with(fixture, fixture->client->key, certificates, 0, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	assert_says(opened, "no certificate");
	EVP_PKEY_free(stranger);
	EVP_PKEY_free(rsa);
}

static void test_no_key_is_corrupt(void **state)
{
	const struct fixture *fixture = *state;
	X509 *const certificates[] = {fixture->client->certificate, fixture->ca->certificate};
	struct opened opened;
	open_with(fixture, NULL, certificates, 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "no private key");
}

static void test_of_several_keys_the_one_with_a_certificate_counts(void **state)
{
	const struct fixture *fixture = *state;
	EVP_PKEY *one = pki_make_key(fixture->pki, PKI_EC), *two = pki_make_key(fixture->pki, PKI_EC);
	X509 *const certificates[] = {fixture->client->certificate, fixture->ca->certificate};
	struct pki_pkcs12 what = {.key = one, .second_key = fixture->client->key, .certificates = certificates, .certificate_count = 2};
	struct opened opened;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	assert_true(key_fits(opened.credential->key, fixture->client->certificate));
	open_end(&opened);
	what.second_key = two;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "several keys");
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
}

static void test_two_client_certificates_with_their_keys_are_refused(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *other = pki_make_client(fixture->pki, fixture->ca, "22220B", PKI_EC, NOW - DAY, NOW + DAY);
	X509 *const certificates[] = {fixture->client->certificate, other->certificate, fixture->ca->certificate};
	struct opened opened;
	open_made(fixture,
		  (struct pki_pkcs12){.key = fixture->client->key, .second_key = other->key, .certificates = certificates, .certificate_count = 3},
		  (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "more than one client certificate");
	pki_identity_free(other);
}

static void test_the_key_of_the_ca_in_the_file_does_not_make_it_the_client(void **state)
{
	const struct fixture *fixture = *state;
	X509 *const certificates[] = {fixture->ca->certificate, fixture->client->certificate};
	struct opened opened;
	open_made(fixture,
		  (struct pki_pkcs12){
			  .key = fixture->ca->key, .second_key = fixture->client->key, .certificates = certificates, .certificate_count = 2},
		  (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	assert_int_equal(X509_cmp(opened.credential->certificate, fixture->client->certificate), 0);
	open_end(&opened);
}

static void test_a_self_signed_client_certificate_is_a_mismatch(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *client = pki_make_client(fixture->pki, NULL, "11110A", PKI_EC, NOW - DAY, NOW + DAY);
	X509 *const certificates[] = {client->certificate, fixture->ca->certificate};
	struct opened opened;
	open_with(fixture, client->key, certificates, 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_MISMATCH);
	assert_says(opened, "issued by itself");
	pki_identity_free(client);
}

static void test_a_key_that_is_neither_rsa_nor_ec_is_refused(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *client = pki_make_client(fixture->pki, fixture->ca, "11110A", PKI_ED25519, NOW - DAY, NOW + DAY);
	X509 *const certificates[] = {client->certificate, fixture->ca->certificate};
	struct opened opened;
	open_with(fixture, client->key, certificates, 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "neither RSA nor EC");
	pki_identity_free(client);
}

/* Some OpenSSL (3.0.19) can not read a name with a character outside the Basic Multilingual Plane near its end: then there is none. */
static bool can_library_read(const char *name)
{
	int length = 0;
	unsigned char *uni = OPENSSL_utf82uni(name, -1, NULL, &length);
	char *back = OPENSSL_uni2utf8(uni, length - 2); /* as in a file: without the NUL at its end */
	bool can = back != NULL && strcmp(back, name) == 0;
	OPENSSL_free(uni);
	OPENSSL_free(back);
	return can;
}

static void check_friendly_name(const struct fixture *fixture, const char *name)
{
	X509 *const certificates[] = {fixture->client->certificate, fixture->ca->certificate};
	struct pki_pkcs12 what = {
		.key = fixture->client->key, .certificates = certificates, .certificate_count = 2, .friendly_name = name};
	struct opened opened;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	if (can_library_read(name)) {
		assert_non_null(opened.credential->friendly_name);
		assert_string_equal(opened.credential->friendly_name, name);
	} else {
		assert_null(opened.credential->friendly_name);
	}
	open_end(&opened);
}

static void test_friendly_names_in_japanese_are_utf8(void **state)
{
	const struct fixture *fixture = *state;
	static const char name[] = "通関 11110A";
	X509 *const certificates[] = {fixture->client->certificate, fixture->ca->certificate};
	struct pki_pkcs12 what = {
		.key = fixture->client->key, .certificates = certificates, .certificate_count = 2, .friendly_name = name};
	struct opened opened;
	assert_true(can_library_read(name));
	check_friendly_name(fixture, name);
	check_friendly_name(fixture, "通関 11110A 𠮷野");
	what.friendly_name = NULL;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	assert_null(opened.credential->friendly_name);
	open_end(&opened);
}

static void test_more_certificates_than_an_honest_file_holds_are_refused(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *clients[66];
	X509 *certificates[66];
	struct opened opened;
	for (size_t i = 0; i < COUNT(clients); i++) {
		clients[i] = pki_make_client(fixture->pki, fixture->ca, "11110A", PKI_EC, NOW - DAY, NOW + DAY);
		certificates[i] = clients[i]->certificate;
	}
	open_with(fixture, clients[0]->key, certificates, COUNT(certificates), (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "too many");
	for (size_t i = 0; i < COUNT(clients); i++)
		pki_identity_free(clients[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_in_the_file_does_not_matter),
		cmocka_unit_test(test_extra_certificates_never_become_anchors),
		cmocka_unit_test(test_signed_by_another_ca_of_the_same_name_is_a_mismatch),
		cmocka_unit_test(test_a_missing_root_is_served_by_the_remembered_ca_that_signed),
		cmocka_unit_test(test_a_remembered_ca_serves_above_an_intermediate_too),
		cmocka_unit_test(test_a_root_that_is_not_signed_by_itself_is_a_mismatch),
		cmocka_unit_test(test_a_renewed_root_with_the_same_key_is_preferred_while_valid),
		cmocka_unit_test(test_validity_is_judged_at_the_given_time),
		cmocka_unit_test(test_key_and_certificate_that_do_not_match),
		cmocka_unit_test(test_no_key_is_corrupt),
		cmocka_unit_test(test_of_several_keys_the_one_with_a_certificate_counts),
		cmocka_unit_test(test_two_client_certificates_with_their_keys_are_refused),
		cmocka_unit_test(test_the_key_of_the_ca_in_the_file_does_not_make_it_the_client),
		cmocka_unit_test(test_a_self_signed_client_certificate_is_a_mismatch),
		cmocka_unit_test(test_a_key_that_is_neither_rsa_nor_ec_is_refused),
		cmocka_unit_test(test_friendly_names_in_japanese_are_utf8),
		cmocka_unit_test(test_more_certificates_than_an_honest_file_holds_are_refused),
	};
	naccs_crypto_process_init();
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
