/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the files of this room share, and what the loadable module (plugins/openssl) builds on: the key behind OpenSSL's objects, and
 * the tables of functions that OpenSSL calls.
 */
#ifndef NACCS_PROVIDER_INTERNAL_H
#define NACCS_PROVIDER_INTERNAL_H

#include "provider.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

#define NACCS_PROVIDER_NAME "naccs"

NACCS_DEFINE_CLEANUP(EVP_MD *, EVP_MD_free, provider_digest)
NACCS_DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free, provider_digest_context)
NACCS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free, provider_pkey)
NACCS_DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free, provider_pkey_context)

/* ---- provider.c ---- */

/* A loaded provider: what OpenSSL hands to every function of it. A larger struct may begin with it. */
struct naccs_provider {
	const OSSL_CORE_HANDLE *handle;
	OSSL_LIB_CTX *libctx; /* for digests and public keys; borrowed */
	OSSL_FUNC_core_new_error_fn *new_error;
	OSSL_FUNC_core_set_error_debug_fn *set_error_debug;
	OSSL_FUNC_core_vset_error_fn *vset_error;
};
void naccs_provider_init(struct naccs_provider *provider, const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, OSSL_LIB_CTX *libctx);

/* Reasons in OpenSSL's error queue. */
enum naccs_provider_reason {
	NACCS_PROVIDER_R_SIGN = 1,  /* the store did not sign; the error's data says why */
	NACCS_PROVIDER_R_PARAMETER, /* a parameter that such a key can't honour */
	NACCS_PROVIDER_R_KEY,	    /* not a key, or not one with that half */
	NACCS_PROVIDER_R_MEMORY,
	NACCS_PROVIDER_R_STORE, /* a store can't be opened or read (the loadable module) */
};
const OSSL_ITEM *naccs_provider_reasons(void);

/* Put a reason with its explanation into OpenSSL's error queue; returns 0, so that a function of the table can return it. */
int naccs_provider_raise(const struct naccs_provider *provider, enum naccs_provider_reason reason, const char *format, ...)
	NACCS_PRINTF(3, 4);
int naccs_provider_raise_error(const struct naccs_provider *provider, enum naccs_provider_reason reason, const struct naccs_error *err);

/* The tables of an operation (OSSL_OP_KEYMGMT, OSSL_OP_SIGNATURE); NULL for others. Their functions get a struct naccs_provider as provctx.
 */
const OSSL_ALGORITHM *naccs_provider_algorithms(int operation);

/* ---- key.c: a key, counted by its references ---- */

struct naccs_provider_key;

/* As naccs_provider_key_new(), without OpenSSL's object around it. */
naccs_status naccs_provider_key_make(OSSL_LIB_CTX *libctx, X509 *certificate, const struct naccs_provider_signer *signer,
				     struct naccs_provider_key **ret, struct naccs_error *err);
/* A key with a public half alone; public_key is taken over. NULL when memory is short (and public_key is freed). */
struct naccs_provider_key *naccs_provider_key_public(EVP_PKEY *public_key);
struct naccs_provider_key *naccs_provider_key_ref(struct naccs_provider_key *key);
void naccs_provider_key_unref(struct naccs_provider_key *key);
NACCS_DEFINE_CLEANUP(struct naccs_provider_key *, naccs_provider_key_unref, provider_key)

EVP_PKEY *naccs_provider_key_public_half(const struct naccs_provider_key *key); /* borrowed; a software key */
bool naccs_provider_key_can_sign(const struct naccs_provider_key *key);
bool naccs_provider_key_is_rsa(const struct naccs_provider_key *key);
const char *naccs_provider_key_type(const struct naccs_provider_key *key); /* "RSA" or "EC": the name of its key management. Static */

/* The one place where the signer is called. The signature goes to sig, which has room for size bytes; *ret_length says how long it is. */
naccs_status naccs_provider_key_sign(struct naccs_provider_key *key, const struct naccs_sign_request *request, unsigned char *sig,
				     size_t size, size_t *ret_length, struct naccs_error *err);
/* A copy of the last failure; false: there is none. */
bool naccs_provider_key_last_failure(struct naccs_provider_key *key, struct naccs_error *ret);

/* ---- keymgmt.c ---- */

/* Parameters of this provider's own: a struct naccs_provider_key * (octets) for an import within this process; a struct naccs_error of the
 * last signature. */
#define NACCS_PROVIDER_PARAM_KEY "naccs-key"
#define NACCS_PROVIDER_PARAM_FAILURE "naccs-failure"

/* What OpenSSL's key objects hold of ours. */
struct naccs_provider_keydata {
	struct naccs_provider *provider;
	struct naccs_provider_key *key; /* NULL: nothing imported yet */
};
extern const OSSL_DISPATCH naccs_provider_rsa_keymgmt[], naccs_provider_ec_keymgmt[];

/* ---- signature.c, signature_params.c ---- */

/* A signature under way. */
struct naccs_provider_signing {
	struct naccs_provider *provider;
	struct naccs_provider_key *key; /* NULL before the first init */
	EVP_MD *digest;			/* NULL: not named yet */
	EVP_MD_CTX *stream;		/* NULL: a digest is handed in, not a message */
	uint32_t padding;		/* enum naccs_padding */
	int salt_length;		/* bytes, or RSA_PSS_SALTLEN_* */
	EVP_MD *mgf1;			/* NULL: as digest */
	bool is_for_signing;
};
extern const OSSL_DISPATCH naccs_provider_signature[];

/* Before parameters: what a fresh signature with this key begins with. */
void naccs_provider_signing_defaults(struct naccs_provider_signing *signing);
/* Name the digest; NULL or "": SHA-256. 0 and a raised error when such a key can't sign it. */
int naccs_provider_signing_use_digest(struct naccs_provider_signing *signing, const char *name, const char *properties);
/* The digest in the contract's words; 0: none of them. */
uint32_t naccs_provider_hash_of(const EVP_MD *digest);
/* The salt in bytes that a PSS signature by this key gets; -1: it does not fit the key. */
int naccs_provider_salt_bytes(const struct naccs_provider_signing *signing);
int naccs_provider_signing_set_params(void *signing, const OSSL_PARAM params[]);
int naccs_provider_signing_get_params(void *signing, OSSL_PARAM params[]);
const OSSL_PARAM *naccs_provider_signing_settable(void *signing, void *provider);
const OSSL_PARAM *naccs_provider_signing_gettable(void *signing, void *provider);
/* The AlgorithmIdentifier of the signature as DER, for certificates requests and CMS. *ret: OPENSSL_free(). Length, or -1. */
int naccs_provider_signing_algorithm(const struct naccs_provider_signing *signing, unsigned char **ret);

#endif
