/* SPDX-License-Identifier: Apache-2.0 */
/* Why: masks what could be a token, though nobody knows it as a secret. See save_page_private.h. */
#include "save_page_private.h"

#include "builder.h"
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

/* "a=1&b" → "a=…&…". */
static void put_query(struct naccs_builder *text, const char *query)
{
	while (*query != '\0') {
		size_t part = strcspn(query, "&;"), name = strcspn(query, "=&;");

		if (name < part)
			naccs_builder_print(text, "%.*s=" MASK, (int)name, query);
		else if (part > 0)
			naccs_builder_add(text, MASK);
		query += part;
		if (*query != '\0')
			naccs_builder_add_char(text, *query++);
	}
}

char *naccs_mask_url(const char *url)
{
	naccs_auto(builder) struct naccs_builder builder = {0};
	struct naccs_builder *text = &builder;
	const char *at = url;

	while (*at != '\0' && *at != '?' && *at != '#') {
		size_t plain = strcspn(at, ";?#");

		naccs_builder_add_bytes(text, at, plain);
		at += plain;
		if (*at == ';') { /* ;jsessionid=… */
			naccs_builder_add(text, ";" MASK);
			at += strcspn(at, "/?#");
		}
	}
	if (*at == '?') {
		naccs_builder_add_char(text, '?');
		put_query(text, at + 1);
	} else if (*at == '#') {
		naccs_builder_add(text, "#");
	}
	naccs_auto(heap) char *plain = naccs_builder_take(text);
	return plain != NULL ? naccs_mask_tokens(plain, SCRIPT_TOKEN + 4) : NULL;
}

static bool put_string(struct naccs_builder *text, const char *string)
{
	naccs_auto(heap) char *url = naccs_mask_url(string);
	naccs_auto(heap) char *masked = url != NULL ? naccs_mask_tokens(url, SCRIPT_TOKEN) : NULL;

	if (masked == NULL)
		return false;
	naccs_builder_add_char(text, '\'');
	for (const char *at = masked; *at != '\0'; at++) {
		if (*at == '\'' || *at == '\\')
			naccs_builder_add_char(text, '\\');
		naccs_builder_add_char(text, *at == '\n' || *at == '\r' ? ' ' : *at);
	}
	naccs_builder_add_char(text, '\'');
	return true;
}

static bool put_tokens(struct naccs_builder *text, const char *source, const struct naccs_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		const struct naccs_token *token = &tokens->items[i];
		size_t gap_from = i > 0 ? tokens->items[i - 1].to : 0;

		if (i > 0 && token->is_on_new_line)
			naccs_builder_add_char(text, '\n');
		else if (gap_from < token->from)
			naccs_builder_add_char(text, ' ');
		if (token->kind == NACCS_TOKEN_STRING) {
			if (!put_string(text, token->text))
				return false;
		} else if (token->kind == NACCS_TOKEN_OTHER || (token->kind == NACCS_TOKEN_NUMBER && token->to - token->from > 6)) {
			naccs_builder_add(text, MASK);
		} else {
			naccs_builder_add_bytes(text, source + token->from, token->to - token->from);
		}
	}
	return true;
}

char *naccs_mask_script(const char *source)
{
	naccs_auto(arena) struct naccs_arena *arena = NULL;
	struct naccs_tokens tokens;
	naccs_auto(builder) struct naccs_builder text = {0};

	if (naccs_arena_new((size_t)32 * 1024 * 1024, &arena, NULL) != NACCS_OK || !naccs_tokens_read(arena, source, &tokens))
		return NULL;
	if (!tokens.is_whole)
		return strdup("/* a script that can't be read */");
	if (!put_tokens(&text, source, &tokens))
		return NULL;
	naccs_auto(heap) char *plain = naccs_builder_take(&text);
	return plain != NULL ? naccs_mask_tokens(plain, 2 * SCRIPT_TOKEN) : NULL;
}
