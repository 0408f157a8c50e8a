/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a key whose signatures are counted: the tests of this room stand in for a store, with a software key behind the contract's sign. */
#ifndef NACCS_TEST_PROVIDER_FIXTURE_H
#define NACCS_TEST_PROVIDER_FIXTURE_H

#include "pki.h"
#include "provider.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define NOW ((int64_t)1800000000) /* 2027-01-15T08:00:00Z */

/* What a store does, and what was asked of it. */
struct counting_store {
	OSSL_LIB_CTX *libctx;
	EVP_PKEY *key;
	unsigned signatures, frees;
	struct naccs_sign_request last; /* digest is not kept */
	naccs_status fail_with;		/* NACCS_OK: signs */
	size_t answer_length;		/* not 0: hands over that many zero bytes instead */
	unsigned answers;		/* 0: once */
};

struct fixture {
	struct pki *pki;
	OSSL_LIB_CTX *libctx; /* for the keys alone, as the program has it */
	OSSL_PROVIDER *software;
	struct pki_identity *ca;
	struct pki_identity *client[3]; /* RSA, P-256, P-384 */
	struct counting_store store[3];
	EVP_PKEY *key[3]; /* of the provider, over store */
};
enum { RSA_2048, EC_256, EC_384, KEY_COUNT };

int fixture_setup(void **state); /* once */
int fixture_teardown(void **state);
int fixture_begin(void **state); /* before each test: nothing was signed yet */

/* The contract's sign over a struct counting_store. */
naccs_status counting_sign(void *context, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *sink_context,
			   struct naccs_error *err);
void counting_free(void *context);

/* Does the certificate's own public key, in OpenSSL's default context, verify it? padding 0: leave it. */
bool is_verified(const struct pki_identity *identity, const char *digest, int padding, int salt, const void *message, size_t length,
		 const unsigned char *sig, size_t siglen);

/* The texts in OpenSSL's error queue, which is empty afterwards. Static buffer. */
const char *openssl_errors(void);

#endif
