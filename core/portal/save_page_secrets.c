/* SPDX-License-Identifier: Apache-2.0 */
/* Why: finds a secret however it is spelled. Errs on the side of finding one. See save_page_private.h. */
#include "save_page_private.h"

#include "text.h"

#include <ctype.h>
#include <curl/curl.h>
#include <libxml/HTMLparser.h>
#include <openssl/evp.h>
#include <string.h>

#define SHORTEST 4 /* shorter secrets would be found in everything: they count only as the whole of a text */
#define PER_SECRET 6

void naccs_spellings_clear(struct naccs_spellings *spellings)
{
	for (size_t i = 0; i < spellings->count; i++)
		naccs_secret_free(spellings->items[i].text);
	free(spellings->items);
	*spellings = (struct naccs_spellings){0};
}

static naccs_status add(struct naccs_spellings *spellings, enum naccs_spelling_kind kind, const void *text, size_t length,
			struct naccs_error *err)
{
	struct naccs_spelling spelling = {.kind = kind};
	naccs_status status = naccs_secret_new_copy(text, length, &spelling.text, err);

	if (status == NACCS_OK)
		spellings->items[spellings->count++] = spelling;
	return status;
}

/* Base64 of the secret inside some longer text: at each of three alignments, without the characters that the neighbours have a share in. */
static naccs_status add_base64(struct naccs_spellings *spellings, const struct naccs_secret *secret, struct naccs_error *err)
{
	size_t length = naccs_secret_length(secret);
	naccs_status status = NACCS_OK;

	for (size_t shift = 0; shift < 3 && status == NACCS_OK; shift++) {
		naccs_auto(secret) struct naccs_secret *shifted = NULL, *encoded = NULL;
		size_t first = shift == 0 ? 0 : shift + 1, whole = (shift + length) * 8 / 6;
		uint8_t *to;

		status = naccs_secret_new(length + 3, &shifted, err);
		if (status == NACCS_OK)
			status = naccs_secret_append(shifted, "\0\0\0", shift, err);
		if (status == NACCS_OK)
			status = naccs_secret_append(shifted, naccs_secret_data(secret), length, err);
		if (status == NACCS_OK)
			status = naccs_secret_new(2 * length + 16, &encoded, err);
		if (status == NACCS_OK)
			status = naccs_secret_reserve(encoded, 2 * length + 16, &to, err);
		if (status != NACCS_OK)
			break;
		naccs_secret_added(encoded, (size_t)EVP_EncodeBlock(to, naccs_secret_data(shifted), (int)(shift + length)));
		if (whole > first + 3)
			status = add(spellings, NACCS_SPELLED_BASE64, naccs_secret_text(encoded) + first, whole - first, err);
	}
	return status;
}

static naccs_status add_spellings(struct naccs_spellings *spellings, const struct naccs_secret *secret, struct naccs_error *err)
{
	naccs_auto(heap) char *folded = naccs_fold(naccs_secret_text(secret), naccs_secret_length(secret));
	naccs_auto(heap) char *hex = naccs_hex(naccs_secret_data(secret), naccs_secret_length(secret));
	bool is_short = naccs_secret_length(secret) < SHORTEST;
	naccs_status status = NACCS_OK;

	if (folded == NULL || hex == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status == NACCS_OK)
		status = add(spellings, is_short ? NACCS_SPELLED_WHOLE : NACCS_SPELLED_RAW, naccs_secret_data(secret),
			     naccs_secret_length(secret), err);
	if (status == NACCS_OK && !is_short && strlen(folded) >= SHORTEST)
		status = add(spellings, NACCS_SPELLED_FOLDED, folded, strlen(folded), err);
	if (status == NACCS_OK && !is_short)
		status = add(spellings, NACCS_SPELLED_HEX, hex, strlen(hex), err);
	if (status == NACCS_OK && !is_short)
		status = add_base64(spellings, secret, err);
	if (folded != NULL)
		naccs_wipe(folded, strlen(folded));
	if (hex != NULL)
		naccs_wipe(hex, strlen(hex));
	return status;
}

naccs_status naccs_spellings_new(const struct naccs_secret *const *secrets, size_t count, struct naccs_spellings *ret,
				 struct naccs_error *err)
{
	struct naccs_spellings spellings = {.items = calloc(count * PER_SECRET + 1, sizeof *spellings.items)};
	naccs_status status = spellings.items != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));

	for (size_t i = 0; i < count && status == NACCS_OK; i++)
		if (secrets[i] != NULL && naccs_secret_length(secrets[i]) > 0)
			status = add_spellings(&spellings, secrets[i], err);
	if (status != NACCS_OK) {
		naccs_spellings_clear(&spellings);
		return status;
	}
	*ret = spellings;
	return NACCS_OK;
}

/* text as Base64 would be compared: without white space, and with the standard alphabet's last two characters. */
static char *base64_form(const char *text)
{
	char *copy = malloc(strlen(text) + 1), *to = copy;

	for (; copy != NULL && *text != '\0'; text++) {
		if (isspace((unsigned char)*text))
			continue;
		*to++ = *text == '-' ? '+' : *text == '_' ? '/' : *text;
	}
	if (copy != NULL)
		*to = '\0';
	return copy;
}

/* Lower case, without separators: how hexadecimal digits may be grouped. */
static char *hex_form(const char *text)
{
	char *copy = malloc(strlen(text) + 1), *to = copy;

	for (; copy != NULL && *text != '\0'; text++)
		if (isalnum((unsigned char)*text))
			*to++ = (char)tolower((unsigned char)*text);
	if (copy != NULL)
		*to = '\0';
	return copy;
}

static bool is_in_plain(const struct naccs_spellings *spellings, const char *text)
{
	naccs_auto(heap) char *folded = naccs_fold(text, strlen(text));
	naccs_auto(heap) char *base64 = base64_form(text);
	naccs_auto(heap) char *hex = hex_form(text);

	if (folded == NULL || base64 == NULL || hex == NULL)
		return true;
	for (size_t i = 0; i < spellings->count; i++) {
		const char *secret = naccs_secret_text(spellings->items[i].text);
		bool is_in = false;

		switch (spellings->items[i].kind) {
		case NACCS_SPELLED_RAW:
			is_in = strstr(text, secret) != NULL;
			break;
		case NACCS_SPELLED_FOLDED:
			is_in = strstr(folded, secret) != NULL;
			break;
		case NACCS_SPELLED_BASE64:
			is_in = strstr(base64, secret) != NULL;
			break;
		case NACCS_SPELLED_HEX:
			is_in = strstr(hex, secret) != NULL;
			break;
		case NACCS_SPELLED_WHOLE:
			is_in = strcmp(text, secret) == 0 || strcmp(folded, secret) == 0;
			break;
		}
		if (is_in)
			return true;
	}
	return false;
}

static bool is_in_percent_decoded(const struct naccs_spellings *spellings, const char *text)
{
	char *decoded = strchr(text, '%') != NULL ? curl_easy_unescape(NULL, text, 0, NULL) : NULL;
	bool is_in = decoded != NULL && is_in_plain(spellings, decoded);

	curl_free(decoded);
	return is_in;
}

/* Character references inside what is no markup: in a script, or encoded twice. */
static bool is_in_unreferenced(const struct naccs_spellings *spellings, const char *text)
{
	int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
	size_t length = strlen(text);
	xmlDoc *document;
	xmlChar *content;
	bool is_in;

	if (strstr(text, "&#") == NULL)
		return false;
	document = length < 1024 * 1024 ? htmlReadMemory(text, (int)length, NULL, "UTF-8", options) : NULL;
	content = document != NULL ? xmlNodeGetContent((xmlNode *)document) : NULL;
	is_in = content == NULL || is_in_plain(spellings, (const char *)content);
	xmlFree(content);
	xmlFreeDoc(document);
	return is_in;
}

bool naccs_spellings_are_in(const struct naccs_spellings *spellings, const char *text)
{
	if (spellings->count == 0 || *text == '\0')
		return false;
	return is_in_plain(spellings, text) || is_in_percent_decoded(spellings, text) || is_in_unreferenced(spellings, text);
}
