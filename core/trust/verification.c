/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: X509_verify_cert() takes the first issuer whose name fits and does not look back: a certificate of the same name in the wrong place
 * breaks a chain that holds. Here a path is tried in three ways, the last one with nothing but certificates whose signatures connect the
 * target with an anchor; and of several things that are wrong the gravest is told, so that "expired" is only said of a chain that is
 * otherwise good.
 */
#include "verification.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

/* Security level 2 of OpenSSL: 112 bits, so RSA from 2048 bits and hashes from SHA-224 up; MD5 and SHA-1 signatures fail. RootCA2 and G4
 * pass. */
#define SERVER_AUTH_LEVEL 2
/*
 * A client certificate is judged by NACCS' servers, and its CA was approved by a person by its fingerprint: that NACCS chose an older
 * algorithm would be no reason to refuse the only certificate there is.
 */
#define CLIENT_AUTH_LEVEL 0

NACCS_DEFINE_CLEANUP(X509_STORE *, X509_STORE_free, x509_store)
NACCS_DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free, x509_store_ctx)

static enum naccs_rank rank_of(int code)
{
	switch (code) {
	case X509_V_OK:
		return NACCS_RANK_GOOD;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return NACCS_RANK_TIME;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return NACCS_RANK_NAME;
	default:
		return NACCS_RANK_UNTRUSTED;
	}
}

/* How much is asked: LENIENT leaves dates and host name out, to see what else is wrong. It never makes anything good. */
enum strictness { STRICT, LENIENT };

static naccs_status set_parameters(X509_VERIFY_PARAM *param, const struct naccs_path *path, enum strictness strictness,
				   struct naccs_error *err)
{
	int is_set = X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(param, path->kind == NACCS_PATH_CLIENT ? CLIENT_AUTH_LEVEL : SERVER_AUTH_LEVEL);
	if (path->kind == NACCS_PATH_SERVER)
		is_set &= X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	if (path->kind == NACCS_PATH_CLIENT)
		is_set &= X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
	if (strictness == LENIENT) /* a time that is set would win over this flag */
		is_set &= X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
	else
		X509_VERIFY_PARAM_set_time(param, (time_t)path->time);
	if (strictness == STRICT && path->host != NULL) {
		X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		is_set &= X509_VERIFY_PARAM_set1_host(param, path->host, 0);
	}
	return is_set == 1 ? NACCS_OK
			   : naccs_fail(err, NACCS_E_INTERNAL, 0, "%s", _("cannot set up the verification of a certificate chain"));
}

static naccs_status ask(struct naccs_crypto *crypto, const struct naccs_path *path, const struct naccs_attempt *attempt,
			enum strictness strictness, struct naccs_outcome *ret, struct naccs_error *err)
{
	naccs_auto(x509_store) X509_STORE *store = X509_STORE_new();
	naccs_auto(x509_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(naccs_crypto_libctx(crypto), NULL);
	if (store == NULL || ctx == NULL)
		return naccs_fail_memory(err);
	for (int i = 0; i < sk_X509_num(attempt->anchors); i++)
		if (X509_STORE_add_cert(store, sk_X509_value(attempt->anchors, i)) != 1)
			return naccs_fail_memory(err);
	if (X509_STORE_CTX_init(ctx, store, path->target, attempt->untrusted) != 1)
		return naccs_fail_memory(err);
	naccs_status status = set_parameters(X509_STORE_CTX_get0_param(ctx), path, strictness, err);
	if (status != NACCS_OK)
		return status;

	int verified = X509_verify_cert(ctx);
	ERR_clear_error();
	struct naccs_outcome outcome = {.code = X509_STORE_CTX_get_error(ctx)};
	if (verified != 1 && outcome.code == X509_V_OK)
		outcome.code = X509_V_ERR_UNSPECIFIED;
	outcome.rank = rank_of(outcome.code);
	outcome.chain = X509_STORE_CTX_get1_chain(ctx);
	outcome.culprit = X509_STORE_CTX_get_current_cert(ctx);
	if (outcome.culprit != NULL && X509_up_ref(outcome.culprit) != 1)
		outcome.culprit = NULL;
	*ret = outcome;
	return NACCS_OK;
}

/* OpenSSL stops at the first thing that is wrong. Where that is a name or a date, look whether something graver is. */
static naccs_status ask_gravest(struct naccs_crypto *crypto, const struct naccs_path *path, const struct naccs_attempt *attempt,
				struct naccs_outcome *ret, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_outcome_clear))) struct naccs_outcome outcome = {0};
	__attribute__((cleanup(naccs_outcome_clear))) struct naccs_outcome graver = {0};
	naccs_status status = ask(crypto, path, attempt, STRICT, &outcome, err);
	if (status == NACCS_OK && (outcome.rank == NACCS_RANK_NAME || outcome.rank == NACCS_RANK_TIME))
		status = ask(crypto, path, attempt, LENIENT, &graver, err);
	if (status != NACCS_OK)
		return status;
	struct naccs_outcome *told = graver.code != X509_V_OK ? &graver : &outcome;
	*ret = *told;
	*told = (struct naccs_outcome){0};
	return NACCS_OK;
}

/* Try once more, and keep the outcome that came farther. */
static naccs_status try_again(struct naccs_crypto *crypto, const struct naccs_path *path, const struct naccs_attempt *attempt,
			      struct naccs_outcome *best, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_outcome_clear))) struct naccs_outcome outcome = {0};
	naccs_status status = ask_gravest(crypto, path, attempt, &outcome, err);
	if (status == NACCS_OK && outcome.rank > best->rank) {
		struct naccs_outcome former = *best;
		*best = outcome;
		outcome = former;
	}
	return status;
}

static naccs_status attempt_fill(struct naccs_attempt *attempt, const struct naccs_path *path, STACK_OF(X509) *first, STACK_OF(X509) *then,
				 struct naccs_error *err)
{
	naccs_attempt_clear(attempt);
	attempt->untrusted = sk_X509_new_null();
	attempt->anchors = sk_X509_new_null();
	if (attempt->untrusted == NULL || attempt->anchors == NULL)
		return naccs_fail_memory(err);
	if ((first != NULL && X509_add_certs(attempt->untrusted, first, X509_ADD_FLAG_NO_DUP) != 1) ||
	    (then != NULL && X509_add_certs(attempt->untrusted, then, X509_ADD_FLAG_NO_DUP) != 1))
		return naccs_fail_memory(err);
	for (int i = 0; i < sk_X509_num(path->anchors); i++) {
		X509 *anchor = sk_X509_value(path->anchors, i);
		if (naccs_is_root(anchor) && X509_add_cert(attempt->anchors, anchor, X509_ADD_FLAG_NO_DUP) != 1)
			return naccs_fail_memory(err);
	}
	return NACCS_OK;
}

naccs_status naccs_path_verify(struct naccs_crypto *crypto, const struct naccs_path *path, STACK_OF(X509) **ret_chain,
			       struct naccs_error *err)
{
	__attribute__((cleanup(naccs_attempt_clear))) struct naccs_attempt attempt = {0};
	__attribute__((cleanup(naccs_outcome_clear))) struct naccs_outcome best = {0};
	naccs_status status = attempt_fill(&attempt, path, path->first, path->then, err);
	if (status == NACCS_OK)
		status = ask_gravest(crypto, path, &attempt, &best, err);
	if (status == NACCS_OK && best.rank != NACCS_RANK_GOOD && path->then != NULL) {
		status = attempt_fill(&attempt, path, path->then, path->first, err);
		if (status == NACCS_OK)
			status = try_again(crypto, path, &attempt, &best, err);
	}
	if (status == NACCS_OK && best.rank != NACCS_RANK_GOOD) {
		status = naccs_attempt_keep_proven(&attempt, path->target, err);
		if (status == NACCS_OK)
			status = try_again(crypto, path, &attempt, &best, err);
	}
	if (status != NACCS_OK)
		return status;
	if (best.rank != NACCS_RANK_GOOD)
		return naccs_outcome_explain(&best, path, err);
	if (best.chain == NULL)
		return naccs_fail_memory(err);
	if (ret_chain != NULL)
		*ret_chain = naccs_take(&best.chain);
	return NACCS_OK;
}
