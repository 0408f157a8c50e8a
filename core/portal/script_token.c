/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see script_token.h. */
#include "script_token.h"

#include "utf8.h"

#include <ctype.h>
#include <string.h>

#define TOKENS_MAX 50000

struct reader {
	struct naccs_arena *arena;
	const char *source;
	size_t at;
	bool is_on_new_line, is_broken;
};

static bool starts_with(const struct reader *reader, const char *text)
{
	return strncmp(reader->source + reader->at, text, strlen(text)) == 0;
}

static void skip_to(struct reader *reader, const char *end, bool must_end)
{
	const char *found = strstr(reader->source + reader->at, end);

	if (found == NULL) {
		reader->is_broken = reader->is_broken || must_end;
		reader->at += strlen(reader->source + reader->at);
	} else {
		reader->at = (size_t)(found - reader->source) + strlen(end);
	}
}

/* White space, comments, and the "<!--" and "-->" that hid scripts from old browsers. */
static void skip_blank(struct reader *reader)
{
	for (;;) {
		char character = reader->source[reader->at];

		if (character == '\n' || character == '\r') {
			reader->is_on_new_line = true;
			reader->at++;
		} else if (character != '\0' && strchr(" \t\f\v", character) != NULL) {
			reader->at++;
		} else if (starts_with(reader, "//") || starts_with(reader, "<!--") ||
			   (starts_with(reader, "-->") && reader->is_on_new_line)) {
			reader->at += strcspn(reader->source + reader->at, "\r\n");
		} else if (starts_with(reader, "/*")) {
			reader->at += 2;
			skip_to(reader, "*/", true);
		} else {
			return;
		}
	}
}

static bool is_name_character(char character)
{
	return isalnum((unsigned char)character) || character == '_' || character == '$' || (unsigned char)character >= 0x80;
}

static int hex_digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	character = (char)tolower((unsigned char)character);
	return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* Exactly `digits` hexadecimal digits; false leaves *ret alone. */
static bool read_hex(const char *text, int digits, uint32_t *ret)
{
	uint32_t value = 0;

	for (int i = 0; i < digits; i++) {
		int digit = hex_digit(text[i]);
		if (digit < 0)
			return false;
		value = value * 16 + (uint32_t)digit;
	}
	*ret = value;
	return true;
}

/* What a backslash and what follows mean; *width: how many bytes followed. */
static bool put_escape(const char *text, size_t *width, char *to, size_t *used)
{
	static const char names[] = "nrtbfv0", meanings[] = "\n\r\t\b\f\v ";
	const char *name = *text != '\0' ? strchr(names, *text) : NULL;
	uint32_t value = 0;

	*width = 1;
	if (*text == '\n' || *text == '\r') /* a continued line */
		return true;
	if (name != NULL) {
		to[(*used)++] = meanings[name - names];
		return true;
	}
	if (*text != 'x' && *text != 'u') {
		to[(*used)++] = *text;
		return *text != '\0';
	}
	*width = *text == 'x' ? 3 : 5;
	if (!read_hex(text + 1, *text == 'x' ? 2 : 4, &value) || value == 0)
		return false;
	size_t put = naccs_utf8_put(value, to + *used);
	*used += put;
	return put > 0;
}

/* Where a string ends: at its quote; at the end of the line or of the script when there is none. */
static size_t string_length(const char *text, char quote)
{
	size_t length = 0;

	while (text[length] != quote && text[length] != '\0' && text[length] != '\n' && text[length] != '\r') {
		if (text[length] == '\\' && text[length + 1] != '\0')
			length++;
		length++;
	}
	return length;
}

static bool read_string(struct reader *reader, struct naccs_token *token)
{
	const char *from = reader->source + reader->at + 1;
	char quote = reader->source[reader->at];
	size_t length = string_length(from, quote), used = 0;
	char *text = naccs_arena_alloc(reader->arena, length + 8); /* no escape is shorter than what it means */

	if (text == NULL)
		return false;
	token->kind = NACCS_TOKEN_STRING;
	token->text = text;
	for (size_t at = 0; at < length;) {
		size_t width = 1;

		if (from[at] != '\\') {
			text[used++] = from[at++];
			continue;
		}
		if (!put_escape(from + at + 1, &width, text, &used))
			reader->is_broken = true;
		at += 1 + width;
	}
	reader->is_broken = reader->is_broken || from[length] != quote;
	reader->at += length + 1 + (from[length] == quote);
	return true;
}

/* A slash begins a regular expression where no value can end before it. */
static bool is_regular_expression(const struct naccs_tokens *tokens)
{
	const struct naccs_token *last;

	if (tokens->count == 0)
		return true;
	last = &tokens->items[tokens->count - 1];
	if (last->kind == NACCS_TOKEN_SIGN)
		return strchr(")]}", last->text[0]) == NULL;
	return last->kind == NACCS_TOKEN_NAME && strcmp(last->text, "return") == 0;
}

static void skip_regular_expression(struct reader *reader)
{
	bool is_in_class = false;

	for (reader->at++; reader->source[reader->at] != '\0' && strchr("\r\n", reader->source[reader->at]) == NULL; reader->at++) {
		char character = reader->source[reader->at];

		if (character == '\\' && reader->source[reader->at + 1] != '\0')
			reader->at++;
		else if (character == '[')
			is_in_class = true;
		else if (character == ']')
			is_in_class = false;
		else if (character == '/' && !is_in_class)
			break;
	}
	if (reader->source[reader->at] == '/')
		reader->at++;
	else
		reader->is_broken = true;
}

/* Signs of several characters that must not be taken for an assignment. */
static size_t sign_length(const char *text)
{
	static const char *const signs[] = {"===", "!==", "==", "!=", "<=", ">=", "=>", "&&", "||", "+=", "-=", "++", "--"};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return strlen(signs[i]);
	return 1;
}

static bool read_one(struct reader *reader, const struct naccs_tokens *before, struct naccs_token *token)
{
	const char *source = reader->source;

	token->from = reader->at;
	token->is_on_new_line = reader->is_on_new_line;
	reader->is_on_new_line = false;
	if (source[reader->at] == '"' || source[reader->at] == '\'')
		return read_string(reader, token);
	if (is_name_character(source[reader->at])) {
		token->kind = isdigit((unsigned char)source[reader->at]) ? NACCS_TOKEN_NUMBER : NACCS_TOKEN_NAME;
		while (is_name_character(source[reader->at]) || (token->kind == NACCS_TOKEN_NUMBER && source[reader->at] == '.'))
			reader->at++;
	} else if (source[reader->at] == '`') {
		token->kind = NACCS_TOKEN_OTHER;
		reader->at++;
		skip_to(reader, "`", true);
	} else if (source[reader->at] == '/' && is_regular_expression(before)) {
		token->kind = NACCS_TOKEN_OTHER;
		skip_regular_expression(reader);
	} else {
		token->kind = NACCS_TOKEN_SIGN;
		reader->at += sign_length(source + reader->at);
	}
	token->text = naccs_arena_copy(reader->arena, source + token->from, reader->at - token->from);
	return token->text != NULL;
}

bool naccs_tokens_read(struct naccs_arena *arena, const char *source, struct naccs_tokens *ret)
{
	struct reader reader = {.arena = arena, .source = source, .is_on_new_line = true};
	struct naccs_tokens tokens = {0};

	for (;;) {
		struct naccs_token token = {0};

		skip_blank(&reader);
		if (source[reader.at] == '\0')
			break;
		if (tokens.count == TOKENS_MAX) {
			reader.is_broken = true;
			break;
		}
		if (!read_one(&reader, &tokens, &token))
			return false;
		token.to = reader.at;
		if (!naccs_arena_push(arena, &tokens, token))
			return false;
	}
	tokens.is_whole = !reader.is_broken;
	*ret = tokens;
	return true;
}
