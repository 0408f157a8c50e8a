/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a key that never leaves its store is of use to OpenSSL (and through it to libcurl) all the same: as an EVP_PKEY whose public half is
 * the certificate's and whose signatures come from a function, the contract's sign. Behind it is an OpenSSL 3 provider named "naccs", built
 * into the program; plugins/openssl wraps the same one as a module.
 *
 * What such a key promises: RSA (PKCS#1, PSS) and ECDSA over SHA-256, SHA-384, SHA-512 and SHA-1; TLS 1.2 and 1.3 client authentication;
 * and that sign is called once for each signature, never for anything else: the size of a signature, whether a hash would do, the
 * comparison with a certificate are answered from the public half.
 */
#ifndef NACCS_PROVIDER_H
#define NACCS_PROVIDER_H

#include "cleanup.h"
#include "error.h"

#include <naccscert/backend.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/* Who signs. */
struct naccs_provider_signer {
	/*
	 * As naccs_backend.sign: sign request->digest with the key of request->certificate; sink gets the signature once (PKCS#1 and PSS
	 * bytes, ECDSA as DER). Everything in request is filled in. It may be called from any thread that uses the key, from one at a time
	 * for each key.
	 */
	naccs_status (*sign)(void *context, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *sink_context,
			     struct naccs_error *err);
	/* Called when the last reference to the key goes (libcurl and OpenSSL may hold some). May be NULL. */
	void (*free)(void *context);
	void *context;
};

/*
 * A key that signs through signer. certificate: whose key it is; referenced, RSA or EC, of any library context. libctx: a context for
 * such keys alone, with OpenSSL's default provider in it (naccs_crypto_keys_libctx() says why); it must outlive the key. The key may be
 * used in SSL objects of any other context of this process, the default one of libcurl included. signer is copied; on success the key owns
 * signer->context, on failure the caller keeps it. *ret: EVP_PKEY_free(). Failures: store.unsupported (another type of key), internal.
 */
naccs_status naccs_provider_key_new(OSSL_LIB_CTX *libctx, X509 *certificate, const struct naccs_provider_signer *signer, EVP_PKEY **ret,
				    struct naccs_error *err);

/*
 * Why the last signature of the key failed: OpenSSL hands on no more than that it did. NACCS_OK, and ret untouched: the last one succeeded,
 * there was none, or the key is no such key. ret may be NULL.
 */
naccs_status naccs_provider_key_failure(const EVP_PKEY *key, struct naccs_error *ret);

#endif
