/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the client certificate is handed to OpenSSL only when the server has asked for it, and only on a connection whose server has been
 * proven: a stranger never sees our certificate, and never makes a token sign.
 */
#include "http_private.h"

#include <openssl/err.h>

/* 1: go on (with or without a certificate), 0: end the handshake. */
int naccs_http_tls_present_certificate(SSL *ssl, void *context)
{
	struct naccs_http *http = context;
	http->client_certificate_asked = true;
	if (!http->connection.is_verified)
		return 0;
	if (http->client_key == NULL) {
		naccs_log_line(http->log, NACCS_LOG_WIRE, "TLS: %s asks for a client certificate; there is none to show", http->host);
		return 1;
	}
	naccs_log_line(http->log, NACCS_LOG_WIRE, "TLS: %s asks for a client certificate; shown", http->host);
	if (SSL_use_cert_and_key(ssl, http->client_certificate, http->client_key, http->client_chain, 1) == 1)
		return 1;
	(void)naccs_fail(&http->tls_error, NACCS_E_INTERNAL, (int64_t)ERR_peek_error(),
			 _("cannot use the client certificate with its key"));
	(void)naccs_crypto_explain(&http->tls_error);
	return 0;
}
