/* SPDX-License-Identifier: Apache-2.0 */
/* Why: from a URI to an open token: module, slot, lock, session and, for writing, the PIN. */
#include "pkcs11.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

#define ROOM_NEEDED 8192 /* bytes: a key and a handful of certificates */

void pkcs11_close(struct naccs_store *store)
{
	if (store == NULL)
		return;
	if (store->has_session)
		(void)store->module->C_CloseSession(store->session); /* the last one logs out */
	pkcs11_modules_release(&store->modules);
	naccs_secret_free(store->pin);
	if (store->lock >= 0)
		(void)close(store->lock);
	if (store->wish != NULL)
		p11_kit_uri_free(store->wish);
	if (store->provider != NULL)
		(void)OSSL_PROVIDER_unload(store->provider);
	OSSL_LIB_CTX_free(store->crypto);
	free(store->uri);
	free(store->wish_uri);
	free(store->lock_name);
	free(store->label);
	free(store);
}
NACCS_DEFINE_CLEANUP(struct naccs_store *, pkcs11_close, store)

naccs_status pkcs11_check_write(const struct naccs_store *store, struct naccs_error *err)
{
	if (!store->is_write)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot change the token %s: it was opened for reading"), store->label);
	return NACCS_OK;
}

static naccs_status open_crypto(struct naccs_store *store, struct naccs_error *err)
{
	/* No configuration file, in no context of this process: OPENSSL_CONF must change nothing. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	store->crypto = OSSL_LIB_CTX_new();
	if (store->crypto != NULL)
		store->provider = OSSL_PROVIDER_load(store->crypto, "default"); /* built in: OPENSSL_MODULES is not looked at */
	return store->provider != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot set up OpenSSL"));
}

/* Some modules give numbers that mean nothing (NSS: 1 of 1). */
static bool has_room(CK_ULONG total, CK_ULONG left)
{
	bool tells = total != CK_UNAVAILABLE_INFORMATION && total != CK_EFFECTIVELY_INFINITE && total > ROOM_NEEDED;

	return !tells || left == CK_UNAVAILABLE_INFORMATION || left >= ROOM_NEEDED;
}

/* What the token says before anything is tried. */
static naccs_status check_writable(const struct naccs_store *store, struct naccs_error *err)
{
	const CK_TOKEN_INFO *token = &store->token;

	if ((token->flags & CKF_WRITE_PROTECTED) != 0)
		return pkcs11_fail(err, CKR_TOKEN_WRITE_PROTECTED, _("cannot install into the token %s"), store->label);
	if (!has_room(token->ulTotalPrivateMemory, token->ulFreePrivateMemory) || !has_room(token->ulTotalPublicMemory, token->ulFreePublicMemory))
		return pkcs11_fail(err, CKR_DEVICE_MEMORY, _("cannot install into the token %s"), store->label);
	return NACCS_OK;
}

/* What is asked for beyond naming the token is described too, so that the host can ask the same on a later day. */
static naccs_status keep_wish(struct naccs_store *store, struct naccs_error *err)
{
	if (p11_kit_uri_get_attribute(store->wish, CKA_LABEL) == NULL && p11_kit_uri_get_attribute(store->wish, CKA_ID) == NULL)
		return NACCS_OK;
	store->wish_uri = pkcs11_uri_with_wish(store->uri, store->wish);
	return store->wish_uri != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

static naccs_status open_session(struct naccs_store *store, struct naccs_error *err)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (store->is_write ? CKF_RW_SESSION : 0);
	CK_RV rv = store->module->C_OpenSession(store->slot, flags, NULL, NULL, &store->session);

	if (rv != CKR_OK) {
		naccs_status status = pkcs11_fail(err, rv, _("cannot open the token %s"), store->label);
		if (rv == CKR_DEVICE_REMOVED)
			err->status = status = NACCS_E_STORE_OPEN;
		return status;
	}
	store->has_session = true;
	/* Without a PIN (an NSS database without a password): everything is visible already. */
	store->is_logged_in = (store->token.flags & CKF_LOGIN_REQUIRED) == 0;
	return NACCS_OK;
}

void pkcs11_session_renew(struct naccs_store *store)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (store->is_write ? CKF_RW_SESSION : 0);
	CK_SESSION_HANDLE session;

	/* The new one first: closing the last session would log out. */
	if (store->module->C_OpenSession(store->slot, flags, NULL, NULL, &session) != CKR_OK)
		return;
	(void)store->module->C_CloseSession(store->session);
	store->session = session;
}

naccs_status pkcs11_session_reopen(struct naccs_store *store, struct naccs_error *err)
{
	CK_TOKEN_INFO token = {0};

	if (store->has_session)
		(void)store->module->C_CloseSession(store->session); /* the last one logs out, if that did not happen */
	store->has_session = store->is_logged_in = false;
	store->signer = (struct pkcs11_signer){0};
	CK_RV rv = store->module->C_GetTokenInfo(store->slot, &token);
	if (rv != CKR_OK)
		return pkcs11_fail(err, rv, _("cannot open the token %s"), store->label);
	if (!pkcs11_is_same_token(&token, &store->token))
		return naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot open the token %s: another one is in its place"), store->label);
	store->token = token;
	return open_session(store, err);
}

naccs_status pkcs11_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
			 struct naccs_error *err)
{
	naccs_auto(store) struct naccs_store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	pkcs11_take_language(host);
	store->host = host;
	store->lock = -1;
	store->is_write = options->access == NACCS_ACCESS_WRITE;
	naccs_status status = pkcs11_uri_parse(uri, &store->wish, err);
	if (status == NACCS_OK)
		status = open_crypto(store, err);
	if (status == NACCS_OK)
		status = pkcs11_modules_load(p11_kit_uri_get_module_path(store->wish), &store->modules, err);
	if (status == NACCS_OK)
		status = pkcs11_token_find(store, err);
	if (status == NACCS_OK)
		status = keep_wish(store, err);
	if (status == NACCS_OK && store->is_write)
		status = check_writable(store, err);
	if (status == NACCS_OK && store->is_write)
		status = pkcs11_lock(store, options->lock_timeout_ms, &store->lock, err);
	if (status == NACCS_OK)
		status = open_session(store, err);
	if (status == NACCS_OK && store->is_write)
		status = pkcs11_login(store, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&store);
	return status;
}

naccs_status pkcs11_describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_place place = {
		.size = sizeof place,
		.uri = store->uri,
		.kind = _("PKCS#11 token"),
		.label = store->label,
		.is_writable = (store->capabilities & NACCS_CAN_WRITE) != 0,
		.is_locked = (store->token.flags & CKF_LOGIN_REQUIRED) != 0,
		.capabilities = store->capabilities,
		.wish = store->wish_uri,
	};

	(void)err;
	return sink(context, &place);
}
