/* SPDX-License-Identifier: Apache-2.0 */
/* Why: relative addresses become absolute by libcurl's URL parser, the same that checks them before a request. */
#include "page.h"

#include <curl/curl.h>
#include <string.h>

static void cleanup_curlu(CURLU **url)
{
	curl_url_cleanup(*url);
}

/* As the HTML standard wants it: no blanks around, no tabs and line ends within, no fragment. */
static char *trimmed(struct naccs_arena *arena, const char *text)
{
	size_t length;
	char *copy, *to;

	text += strspn(text, " \t\r\n\f");
	copy = naccs_arena_copy(arena, text, strcspn(text, "#"));
	if (copy == NULL)
		return NULL;
	to = copy;
	for (const char *from = copy; *from != '\0'; from++)
		if (strchr("\t\r\n", *from) == NULL)
			*to++ = *from;
	*to = '\0';
	length = strlen(copy);
	while (length > 0 && strchr(" \f", copy[length - 1]) != NULL)
		copy[--length] = '\0';
	return copy;
}

char *naccs_url_resolve(struct naccs_arena *arena, const char *base, const char *relative)
{
	__attribute__((cleanup(cleanup_curlu))) CURLU *url = curl_url();
	char *wanted = trimmed(arena, relative), *absolute = NULL, *copy;

	if (url == NULL || wanted == NULL)
		return NULL;
	if (curl_url_set(url, CURLUPART_URL, base, CURLU_ALLOW_SPACE | CURLU_URLENCODE) != CURLUE_OK)
		return NULL;
	if (*wanted != '\0' && curl_url_set(url, CURLUPART_URL, wanted, CURLU_ALLOW_SPACE | CURLU_URLENCODE) != CURLUE_OK)
		return NULL;
	(void)curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	if (curl_url_get(url, CURLUPART_URL, &absolute, 0) != CURLUE_OK)
		return NULL;
	copy = naccs_arena_string(arena, absolute);
	curl_free(absolute);
	return copy;
}
