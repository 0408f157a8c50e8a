/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An example: a program on libcurl that shows a NACCS server the certificate of a store.
 *     curl-example naccs:11110A https://web-prod.nac.naccs.jp/ /etc/naccs-cert/11110A/live/server-ca.pem [HOST:PORT:HOST2:PORT2]
 * libcurl 7.88 takes no keys by URI, so the program fetches them by OSSL_STORE and hands them over when libcurl prepares its TLS context. The provider is
 * loaded by name: as openssl.cnf describes it, else from OpenSSL's modules folder.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <openssl/ui.h>

struct identity {
	EVP_PKEY *key;
	X509 *certificate;
	STACK_OF(X509) *chain;
};

static void identity_clear(struct identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
	sk_X509_pop_free(identity->chain, X509_free);
}

/* What the store gives: the key, its certificate, then the rest of the chain. */
static bool identity_load(const char *uri, struct identity *identity)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, UI_OpenSSL(), NULL, NULL, NULL);

	identity->chain = sk_X509_new_null();
	while (store != NULL && OSSL_STORE_eof(store) == 0) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info == NULL)
			continue;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY && identity->key == NULL)
			identity->key = OSSL_STORE_INFO_get1_PKEY(info);
		else if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_CERT && identity->certificate == NULL)
			identity->certificate = OSSL_STORE_INFO_get1_CERT(info);
		else if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_CERT)
			(void)sk_X509_push(identity->chain, OSSL_STORE_INFO_get1_CERT(info));
		OSSL_STORE_INFO_free(info);
	}
	(void)OSSL_STORE_close(store);
	return identity->key != NULL && identity->certificate != NULL;
}

static CURLcode use_identity(CURL *easy, void *ssl_context, void *context)
{
	const struct identity *identity = context;

	(void)easy;
	return SSL_CTX_use_cert_and_key(ssl_context, identity->certificate, identity->key, identity->chain, 1) == 1 ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static CURLcode request(const struct identity *identity, const char *url, const char *ca_file, const char *connect_to)
{
	char reason[CURL_ERROR_SIZE] = "";
	struct curl_slist *redirection = connect_to != NULL ? curl_slist_append(NULL, connect_to) : NULL;
	CURL *easy = curl_easy_init();

	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, redirection);
	(void)curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, use_identity);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, identity);
	CURLcode code = curl_easy_perform(easy);
	if (code != CURLE_OK)
		(void)fprintf(stderr, "%s: %s\n", url, reason[0] != '\0' ? reason : curl_easy_strerror(code));
	curl_easy_cleanup(easy);
	curl_slist_free_all(redirection);
	return code;
}

int main(int argc, char **argv)
{
	struct identity identity = {0};
	int result = EXIT_FAILURE;

	if (argc < 4) {
		(void)fprintf(stderr, "usage: %s naccs:STORE https://HOST/ CA-FILE [HOST:PORT:HOST2:PORT2]\n", argv[0]);
		return 64;
	}
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default"), *naccs = OSSL_PROVIDER_load(NULL, "naccs");
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	if (usual == NULL || naccs == NULL || !identity_load(argv[1], &identity))
		ERR_print_errors_fp(stderr);
	else if (request(&identity, argv[2], argv[3], argc > 4 ? argv[4] : NULL) == CURLE_OK)
		result = EXIT_SUCCESS;
	curl_global_cleanup();
	identity_clear(&identity);
	(void)OSSL_PROVIDER_unload(naccs);
	(void)OSSL_PROVIDER_unload(usual);
	return result;
}
