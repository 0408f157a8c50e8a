/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see store_key.h. */
#include "store_key.h"

#include "provider.h"
#include "text.h"

#include <string.h>

static naccs_status sign_in_store(void *context, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *sink_context,
				  struct naccs_error *err)
{
	struct naccs_open_store *store = context;

	return naccs_open_store_sign(store, request, sink, sink_context, err);
}

naccs_status naccs_store_key_new(struct naccs_crypto *crypto, struct naccs_open_store *store, X509 *certificate, EVP_PKEY **ret,
				 struct naccs_error *err)
{
	const struct naccs_provider_signer signer = {.sign = sign_in_store, .context = store};

	OSSL_LIB_CTX *libctx = naccs_crypto_keys_libctx(crypto);

	if (libctx == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	return naccs_provider_key_new(libctx, certificate, &signer, ret, err);
}

static naccs_status ignore_signature(void *context, const uint8_t *bytes, size_t length)
{
	(void)context;
	(void)bytes;
	(void)length;
	return NACCS_OK;
}

bool naccs_store_key_lacks_pss(struct naccs_open_store *store, X509 *certificate)
{
	static const uint8_t digest[NACCS_SHA256_SIZE] = {0};
	struct naccs_sign_request request = {
		.size = sizeof request,
		.hash = NACCS_HASH_SHA256,
		.padding = NACCS_PADDING_PSS,
		.salt_length = sizeof digest,
		.digest = {digest, sizeof digest},
	};
	struct naccs_error ignored = {0};
	unsigned length = 0;

	if (!EVP_PKEY_is_a(X509_get0_pubkey(certificate), "RSA"))
		return false;
	if ((store->capabilities & NACCS_CAN_SIGN_PSS) == 0)
		return true;
	if ((store->capabilities & NACCS_CAN_SIGN_PSS_BY_KEY) == 0 ||
	    X509_digest(certificate, EVP_sha256(), request.certificate, &length) != 1)
		return false;
	return naccs_open_store_sign(store, &request, ignore_signature, NULL, &ignored) == NACCS_E_STORE_UNSUPPORTED;
}

naccs_status naccs_store_key_failure(const struct naccs_open_store *store, const EVP_PKEY *key, struct naccs_error *ret)
{
	naccs_status status = naccs_provider_key_failure(key, ret);

	if (status != NACCS_OK && strstr(ret->message, store->uri) == NULL)
		(void)naccs_error_prefix(ret, "%s", store->uri);
	return status;
}
