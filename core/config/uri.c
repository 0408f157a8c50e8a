/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see uri.h. */
#include "uri.h"

#include <string.h>

bool naccs_proxy_has_user(const char *url)
{
	const char *scheme_end = strstr(url, "://");
	const char *authority = scheme_end == NULL ? url : scheme_end + 3;
	return memchr(authority, '@', strcspn(authority, "/?#\\")) != NULL;
}

enum naccs_uri_flaw naccs_store_uri_flaw(const char *uri)
{
	if (strcasestr(uri, "pin-value=") != NULL)
		return NACCS_URI_PIN_VALUE;
	if (strcasestr(uri, "pin-source=|") != NULL || strcasestr(uri, "pin-source=%7c") != NULL)
		return NACCS_URI_PIN_COMMAND;
	size_t scheme = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
	bool has_scheme = scheme > 0 && uri[scheme] == ':' && uri[scheme + 1] != '\0';
	return has_scheme ? NACCS_URI_FINE : NACCS_URI_NO_SCHEME;
}
