/* SPDX-License-Identifier: Apache-2.0 */
/* Why: recognises the portal's screens on a page by what a person sees: which fields are labelled how, what the buttons say, what a message
 * means. */
#ifndef NACCS_PORTAL_SCREENS_H
#define NACCS_PORTAL_SCREENS_H

#include "description.h"
#include "journey.h"

#define NACCS_LABEL_BIT(key) (1U << (key))
#define NACCS_SCREEN_LOGIN (NACCS_LABEL_BIT(NACCS_TEXT_CODE1) | NACCS_LABEL_BIT(NACCS_TEXT_CODE2))
#define NACCS_SCREEN_PASSWORD (NACCS_LABEL_BIT(NACCS_TEXT_PASSWORD) | NACCS_LABEL_BIT(NACCS_TEXT_CONFIRMATION))
#define NACCS_SCREEN_CODE3 (NACCS_LABEL_BIT(NACCS_TEXT_CODE3) | NACCS_SCREEN_PASSWORD)

/* A form that asks for exactly these labels, each once, in fields that a person can fill in. */
struct naccs_screen {
	size_t view;
	size_t fields[NACCS_TEXT_LABELS]; /* by label; NACCS_NONE where not asked for */
	struct naccs_press press;	  /* of its button */
	const char *problem;		  /* translated: why it can't be used; NULL: it can */
};

/* On one page. false: no such form. A form that is there but can't be used (two of them, no such button, a field that must be filled in and
 * is not known) is returned with its problem. */
bool naccs_screen_find_form(const struct naccs_portal_description *description, const struct naccs_page *page, unsigned labels,
			    enum naccs_text_key button, struct naccs_screen *ret);

/* Is nothing left empty in a form that a person would have to fill in? */
bool naccs_screen_is_form_answered(const struct naccs_portal_description *description, const struct naccs_page *page, size_t form);

/* Something to press with one of these texts: standing alone, else (unless is_exact) in a description of several words. false: nothing that
 * could be pressed; *ret_is_obscure: there is one, but what it does is not understood. */
bool naccs_screen_find_control(const struct naccs_portal_description *description, const struct naccs_page *page, enum naccs_text_key text,
			       bool is_exact, struct naccs_press *ret, bool *ret_is_obscure);

/* The first of these messages that the lines hold, one line at a time, then all of them together. NACCS_TEXT_COUNT: none. *ret_line: the
 * line; NULL when only all together say it. */
enum naccs_text_key naccs_screen_find_message(const struct naccs_portal_description *description, const struct naccs_lines *lines,
					      const enum naccs_text_key *keys, size_t key_count, const struct naccs_line **ret_line);

/* For people: the lines that say until when the maintenance takes, or NULL. From malloc. */
char *naccs_screen_maintenance_end(const struct naccs_lines *lines);

#endif
