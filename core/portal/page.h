/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: turns a reply into what a person sees and can do: title, text, forms with labelled fields, things to press, frames, refreshes.
 * Nothing here knows the portal. A page is bounded (100,000 nodes, depth 240) while it is parsed, and everything it holds dies with it.
 * Strings are UTF-8.
 */
#ifndef NACCS_PORTAL_PAGE_H
#define NACCS_PORTAL_PAGE_H

#include "decode.h"
#include "page_text.h"
#include "script.h"

#include <libxml/tree.h>

#define NACCS_PAGE_NODES_MAX 100000
#define NACCS_PAGE_DEPTH_MAX 240 /* libxml2 itself stops at 256, in silence */
#define NACCS_NONE ((size_t)-1)

enum naccs_field_type {
	NACCS_FIELD_TEXT,
	NACCS_FIELD_PASSWORD,
	NACCS_FIELD_HIDDEN,
	NACCS_FIELD_CHECKBOX,
	NACCS_FIELD_RADIO,
	NACCS_FIELD_SELECT,
	NACCS_FIELD_TEXTAREA,
	NACCS_FIELD_FILE
};

struct naccs_option {
	const char *value, *text;
	bool is_selected, is_disabled;
};

struct naccs_options {
	struct naccs_option *items;
	size_t count, capacity;
};

struct naccs_labels {
	const char **items; /* folded; the nearest first */
	size_t count, capacity;
};

/* A field of a form. A value that a person would type is never put here. */
struct naccs_field {
	enum naccs_field_type type;
	const char *name, *id, *value; /* "" where absent */
	struct naccs_labels labels;
	struct naccs_options options; /* of a select */
	size_t max_length;	      /* in characters; NACCS_NONE: unlimited */
	bool is_checked, is_disabled, is_readonly, is_required, is_visible, is_multiple;
	size_t control; /* the button that stands at this place in the form: index into page->controls; NACCS_NONE for a real field */
};

struct naccs_form {
	const char *name, *id;
	const char *action; /* absolute; NULL: can't be resolved */
	bool is_post, is_multipart;
	bool is_understood; /* method and enctype are ones we know */
	const char *target, *accept_charset;
	bool has_on_submit;
	struct naccs_script on_submit;
	struct naccs_field *items; /* fields in the order in which a browser sends them, buttons among them */
	size_t count, capacity;
	xmlNode *node; /* where it stands in the document */
};

enum naccs_control_kind {
	NACCS_CONTROL_SUBMIT,
	NACCS_CONTROL_IMAGE,
	NACCS_CONTROL_BUTTON,
	NACCS_CONTROL_RESET,
	NACCS_CONTROL_LINK,
	NACCS_CONTROL_OTHER
};

/* Anything that can be pressed: a button, a link, an area, an element with onclick. */
struct naccs_control {
	enum naccs_control_kind kind;
	const char *text; /* folded: value, contents, alt, title */
	const char *name, *id, *value;
	size_t form;							    /* owner; NACCS_NONE */
	const char *form_action, *form_method, *form_enctype, *form_target; /* overrides; NULL */
	const char *href;						    /* absolute; NULL: none, or a script */
	const char *target;
	bool has_script; /* onclick */
	struct naccs_script on_click;
	bool has_href_script; /* href="javascript:…" */
	struct naccs_script href_script;
	bool is_disabled, is_visible;
	xmlNode *node; /* where it stands in the document */
};

struct naccs_frame_source {
	const char *name;
	const char *url; /* absolute */
	bool is_inline;
};

/* Where the page goes, or what it submits, by itself. */
struct naccs_automatic {
	const char *url;	    /* absolute; NULL: submits */
	size_t form;		    /* NACCS_NONE: navigates */
	struct naccs_script script; /* the assignments before a submit */
	const char *target;	    /* "" or a frame's name */
	unsigned delay_seconds;
	bool is_deferred; /* by onload */
	bool is_popup;
	bool is_reload; /* asks as the page was asked for: the answer to a form would be the form again */
	bool is_done;	/* whoever followed it says so */
};

struct naccs_block {
	const char *text;   /* as shown, white space collapsed */
	const char *folded; /* for comparing */
	xmlNode *node;	    /* where it begins in the document; NULL: it does not stand there (an alert) */
};

struct naccs_page {
	struct naccs_arena *arena;
	xmlDoc *document; /* for naccs_save_page() only */
	const char *url, *base, *base_target;
	size_t byte_count; /* of the reply */
	enum naccs_charset charset;
	size_t bad_count;
	long status;
	const char *title, *folded_title;
	size_t node_count;
	struct {
		struct naccs_block *items;
		size_t count, capacity;
	} blocks; /* visible text, one paragraph, cell or line each; alert()s last */
	struct {
		struct naccs_form *items;
		size_t count, capacity;
	} forms;
	struct {
		struct naccs_control *items;
		size_t count, capacity;
	} controls;
	struct {
		struct naccs_frame_source *items;
		size_t count, capacity;
	} frames;
	struct {
		struct naccs_automatic *items;
		size_t count, capacity;
	} automatics;
	struct naccs_script_library library;
};

struct naccs_page_source {
	const void *bytes;
	size_t length;
	const char *url;		    /* final, absolute */
	const char *content_type, *refresh; /* headers; may be NULL */
	long status;
};

/* Failures: portal.unknown-page (too many nodes, too deep, too many of anything), internal. */
naccs_status naccs_page_parse(const struct naccs_page_source *source, struct naccs_page **ret, struct naccs_error *err);
void naccs_page_free(struct naccs_page *page);
NACCS_DEFINE_CLEANUP(struct naccs_page *, naccs_page_free, page)

/* ---- page_press.c: what a browser would do ---- */

enum naccs_press_kind {
	NACCS_PRESS_NOTHING,
	NACCS_PRESS_UNKNOWN, /* a script that is not understood stands in the way */
	NACCS_PRESS_SUBMIT,
	NACCS_PRESS_NAVIGATE,
};

struct naccs_press {
	enum naccs_press_kind kind;
	size_t form;	/* SUBMIT */
	size_t control; /* the button that is sent along and whose overrides count; NACCS_NONE when a script submits */
	size_t origin;	/* what was pressed; NACCS_NONE: nothing, the page acts by itself */
	/* Scripts whose assignments come first: of the element, then of the form (onsubmit); borrowed from the page; NULL: none. */
	const struct naccs_script *scripts[2];
	const struct naccs_script *on_submit;
	const char *url;    /* NAVIGATE: absolute */
	const char *target; /* "", "_top", a name */
};

/* Pressing a control, by index. */
void naccs_page_press(const struct naccs_page *page, size_t control, struct naccs_press *ret);
/* What an automatic one does. */
void naccs_page_follow(const struct naccs_page *page, const struct naccs_automatic *automatic, struct naccs_press *ret);

/* The form or field that a reference names. form: NACCS_NONE when it names none on this page; field: NACCS_NONE when it names the form
 * itself. control: the element that the handler belongs to, for "this"; own_form: for "this" in a form's handler. */
void naccs_page_resolve(const struct naccs_page *page, const struct naccs_script_reference *reference, size_t control, size_t own_form,
			size_t *ret_form, size_t *ret_field);

/* Does one stand before the other in the document, as it is written? Both are nodes of page. */
bool naccs_page_is_before(const struct naccs_page *page, const xmlNode *one, const xmlNode *other);

bool naccs_page_is_inside(const xmlNode *node, const xmlNode *around);

/* ---- page_url.c ---- */

/* relative as found in an attribute, against base, without its fragment. NULL: not a URL that could be requested (javascript:, mailto:, …).
 */
char *naccs_url_resolve(struct naccs_arena *arena, const char *base, const char *relative);

#endif
