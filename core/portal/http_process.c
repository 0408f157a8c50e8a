/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: libcurl and the default OpenSSL context that it uses belong to the whole process, and read the environment when they are first used.
 * That must happen on our terms: no OPENSSL_CONF, no SSLKEYLOGFILE (libcurl creates that file in curl_global_init() already), no other TLS
 * library than OpenSSL.
 */
#include "http_private.h"

#include <openssl/crypto.h>
#include <string.h>

void naccs_http_process_init(void)
{
	(void)unsetenv("SSLKEYLOGFILE");
	/* Whoever comes first decides for the process: libcurl's own OPENSSL_INIT_LOAD_CONFIG has no effect after this. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

/* Our callbacks speak OpenSSL's language. A libcurl with several TLS libraries is told which; one with another alone is refused. */
static bool is_curl_with_openssl(void)
{
	const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
	if (version->ssl_version == NULL)
		return false;
	return strncmp(version->ssl_version, "OpenSSL", strlen("OpenSSL")) == 0;
}

naccs_status naccs_http_curl_start(struct naccs_http *http, struct naccs_error *err)
{
	naccs_http_process_init();
	(void)curl_global_sslset(CURLSSLBACKEND_OPENSSL, NULL, NULL);
	CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
	if (code != CURLE_OK)
		return naccs_fail(err, NACCS_E_INTERNAL, code, _("cannot start libcurl: %s"), curl_easy_strerror(code));
	http->is_curl_initialised = true;
	if (!is_curl_with_openssl())
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot use this libcurl (%s): it was not built with OpenSSL"),
				  curl_version());
	http->easy = curl_easy_init();
	return http->easy != NULL ? NACCS_OK : naccs_http_fail_memory(err);
}
