/* SPDX-License-Identifier: Apache-2.0 */
/* Why: masks what could be a token, though nobody knows it as a secret. See save_page_private.h. */
#include "save_page_private.h"

#include "script_token.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

#define MASK "…"
#define SCRIPT_TOKEN 8 /* in scripts and addresses, words with digits are rarely words */

char *naccs_mask_tokens(const char *text, size_t length)
{
	size_t used = 0;
	char *masked = malloc(strlen(text) + sizeof MASK);

	while (masked != NULL && *text != '\0') {
		size_t run = 0;
		bool has_digit = false;

		for (; isalnum((unsigned char)text[run]) || (text[run] != '\0' && strchr("_-+=%", text[run]) != NULL); run++)
			has_digit = has_digit || isdigit((unsigned char)text[run]);
		if (run >= length && has_digit) {
			memcpy(masked + used, MASK, strlen(MASK));
			used += strlen(MASK);
			text += run;
			continue;
		}
		if (run == 0)
			run = 1;
		memcpy(masked + used, text, run);
		used += run;
		text += run;
	}
	if (masked != NULL)
		masked[used] = '\0';
	return masked;
}

/* "a=1&b" → "a=…&…", to the stream. */
static void put_query(FILE *stream, const char *query)
{
	while (*query != '\0') {
		size_t part = strcspn(query, "&;"), name = strcspn(query, "=&;");

		if (name < part)
			(void)fprintf(stream, "%.*s=" MASK, (int)name, query);
		else if (part > 0)
			(void)fputs(MASK, stream);
		query += part;
		if (*query != '\0')
			(void)fputc(*query++, stream);
	}
}

char *naccs_mask_url(const char *url)
{
	char *text = NULL, *masked;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	const char *at = url;

	if (stream == NULL)
		return NULL;
	while (*at != '\0' && *at != '?' && *at != '#') {
		size_t plain = strcspn(at, ";?#");

		(void)fwrite(at, 1, plain, stream);
		at += plain;
		if (*at == ';') { /* ;jsessionid=… */
			(void)fputs(";" MASK, stream);
			at += strcspn(at, "/?#");
		}
	}
	if (*at == '?') {
		(void)fputc('?', stream);
		put_query(stream, at + 1);
	} else if (*at == '#') {
		(void)fputs("#", stream);
	}
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	masked = naccs_mask_tokens(text, SCRIPT_TOKEN + 4);
	free(text);
	return masked;
}

static bool put_string(FILE *stream, const char *text)
{
	naccs_auto(heap) char *url = naccs_mask_url(text);
	naccs_auto(heap) char *masked = url != NULL ? naccs_mask_tokens(url, SCRIPT_TOKEN) : NULL;

	if (masked == NULL)
		return false;
	(void)fputc('\'', stream);
	for (const char *at = masked; *at != '\0'; at++) {
		if (*at == '\'' || *at == '\\')
			(void)fputc('\\', stream);
		(void)fputc(*at == '\n' || *at == '\r' ? ' ' : *at, stream);
	}
	(void)fputc('\'', stream);
	return true;
}

static bool put_tokens(FILE *stream, const char *source, const struct naccs_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		const struct naccs_token *token = &tokens->items[i];
		size_t gap_from = i > 0 ? tokens->items[i - 1].to : 0;

		if (i > 0 && token->is_on_new_line)
			(void)fputc('\n', stream);
		else if (gap_from < token->from)
			(void)fputc(' ', stream);
		if (token->kind == NACCS_TOKEN_STRING) {
			if (!put_string(stream, token->text))
				return false;
		} else if (token->kind == NACCS_TOKEN_OTHER || (token->kind == NACCS_TOKEN_NUMBER && token->to - token->from > 6)) {
			(void)fputs(MASK, stream);
		} else {
			(void)fwrite(source + token->from, 1, token->to - token->from, stream);
		}
	}
	return true;
}

char *naccs_mask_script(const char *source)
{
	naccs_auto(arena) struct naccs_arena *arena = NULL;
	struct naccs_tokens tokens;
	char *text = NULL, *masked;
	size_t size = 0;
	FILE *stream;
	bool is_put;

	if (naccs_arena_new((size_t)32 * 1024 * 1024, &arena, NULL) != NACCS_OK || !naccs_tokens_read(arena, source, &tokens))
		return NULL;
	if (!tokens.is_whole)
		return strdup("/* a script that can't be read */");
	stream = open_memstream(&text, &size);
	if (stream == NULL)
		return NULL;
	is_put = put_tokens(stream, source, &tokens);
	if (fclose(stream) != 0 || !is_put) {
		free(text);
		return NULL;
	}
	masked = naccs_mask_tokens(text, 2 * SCRIPT_TOKEN);
	free(text);
	return masked;
}
