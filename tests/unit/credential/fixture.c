/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see fixture.h. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	if (fixture == NULL || naccs_crypto_new(&fixture->crypto, NULL) != NACCS_OK)
		return -1;
	fixture->pki = pki_new();
	fixture->ca = pki_make_client_ca(fixture->pki, PKI_EC, NOW);
	fixture->client = pki_make_client(fixture->pki, fixture->ca, "11110A", PKI_EC, NOW - DAY, pki_add_months(NOW - DAY, PKI_CLIENT_MONTHS));
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;
	pki_identity_free(fixture->client);
	pki_identity_free(fixture->ca);
	pki_free(fixture->pki);
	naccs_crypto_free(fixture->crypto);
	free(fixture);
	return 0;
}

void open_bytes(const struct fixture *fixture, const void *bytes, size_t length, struct opening opening, struct opened *ret)
{
	naccs_auto(secret) struct naccs_secret *pkcs12 = NULL;
	naccs_auto(secret) struct naccs_secret *password = NULL;
	const char *text = opening.password != NULL ? opening.password : PASSWORD;
	struct naccs_pkcs12_limits limits = {.max_iterations = opening.max_iterations};
	*ret = (struct opened){.status = NACCS_E_INTERNAL};
	assert_int_equal(naccs_secret_new_copy(bytes, length, &pkcs12, NULL), NACCS_OK);
	assert_int_equal(naccs_secret_new_copy(text, opening.password_length > 0 ? opening.password_length : strlen(text), &password, NULL),
			 NACCS_OK);
	ret->status = naccs_pkcs12_open(fixture->crypto, pkcs12, password, opening.remembered, opening.now != 0 ? opening.now : NOW,
					&limits, &ret->credential, &ret->err);
	assert_int_equal(ret->status == NACCS_OK, ret->credential != NULL);
	if (ret->status != NACCS_OK)
		assert_int_equal(ret->err.status, ret->status);
}

void open_made(const struct fixture *fixture, struct pki_pkcs12 what, struct opening opening, struct opened *ret)
{
	size_t length;
	if (what.password == NULL)
		what.password = PASSWORD;
	uint8_t *bytes = pki_make_pkcs12(fixture->pki, &what, &length);
	open_bytes(fixture, bytes, length, opening, ret);
	free(bytes);
}

void open_end(struct opened *opened)
{
	naccs_credential_free(opened->credential);
	*opened = (struct opened){.status = NACCS_E_INTERNAL};
}

void assert_status_at(const struct opened *opened, naccs_status expected, const char *file, int line)
{
	if (opened->status != expected)
		print_error("message: %s\n", opened->err.message);
	_assert_int_equal((LargestIntegralType)opened->status, (LargestIntegralType)expected, file, line);
}

void assert_says_at(const struct opened *opened, const char *text, const char *file, int line)
{
	bool is_said = strstr(opened->err.message, text) != NULL || strstr(opened->err.hint, text) != NULL;
	if (!is_said)
		print_error("message: %s\nhint: %s\nlacks: %s\n", opened->err.message, opened->err.hint, text);
	_assert_true(is_said, "says", file, line);
}

bool key_fits(EVP_PKEY *key, X509 *certificate)
{
	uint8_t signature[1024];
	size_t length = sizeof signature;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *public_key = X509_get0_pubkey(certificate);
	bool fits = EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
		    EVP_DigestSign(context, signature, &length, (const uint8_t *)"challenge", 9) == 1;
	EVP_MD_CTX_free(context);
	context = EVP_MD_CTX_new();
	fits = fits && EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, public_key, NULL) == 1 &&
	       EVP_DigestVerify(context, signature, length, (const uint8_t *)"challenge", 9) == 1;
	EVP_MD_CTX_free(context);
	return fits;
}
