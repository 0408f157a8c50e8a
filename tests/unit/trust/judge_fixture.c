/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see judge_fixture.h. */
#include "judge_fixture.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

/* Sign as a store does: a digest, RSA with PKCS#1. */
static naccs_status sign(void *context, const uint8_t *digest, size_t length, naccs_status (*sink)(void *, const uint8_t *, size_t),
			 void *sink_context, struct naccs_error *err)
{
	struct judge_fixture *fixture = context;
	uint8_t signature[512];
	size_t size = sizeof signature;
	fixture->sign_calls++;
	assert_int_equal(sizeof fixture->last_digest, length);
	memcpy(fixture->last_digest, digest, length);
	if (fixture->sign_status != NACCS_OK)
		return naccs_fail(err, fixture->sign_status, 7, "the token is gone");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(pki_libctx(fixture->test->pki), fixture->sign_key, NULL);
	EVP_MD *md = EVP_MD_fetch(pki_libctx(fixture->test->pki), "SHA256", NULL);
	assert_int_equal(1, EVP_PKEY_sign_init(ctx));
	if (EVP_PKEY_is_a(fixture->sign_key, "RSA"))
		assert_int_equal(1, EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING));
	assert_int_equal(1, EVP_PKEY_CTX_set_signature_md(ctx, md));
	assert_int_equal(1, EVP_PKEY_sign(ctx, signature, &size, digest, length));
	EVP_MD_free(md);
	EVP_PKEY_CTX_free(ctx);
	return sink(sink_context, signature, size);
}

void put(STACK_OF(X509) **slot, STACK_OF(X509) *stack)
{
	drop(*slot);
	*slot = stack;
}

static void connect(struct judge_fixture *fixture)
{
	fixture->evidence.client_cas = fixture->client_cas;
	fixture->evidence.server_anchors = fixture->anchors;
}

void put_client(struct judge_fixture *fixture, const struct pki_identity *ca, enum pki_key_type type)
{
	int64_t now = fixture->test->now;
	pki_identity_free(fixture->client);
	fixture->client = pki_make_client(fixture->test->pki, ca, "11110A", type, now - 1000, pki_add_months(now, PKI_CLIENT_MONTHS));
	fixture->evidence.certificate = fixture->client->certificate;
	fixture->sign_key = fixture->client->key;
}

int judge_fixture_setup(void **state)
{
	struct judge_fixture *fixture = calloc(1, sizeof *fixture);
	void *test = NULL;
	if (fixture == NULL || trust_test_setup(&test) != 0)
		return -1;
	fixture->test = test;
	struct pki *pki = fixture->test->pki;
	int64_t now = fixture->test->now;
	fixture->ca = pki_make_client_ca(pki, PKI_EC, now);
	fixture->server = pki_make_server_chain(pki, trust_test_hosts, PKI_EC, now);
	X509 *leaf = fixture->server->leaf->certificate, *intermediate = fixture->server->intermediate->certificate;
	X509 *root = fixture->server->root->certificate;
	fixture->client_cas = stack_of(fixture->ca->certificate, NULL);
	fixture->anchors = stack_of(root, NULL);
	fixture->intermediates = stack_of(intermediate, NULL);
	fixture->server_chain = stack_of(leaf, intermediate, root, NULL);
	static char host[] = HOST;
	fixture->recorded =
		(struct naccs_recorded_chain){.chain = fixture->server_chain, .host = host, .recorded_at = now - NACCS_DAY_SECONDS};
	fixture->evidence = (struct naccs_evidence){.sign = sign, .sign_context = fixture};
	put_client(fixture, fixture->ca, PKI_EC);
	connect(fixture);
	fixture->expectation = (struct naccs_expectation){.installed_anchors = stack_of(root, NULL),
							  .installed_client_ca = fixture->ca->certificate,
							  .bundled_intermediates = fixture->intermediates,
							  .now = now};
	*state = fixture;
	return 0;
}

int judge_fixture_teardown(void **state)
{
	struct judge_fixture *fixture = *state;
	void *test = fixture->test;
	naccs_verdict_clear(&fixture->verdict);
	drop(fixture->expectation.installed_anchors);
	drop(fixture->client_cas);
	drop(fixture->anchors);
	drop(fixture->intermediates);
	drop(fixture->server_chain);
	pki_identity_free(fixture->client);
	pki_identity_free(fixture->ca);
	pki_server_chain_free(fixture->server);
	free(fixture);
	return trust_test_teardown(&test);
}

void judge_now(struct judge_fixture *fixture)
{
	struct naccs_error err = {0};
	connect(fixture);
	fixture->recorded.chain = fixture->server_chain;
	fixture->expectation.bundled_intermediates = fixture->intermediates;
	naccs_verdict_clear(&fixture->verdict);
	assert_status(NACCS_OK, naccs_judge(fixture->test->crypto, &fixture->evidence, &fixture->expectation, &fixture->verdict, &err),
		      &err);
}
