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

	return store->backend->sign(store->store, request, sink, sink_context, err);
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

bool naccs_store_key_lacks_pss(const struct naccs_open_store *store, X509 *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);

	return (store->capabilities & NACCS_CAN_SIGN_PSS) == 0 && key != NULL && EVP_PKEY_is_a(key, "RSA");
}

naccs_status naccs_store_key_failure(const struct naccs_open_store *store, const EVP_PKEY *key, struct naccs_error *ret)
{
	naccs_status status = naccs_provider_key_failure(key, ret);

	if (status != NACCS_OK && strstr(ret->message, store->uri) == NULL)
		(void)naccs_error_prefix(ret, "%s", store->uri);
	return status;
}
