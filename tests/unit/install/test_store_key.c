/* SPDX-License-Identifier: Apache-2.0 */
/* Why: TLS 1.3 with an RSA key needs PSS. What a store says of itself decides whether a key is asked, never which backend it is of. */
#include "store_key.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct naccs_store { /* the backend's own */
	naccs_status answer;
	int asked;
};

static naccs_status sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
			 struct naccs_error *err)
{
	assert_int_equal(request->padding, NACCS_PADDING_PSS);
	store->asked++;
	if (store->answer != NACCS_OK)
		return naccs_fail(err, store->answer, 0, "no");
	return sink(context, (const uint8_t *)"signature", 9);
}

static const struct naccs_backend backend = {.abi = NACCS_BACKEND_ABI, .size = sizeof backend, .scheme = "any", .sign = sign};

static X509 *certificate_of(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	assert_non_null(key);
	assert_non_null(certificate);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	assert_true(X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL);
	assert_true(X509_gmtime_adj(X509_getm_notAfter(certificate), 60) != NULL);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	EVP_PKEY_free(key);
	return certificate;
}

/* asked: how often the key had to be used to find out. */
static void check(X509 *certificate, uint64_t capabilities, naccs_status answer, bool lacks, int asked)
{
	char uri[] = "windows:user";
	struct naccs_store own = {.answer = answer};
	struct naccs_open_store store = {.backend = &backend, .store = &own, .uri = uri, .capabilities = capabilities};

	assert_int_equal(naccs_store_key_lacks_pss(&store, certificate), lacks);
	assert_int_equal(own.asked, asked);
}

static void a_key_is_asked_only_where_the_store_says_that_it_matters(void **state)
{
	const uint64_t pss = NACCS_CAN_RSA | NACCS_CAN_SIGN_PSS;
	X509 *rsa = certificate_of(EVP_RSA_gen(2048));
	X509 *ec = certificate_of(EVP_EC_gen("P-256"));

	(void)state;
	check(rsa, NACCS_CAN_RSA, NACCS_OK, true, 0);
	check(rsa, pss, NACCS_E_STORE_UNSUPPORTED, false, 0); /* a token may ask for its PIN, or count it */
	check(rsa, pss | NACCS_CAN_SIGN_PSS_BY_KEY, NACCS_E_STORE_UNSUPPORTED, true, 1);
	check(rsa, pss | NACCS_CAN_SIGN_PSS_BY_KEY, NACCS_OK, false, 1);
	check(rsa, pss | NACCS_CAN_SIGN_PSS_BY_KEY, NACCS_E_STORE_IO, false, 1); /* told when it is used */
	check(ec, pss | NACCS_CAN_SIGN_PSS_BY_KEY, NACCS_E_STORE_UNSUPPORTED, false, 0);
	X509_free(rsa);
	X509_free(ec);
}

static void stores_say_it_by_its_name(void **state)
{
	char **names = naccs_capability_names(NACCS_CAN_SIGN_PSS_BY_KEY);

	(void)state;
	assert_non_null(names);
	assert_string_equal(names[0], "sign-pss-by-key");
	assert_null(names[1]);
	free(names[0]);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_asked_only_where_the_store_says_that_it_matters),
		cmocka_unit_test(stores_say_it_by_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
