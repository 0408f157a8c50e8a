/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a program that takes a key once and signs by it again and again, as servers do. key-holder URI: for each line of its input it signs
 * that line and answers "signed", or "refused" with OpenSSL's last reason. The provider is found as openssl.cnf says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/store.h>

static EVP_PKEY *take_key(const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	EVP_PKEY *key = NULL;

	while (store != NULL && key == NULL && OSSL_STORE_eof(store) == 0) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		key = info != NULL ? OSSL_STORE_INFO_get1_PKEY(info) : NULL;
		OSSL_STORE_INFO_free(info);
	}
	(void)OSSL_STORE_close(store);
	return key;
}

static void sign(EVP_PKEY *key, const char *line)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[1024];
	size_t length = sizeof signature;
	const char *why = "";
	int flags = 0;

	ERR_clear_error();
	if (context != NULL && EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestSign(context, signature, &length, (const unsigned char *)line, strlen(line)) == 1) {
		(void)puts("signed");
	} else {
		(void)ERR_peek_last_error_data(&why, &flags);
		(void)printf("refused %s\n", (flags & ERR_TXT_STRING) != 0 ? why : "");
	}
	(void)fflush(stdout);
	EVP_MD_CTX_free(context);
}

int main(int argc, char **argv)
{
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default"), *naccs = OSSL_PROVIDER_load(NULL, "naccs");
	EVP_PKEY *key = argc == 2 && usual != NULL && naccs != NULL ? take_key(argv[1]) : NULL;
	char line[256];

	if (key == NULL) {
		ERR_print_errors_fp(stderr);
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof line, stdin) != NULL)
		sign(key, line);
	EVP_PKEY_free(key);
	(void)OSSL_PROVIDER_unload(naccs);
	(void)OSSL_PROVIDER_unload(usual);
	return EXIT_SUCCESS;
}
