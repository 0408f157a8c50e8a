/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files that make a page fit for a report share. */
#ifndef NACCS_PORTAL_SAVE_PAGE_PRIVATE_H
#define NACCS_PORTAL_SAVE_PAGE_PRIVATE_H

#include "save_page.h"

/* ---- save_page_secrets.c: secrets in any spelling ---- */

enum naccs_spelling_kind { NACCS_SPELLED_RAW, NACCS_SPELLED_FOLDED, NACCS_SPELLED_BASE64, NACCS_SPELLED_HEX, NACCS_SPELLED_WHOLE };

struct naccs_spelling {
	enum naccs_spelling_kind kind;
	struct naccs_secret *text;
};

struct naccs_spellings {
	struct naccs_spelling *items;
	size_t count;
};

naccs_status naccs_spellings_new(const struct naccs_secret *const *secrets, size_t count, struct naccs_spellings *ret,
				 struct naccs_error *err);
void naccs_spellings_clear(struct naccs_spellings *spellings);
/* Does text hold a secret: as it is, in full width, in pieces, percent-encoded, as character references, in Base64 or hexadecimal? true
 * when memory is short. */
bool naccs_spellings_are_in(const struct naccs_spellings *spellings, const char *text);

/* ---- save_page_mask.c: text without what could be a token; each from malloc, NULL when memory is short ---- */

/* Runs of at least `length` letters and digits with a digit among them become "…". */
char *naccs_mask_tokens(const char *text, size_t length);
/* An address without path parameters and without the values of its query. */
char *naccs_mask_url(const char *url);
/* A script without comments, with its strings masked as addresses. */
char *naccs_mask_script(const char *source);

#endif
