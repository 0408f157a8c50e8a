/* SPDX-License-Identifier: Apache-2.0 */
/* Why: forms in every dialect, and at the same time the memory of what a browser would send for them. */
#ifndef PORTAL_FORM_H
#define PORTAL_FORM_H

#include "page.h"

struct form {
	struct page *page;
	const char *name;
	unsigned index; /* in document.forms */
	bool is_get;
	char name_text[24];
};

/* step: what posting it means; target: its action, below …/pages/ee/. Decoy forms come before it. */
struct form form_begin(struct page *page, enum step step, const char *name, const char *target, bool is_get);
/* A field that the user fills. type: "text" or "password". */
void form_entry(struct form *form, enum role role, const char *label, unsigned digit, const char *type);
/* A read-only field that shows a value. name: plain. */
void form_fixed(struct form *form, const char *name, const char *label, const char *value);
/* The last word: hidden fields, decoys, the button that sends it, the end. */
void form_end(struct form *form, const char *caption);

#endif
