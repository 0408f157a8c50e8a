/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what a backup gives back: every key with its own certificate, chain and record; nothing to whoever has not the passphrase. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backup.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs12.h>

#define ITERATIONS 1000 /* these tests are not about time */

static struct naccs_secret *secret(const void *bytes, size_t length)
{
	struct naccs_secret *made = NULL;
	assert_int_equal(naccs_secret_new_copy(bytes, length, &made, NULL), NACCS_OK);
	return made;
}

static struct naccs_secret *seal(const struct fixture *fixture, const struct naccs_backup_entry *entries, size_t count)
{
	naccs_auto(secret) struct naccs_secret *passphrase = secret(PASSWORD, strlen(PASSWORD));
	struct naccs_secret *sealed = NULL;
	struct naccs_error err = {0};
	naccs_status status = naccs_backup_seal(fixture->crypto, entries, count, passphrase, ITERATIONS, &sealed, &err);
	if (status != NACCS_OK)
		print_error("%s\n", err.message);
	assert_int_equal(status, NACCS_OK);
	return sealed;
}

static naccs_status open_sealed(const struct fixture *fixture, const struct naccs_secret *sealed, const char *with, int64_t now,
				struct naccs_backup **ret)
{
	naccs_auto(secret) struct naccs_secret *passphrase = secret(with, strlen(with));
	struct naccs_error err = {0};
	*ret = NULL;
	return naccs_backup_open(fixture->crypto, sealed, passphrase, NULL, now, ret, &err);
}

static STACK_OF(X509) *chain_of(X509 *a, X509 *b)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	assert_true(sk_X509_push(chain, a) > 0);
	if (b != NULL)
		assert_true(sk_X509_push(chain, b) > 0);
	return chain;
}

static void every_certificate_comes_back_with_its_key_chain_and_record(void **state)
{
	const struct fixture *fixture = *state;
	const char *const name[] = {"C=JP", "CN=NACCS Sub CA", NULL};
	struct pki_spec spec = {.profile = PKI_INTERMEDIATE, .name = name, .not_before = NOW - DAY, .not_after = NOW + 999 * DAY};
	struct pki_identity *sub = pki_issue(fixture->pki, fixture->ca, &spec);
	struct pki_identity *rsa = pki_make_client(fixture->pki, sub, "22220B", PKI_RSA, NOW - DAY, NOW + DAY);
	/* a renewed certificate of the same name beside the old one */
	struct pki_identity *renewed = pki_make_client(fixture->pki, fixture->ca, "11110A", PKI_EC384, NOW - DAY, NOW + 99 * DAY);
	STACK_OF(X509) *direct = chain_of(fixture->ca->certificate, NULL), *through = chain_of(fixture->ca->certificate, sub->certificate);
	const struct naccs_backup_entry entries[] = {
		{.key = fixture->client->key, .certificate = fixture->client->certificate, .chain = direct, .record = "{\"a\":\"端末\"}"},
		{.key = rsa->key, .certificate = rsa->certificate, .chain = through},
		{.key = renewed->key, .certificate = renewed->certificate, .chain = direct, .record = "c"},
	};
	naccs_auto(secret) struct naccs_secret *sealed = seal(fixture, entries, 3);
	naccs_auto(backup) struct naccs_backup *backup = NULL;
	assert_int_equal(open_sealed(fixture, sealed, PASSWORD, NOW, &backup), NACCS_OK);
	assert_int_equal(backup->count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct naccs_backup_item *item = &backup->items[i];
		assert_non_null(item->credential);
		assert_int_equal(X509_cmp(item->credential->certificate, entries[i].certificate), 0);
		assert_true(key_fits(item->credential->key, entries[i].certificate));
		assert_int_equal(X509_cmp(item->credential->client_ca, fixture->ca->certificate), 0);
		assert_int_equal(sk_X509_num(item->credential->intermediates), i == 1 ? 1 : 0);
		if (entries[i].record == NULL)
			assert_null(item->record);
		else
			assert_string_equal(item->record, entries[i].record);
	}
	sk_X509_free(direct);
	sk_X509_free(through);
	pki_identity_free(renewed);
	pki_identity_free(rsa);
	pki_identity_free(sub);
}

static void one_that_has_ended_does_not_hide_the_others(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *brief = pki_make_client(fixture->pki, fixture->ca, "33330C", PKI_EC, NOW - DAY, NOW + DAY);
	STACK_OF(X509) *chain = chain_of(fixture->ca->certificate, NULL);
	const struct naccs_backup_entry entries[] = {
		{.key = brief->key, .certificate = brief->certificate, .chain = chain, .record = "x"},
		{.key = fixture->client->key, .certificate = fixture->client->certificate, .chain = chain},
	};
	naccs_auto(secret) struct naccs_secret *sealed = seal(fixture, entries, 2);
	naccs_auto(backup) struct naccs_backup *backup = NULL;
	assert_int_equal(open_sealed(fixture, sealed, PASSWORD, NOW + 2 * DAY, &backup), NACCS_OK);
	assert_int_equal(backup->count, 2);
	assert_null(backup->items[0].credential);
	assert_int_equal(backup->items[0].error.status, NACCS_E_PKCS12_EXPIRED);
	assert_string_equal(backup->items[0].record, "x");
	assert_non_null(backup->items[1].credential);
	sk_X509_free(chain);
	pki_identity_free(brief);
}

static void nothing_opens_without_the_passphrase_or_when_a_byte_has_changed(void **state)
{
	const struct fixture *fixture = *state;
	STACK_OF(X509) *chain = chain_of(fixture->ca->certificate, NULL);
	const struct naccs_backup_entry entry = {.key = fixture->client->key,
						 .certificate = fixture->client->certificate,
						 .chain = chain,
						 .record = "stores that nobody may read"};
	naccs_auto(secret) struct naccs_secret *sealed = seal(fixture, &entry, 1);
	struct naccs_backup *backup = NULL;
	size_t length = naccs_secret_length(sealed);
	assert_int_equal(open_sealed(fixture, sealed, "Naccs-pass2", NOW, &backup), NACCS_E_PKCS12_PASSWORD);
	assert_int_equal(open_sealed(fixture, sealed, "", NOW, &backup), NACCS_E_PKCS12_PASSWORD);
	assert_null(memmem(naccs_secret_data(sealed), length, "stores", 6));
	assert_null(memmem(naccs_secret_data(sealed), length, "NACCS Client CA", 15)); /* who it is for is not told either */
	for (size_t at = 40; at + 200 < length; at += 97) {
		naccs_auto(heap) uint8_t *bytes = malloc(length);
		assert_non_null(bytes);
		memcpy(bytes, naccs_secret_data(sealed), length);
		bytes[at] ^= 0x10;
		naccs_auto(secret) struct naccs_secret *changed = secret(bytes, length);
		assert_int_not_equal(open_sealed(fixture, changed, PASSWORD, NOW, &backup), NACCS_OK);
		assert_null(backup);
	}
	sk_X509_free(chain);
}

static void more_certificates_fit_than_an_ordinary_file_may_hold(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_identity *clients[20];
	struct naccs_backup_entry entries[20];
	STACK_OF(X509) *chain = chain_of(fixture->ca->certificate, NULL);
	for (size_t i = 0; i < 20; i++) {
		char name[8];
		(void)snprintf(name, sizeof name, "T%zu", i);
		clients[i] = pki_make_client(fixture->pki, fixture->ca, name, PKI_EC, NOW - DAY, NOW + DAY);
		entries[i] = (struct naccs_backup_entry){
			.key = clients[i]->key, .certificate = clients[i]->certificate, .chain = chain, .record = "r"};
	}
	naccs_auto(secret) struct naccs_secret *sealed = seal(fixture, entries, 20);
	naccs_auto(backup) struct naccs_backup *backup = NULL;
	assert_int_equal(open_sealed(fixture, sealed, PASSWORD, NOW, &backup), NACCS_OK);
	assert_int_equal(backup->count, 20);
	struct opened opened; /* and an install of the portal's file keeps its limits */
	open_bytes(fixture, naccs_secret_data(sealed), naccs_secret_length(sealed), (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "too many");
	open_end(&opened);
	for (size_t i = 0; i < 20; i++)
		pki_identity_free(clients[i]);
	sk_X509_free(chain);
}

static void a_pkcs12_of_others_opens_without_a_record(void **state)
{
	const struct fixture *fixture = *state;
	X509 *const certificates[] = {fixture->client->certificate, fixture->ca->certificate};
	size_t length;
	uint8_t *bytes = pki_make_pkcs12(fixture->pki,
					 &(struct pki_pkcs12){.key = fixture->client->key,
							      .certificates = certificates,
							      .certificate_count = 2,
							      .password = PASSWORD,
							      .cipher = PKI_LEGACY},
					 &length);
	naccs_auto(secret) struct naccs_secret *file = secret(bytes, length);
	naccs_auto(backup) struct naccs_backup *backup = NULL;
	free(bytes);
	assert_int_equal(open_sealed(fixture, file, PASSWORD, NOW, &backup), NACCS_OK);
	assert_int_equal(backup->count, 1);
	assert_non_null(backup->items[0].credential);
	assert_null(backup->items[0].record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_certificate_comes_back_with_its_key_chain_and_record),
		cmocka_unit_test(one_that_has_ended_does_not_hide_the_others),
		cmocka_unit_test(nothing_opens_without_the_passphrase_or_when_a_byte_has_changed),
		cmocka_unit_test(more_certificates_fit_than_an_ordinary_file_may_hold),
		cmocka_unit_test(a_pkcs12_of_others_opens_without_a_record),
	};
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
