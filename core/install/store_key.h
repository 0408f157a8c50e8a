/* SPDX-License-Identifier: Apache-2.0 */
/* Why: TLS client authentication (a renewal, verify --online) with the key as it sits in its store: OpenSSL gets an EVP_PKEY that signs
 * through the store's backend. */
#ifndef NACCS_INSTALL_STORE_KEY_H
#define NACCS_INSTALL_STORE_KEY_H

#include "store.h"

/*
 * The key of a client certificate that was read from this store (naccs_contents_client()). store and crypto must outlive the key and
 * whatever holds it (an SSL object, libcurl). Whether the store really has the key shows at the first signature; why one failed:
 * naccs_store_key_failure(). *ret: EVP_PKEY_free(). Failures: store.unsupported, internal.
 */
naccs_status naccs_store_key_new(struct naccs_crypto *crypto, struct naccs_open_store *store, X509 *certificate, EVP_PKEY **ret,
				 struct naccs_error *err);

/*
 * Is this an RSA key that signs PKCS#1 but not PSS? TLS 1.3 can't be spoken with it. A store that can't do PSS says so; one where that
 * differs from key to key (NACCS_CAN_SIGN_PSS_BY_KEY) is asked for a signature.
 */
bool naccs_store_key_lacks_pss(struct naccs_open_store *store, X509 *certificate);

/* What the store said when it last failed to sign; NACCS_OK (and ret untouched): it did not fail. The error names the store's URI. */
naccs_status naccs_store_key_failure(const struct naccs_open_store *store, const EVP_PKEY *key, struct naccs_error *ret);

#endif
