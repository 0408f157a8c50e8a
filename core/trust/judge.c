/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: "verified" is a verdict on what was read back from a store, never a belief about what was written to it. Here the key and the client
 * certificate; the servers' side is judge_server.c.
 */
#include "trust_internal.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

/* Signed together with fresh random bytes, so that the signature can serve nobody for anything else. */
static const char challenge_text[] = "naccs-cert: this key answers its owner's question whether it works\n";
#define CHALLENGE_RANDOM_SIZE 32
#define DIGEST_SIZE 32
#define SIGNATURE_LIMIT 2048 /* RSA with 16384 bits */

struct signature {
	uint8_t bytes[SIGNATURE_LIMIT];
	size_t length;
};

NACCS_DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free, pkey_ctx)
NACCS_DEFINE_CLEANUP(EVP_MD *, EVP_MD_free, md)

static naccs_status keep_signature(void *context, const uint8_t *bytes, size_t length)
{
	struct signature *signature = context;
	if (length > sizeof signature->bytes)
		return NACCS_E_VERIFY_FAILED;
	if (length > 0)
		memcpy(signature->bytes, bytes, length);
	signature->length = length;
	return NACCS_OK;
}

static naccs_status make_challenge(struct naccs_crypto *crypto, uint8_t digest[DIGEST_SIZE], struct naccs_error *err)
{
	OSSL_LIB_CTX *libctx = naccs_crypto_libctx(crypto);
	uint8_t challenge[sizeof challenge_text - 1 + CHALLENGE_RANDOM_SIZE];
	memcpy(challenge, challenge_text, sizeof challenge_text - 1);
	if (RAND_bytes_ex(libctx, challenge + sizeof challenge_text - 1, CHALLENGE_RANDOM_SIZE, 0) == 1 &&
	    EVP_Q_digest(libctx, "SHA256", NULL, challenge, sizeof challenge, digest, NULL) == 1)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_INTERNAL, 0, "%s", _("cannot make a challenge for the key"));
	(void)naccs_crypto_explain(err);
	return NACCS_E_INTERNAL;
}

static naccs_status check_signature(struct naccs_crypto *crypto, X509 *certificate, const uint8_t digest[DIGEST_SIZE],
				    const struct signature *signature, struct naccs_error *err)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	bool is_rsa = key != NULL && EVP_PKEY_is_a(key, "RSA") == 1;
	if (!is_rsa && (key == NULL || EVP_PKEY_is_a(key, "EC") != 1)) {
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_VERIFY_FAILED, 0, "%s", _("the certificate's key is neither RSA nor EC"));
	}
	naccs_auto(pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(naccs_crypto_libctx(crypto), key, NULL);
	naccs_auto(md) EVP_MD *sha256 = EVP_MD_fetch(naccs_crypto_libctx(crypto), "SHA256", NULL);
	bool is_ready = ctx != NULL && sha256 != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
			(!is_rsa || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
			EVP_PKEY_CTX_set_signature_md(ctx, sha256) == 1;
	if (!is_ready) {
		(void)naccs_fail(err, NACCS_E_INTERNAL, 0, "%s", _("cannot verify a signature"));
		(void)naccs_crypto_explain(err);
		return NACCS_E_INTERNAL;
	}
	bool is_good = EVP_PKEY_verify(ctx, signature->bytes, signature->length, digest, DIGEST_SIZE) == 1;
	ERR_clear_error();
	return is_good ? NACCS_OK
		       : naccs_fail(
				 err, NACCS_E_VERIFY_FAILED, 0, "%s",
				 _("the key in the store does not belong to the certificate in the store: its signature does not verify"));
}

static naccs_status judge_key(struct naccs_crypto *crypto, const struct naccs_evidence *evidence, struct naccs_error *err)
{
	if (evidence->certificate == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, "%s", _("the store holds no client certificate"));
	if (evidence->sign == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_FAILED, 0, "%s", _("the store holds no key for the certificate"));
	uint8_t digest[DIGEST_SIZE];
	struct signature signature = {.length = 0};
	naccs_status status = make_challenge(crypto, digest, err);
	if (status != NACCS_OK)
		return status;
	struct naccs_error reason = {0};
	status = evidence->sign(evidence->sign_context, digest, sizeof digest, keep_signature, &signature, &reason);
	if (status != NACCS_OK) {
		(void)naccs_fail(err, status, reason.native, "%s",
				 reason.message[0] != '\0' ? reason.message : _("the store gives no reason"));
		(void)naccs_error_prefix(err, "%s", _("cannot sign by the key in the store"));
		(void)naccs_error_hint(err, "%s", reason.hint);
		return status;
	}
	return check_signature(crypto, evidence->certificate, digest, &signature, err);
}

/* The CAs read back that the client certificate may end at. *ret: a stack of its own with borrowed certificates. */
static naccs_status find_client_roots(const struct naccs_evidence *evidence, const struct naccs_expectation *expectation,
				      STACK_OF(X509) *roots, struct naccs_error *err)
{
	X509 *expected = expectation->installed_client_ca;
	if (expected == NULL) {
		bool is_added =
			(evidence->client_cas == NULL || X509_add_certs(roots, evidence->client_cas, X509_ADD_FLAG_NO_DUP) == 1) &&
			(evidence->server_anchors == NULL || X509_add_certs(roots, evidence->server_anchors, X509_ADD_FLAG_NO_DUP) == 1);
		if (!is_added)
			return naccs_fail_memory(err);
		if (sk_X509_num(roots) == 0)
			return naccs_fail(err, NACCS_E_VERIFY_FAILED, 0, "%s",
					  _("the store holds no CA certificate of the client certificate"));
		return NACCS_OK;
	}
	X509 *held = naccs_stack_find(evidence->client_cas, expected);
	if (held == NULL)
		held = naccs_stack_find(evidence->server_anchors, expected); /* a client certificate below RootCA2 */
	if (held != NULL)
		return sk_X509_push(roots, held) > 0 ? NACCS_OK : naccs_fail_memory(err);
	naccs_auto(heap) char *name = naccs_short_name(expected);
	(void)naccs_fail(
		err, NACCS_E_VERIFY_FAILED, 0,
		naccs_stack_find_namesake(evidence->client_cas, expected) != NULL
			? _("the store does not hold the CA %s that was installed, but another of the same name")
			: _("the store does not hold the CA %s that was installed, or does not trust it for client authentication"),
		name != NULL ? name : "");
	return naccs_error_hint(err, "%s", _("Install the certificate there again: that puts its CA back, with the trust that it needs."));
}

static naccs_status judge_client_chain(struct naccs_crypto *crypto, const struct naccs_evidence *evidence,
				       const struct naccs_expectation *expectation, struct naccs_error *err)
{
	if (evidence->certificate == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, "%s", _("the store holds no client certificate"));
	naccs_auto(borrowed_stack) STACK_OF(X509) *roots = sk_X509_new_null();
	if (roots == NULL)
		return naccs_fail_memory(err);
	naccs_status status = find_client_roots(evidence, expectation, roots, err);
	if (status != NACCS_OK)
		return status;
	return naccs_chain_check_client(crypto, evidence->certificate, evidence->intermediates, roots, expectation->now, err);
}

bool naccs_is_no_verdict(naccs_status status)
{
	switch (status) {
	case NACCS_E_INTERNAL:
	case NACCS_E_CANCELLED:
	case NACCS_E_USAGE:
	case NACCS_E_PIN_WRONG:
	case NACCS_E_PIN_LOCKED:
	case NACCS_E_STORE_OPEN:
	case NACCS_E_SECRETS_PERMISSIONS:
	case NACCS_E_FILE_MISSING:
		return true;
	default:
		return false;
	}
}

/* A status becomes a truth; false when no verdict could be reached at all. */
static bool settle(naccs_status status, enum naccs_truth *truth)
{
	*truth = status == NACCS_OK ? NACCS_TRUE : NACCS_FALSE;
	return !naccs_is_no_verdict(status);
}

static naccs_status give_up(const struct naccs_error *reason, struct naccs_error *err)
{
	if (err != NULL)
		*err = *reason;
	return reason->status;
}

naccs_status naccs_judge(struct naccs_crypto *crypto, const struct naccs_evidence *evidence, const struct naccs_expectation *expectation,
			 struct naccs_verdict *ret, struct naccs_error *err)
{
	struct naccs_verdict verdict = {.basis_time = expectation->now};
	if (!settle(judge_key(crypto, evidence, &verdict.key_error), &verdict.key))
		return give_up(&verdict.key_error, err);

	bool is_ca_elsewhere = expectation->anchors_elsewhere && sk_X509_num(evidence->client_cas) <= 0 && evidence->certificate != NULL;
	if (is_ca_elsewhere)
		verdict.client_chain = NACCS_UNKNOWN;
	else if (!settle(judge_client_chain(crypto, evidence, expectation, &verdict.client_chain_error), &verdict.client_chain))
		return give_up(&verdict.client_chain_error, err);

	naccs_status status = naccs_judge_server_chain(crypto, evidence, expectation, &verdict, err);
	if (status != NACCS_OK) {
		naccs_verdict_clear(&verdict);
		return status;
	}
	*ret = verdict;
	return NACCS_OK;
}

void naccs_verdict_clear(struct naccs_verdict *verdict)
{
	naccs_certificate_facts_free(verdict->anchor);
	*verdict = (struct naccs_verdict){0};
}

bool naccs_verdict_is_good(const struct naccs_verdict *verdict)
{
	return verdict->key != NACCS_FALSE && verdict->client_chain != NACCS_FALSE && verdict->server_chain != NACCS_FALSE;
}
