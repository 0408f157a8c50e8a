/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the proxy that browsers use on this machine, as the user's Internet settings name it: a script for it or its automatic detection
 * first, then the proxy by name. See http_private.h. What a script answers decides the way only: who is at its end is proven by TLS all the
 * same.
 */
#include "http_private.h"

#include "windows/wide.h"

#include <windows.h>

#include <shlwapi.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <winhttp.h>

struct settings {
	WINHTTP_CURRENT_USER_IE_PROXY_CONFIG user;
	WINHTTP_PROXY_INFO found; /* by the script */
};

static void settings_clear(struct settings *settings)
{
	(void)GlobalFree(settings->user.lpszAutoConfigUrl);
	(void)GlobalFree(settings->user.lpszProxy);
	(void)GlobalFree(settings->user.lpszProxyBypass);
	(void)GlobalFree(settings->found.lpszProxy);
	(void)GlobalFree(settings->found.lpszProxyBypass);
}

/* Does the script, or its detection, answer? Then its answer is in settings->found. */
static bool ask_script(struct settings *settings, const char *host)
{
	WINHTTP_AUTOPROXY_OPTIONS options = {.fAutoLogonIfChallenged = TRUE};
	naccs_auto(heap) char *url = naccs_format("https://%s/", host);
	naccs_auto(heap) wchar_t *wide_url = url != NULL ? naccs_wide_new(url) : NULL;
	HINTERNET session;
	bool is_answered;

	if (settings->user.lpszAutoConfigUrl != NULL) {
		options.dwFlags = WINHTTP_AUTOPROXY_CONFIG_URL;
		options.lpszAutoConfigUrl = settings->user.lpszAutoConfigUrl;
	}
	if (settings->user.fAutoDetect) {
		options.dwFlags |= WINHTTP_AUTOPROXY_AUTO_DETECT;
		options.dwAutoDetectFlags = WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A;
	}
	if (options.dwFlags == 0 || wide_url == NULL)
		return false;
	session = WinHttpOpen(L"naccs-cert", WINHTTP_ACCESS_TYPE_NO_PROXY, WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS, 0);
	if (session == NULL)
		return false;
	is_answered = WinHttpGetProxyForUrl(session, wide_url, &options, &settings->found) != FALSE;
	(void)WinHttpCloseHandle(session);
	return is_answered;
}

/* "*.example.com;<local>": host's own patterns, and names without a dot. */
static bool is_bypassed(const wchar_t *bypass, const char *host)
{
	naccs_auto(heap) wchar_t *wide = naccs_wide_new(host);

	if (bypass == NULL || wide == NULL)
		return false;
	return (strchr(host, '.') == NULL && wcsstr(bypass, L"<local>") != NULL) || PathMatchSpecW(wide, bypass);
}

/* One proxy of "proxy:8080" or "http=a:80;https=b:80", as an address; the one for HTTPS before the one for everything. *ret NULL: none, or
 * memory. */
static void choose(const char *list, char **ret)
{
	*ret = NULL;
	while (*(list += strspn(list, "; \t")) != '\0') {
		size_t length = strcspn(list, "; \t");
		bool is_https = strncasecmp(list, "https=", 6) == 0;

		if (is_https || (memchr(list, '=', length) == NULL && *ret == NULL)) {
			free(*ret);
			*ret = strndup(list + (is_https ? 6 : 0), length - (is_https ? 6 : 0));
		}
		if (is_https)
			return;
		list += length;
	}
}

naccs_status naccs_http_system_proxy(const char *host, char **ret, struct naccs_error *err)
{
	struct settings settings = {0};
	const wchar_t *proxy, *bypass;
	naccs_status status = NACCS_OK;

	*ret = NULL;
	if (!WinHttpGetIEProxyConfigForCurrentUser(&settings.user))
		return NACCS_OK; /* there are none */
	bool is_by_script = ask_script(&settings, host);
	proxy = is_by_script ? settings.found.lpszProxy : settings.user.lpszProxy;
	bypass = is_by_script ? settings.found.lpszProxyBypass : settings.user.lpszProxyBypass;
	if (proxy != NULL && !is_bypassed(bypass, host)) {
		naccs_auto(heap) char *list = naccs_wide_text(proxy);

		if (list == NULL)
			status = naccs_http_fail_memory(err);
		else
			choose(list, ret);
	}
	settings_clear(&settings);
	return status;
}
