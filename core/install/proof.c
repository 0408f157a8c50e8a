/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see proof.h. */
#include "proof.h"

#include "clock.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

struct signer {
	struct naccs_open_store *store;
	uint8_t certificate[NACCS_SHA256_SIZE];
	bool is_rsa;
};

static naccs_status sign_in_store(void *context, const uint8_t *digest, size_t length,
				  naccs_status (*sink)(void *sink_context, const uint8_t *signature, size_t length), void *sink_context,
				  struct naccs_error *err)
{
	const struct signer *signer = context;
	struct naccs_sign_request request = {
		.size = sizeof request,
		.hash = NACCS_HASH_SHA256,
		.padding = signer->is_rsa ? NACCS_PADDING_PKCS1 : NACCS_PADDING_NONE,
		.digest = {.data = digest, .length = length},
	};

	memcpy(request.certificate, signer->certificate, sizeof request.certificate);
	return naccs_open_store_sign(signer->store, &request, sink, sink_context, err);
}

static bool collect(const struct naccs_contents *contents, const char *sha256, struct naccs_evidence *evidence)
{
	evidence->intermediates = naccs_contents_of_role(contents, NACCS_ROLE_CLIENT_INTERMEDIATE, sha256);
	evidence->client_cas = naccs_contents_of_role(contents, NACCS_ROLE_CLIENT_CA, sha256);
	evidence->server_anchors = naccs_contents_of_role(contents, NACCS_ROLE_SERVER_ANCHOR, sha256);
	evidence->server_intermediates = naccs_contents_of_role(contents, NACCS_ROLE_SERVER_INTERMEDIATE, sha256);
	return evidence->intermediates != NULL && evidence->client_cas != NULL && evidence->server_anchors != NULL &&
	       evidence->server_intermediates != NULL;
}

static void evidence_clear(struct naccs_evidence *evidence)
{
	sk_X509_free(evidence->intermediates);
	sk_X509_free(evidence->client_cas);
	sk_X509_free(evidence->server_anchors);
	sk_X509_free(evidence->server_intermediates);
}

/* ---- the store's own chain engine, beside the core's judgement ---- */

struct own {
	struct naccs_open_store *store;
	struct naccs_verify_request request;
};

/* A chain of certificates as the contract's bytes; *ret and its elements belong to the caller. */
static size_t chain_bytes(STACK_OF(X509) *chain, struct naccs_bytes **ret)
{
	int count = chain != NULL ? sk_X509_num(chain) : 0;
	struct naccs_bytes *bytes = count > 0 ? calloc((size_t)count, sizeof *bytes) : NULL;
	size_t used = 0;

	for (int i = 0; bytes != NULL && i < count; i++) {
		unsigned char *der = NULL;
		int length = i2d_X509(sk_X509_value(chain, i), &der);

		if (length > 0)
			bytes[used++] = (struct naccs_bytes){.data = der, .length = (size_t)length};
	}
	*ret = bytes;
	return used;
}

static void warn_of_disagreement(struct naccs_open_store *store, const char *chain, enum naccs_truth ours, const struct naccs_error *reason, const char *theirs)
{
	naccs_auto(heap) char *message =
		ours == NACCS_FALSE
			? naccs_format(_("%s: naccs-cert does not accept it (%s), the store's own verification does"), chain, reason->message)
			: naccs_format(_("%s: the store's own verification does not accept it (%s), naccs-cert does"), chain, theirs);

	if (message != NULL && store->host.warn != NULL)
		store->host.warn(store->host.context, "verify.disagreement", message);
}

static naccs_status ask_own(struct own *own, struct naccs_verify_answer *answer)
{
	struct naccs_error err = {0};
	naccs_status status;

	*answer = (struct naccs_verify_answer){.size = sizeof *answer, .client_chain = -1, .server_chain = -1};
	status = own->store->backend->verify(own->store->store, &own->request, answer, &err);
	if (status != NACCS_OK && own->store->host.warn != NULL)
		own->store->host.warn(own->store->host.context, "verify.own-failed", err.message);
	return status;
}

/* A verdict counts as ours; where the store's programs will see it otherwise, a person should know. */
static void compare_with_own(const struct naccs_proof_ground *ground, struct naccs_open_store *store, const uint8_t certificate[NACCS_SHA256_SIZE],
			     const struct naccs_verdict *verdict)
{
	bool is_live = verdict->basis == NACCS_BASIS_LIVE, is_met = is_live || verdict->basis == NACCS_BASIS_RECORDED;
	STACK_OF(X509) *chain = !is_met ? NULL : is_live ? ground->live_chain : ground->recorded->chain;
	struct own own = {.store = store, .request = {.size = sizeof own.request, .time = ground->now}};
	struct naccs_verify_answer answer;
	struct naccs_bytes *bytes = NULL;
	size_t count = 0;

	if (store->backend->verify == NULL || (store->capabilities & NACCS_CAN_OWN_VERIFY) == 0)
		return;
	memcpy(own.request.certificate, certificate, NACCS_SHA256_SIZE);
	if (ask_own(&own, &answer) == NACCS_OK && answer.client_chain >= 0 && verdict->client_chain != NACCS_UNKNOWN &&
	    answer.client_chain != (int32_t)verdict->client_chain)
		warn_of_disagreement(store, _("the client chain"), verdict->client_chain, &verdict->client_chain_error, answer.reason);
	/* No server was met, so what the store thinks of its own intermediates counts. Others' may be good where ours are not. */
	if (verdict->basis == NACCS_BASIS_BUNDLED && verdict->server_chain == NACCS_TRUE && answer.server_chain == 0)
		warn_of_disagreement(store, _("the NACCS servers' chain"), verdict->server_chain, &verdict->server_chain_error, answer.reason);
	count = chain_bytes(chain, &bytes);
	own.request.server_chain = bytes;
	own.request.server_chain_count = count;
	own.request.server_name = is_live ? ground->live_host : is_met ? ground->recorded->host : NULL;
	own.request.time = is_live ? naccs_clock_now() : verdict->basis_time;
	if (count > 0 && ask_own(&own, &answer) == NACCS_OK && answer.server_chain >= 0 && answer.server_chain != (int32_t)verdict->server_chain)
		warn_of_disagreement(store, _("the NACCS servers' chain"), verdict->server_chain, &verdict->server_chain_error, answer.reason);
	for (size_t i = 0; i < count; i++)
		OPENSSL_free((void *)(uintptr_t)bytes[i].data);
	free(bytes);
}

naccs_status naccs_proof_make(const struct naccs_proof_ground *ground, struct naccs_open_store *store, const struct naccs_contents *contents,
			      const char *sha256, STACK_OF(X509) *anchors, X509 *client_ca, struct naccs_verdict *ret, struct naccs_error *err)
{
	const struct naccs_content *client = naccs_contents_client(contents, sha256);
	struct signer signer = {.store = store};
	struct naccs_evidence evidence = {.sign = sign_in_store, .sign_context = &signer};
	struct naccs_expectation expectation = {
		.installed_anchors = anchors,
		.installed_client_ca = client_ca,
		.anchors_elsewhere = (store->capabilities & NACCS_CAN_TRUST) == 0,
		.anchors_shared = (store->capabilities & NACCS_CAN_SHARE) != 0,
		.bundled_intermediates = ground->intermediates,
		.live_chain = ground->live_chain,
		.live_host = ground->live_host,
		.recorded = ground->recorded,
		.now = ground->now,
	};
	naccs_status status;

	if (client == NULL || !naccs_unhex(sha256, signer.certificate, sizeof signer.certificate))
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("the certificate %.16s… is not in %s"), sha256, store->uri);
	evidence.certificate = client->certificate;
	signer.is_rsa = EVP_PKEY_is_a(X509_get0_pubkey(client->certificate), "RSA");
	if (!collect(contents, sha256, &evidence))
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	else if ((status = naccs_judge(ground->crypto, &evidence, &expectation, ret, err)) != NACCS_OK)
		(void)naccs_error_prefix(err, "%s", store->uri);
	evidence_clear(&evidence);
	if (status == NACCS_OK)
		compare_with_own(ground, store, signer.certificate, ret);
	return status;
}

naccs_status naccs_proof_failure(const struct naccs_verdict *verdict, const char *uri, struct naccs_error *err)
{
	const struct {
		enum naccs_truth truth;
		const struct naccs_error *reason;
		const char *what;
	} parts[] = {
		{verdict->key, &verdict->key_error, N_("the private key does not prove itself")},
		{verdict->client_chain, &verdict->client_chain_error, N_("the client certificate does not chain to its CA")},
		{verdict->server_chain, &verdict->server_chain_error, N_("the NACCS servers' chain does not lead to the anchor in the store")},
	};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i].truth != NACCS_FALSE)
			continue;
		(void)naccs_fail(err, NACCS_E_VERIFY_FAILED, parts[i].reason->native, "%s: %s: %s", uri, _(parts[i].what), parts[i].reason->message);
		return naccs_error_hint(err, "%s", parts[i].reason->hint);
	}
	return NACCS_OK;
}
