/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: texts are compared as a person compares them: 認証コード1, 認証コード１ and 「認証コード 1：」 are one label. Both sides are folded:
 * NFKC, ASCII lower case, and without white space, punctuation, symbols and format characters.
 */
#ifndef NACCS_PORTAL_PAGE_TEXT_H
#define NACCS_PORTAL_PAGE_TEXT_H

#include "page_memory.h"

#include <stdint.h>

/* The folded form of valid UTF-8, from malloc; NULL when memory is short. Invalid UTF-8 folds to "". */
char *naccs_fold(const char *text, size_t length);

/* Does folded hold term (folded too), not as a part of a longer number? An empty term is never held. */
bool naccs_fold_holds(const char *folded, const char *term);

/*
 * One text of a description: "デジタル証明書の取得" or, for texts that vary, words that must all appear and words that must not:
 * "セッション & 無効 & !翌日". Lives in an arena.
 */
struct naccs_phrase {
	const char **needed; /* folded, at least one */
	size_t needed_count;
	const char **excluded;
	size_t excluded_count;
};

/* Alternatives: any one of them. */
struct naccs_phrases {
	struct naccs_phrase *items;
	size_t count, capacity;
};

/* Read one text. Without a word that must appear (or only symbols): NACCS_E_CONFIG. */
naccs_status naccs_phrase_read(struct naccs_arena *arena, const char *text, struct naccs_phrase *ret, struct naccs_error *err);

/* Is folded just this text? Only phrases of one word can be. */
bool naccs_phrases_equal(const struct naccs_phrases *phrases, const char *folded);
/* Does folded hold one of them? */
bool naccs_phrases_hold(const struct naccs_phrases *phrases, const char *folded);
/* The same, but only by phrases of several words: those that are meant to be held rather than equalled. */
bool naccs_phrases_describe(const struct naccs_phrases *phrases, const char *folded);

#endif
