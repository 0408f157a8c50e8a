/* SPDX-License-Identifier: Apache-2.0 */
/* Why: reads references such as document.forms['login'].elements.code, calls and literals. See script.h. */
#include "script_private.h"

#include <string.h>

bool naccs_token_is(const struct naccs_tokens *tokens, size_t at, const char *text)
{
	const struct naccs_token *token = &tokens->items[at];

	return at < tokens->count && (token->kind == NACCS_TOKEN_NAME || token->kind == NACCS_TOKEN_SIGN) && strcmp(token->text, text) == 0;
}

size_t naccs_tokens_close(const struct naccs_tokens *tokens, size_t open, size_t to)
{
	size_t depth = 0;

	for (size_t at = open; at < to; at++) {
		if (tokens->items[at].kind != NACCS_TOKEN_SIGN)
			continue;
		if (strchr("([{", tokens->items[at].text[0]) != NULL)
			depth++;
		else if (strchr(")]}", tokens->items[at].text[0]) != NULL && --depth == 0)
			return at;
	}
	return to;
}

static const struct naccs_script_binding *find_binding(const struct naccs_script_reader *reader, const char *name)
{
	for (size_t i = reader->bindings.count; i > 0; i--)
		if (strcmp(reader->bindings.items[i - 1].name, name) == 0)
			return &reader->bindings.items[i - 1];
	return NULL;
}

static bool push_segment(struct naccs_script_reader *reader, struct naccs_script_reference *reference, struct naccs_script_segment segment)
{
	bool is_pushed = reference->count < 16 && naccs_arena_push(reader->arena, reference, segment);

	reader->is_exhausted = reader->is_exhausted || naccs_arena_is_exhausted(reader->arena);
	return is_pushed;
}

static bool push_name(struct naccs_script_reader *reader, struct naccs_script_reference *reference, const char *name)
{
	return push_segment(reader, reference, (struct naccs_script_segment){.kind = NACCS_SEGMENT_NAME, .text = name});
}

/* function (…) { BODY } → its body; (…) => { BODY } and (…) => EXPRESSION too. */
static bool read_function(const struct naccs_tokens *tokens, size_t from, size_t to, struct naccs_argument *ret)
{
	size_t open = from, body, end;
	bool is_arrow = false;

	if (naccs_token_is(tokens, open, "function"))
		open += open + 1 < to && tokens->items[open + 1].kind == NACCS_TOKEN_NAME ? 2 : 1;
	if (open >= to || !naccs_token_is(tokens, open, "("))
		return false;
	body = naccs_tokens_close(tokens, open, to) + 1;
	is_arrow = body < to && naccs_token_is(tokens, body, "=>");
	if (is_arrow)
		body++;
	else if (!naccs_token_is(tokens, from, "function"))
		return false;
	if (body >= to || (!is_arrow && !naccs_token_is(tokens, body, "{")))
		return false;
	ret->kind = NACCS_ARGUMENT_FUNCTION;
	ret->from = body;
	ret->to = to;
	if (!naccs_token_is(tokens, body, "{"))
		return true;
	end = naccs_tokens_close(tokens, body, to);
	ret->kind = end + 1 == to ? NACCS_ARGUMENT_FUNCTION : NACCS_ARGUMENT_OTHER;
	ret->from = body + 1;
	ret->to = end;
	return end + 1 == to;
}

/* document.forms[0], this.form, or a bare name, as an argument or the right side of an assignment. */
static void read_reference(struct naccs_script_reader *reader, size_t from, size_t to, struct naccs_argument *ret)
{
	struct naccs_expression expression;
	size_t end = from;

	if (!naccs_expression_read(reader, &end, to, &expression) || end != to || expression.method != NULL)
		return;
	ret->kind = to - from == 1 ? NACCS_ARGUMENT_NAME : NACCS_ARGUMENT_REFERENCE;
	ret->reference = expression.reference;
}

/* 'status?t=' + new Date().getTime(): what is joined to the address is the time or chance, which mean nothing to the portal. */
static bool is_against_caches(const struct naccs_tokens *tokens, size_t from, size_t to)
{
	static const char *const names[] = {"new", "Date", "getTime", "now", "valueOf", "Math", "random", "floor", "round"};
	static const char *const sources[] = {"Date", "random"};
	bool is_meant = false;

	if (strchr(tokens->items[from].text, '?') == NULL || from + 1 >= to || !naccs_token_is(tokens, from + 1, "+"))
		return false;
	for (size_t at = from + 2; at < to; at++) {
		enum naccs_token_kind kind = tokens->items[at].kind;
		bool is_known = kind == NACCS_TOKEN_SIGN || kind == NACCS_TOKEN_NUMBER;

		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			is_known = is_known || (kind == NACCS_TOKEN_NAME && naccs_token_is(tokens, at, names[i]));
		for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
			is_meant = is_meant || naccs_token_is(tokens, at, sources[i]);
		if (!is_known)
			return false;
	}
	return is_meant;
}

void naccs_argument_read(struct naccs_script_reader *reader, size_t from, size_t to, struct naccs_argument *ret)
{
	const struct naccs_script_binding *binding;
	const struct naccs_token *token;

	*ret = (struct naccs_argument){.kind = NACCS_ARGUMENT_OTHER, .text = ""};
	if (from >= to || read_function(reader->tokens, from, to, ret))
		return;
	token = &reader->tokens->items[from];
	if (token->kind == NACCS_TOKEN_NAME) {
		binding = to - from == 1 ? find_binding(reader, token->text) : NULL;
		if (binding != NULL && binding->text != NULL) {
			*ret = (struct naccs_argument){.kind = NACCS_ARGUMENT_TEXT, .text = binding->text};
		} else {
			ret->text = to - from == 1 ? token->text : "";
			read_reference(reader, from, to, ret);
		}
	} else if (to - from == 1 && (token->kind == NACCS_TOKEN_STRING || token->kind == NACCS_TOKEN_NUMBER)) {
		ret->kind = token->kind == NACCS_TOKEN_STRING ? NACCS_ARGUMENT_TEXT : NACCS_ARGUMENT_NUMBER;
		ret->text = token->text;
	} else if (token->kind == NACCS_TOKEN_STRING && is_against_caches(reader->tokens, from, to)) {
		ret->kind = NACCS_ARGUMENT_ADDRESS;
		ret->text = token->text;
	}
}

/* The arguments from the bracket at *at; moves behind the closing one. */
static bool read_arguments(struct naccs_script_reader *reader, size_t *at, size_t to, struct naccs_expression *expression)
{
	const struct naccs_tokens *tokens = reader->tokens;
	size_t end = naccs_tokens_close(tokens, *at, to), from = *at + 1;

	if (end == to)
		return false;
	while (from < end) {
		size_t comma = from;

		while (comma < end && !naccs_token_is(tokens, comma, ",")) {
			bool opens = tokens->items[comma].kind == NACCS_TOKEN_SIGN && strchr("([{", tokens->items[comma].text[0]) != NULL;
			comma = opens ? naccs_tokens_close(tokens, comma, end) + 1 : comma + 1;
		}
		if (comma > end)
			comma = end;
		if (expression->argument_count == NACCS_ARGUMENTS_MAX)
			return false;
		naccs_argument_read(reader, from, comma, &expression->arguments[expression->argument_count++]);
		from = comma + 1;
	}
	*at = end + 1;
	return true;
}

/* NAME( at *at: an element by its id or name becomes part of the reference; any other call ends the expression. */
static bool read_call(struct naccs_script_reader *reader, const char *name, size_t *at, size_t to, struct naccs_expression *ret,
		      bool *ret_is_end)
{
	struct naccs_expression call = {.reference = ret->reference};
	bool is_by_id = strcmp(name, "getElementById") == 0, is_by_name = strcmp(name, "getElementsByName") == 0;

	if (!read_arguments(reader, at, to, &call))
		return false;
	*ret_is_end = !is_by_id && !is_by_name;
	if (*ret_is_end) {
		call.method = name;
		*ret = call;
		return true;
	}
	if (call.argument_count != 1 || call.arguments[0].kind != NACCS_ARGUMENT_TEXT)
		return false;
	return push_segment(
		reader, &ret->reference,
		(struct naccs_script_segment){.kind = is_by_id ? NACCS_SEGMENT_ID : NACCS_SEGMENT_BY_NAME, .text = call.arguments[0].text});
}

/* [0] or ['name'] at *at. */
static bool read_index(struct naccs_script_reader *reader, size_t *at, size_t to, struct naccs_expression *ret)
{
	struct naccs_argument index;
	struct naccs_script_segment segment = {.kind = NACCS_SEGMENT_INDEX};

	if (*at + 2 >= to || !naccs_token_is(reader->tokens, *at + 2, "]"))
		return false;
	naccs_argument_read(reader, *at + 1, *at + 2, &index);
	*at += 3;
	if (index.kind == NACCS_ARGUMENT_TEXT)
		return push_name(reader, &ret->reference, index.text);
	if (index.kind != NACCS_ARGUMENT_NUMBER || strlen(index.text) > 4 || strspn(index.text, "0123456789") != strlen(index.text))
		return false;
	segment.index = strtoul(index.text, NULL, 10);
	return push_segment(reader, &ret->reference, segment);
}

static bool read_first_name(struct naccs_script_reader *reader, const char *name, struct naccs_expression *ret)
{
	const struct naccs_script_binding *binding = find_binding(reader, name);

	if (binding == NULL)
		return push_name(reader, &ret->reference, name);
	if (binding->text != NULL)
		return false;
	for (size_t i = 0; i < binding->reference.count; i++)
		if (!push_segment(reader, &ret->reference, binding->reference.items[i]))
			return false;
	return true;
}

bool naccs_expression_read(struct naccs_script_reader *reader, size_t *at, size_t to, struct naccs_expression *ret)
{
	const struct naccs_tokens *tokens = reader->tokens;
	bool is_end = false, is_first = true;

	*ret = (struct naccs_expression){0};
	while (!is_end && *at < to) {
		if (!is_first && naccs_token_is(tokens, *at, "[")) {
			if (!read_index(reader, at, to, ret))
				return false;
			continue;
		}
		if (!is_first) {
			if (!naccs_token_is(tokens, *at, "."))
				return true;
			(*at)++;
		}
		if (*at >= to || tokens->items[*at].kind != NACCS_TOKEN_NAME)
			return false;
		(*at)++;
		if (*at < to && naccs_token_is(tokens, *at, "(")) {
			if (!read_call(reader, tokens->items[*at - 1].text, at, to, ret, &is_end))
				return false;
		} else if (is_first ? !read_first_name(reader, tokens->items[*at - 1].text, ret)
				    : !push_name(reader, &ret->reference, tokens->items[*at - 1].text)) {
			return false;
		}
		is_first = false;
	}
	return !is_first;
}
