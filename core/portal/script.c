/* SPDX-License-Identifier: Apache-2.0 */
/* Why: reads a script statement by statement. What is no idiom is skipped as a whole and noted. See script.h. */
#include "script_private.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#define BUDGET 200

static void read_statements(struct naccs_script_reader *reader, size_t from, size_t to);

/* ---- functions that the page declares ---- */

static bool learn_parameters(struct naccs_arena *arena, const struct naccs_tokens *tokens, size_t open, size_t close,
			     struct naccs_script_function *function)
{
	function->parameters = naccs_arena_alloc(arena, (close - open) * sizeof *function->parameters);
	if (function->parameters == NULL)
		return false;
	for (size_t at = open + 1; at < close; at++)
		if (tokens->items[at].kind == NACCS_TOKEN_NAME)
			function->parameters[function->parameter_count++] = tokens->items[at].text;
	return true;
}

bool naccs_script_learn(struct naccs_arena *arena, struct naccs_script_library *library, const char *source)
{
	struct naccs_tokens tokens;

	if (!naccs_tokens_read(arena, source, &tokens))
		return false;
	for (size_t at = 0; at + 4 < tokens.count && library->count < 500; at++) {
		struct naccs_script_function function = {0};
		size_t close, end;

		if (!naccs_token_is(&tokens, at, "function") || tokens.items[at + 1].kind != NACCS_TOKEN_NAME ||
		    !naccs_token_is(&tokens, at + 2, "("))
			continue;
		close = naccs_tokens_close(&tokens, at + 2, tokens.count);
		if (close + 1 >= tokens.count || !naccs_token_is(&tokens, close + 1, "{"))
			continue;
		end = naccs_tokens_close(&tokens, close + 1, tokens.count);
		if (end == tokens.count)
			break;
		function.name = tokens.items[at + 1].text;
		function.body =
			naccs_arena_copy(arena, source + tokens.items[close + 1].to, tokens.items[end].from - tokens.items[close + 1].to);
		if (function.body == NULL || !learn_parameters(arena, &tokens, at + 2, close, &function) ||
		    !naccs_arena_push(arena, library, function))
			return false;
		at = end;
	}
	return true;
}

/* ---- what is skipped ---- */

static bool is_any(const struct naccs_tokens *tokens, size_t at, const char *const *words)
{
	for (; *words != NULL; words++)
		if (naccs_token_is(tokens, at, *words))
			return true;
	return false;
}

/* Does skipped text do something to the page, as far as can be seen? Setting a variable doesn't. */
static bool has_effects(const struct naccs_tokens *tokens, size_t from, size_t to)
{
	static const char *const doing[] = {"eval",  "submit", "location", "open",	   "write",	 "writeln",
					    "click", "fetch",  "send",	   "setAttribute", "execScript", NULL};
	static const char *const setting[] = {"=", "+=", "-=", "++", "--", NULL};

	for (size_t at = from; at < to; at++) {
		if (is_any(tokens, at, doing))
			return true;
		if (at > from && is_any(tokens, at, setting) &&
		    (naccs_token_is(tokens, at - 1, "]") || (at > from + 1 && naccs_token_is(tokens, at - 2, "."))))
			return true;
	}
	return false;
}

/* Behind a statement that is not read: ';', or the end of a line that can end one. */
static size_t skip_plain(const struct naccs_tokens *tokens, size_t at, size_t to)
{
	for (size_t from = at; at < to; at++) {
		const struct naccs_token *token = &tokens->items[at];

		if (naccs_token_is(tokens, at, ";"))
			return at + 1;
		if (naccs_token_is(tokens, at, "}"))
			return at > from ? at : at + 1;
		if (at > from && token->is_on_new_line && token->kind != NACCS_TOKEN_SIGN &&
		    (tokens->items[at - 1].kind != NACCS_TOKEN_SIGN || strchr(")]}", tokens->items[at - 1].text[0]) != NULL))
			return at;
		if (token->kind == NACCS_TOKEN_SIGN && strchr("([{", token->text[0]) != NULL) {
			at = naccs_tokens_close(tokens, at, to);
			if (at >= to)
				return to;
		}
	}
	return to;
}

/* Behind a whole statement with everything below it. */
static size_t skip_statement(const struct naccs_tokens *tokens, size_t at, size_t to, int depth)
{
	static const char *const headed[] = {"if", "for", "while", "with", "switch", "catch", NULL};
	static const char *const bare[] = {"do", "else", "try", "finally", NULL};
	static const char *const following[] = {"else", "catch", "finally", NULL};

	if (depth > 200)
		return to;
	if (is_any(tokens, at, headed) && at + 1 < to && naccs_token_is(tokens, at + 1, "("))
		at = skip_statement(tokens, naccs_tokens_close(tokens, at + 1, to) + 1, to, depth + 1);
	else if (is_any(tokens, at, bare))
		at = skip_statement(tokens, at + 1, to, depth + 1);
	else if (naccs_token_is(tokens, at, "{"))
		at = naccs_tokens_close(tokens, at, to) + 1;
	else
		return at < to ? skip_plain(tokens, at, to) : to;
	if (at >= to)
		return to;
	return is_any(tokens, at, following) ? skip_statement(tokens, at, to, depth + 1) : at;
}

/* Behind a function declaration. */
static size_t skip_function(const struct naccs_tokens *tokens, size_t at, size_t to)
{
	while (at < to && !naccs_token_is(tokens, at, "{"))
		at++;
	at = naccs_tokens_close(tokens, at, to);
	return at < to ? at + 1 : to;
}

static bool is_bound(const struct naccs_script_reader *reader, size_t at)
{
	const struct naccs_token *token = &reader->tokens->items[at];

	for (size_t i = 0; token->kind == NACCS_TOKEN_NAME && i < reader->bindings.count; i++)
		if (strcmp(reader->bindings.items[i].name, token->text) == 0)
			return true;
	return false;
}

/* Does skipped text set a name that we know? Then what it stands for afterwards is not known any more. */
static bool sets_bound_name(const struct naccs_script_reader *reader, size_t from, size_t to)
{
	static const char *const behind[] = {"=", "+=", "-=", "++", "--", NULL};
	static const char *const before[] = {"++", "--", NULL};

	for (size_t at = from; at < to; at++)
		if (is_bound(reader, at) &&
		    ((at + 1 < to && is_any(reader->tokens, at + 1, behind)) || (at > from && is_any(reader->tokens, at - 1, before))))
			return true;
	return false;
}

/* "x.style.color =", "x.innerHTML =" at "=": looks only, as checks change them to complain. */
static bool is_cosmetic(const struct naccs_tokens *tokens, size_t at)
{
	static const char *const looks[] = {"innerHTML", "innerText", "textContent", "className", "cursor", NULL};

	return at >= 2 && (is_any(tokens, at - 1, looks) || (at >= 4 && naccs_token_is(tokens, at - 3, "style")));
}

/* The same as has_effects() for a function's body, but for what is cosmetic. */
static bool body_has_effects(const struct naccs_tokens *body)
{
	size_t begin = 0;

	for (size_t at = 0; at < body->count; at++) {
		if (!naccs_token_is(body, at, "=") || !is_cosmetic(body, at))
			continue;
		if (has_effects(body, begin, at))
			return true;
		begin = at + 1;
	}
	return has_effects(body, begin, body->count);
}

static const struct naccs_script_function *function_called(const struct naccs_script_reader *reader, const struct naccs_tokens *tokens,
							   size_t at)
{
	const struct naccs_script_function *function = NULL;

	if (tokens->items[at].kind != NACCS_TOKEN_NAME || !naccs_token_is(tokens, at + 1, "("))
		return NULL;
	for (size_t i = 0; i < reader->library->count; i++)
		if (strcmp(reader->library->items[i].name, tokens->items[at].text) == 0)
			function = &reader->library->items[i];
	return function;
}

/* Does a function of the page that is called in skipped text do something to it, or one that it calls? What can't be followed does. */
static bool calls_have_effects(struct naccs_script_reader *reader, const struct naccs_tokens *tokens, size_t from, size_t to)
{
	for (size_t at = from; at + 1 < to; at++) {
		const struct naccs_script_function *function = function_called(reader, tokens, at);
		struct naccs_tokens body;
		bool is_doing;

		if (function == NULL)
			continue;
		if (*reader->budget == 0 || reader->depth >= NACCS_SCRIPT_DEPTH_MAX ||
		    !naccs_tokens_read(reader->arena, function->body, &body))
			return true;
		(*reader->budget)--;
		reader->depth++;
		is_doing = body_has_effects(&body) || calls_have_effects(reader, &body, 0, body.count);
		reader->depth--;
		if (is_doing)
			return true;
	}
	return false;
}

static size_t skip_unknown(struct naccs_script_reader *reader, size_t at, size_t to)
{
	size_t end = skip_statement(reader->tokens, at, to, 0);

	if (has_effects(reader->tokens, at, end) || sets_bound_name(reader, at, end) || calls_have_effects(reader, reader->tokens, at, end))
		reader->script->has_unknown_effects = true;
	if (reader->script->has_unknown_effects ||
	    !naccs_token_is(reader->tokens, at, "if")) /* a check that only complains is no obstacle */
		reader->script->is_understood = false;
	return end > at ? end : at + 1;
}

/* ---- statements that are read ---- */

static bool is_end(const struct naccs_tokens *tokens, size_t at, size_t to)
{
	return at >= to || naccs_token_is(tokens, at, ";") || naccs_token_is(tokens, at, "}") || tokens->items[at].is_on_new_line;
}

static bool read_expression_statement(struct naccs_script_reader *reader, size_t *at, size_t to)
{
	struct naccs_expression expression;
	struct naccs_argument value;
	size_t end = *at;

	if (!naccs_expression_read(reader, &end, to, &expression))
		return false;
	if (expression.method != NULL) {
		if (!is_end(reader->tokens, end, to) || !naccs_idiom_call(reader, &expression))
			return false;
	} else if (end < to && naccs_token_is(reader->tokens, end, "=")) {
		size_t from = end + 1;

		end = skip_plain(reader->tokens, from, to);
		if (end > from && naccs_token_is(reader->tokens, end - 1, ";"))
			end--;
		naccs_argument_read(reader, from, end, &value);
		if (!naccs_idiom_assign(reader, &expression, &value))
			return false;
	} else {
		return false;
	}
	*at = end;
	return true;
}

/* var NAME = REFERENCE, 'text', a number, true, false or null. */
static bool read_variable(struct naccs_script_reader *reader, size_t *at, size_t to)
{
	static const char *const words[] = {"var", "let", "const", NULL};
	const struct naccs_tokens *tokens = reader->tokens;
	struct naccs_script_binding binding = {0};
	size_t end = *at + 3;

	if (!is_any(tokens, *at, words) || end >= to || tokens->items[*at + 1].kind != NACCS_TOKEN_NAME ||
	    !naccs_token_is(tokens, *at + 2, "="))
		return false;
	binding.name = tokens->items[*at + 1].text;
	if (tokens->items[end].kind == NACCS_TOKEN_STRING) {
		binding.text = tokens->items[end++].text;
	} else {
		struct naccs_expression expression;

		if (!naccs_expression_read(reader, &end, to, &expression) || expression.method != NULL)
			return false;
		binding.reference = expression.reference;
	}
	if (!is_end(tokens, end, to))
		return false;
	if (!naccs_arena_push(reader->arena, &reader->bindings, binding))
		reader->is_exhausted = true;
	*at = end;
	return true;
}

/* NAME = 'text', a number, true, false or null, NAME being nothing that a handler would find on its element or window. */
static bool read_setting(struct naccs_script_reader *reader, size_t *at, size_t to)
{
	static const char *const own[] = {"location", "href",	 "action", "method",  "target", "value",    "disabled", "enctype", "type",
					  "name",     "id",	 "form",   "checked", "src",	"hidden",   "selected", "cookie",  "domain",
					  "onload",   "onclick", "length", "opener",  "text",	"encoding", NULL};
	static const char *const constants[] = {"true", "false", "null", NULL};
	const struct naccs_tokens *tokens = reader->tokens;
	struct naccs_script_binding binding = {0};
	size_t value = *at + 2;

	if (value >= to || tokens->items[*at].kind != NACCS_TOKEN_NAME || is_any(tokens, *at, own) ||
	    !naccs_token_is(tokens, *at + 1, "=") || !is_end(tokens, value + 1, to))
		return false;
	binding.name = tokens->items[*at].text;
	binding.text = tokens->items[value].text;
	if (tokens->items[value].kind == NACCS_TOKEN_STRING) {
		if (!naccs_arena_push(reader->arena, &reader->bindings, binding))
			reader->is_exhausted = true;
	} else if (is_bound(reader, *at) || (tokens->items[value].kind != NACCS_TOKEN_NUMBER && !is_any(tokens, value, constants))) {
		return false;
	}
	*at = value + 1;
	return true;
}

/* return, return true, return false, return STATEMENT; what follows is never reached. */
static size_t read_return(struct naccs_script_reader *reader, size_t at, size_t to)
{
	const struct naccs_tokens *tokens = reader->tokens;

	reader->has_returned = true;
	at++;
	reader->is_returning = true;
	if (is_end(tokens, at, to))
		return to;
	if (naccs_token_is(tokens, at, "false") && is_end(tokens, at + 1, to))
		reader->script->returns_false = true;
	else if (!(naccs_token_is(tokens, at, "true") && is_end(tokens, at + 1, to)) && !read_expression_statement(reader, &at, to))
		(void)skip_unknown(reader, at, to);
	return to;
}

/* void 0, void(0), void(STATEMENT). */
static bool read_void(struct naccs_script_reader *reader, size_t *at, size_t to)
{
	size_t inner = *at + 1, end = to;

	if (inner < to && naccs_token_is(reader->tokens, inner, "(")) {
		end = naccs_tokens_close(reader->tokens, inner, to);
		if (end == to)
			return false;
		inner++;
	}
	if (inner < end && reader->tokens->items[inner].kind == NACCS_TOKEN_NUMBER)
		inner++;
	else if (inner < end && !read_expression_statement(reader, &inner, end))
		return false;
	*at = end < to ? end + 1 : inner;
	return true;
}

/* if (confirm('text')) STATEMENT: a person who wants to go on says yes. Returns where STATEMENT begins; 0: something else. */
static size_t confirmed(const struct naccs_tokens *tokens, size_t at, size_t to)
{
	static const char *const words[] = {"if", "(", "confirm", "(", NULL, ")", ")"};
	const size_t count = sizeof words / sizeof *words;

	if (at + count >= to)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (words[i] != NULL ? !naccs_token_is(tokens, at + i, words[i]) : tokens->items[at + i].kind != NACCS_TOKEN_STRING)
			return 0;
	return at + count;
}

static size_t read_statement(struct naccs_script_reader *reader, size_t at, size_t to)
{
	const struct naccs_tokens *tokens = reader->tokens;
	size_t next = at;

	if (naccs_token_is(tokens, at, ";"))
		return at + 1;
	if (naccs_token_is(tokens, at, "{") && reader->depth < NACCS_SCRIPT_DEPTH_MAX) {
		size_t close = naccs_tokens_close(tokens, at, to);

		reader->depth++;
		read_statements(reader, at + 1, close);
		reader->depth--;
		return close + 1;
	}
	if (naccs_token_is(tokens, at, "function") && at + 1 < to && tokens->items[at + 1].kind == NACCS_TOKEN_NAME)
		return skip_function(tokens, at, to);
	if (confirmed(tokens, at, to) > 0) {
		size_t end = skip_statement(tokens, at, to, 0);

		(void)read_statement(reader, confirmed(tokens, at, to), end);
		return end;
	}
	if (naccs_token_is(tokens, at, "return"))
		return read_return(reader, at, to);
	if (naccs_token_is(tokens, at, "void")
		    ? read_void(reader, &next, to)
		    : read_variable(reader, &next, to) || read_setting(reader, &next, to) || read_expression_statement(reader, &next, to))
		return next;
	return skip_unknown(reader, at, to);
}

static void read_statements(struct naccs_script_reader *reader, size_t from, size_t to)
{
	if (to > reader->tokens->count)
		to = reader->tokens->count;
	while (from < to && !reader->has_returned && !reader->is_exhausted)
		from = read_statement(reader, from, to);
}

/* ---- scripts ---- */

static void read_source(struct naccs_script_reader *reader, const char *source)
{
	struct naccs_tokens tokens;

	if (!naccs_tokens_read(reader->arena, source, &tokens)) {
		reader->is_exhausted = true;
		return;
	}
	if (!tokens.is_whole) {
		reader->script->is_understood = false;
		reader->script->has_unknown_effects = true;
		return;
	}
	reader->tokens = &tokens;
	reader->source = source;
	read_statements(reader, 0, tokens.count);
	reader->tokens = NULL;
}

bool naccs_script_read_nested(struct naccs_script_reader *reader, const char *source, const struct naccs_script_bindings *bindings,
			      unsigned delay_seconds, bool is_deferred)
{
	struct naccs_script_reader nested = *reader;

	if (reader->depth >= NACCS_SCRIPT_DEPTH_MAX || *reader->budget == 0)
		return false;
	(*reader->budget)--;
	nested.depth++;
	nested.has_returned = false;
	nested.is_returning = false;
	nested.delay_seconds = delay_seconds;
	nested.is_deferred = is_deferred;
	nested.bindings = (struct naccs_script_bindings){.items = bindings->items, .count = bindings->count, .capacity = bindings->count};
	read_source(&nested, source);
	reader->is_exhausted = nested.is_exhausted;
	return true;
}

bool naccs_script_call(struct naccs_script_reader *reader, const char *name, const struct naccs_argument *arguments, size_t count,
		       unsigned delay_seconds, bool is_deferred)
{
	const struct naccs_script_function *function = NULL;
	struct naccs_script_bindings bindings = {0};
	bool returned_false = reader->script->returns_false, is_read;

	for (size_t i = 0; i < reader->library->count; i++)
		if (strcmp(reader->library->items[i].name, name) == 0)
			function = &reader->library->items[i];
	if (function == NULL)
		return false;
	for (size_t i = 0; i < function->parameter_count && i < count; i++) {
		struct naccs_script_binding binding = {.name = function->parameters[i]};

		if (arguments[i].kind == NACCS_ARGUMENT_TEXT || arguments[i].kind == NACCS_ARGUMENT_NUMBER)
			binding.text = arguments[i].text;
		else if (arguments[i].kind == NACCS_ARGUMENT_NAME || arguments[i].kind == NACCS_ARGUMENT_REFERENCE)
			binding.reference = arguments[i].reference;
		if (!naccs_arena_push(reader->arena, &bindings, binding)) {
			reader->is_exhausted = true;
			return false;
		}
	}
	is_read = naccs_script_read_nested(reader, function->body, &bindings, delay_seconds, is_deferred);
	if (!reader->is_returning)
		reader->script->returns_false = returned_false; /* a call's result is the handler's only behind "return" */
	return is_read;
}

/* "javascript:" is cut off, and what a URL percent-encodes is decoded. */
static const char *without_scheme(struct naccs_arena *arena, const char *source)
{
	char *decoded;
	const char *copy;
	int length = 0;

	source += strspn(source, " \t\r\n");
	if (strncasecmp(source, "javascript:", 11) != 0)
		return source;
	decoded = curl_easy_unescape(NULL, source + 11, 0, &length);
	if (decoded == NULL)
		return NULL;
	copy = naccs_arena_copy(arena, decoded, (size_t)length);
	curl_free(decoded);
	return copy;
}

bool naccs_script_read(struct naccs_arena *arena, const struct naccs_script_library *library, const char *source, struct naccs_script *ret)
{
	unsigned budget = BUDGET;
	struct naccs_script script = {.is_understood = true};
	struct naccs_script_reader reader = {.arena = arena, .library = library, .script = &script, .budget = &budget};

	source = without_scheme(arena, source);
	if (source == NULL)
		return false;
	read_source(&reader, source);
	if (reader.is_exhausted)
		return false;
	*ret = script;
	return true;
}
