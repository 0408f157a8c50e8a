/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a page is begun, filled and finished by every screen in the same way; here its URLs, links, labels and ways to the next page are put
 * into the dialect. */
#ifndef PORTAL_PAGE_H
#define PORTAL_PAGE_H

#include "portal.h"

struct page {
	struct visit *visit;
	FILE *out;
	char *text;
	size_t size;
	unsigned forms; /* begun so far: the index of the next one in document.forms */
};

/* head: more elements for the head, well-formed; may be "". body: attributes of the body tag (" class=\"x\""), or NULL for a frameset. */
void page_begin(struct page *page, struct visit *visit, const char *title, const char *head, const char *body);
/* Well-formed XHTML, texts escaped, attributes in double quotes. */
void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the page and makes it the answer. screen: its name in the journal. */
void page_finish(struct page *page, const char *screen);

/* An address of the portal ("NACCS/menu.jsp"; below …/pages/ee/) as pages of this dialect write it; malloc'ed. */
char *page_url(const struct visit *visit, const char *target);
/* The same as a redirect writes it. */
char *page_location(const struct visit *visit, const char *target);
/* Scheme, host and path: for ways out of the portal. */
char *page_url_at(const char *origin, const char *target);

/* 認証コード1 and the like, as this dialect spells it (escaped); digit 0: none. malloc'ed. */
char *page_label(const struct visit *visit, const char *text, unsigned digit);
/* The same for buttons and links. */
char *page_caption(const struct visit *visit, const char *text);
/* A menu item that leads to target, in the frame "main" where there are frames. */
void page_menu_item(struct page *page, const char *caption, const char *target);

/* Lead on to target as the switch value (NEXT_…) says. */
void page_go(struct visit *visit, int how, const char *target);
/* The same with a complete URL (a fault's way out). */
void page_go_url(struct visit *visit, int how, const char *url);

#endif
