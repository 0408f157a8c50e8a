/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files that build a page's model share while it is built. Internal to page*.c. */
#ifndef NACCS_PORTAL_PAGE_BUILD_H
#define NACCS_PORTAL_PAGE_BUILD_H

#include "page_tree.h"

struct naccs_nodes {
	xmlNode **items;
	size_t count, capacity;
};

struct naccs_builder {
	struct naccs_page *page;
	struct naccs_arena *arena;
	xmlNode *root;		    /* the document */
	struct naccs_nodes labels;  /* label elements */
	struct naccs_nodes forms;   /* the element of page->forms.items[i] */
	struct naccs_nodes scripts; /* inline script elements */
	xmlNode *body;		    /* for onload */
	size_t open_form;	    /* a form that was not closed by its own tag and holds what follows; NACCS_NONE */
	size_t field_count;
	const char *complaint; /* too many of something */
};

/* Each returns false when memory is short or builder->complaint was set. */
bool naccs_build_form(struct naccs_builder *builder, xmlNode *node);
bool naccs_build_field(struct naccs_builder *builder, xmlNode *node); /* input, select, textarea, button */
bool naccs_build_link(struct naccs_builder *builder, xmlNode *node);  /* a, area, anything with onclick */
bool naccs_build_frame(struct naccs_builder *builder, xmlNode *node); /* frame, iframe */
bool naccs_build_refresh(struct naccs_builder *builder, const char *content);
bool naccs_build_scripts(struct naccs_builder *builder); /* page->automatics and notices; after the forms */
bool naccs_build_blocks(struct naccs_builder *builder);

/* Labels of a field, folded, the nearest first. */
bool naccs_build_labels(struct naccs_builder *builder, xmlNode *field, struct naccs_labels *ret, bool *ret_is_marked_required);

bool naccs_build_control(struct naccs_builder *builder, struct naccs_control control, size_t *ret_index);
/* An attribute that holds a script: read. */
bool naccs_build_script(struct naccs_builder *builder, xmlNode *node, const char *attribute, struct naccs_script *ret);
bool naccs_build_block(struct naccs_builder *builder, const char *text, xmlNode *node); /* node: where it begins; may be NULL */
/* The form that a form control belongs to: form attribute, element around it, or one left open. NACCS_NONE. */
size_t naccs_build_owner(const struct naccs_builder *builder, xmlNode *node);

#endif
