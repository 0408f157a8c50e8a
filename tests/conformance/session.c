/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the host's side of an open store, as short calls that fail the test when they fail. */
#include "suite.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void host_log(void *context, const char *line)
{
	const struct session *session = context;

	if (session->ground->suite->is_verbose)
		(void)fprintf(stderr, "  log: %s\n", line);
}

static void host_progress(void *context, const char *message)
{
	host_log(context, message);
}

static naccs_status host_ask_secret(void *context, const char *prompt, bool last_try,
				    naccs_status (*answer)(void *answer_context, const uint8_t *secret, size_t length),
				    void *answer_context, struct naccs_error *err)
{
	struct session *session = context;

	check(prompt != NULL && prompt[0] != '\0', "a question for a secret has to name the store");
	session->asked++;
	session->was_last_try = last_try;
	(void)snprintf(session->prompt, sizeof session->prompt, "%s", prompt);
	if (session->secret == NULL || last_try)
		return naccs_error_set(err, NACCS_E_CANCELLED, 0, "the suite has no secret for \"%s\"", prompt);
	return answer(answer_context, (const uint8_t *)session->secret, strlen(session->secret));
}

static void host_warn(void *context, const char *id, const char *message)
{
	struct session *session = context;
	size_t used = strlen(session->warned);

	check(id[0] != '\0' && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(id) && message[0] != '\0', "a warning \"%s\": %s", id, message);
	(void)snprintf(session->warned + used, sizeof session->warned - used, "%s ", id);
	host_log(context, message);
}

static bool host_cancelled(void *context)
{
	(void)context;
	return false;
}

naccs_status session_try(struct session *session, const struct ground *ground, enum naccs_access access, uint32_t lock_timeout_ms)
{
	const char *secret = ground->secret;
	const struct naccs_open_options options = {
		.size = sizeof options,
		.access = access,
		.lock_timeout_ms = lock_timeout_ms,
		.group = ground->group,
	};

	*session = (struct session){.ground = ground, .secret = secret};
	session->host = (struct naccs_host){
		.size = sizeof session->host,
		.context = session,
		.log = host_log,
		.progress = host_progress,
		.ask_secret = host_ask_secret,
		.cancelled = host_cancelled,
		.warn = host_warn,
	};
	return ground->suite->backend->open(&session->host, ground->uri, &options, &session->store, &session->err);
}

void session_open(struct session *session, const struct ground *ground, enum naccs_access access)
{
	naccs_status status = session_try(session, ground, access, 10000);

	check(status == NACCS_OK, "open %s: status %d: %s", ground->uri, (int)status, session->err.message);
	check(session->store != NULL, "open %s succeeded without a store", ground->uri);
}

void session_close(struct session *session)
{
	session->ground->suite->backend->close(session->store);
	session->store = NULL;
}

struct ledger session_plan(struct session *session, const struct input *input)
{
	struct ledger ledger = {0};

	check_ok(session->ground->suite->backend->plan(session->store, &input->installation, ledger_add, &ledger, &session->err),
		 &session->err);
	check(ledger.count > 0, "plan named no part");
	return ledger;
}

void session_stage(struct session *session, const struct input *input, const struct ledger *ledger)
{
	check_ok(session->ground->suite->backend->stage(session->store, &input->installation, ledger->part, ledger->count, &session->err),
		 &session->err);
}

void session_commit(struct session *session, const struct input *input, const struct ledger *ledger)
{
	check_ok(session->ground->suite->backend->commit(session->store, &input->installation, ledger->part, ledger->count, &session->err),
		 &session->err);
}

struct ledger install(const struct ground *ground, const struct input *input)
{
	struct session session;

	session_open(&session, ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	session_close(&session);
	return ledger;
}

void session_recover(struct session *session, enum naccs_recovery direction, const struct ledger *ledger)
{
	check_ok(session->ground->suite->backend->recover(session->store, direction, ledger->part, ledger->count, &session->err),
		 &session->err);
}

void session_remove(struct session *session, const struct ledger *ledger)
{
	struct ledger parts = ledger_without_adopted(ledger);

	check_ok(session->ground->suite->backend->remove(session->store, parts.part, parts.count, &session->err), &session->err);
}

naccs_status plan_once(const struct ground *ground, const struct input *input, struct ledger *ret, struct naccs_error *err)
{
	struct session session;
	naccs_status status = session_try(&session, ground, NACCS_ACCESS_WRITE, 0);

	*ret = (struct ledger){0};
	if (status == NACCS_OK) {
		status = ground->suite->backend->plan(session.store, &input->installation, ledger_add, ret, &session.err);
		session_close(&session);
	}
	*err = session.err;
	return status;
}

void remove_all(const struct ground *ground, const struct ledger *ledger)
{
	struct session session;

	session_open(&session, ground, NACCS_ACCESS_WRITE);
	session_remove(&session, ledger);
	session_close(&session);
}

/* ---- what list shows of one certificate ---- */

struct looking {
	const struct input *input;
	struct sight sight;
};

static bool is_equal(struct naccs_bytes a, struct naccs_bytes b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static bool is_among(struct naccs_bytes wanted, const struct naccs_bytes *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_equal(wanted, list[i]))
			return true;
	}
	return false;
}

static naccs_status look_at(void *context, const struct naccs_item *item)
{
	static const uint8_t nobody[NACCS_SHA256_SIZE];
	struct looking *looking = context;
	const struct naccs_installation *in = &looking->input->installation;
	struct sight *sight = &looking->sight;
	bool is_owned = memcmp(item->owner, in->sha256, sizeof item->owner) == 0;

	if (!is_owned && memcmp(item->owner, nobody, sizeof nobody) != 0)
		return NACCS_OK;
	if (item->role == NACCS_ROLE_CLIENT && is_equal(item->certificate, in->certificate)) {
		sight->is_there = true;
		sight->has_key |= item->has_key;
		sight->is_pending |= item->is_pending;
		sight->is_current |= item->is_current;
	}
	sight->client_cas += item->role == NACCS_ROLE_CLIENT_CA && is_equal(item->certificate, in->client_ca);
	sight->client_intermediates +=
		item->role == NACCS_ROLE_CLIENT_INTERMEDIATE && is_among(item->certificate, in->intermediates, in->intermediate_count);
	sight->server_anchors +=
		item->role == NACCS_ROLE_SERVER_ANCHOR && is_among(item->certificate, in->server_anchors, in->server_anchor_count);
	sight->server_intermediates += item->role == NACCS_ROLE_SERVER_INTERMEDIATE &&
				       is_among(item->certificate, in->server_intermediates, in->server_intermediate_count);
	return NACCS_OK;
}

struct sight session_look(struct session *session, const struct input *input)
{
	struct looking looking = {.input = input};

	check_ok(session->ground->suite->backend->list(session->store, look_at, &looking, &session->err), &session->err);
	return looking.sight;
}

struct nothing {
	uint64_t capabilities;
};

static naccs_status take_capabilities(void *context, const struct naccs_place *place)
{
	((struct nothing *)context)->capabilities = place->capabilities;
	return NACCS_OK;
}

void session_check_installed(struct session *session, const struct input *input, bool is_current)
{
	struct sight sight = session_look(session, input);
	struct nothing told = {0};

	check_ok(session->ground->suite->backend->describe(session->store, take_capabilities, &told, &session->err), &session->err);
	check(sight.is_there && sight.has_key, "the certificate or its key is not listed");
	check(!sight.is_pending, "the certificate is still pending after commit");
	check(sight.is_current == is_current || (told.capabilities & NACCS_CAN_ACTIVATE) == 0, "is_current is %d, wanted %d",
	      sight.is_current, is_current);
	if ((told.capabilities & NACCS_CAN_TRUST) != 0) {
		check(sight.client_cas == 1, "%zu client CAs are listed beside the certificate, wanted 1", sight.client_cas);
		check(sight.server_anchors == 1, "%zu server anchors are listed, wanted 1", sight.server_anchors);
	}
	check(sight.client_intermediates == 1, "%zu client intermediates are listed, wanted 1", sight.client_intermediates);
	session_check_signs(session, input);
}

/* ---- signatures ---- */

struct signature {
	uint8_t bytes[1024];
	size_t length;
	int calls;
};

static naccs_status take_signature(void *context, const uint8_t *bytes, size_t length)
{
	struct signature *signature = context;

	check(length <= sizeof signature->bytes, "a signature of %zu bytes", length);
	memcpy(signature->bytes, bytes, length);
	signature->length = length;
	signature->calls++;
	return NACCS_OK;
}

static bool verify(const struct input *input, OSSL_LIB_CTX *crypto, const char *hash_name, const struct naccs_sign_request *request,
		   const struct signature *signature)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(crypto, input->key, NULL);
	EVP_MD *hash = EVP_MD_fetch(crypto, hash_name, NULL);
	bool is_good =
		context != NULL && hash != NULL && EVP_PKEY_verify_init(context) == 1 && EVP_PKEY_CTX_set_signature_md(context, hash) == 1;

	if (is_good && request->padding == NACCS_PADDING_PKCS1)
		is_good = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	if (is_good && request->padding == NACCS_PADDING_PSS)
		is_good = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
			  EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1 &&
			  EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)request->salt_length) == 1;
	is_good =
		is_good && EVP_PKEY_verify(context, signature->bytes, signature->length, request->digest.data, request->digest.length) == 1;
	EVP_MD_free(hash);
	EVP_PKEY_CTX_free(context);
	return is_good;
}

naccs_status session_sign(struct session *session, const struct input *input, uint32_t hash, uint32_t padding, uint32_t salt_length)
{
	static const char *const names[] = {NULL, "SHA256", "SHA384", "SHA512", "SHA1"};
	static const uint8_t text[] = "a challenge";
	OSSL_LIB_CTX *crypto = inputs_crypto(session->ground->suite->inputs);
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct signature signature = {0};
	struct naccs_sign_request request = {.size = sizeof request, .hash = hash, .padding = padding, .salt_length = salt_length};

	check(EVP_Q_digest(crypto, names[hash], NULL, text, sizeof text, digest, &request.digest.length) == 1, "cannot compute a digest");
	request.digest.data = digest;
	memcpy(request.certificate, input->installation.sha256, sizeof request.certificate);
	naccs_status status = session->ground->suite->backend->sign(session->store, &request, take_signature, &signature, &session->err);
	if (status == NACCS_OK) {
		check(signature.calls == 1, "the signature came %d times", signature.calls);
		check(verify(input, crypto, names[hash], &request, &signature), "a bad signature: hash %u, padding %u, salt %u", hash,
		      padding, salt_length);
	}
	return status;
}

void session_check_signs(struct session *session, const struct input *input)
{
	uint32_t padding = EVP_PKEY_is_a(input->key, "RSA") ? NACCS_PADDING_PKCS1 : NACCS_PADDING_NONE;

	check_ok(session_sign(session, input, NACCS_HASH_SHA256, padding, 0), &session->err);
}
