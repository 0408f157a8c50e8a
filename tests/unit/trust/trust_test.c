/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see trust_test.h. */
#include "trust_test.h"

#include "file.h"

#include <fcntl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const trust_test_hosts[] = {HOST, NULL};

int trust_test_setup(void **state)
{
	struct trust_test *test = calloc(1, sizeof *test);
	struct naccs_error err = {0};
	if (test == NULL)
		return -1;
	assert_status(NACCS_OK, naccs_crypto_new(&test->crypto, &err), &err);
	test->pki = pki_new();
	test->now = at("2026-06-01T00:00:00Z");
	const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	(void)snprintf(test->folder, sizeof test->folder, "%s/naccs-trust-XXXXXX", strlen(parent) < 32 ? parent : "/tmp");
	assert_non_null(mkdtemp(test->folder));
	test->dirfd = open(test->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(test->dirfd >= 0);
	*state = test;
	return 0;
}

int trust_test_teardown(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	(void)close(test->dirfd);
	assert_status(NACCS_OK, naccs_dir_remove(AT_FDCWD, test->folder, &err), &err);
	pki_free(test->pki);
	naccs_crypto_free(test->crypto);
	free(test);
	return 0;
}

int64_t at(const char *time)
{
	int64_t seconds = 0;
	struct naccs_error err = {0};
	assert_status(NACCS_OK, naccs_time_parse(time, &seconds, &err), &err);
	return seconds;
}

STACK_OF(X509) *stack_of(X509 *first, ...)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	va_list others;
	va_start(others, first);
	for (X509 *certificate = first; certificate != NULL; certificate = va_arg(others, X509 *))
		assert_int_equal(1, X509_add_cert(stack, certificate, X509_ADD_FLAG_UP_REF));
	va_end(others);
	return stack;
}

void drop(STACK_OF(X509) *stack)
{
	sk_X509_pop_free(stack, X509_free);
}

STACK_OF(X509) *read_pem(struct trust_test *test, const char *path)
{
	STACK_OF(X509) *stack = NULL;
	naccs_auto(secret) struct naccs_secret *text = NULL;
	struct naccs_error err = {0};
	assert_status(NACCS_OK, naccs_file_read(AT_FDCWD, path, NACCS_SMALL_FILE_LIMIT, &text, &err), &err);
	assert_status(NACCS_OK,
		      naccs_certificates_from_pem(test->crypto, naccs_secret_data(text), naccs_secret_length(text), path, &stack, &err),
		      &err);
	return stack;
}

void resign(struct trust_test *test, X509 *certificate, const struct pki_identity *issuer)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	assert_int_equal(1, EVP_DigestSignInit_ex(context, NULL, "SHA256", pki_libctx(test->pki), NULL, issuer->key, NULL));
	assert_true(X509_sign_ctx(certificate, context) > 0);
	EVP_MD_CTX_free(context);
}

X509 *without_aki(struct trust_test *test, X509 *certificate, const struct pki_identity *issuer)
{
	X509 *copy = X509_dup(certificate);
	int position = X509_get_ext_by_NID(copy, NID_authority_key_identifier, -1);
	assert_true(position >= 0);
	X509_EXTENSION_free(X509_delete_ext(copy, position));
	resign(test, copy, issuer);
	return copy;
}
