/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: pages show data as well as ask for it: "Common Name | 11110A" in the cells of a row, in a list, in one line, in a read-only field,
 * or as a row of headings above a row of values. Here is what a person reads beside such a heading.
 */
#ifndef NACCS_PORTAL_SHOWN_H
#define NACCS_PORTAL_SHOWN_H

#include "description.h"
#include "page.h"

/* One heading and what stands beside it. Strings and nodes are the page's, but for text. */
struct naccs_shown {
	char *text;	     /* as shown, from malloc; "" never */
	const xmlNode *node; /* where the heading stands; NULL: it is a field's label */
	size_t block;	     /* text is the line page->blocks.items[block], whole; NACCS_NONE: a part of a line, or a field's value */
	size_t more;	     /* so many lines behind that one may belong to it, up to the next heading */
};
void naccs_shown_clear(struct naccs_shown *shown);
static inline void naccs_cleanup_shown(struct naccs_shown *shown)
{
	naccs_shown_clear(shown);
}

/* What page shows for the nth heading (from 0) of this key: NACCS_TEXT_COMMON_NAME … NACCS_TEXT_STATUS. false: there are not so many. */
bool naccs_shown_find(const struct naccs_portal_description *description, const struct naccs_page *page, enum naccs_text_key key,
		      size_t nth, struct naccs_shown *ret);

/* Is it this text? Without regard to width and white space, and (unless is_strict) to capitals, punctuation and symbols. A text may be
 * broken into lines. */
bool naccs_shown_is(const struct naccs_page *page, const struct naccs_shown *shown, const char *text, bool is_strict);

#endif
