/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the token signs with the key of a certificate. The key is looked for once, by its public half; a handle that is no longer good is looked for anew. */
#include "pkcs11.h"

#include <string.h>

static naccs_status fail_none(const struct naccs_store *store, const char *what, struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, "%s: %s", store->uri, what);
}

static naccs_status find_key(struct naccs_store *store, const struct pkcs11_public *public_key, const struct pkcs11_id *id,
			     struct pkcs11_signer *ret, struct naccs_error *err)
{
	naccs_auto(pkcs11_keys) struct pkcs11_keys keys = {0};
	enum pkcs11_match match;
	naccs_status status = pkcs11_login(store, err);

	if (status == NACCS_OK)
		status = pkcs11_keys_read(store, &keys, err);
	if (status != NACCS_OK)
		return status;
	const struct pkcs11_key *key = pkcs11_keys_find(&keys, public_key, id, &match);
	if (key == NULL)
		return fail_none(store, _("the token holds no private key for this certificate"), err);
	ret->key = key->handle;
	ret->type = key->type;
	ret->size = (public_key->bits + 7) / 8;
	ret->bits = public_key->bits;
	ret->asks_always = key->asks_always;
	return NACCS_OK;
}

static naccs_status find_signer(struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	naccs_auto(pkcs11_certificates) struct pkcs11_certificates certificates = {0};
	naccs_auto(pkcs11_public) struct pkcs11_public public_key = {0};
	naccs_auto(x509) X509 *certificate = NULL;
	struct pkcs11_signer found = {.key = CK_INVALID_HANDLE};
	naccs_status status = pkcs11_certificates_read(store, &certificates, err);

	if (status != NACCS_OK)
		return status;
	const struct pkcs11_certificate *item = pkcs11_certificates_find(&certificates, sha256, NULL);
	if (item == NULL)
		return fail_none(store, _("the token does not hold this certificate"), err);
	status = pkcs11_certificate_decode(store, item->der, &certificate, err);
	if (status == NACCS_OK)
		status = pkcs11_public_of(store, certificate, &public_key, err);
	if (status == NACCS_OK)
		status = find_key(store, &public_key, &item->id, &found, err);
	if (status != NACCS_OK)
		return status;
	memcpy(found.certificate, sha256, sizeof found.certificate);
	store->signer = found;
	return NACCS_OK;
}

static bool is_stale(const struct naccs_error *err)
{
	return err->native == (int64_t)CKR_KEY_HANDLE_INVALID || err->native == (int64_t)CKR_OBJECT_HANDLE_INVALID;
}

/* A token that was pulled out says nothing of its key. */
static naccs_status tell_removal(naccs_status status, struct naccs_error *err)
{
	if (status == NACCS_E_STORE_IO && err->native == (int64_t)CKR_DEVICE_REMOVED)
		err->status = status = NACCS_E_STORE_OPEN;
	return status;
}

/* The session or its login is gone, not the token's key: a program that signs for years outlives both. */
static bool is_lost(const struct naccs_error *err)
{
	return err->native == (int64_t)CKR_SESSION_HANDLE_INVALID || err->native == (int64_t)CKR_SESSION_CLOSED ||
	       err->native == (int64_t)CKR_DEVICE_REMOVED || err->native == (int64_t)CKR_TOKEN_NOT_PRESENT ||
	       err->native == (int64_t)CKR_USER_NOT_LOGGED_IN;
}

static naccs_status sign_once(struct naccs_store *store, const struct naccs_sign_request *request, struct pkcs11_signature *ret,
			      struct naccs_error *err)
{
	bool is_known = store->signer.key != CK_INVALID_HANDLE &&
			memcmp(store->signer.certificate, request->certificate, sizeof request->certificate) == 0;
	naccs_status status = is_known ? NACCS_OK : find_signer(store, request->certificate, err);

	return status == NACCS_OK ? pkcs11_sign_by(store, &store->signer, request, ret, err) : status;
}

naccs_status pkcs11_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
			 struct naccs_error *err)
{
	struct pkcs11_signature signature;
	naccs_status status = sign_once(store, request, &signature, err);
	bool was_lost = status != NACCS_OK && is_lost(err);

	if (was_lost || (status != NACCS_OK && is_stale(err))) {
		*err = (struct naccs_error){0};
		store->signer = (struct pkcs11_signer){0};
		status = was_lost ? pkcs11_session_reopen(store, err) : NACCS_OK;
		if (status == NACCS_OK)
			status = sign_once(store, request, &signature, err);
	}
	return status == NACCS_OK ? sink(context, signature.bytes, signature.length) : tell_removal(status, err);
}
