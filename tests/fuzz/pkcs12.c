/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a PKCS#12 comes from a network and is decoded with a key of ours in the house: it must not break anything. The MAC stops nearly
 * every mutation, so each input is opened twice: as it is, and with a MAC that fits its changed contents.
 */
#include "credential.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>

#define PASSWORD "naccs-test" /* that of make-pkcs12, which made the corpus */
#define NOW 1800000000	      /* 2027-01-15: within the validity of the corpus */
#define ITERATIONS_MAX 10000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct naccs_crypto *crypto; /* made once, for speed */
static struct naccs_secret *password;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* Not naccs_crypto_process_init(): leak detectors do not see what only the secure heap points to. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (naccs_crypto_new(&crypto, NULL) != NACCS_OK ||
	    naccs_secret_new_copy(PASSWORD, sizeof PASSWORD - 1, &password, NULL) != NACCS_OK)
		abort();
	return 0;
}

static void open_bytes(const uint8_t *bytes, size_t length)
{
	naccs_auto(secret) struct naccs_secret *pkcs12 = NULL;
	naccs_auto(secret) struct naccs_secret *key = NULL;
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	struct naccs_error err = {0};
	const struct naccs_pkcs12_limits limits = {.max_iterations = ITERATIONS_MAX};
	if (length == 0 || naccs_secret_new_copy(bytes, length, &pkcs12, &err) != NACCS_OK)
		return;
	naccs_status status = naccs_pkcs12_open(crypto, pkcs12, password, NULL, NOW, &limits, &credential, &err);
	if ((status == NACCS_OK) != (credential != NULL) || (status != NACCS_OK && (err.status != status || err.message[0] == '\0')))
		abort();
	if (credential != NULL && naccs_credential_export_key(credential, &key, &err) != NACCS_OK && err.message[0] == '\0')
		abort();
}

/* The same contents with a MAC that fits. NULL when it is no PKCS#12. */
static unsigned char *sealed_anew(const uint8_t *bytes, size_t length, size_t *ret_length)
{
	const unsigned char *cursor = bytes;
	unsigned char *encoded = NULL;
	PKCS12 *pkcs12 = PKCS12_init_ex(NID_pkcs7_data, naccs_crypto_libctx(crypto), NULL);
	if (pkcs12 == NULL || d2i_PKCS12(&pkcs12, &cursor, (long)length) == NULL)
		return NULL;
	int encoded_length = -1;
	if (PKCS12_set_mac(pkcs12, PASSWORD, -1, NULL, 0, 1, EVP_sha256()) == 1)
		encoded_length = i2d_PKCS12(pkcs12, &encoded);
	PKCS12_free(pkcs12);
	*ret_length = encoded_length > 0 ? (size_t)encoded_length : 0;
	return encoded;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	size_t sealed_length = 0;
	if (length > (size_t)2 * 1024 * 1024)
		return 0;
	(void)naccs_pkcs12_is_plausible(bytes, length);
	open_bytes(bytes, length);
	unsigned char *sealed = sealed_anew(bytes, length, &sealed_length);
	if (sealed != NULL)
		open_bytes(sealed, sealed_length);
	OPENSSL_free(sealed);
	ERR_clear_error();
	return 0;
}
