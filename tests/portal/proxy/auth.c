/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the proxy's side of Basic (RFC 7617) and Digest (RFC 7616, qop=auth). */
#include "proxy.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REALM "simulated proxy"

static bool accepts_basic(const struct proxy *proxy, const char *given)
{
	char *plain = need_format("%s:%s", proxy->user, proxy->password);
	size_t length = strlen(plain);
	char *encoded = need(1, 4 * ((length + 2) / 3) + 1);
	(void)EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)plain, (int)length);
	bool accepts = strcmp(given, encoded) == 0;
	free(encoded);
	free(plain);
	return accepts;
}

/* Lower-case hex of the digest of text. */
static void hash(const struct proxy *proxy, const char *text, char hex[2 * EVP_MAX_MD_SIZE + 1])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	size_t size = 0;
	const char *name = proxy->auth == PROXY_AUTH_DIGEST ? "MD5" : "SHA256";
	if (EVP_Q_digest(pki_context(proxy->pki), name, NULL, text, strlen(text), bytes, &size) != 1)
		die("cannot make a digest");
	for (size_t i = 0; i < size; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

/* The value of name="value" or name=value in a list of them. */
static void parameter(const char *list, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	value[0] = '\0';
	for (const char *at = list; *at != '\0';) {
		at += strspn(at, " ,");
		size_t key = strcspn(at, "=");
		bool is_it = key == length && strncasecmp(at, name, length) == 0;
		at += key + (at[key] == '=');
		bool is_quoted = *at == '"';
		at += is_quoted;
		size_t end = strcspn(at, is_quoted ? "\"" : ", ");
		if (is_it)
			(void)snprintf(value, size, "%.*s", (int)end, at);
		at += end + (is_quoted && at[end] == '"');
	}
}

static bool accepts_digest(const struct proxy *proxy, const char *given, const char *target)
{
	char user[128], nonce[64], uri[256], response[160], cnonce[160], count[16], qop[16];
	parameter(given, "username", user, sizeof user);
	parameter(given, "nonce", nonce, sizeof nonce);
	parameter(given, "uri", uri, sizeof uri);
	parameter(given, "response", response, sizeof response);
	parameter(given, "cnonce", cnonce, sizeof cnonce);
	parameter(given, "nc", count, sizeof count);
	parameter(given, "qop", qop, sizeof qop);
	char first[2 * EVP_MAX_MD_SIZE + 1], second[2 * EVP_MAX_MD_SIZE + 1], right[2 * EVP_MAX_MD_SIZE + 1];
	char *a1 = need_format("%s:" REALM ":%s", proxy->user, proxy->password), *a2 = need_format("CONNECT:%s", target);
	hash(proxy, a1, first);
	hash(proxy, a2, second);
	char *all = need_format("%s:%s:%s:%s:%s:%s", first, proxy->nonce, count, cnonce, qop, second);
	hash(proxy, all, right);
	free(all);
	free(a2);
	free(a1);
	return strcmp(user, proxy->user) == 0 && strcmp(nonce, proxy->nonce) == 0 && strcmp(uri, target) == 0 && strcmp(qop, "auth") == 0 &&
	       strcmp(response, right) == 0;
}

bool proxy_auth_accepts(const struct proxy *proxy, const char *authorization, const char *target)
{
	if (proxy->auth == PROXY_AUTH_NONE)
		return true;
	if (authorization == NULL)
		return false;
	if (proxy->auth == PROXY_AUTH_BASIC)
		return strncasecmp(authorization, "Basic ", 6) == 0 && accepts_basic(proxy, authorization + 6);
	return strncasecmp(authorization, "Digest ", 7) == 0 && accepts_digest(proxy, authorization + 7, target);
}

char *proxy_auth_challenge(const struct proxy *proxy)
{
	if (proxy->auth == PROXY_AUTH_BASIC)
		return need_text("Proxy-Authenticate: Basic realm=\"" REALM "\"\r\n");
	return need_format("Proxy-Authenticate: Digest realm=\"" REALM "\", nonce=\"%s\", qop=\"auth\", algorithm=%s\r\n", proxy->nonce,
			   proxy->auth == PROXY_AUTH_DIGEST ? "MD5" : "SHA-256");
}
