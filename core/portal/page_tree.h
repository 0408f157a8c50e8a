/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the bounded parse, and the few questions about elements that every part of the page's model asks. Internal to page*.c and
 * save_page.c. */
#ifndef NACCS_PORTAL_PAGE_TREE_H
#define NACCS_PORTAL_PAGE_TREE_H

#include "page.h"

/* UTF-8 → tree. *ret_nodes counts elements, attributes, texts and comments. portal.unknown-page over the bounds. A form element that was
 * not closed by its own tag is marked (naccs_tree_is_unclosed). */
naccs_status naccs_tree_parse(const char *text, size_t length, xmlDoc **ret, size_t *ret_nodes, struct naccs_error *err);
bool naccs_tree_is_unclosed(const xmlNode *form);

/* The next node in document order below root; root itself ends it. With skip the node's children are left out. NULL: the end. */
xmlNode *naccs_tree_next(xmlNode *node, const xmlNode *root, bool skip);
/* Against document order: leaves an element through its beginning. NULL at root. */
xmlNode *naccs_tree_previous(xmlNode *node, const xmlNode *root);

bool naccs_tree_is(const xmlNode *node, const char *name);
bool naccs_tree_is_any(const xmlNode *node, const char *const *names); /* NULL-terminated */
xmlNode *naccs_tree_ancestor(xmlNode *node, const char *name);

/* An attribute's text in the arena; "" when absent (NULL when memory is short). */
const char *naccs_tree_attribute(struct naccs_arena *arena, xmlNode *node, const char *name);
bool naccs_tree_has_attribute(xmlNode *node, const char *name);

/* Hidden from a person: by itself, or by an element around it. */
bool naccs_tree_is_hidden_itself(xmlNode *node);
bool naccs_tree_is_hidden(xmlNode *node);
/* What a browser with scripts and frames doesn't show at all: script, style, noscript, noframes, template, head. */
bool naccs_tree_is_no_content(const xmlNode *node);
bool naccs_tree_is_in_no_content(const xmlNode *node);

/* Ends a line of text. */
bool naccs_tree_is_block(const xmlNode *node);
/* A field that a person fills in: input (neither hidden nor a button), select, textarea. */
bool naccs_tree_is_field(xmlNode *node);

/* Text in the making: white space collapsed, cut at limit. */
struct naccs_words {
	struct naccs_arena *arena;
	char *text;
	size_t length, capacity, limit;
	bool is_spaced;
};
bool naccs_words_add(struct naccs_words *words, const char *text);
/* The visible text below node, images by their alt, without what stands in fields; at most limit bytes. NULL: memory. */
const char *naccs_tree_text(struct naccs_arena *arena, xmlNode *node, size_t limit);
/* Folded into the arena. NULL: memory. */
const char *naccs_tree_fold(struct naccs_arena *arena, const char *text);

#endif
