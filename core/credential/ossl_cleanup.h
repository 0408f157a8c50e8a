/* SPDX-License-Identifier: Apache-2.0 */
/* Why: OpenSSL's objects bound to their scope, for the files of this room. */
#ifndef NACCS_OSSL_CLEANUP_H
#define NACCS_OSSL_CLEANUP_H

#include "cleanup.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

static inline void naccs_openssl_free(void *memory)
{
	OPENSSL_free(memory);
}

static inline void naccs_certificates_free(STACK_OF(X509) *certificates)
{
	sk_X509_pop_free(certificates, X509_free);
}

static inline void naccs_parts_free(STACK_OF(PKCS7) *parts)
{
	sk_PKCS7_pop_free(parts, PKCS7_free);
}

static inline void naccs_bags_free(STACK_OF(PKCS12_SAFEBAG) *bags)
{
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

NACCS_DEFINE_CLEANUP(BIO *, BIO_free_all, bio)
NACCS_DEFINE_CLEANUP(BIGNUM *, BN_free, bignum)
NACCS_DEFINE_CLEANUP(EVP_CIPHER *, EVP_CIPHER_free, cipher)
NACCS_DEFINE_CLEANUP(EVP_MD *, EVP_MD_free, digest)
NACCS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free, pkey)
NACCS_DEFINE_CLEANUP(PKCS12 *, PKCS12_free, pkcs12)
NACCS_DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free, pkcs8)
NACCS_DEFINE_CLEANUP(X509 *, X509_free, x509)
NACCS_DEFINE_CLEANUP(STACK_OF(X509) *, naccs_certificates_free, certificates)
NACCS_DEFINE_CLEANUP(STACK_OF(PKCS7) *, naccs_parts_free, parts)
NACCS_DEFINE_CLEANUP(STACK_OF(PKCS12_SAFEBAG) *, naccs_bags_free, bags)
NACCS_DEFINE_CLEANUP(unsigned char *, naccs_openssl_free, openssl_bytes)
NACCS_DEFINE_CLEANUP(char *, naccs_openssl_free, openssl_text)

#endif
