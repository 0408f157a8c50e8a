/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the words of a script, so that idioms are matched by words and never by pieces of text in strings or comments. Internal to script*.c
 * and save_page.c. */
#ifndef NACCS_PORTAL_SCRIPT_TOKEN_H
#define NACCS_PORTAL_SCRIPT_TOKEN_H

#include "page_memory.h"

enum naccs_token_kind { NACCS_TOKEN_NAME, NACCS_TOKEN_NUMBER, NACCS_TOKEN_STRING, NACCS_TOKEN_SIGN, NACCS_TOKEN_OTHER };

struct naccs_token {
	enum naccs_token_kind kind;
	const char *text; /* a string's meaning; else as written */
	size_t from, to;  /* where in the source */
	bool is_on_new_line;
};

struct naccs_tokens {
	struct naccs_token *items;
	size_t count, capacity;
	bool is_whole; /* false: too many, or a string or comment that does not end */
};

/* false: out of memory. */
bool naccs_tokens_read(struct naccs_arena *arena, const char *source, struct naccs_tokens *ret);

#endif
