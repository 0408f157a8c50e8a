/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what script.c (statements) and script_expression.c (references, calls, literals) share. */
#ifndef NACCS_PORTAL_SCRIPT_PRIVATE_H
#define NACCS_PORTAL_SCRIPT_PRIVATE_H

#include "script.h"
#include "script_token.h"

#define NACCS_SCRIPT_DEPTH_MAX 30

struct naccs_script_function {
	const char *name;
	const char **parameters;
	size_t parameter_count;
	const char *body;
};

/* A name that stands for a literal (a parameter) or for a reference (var f = document.forms[0]). */
struct naccs_script_binding {
	const char *name;
	const char *text; /* NULL: a reference */
	struct naccs_script_reference reference;
};

struct naccs_script_bindings {
	struct naccs_script_binding *items;
	size_t count, capacity;
};

struct naccs_script_reader {
	struct naccs_arena *arena;
	const struct naccs_script_library *library;
	struct naccs_script *script; /* what was read so far */
	const struct naccs_tokens *tokens;
	const char *source; /* of tokens */
	struct naccs_script_bindings bindings;
	unsigned delay_seconds;
	bool is_deferred;
	int depth;
	unsigned *budget; /* of calls and nested pieces, so that they can't multiply */
	bool has_returned;
	bool is_returning; /* "return CALL" is being read: the result is the handler's */
	bool is_exhausted; /* memory */
};

enum naccs_argument_kind {
	NACCS_ARGUMENT_TEXT,
	NACCS_ARGUMENT_ADDRESS, /* a literal with a query, and behind it nothing but what keeps caches away: text is the literal */
	NACCS_ARGUMENT_NUMBER,
	NACCS_ARGUMENT_FUNCTION,
	NACCS_ARGUMENT_NAME,
	NACCS_ARGUMENT_REFERENCE,
	NACCS_ARGUMENT_OTHER
};

struct naccs_argument {
	enum naccs_argument_kind kind;
	const char *text;
	size_t from, to;			 /* a function's body, as tokens */
	struct naccs_script_reference reference; /* a NAME too */
};

#define NACCS_ARGUMENTS_MAX 8

/* document.forms[0].submit( 'a' ) → reference document.forms[0], method submit, arguments. */
struct naccs_expression {
	struct naccs_script_reference reference;
	const char *method; /* NULL: no call */
	struct naccs_argument arguments[NACCS_ARGUMENTS_MAX];
	size_t argument_count;
};

bool naccs_token_is(const struct naccs_tokens *tokens, size_t at, const char *text); /* a name or sign, not a string */
size_t naccs_tokens_close(const struct naccs_tokens *tokens, size_t open,
			  size_t to); /* the bracket that closes the one at open; to: none */

/* Reads an expression at *at and moves *at behind it. false: not one (or memory: reader->is_exhausted). */
bool naccs_expression_read(struct naccs_script_reader *reader, size_t *at, size_t to, struct naccs_expression *ret);
/* One literal or bound name. */
void naccs_argument_read(struct naccs_script_reader *reader, size_t from, size_t to, struct naccs_argument *ret);

/* What a call or an assignment of an idiom does (script_idiom.c). false: not an idiom. */
bool naccs_idiom_call(struct naccs_script_reader *reader, const struct naccs_expression *expression);
bool naccs_idiom_assign(struct naccs_script_reader *reader, const struct naccs_expression *expression, const struct naccs_argument *value);

/* Read more of a script into the same result: a string for setTimeout, a function's body. */
bool naccs_script_read_nested(struct naccs_script_reader *reader, const char *source, const struct naccs_script_bindings *bindings,
			      unsigned delay_seconds, bool is_deferred);
/* A function of the page, by name. false: there is none. */
bool naccs_script_call(struct naccs_script_reader *reader, const char *name, const struct naccs_argument *arguments, size_t count,
		       unsigned delay_seconds, bool is_deferred);

#endif
