/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: pages submit and navigate by a handful of script idioms. These are read, never executed: literal strings only, no computing, but
 * for the time or chance that is joined to an address with a query: it is left out. Anything else is said to be not understood, and the
 * caller decides whether that stops the journey.
 *
 * Understood: REF.submit() · REF.value|action|target|method = 'text', REF.disabled = true|false · [WINDOW.]location[.href] = 'url' ·
 * location.replace('url'), .assign('url'), each also with the location itself, which is a reload · [WINDOW.]open('url'[, 'target']) ·
 * alert('text') · return [true|false] · var NAME = REF · setTimeout of these ·
 * window.onload and addEventListener of these · if (confirm('text')) one of these · focus(), preventDefault() and the like, which change
 * nothing · a function of the same page whose body is made of these, called with literals. REF: document.NAME, document.forms[n|'x'|.x],
 * document.all…, getElementById('x'), getElementsByName('x')[0], this, this.form, each with .elements and .NAME.
 */
#ifndef NACCS_PORTAL_SCRIPT_H
#define NACCS_PORTAL_SCRIPT_H

#include "page_memory.h"

enum naccs_script_verb {
	NACCS_SCRIPT_SUBMIT,   /* reference: a form */
	NACCS_SCRIPT_ASSIGN,   /* reference.property = text */
	NACCS_SCRIPT_NAVIGATE, /* reference: a window (no segments: this one); text: URL, "" the page itself; property: "reload" as it was
				  got, else "" */
	NACCS_SCRIPT_OPEN,     /* text: URL; property: the new window's name or "" */
	NACCS_SCRIPT_NOTICE,   /* text: what alert() shows */
};

struct naccs_script_segment {
	enum { NACCS_SEGMENT_NAME, NACCS_SEGMENT_INDEX, NACCS_SEGMENT_ID, NACCS_SEGMENT_BY_NAME } kind;
	const char *text; /* NAME (also ['text']), getElementById(text), getElementsByName(text) */
	size_t index;
};

struct naccs_script_reference {
	struct naccs_script_segment *items;
	size_t count, capacity;
};

struct naccs_script_act {
	enum naccs_script_verb verb;
	struct naccs_script_reference reference;
	const char *text;
	const char *property;
	unsigned delay_seconds; /* by setTimeout */
	bool is_deferred;	/* by onload: after the inline ones */
};

struct naccs_script {
	struct naccs_script_act *items;
	size_t count, capacity;
	bool is_understood;	  /* every statement was read */
	bool has_unknown_effects; /* one that was not assigns, submits or navigates, as far as can be seen */
	bool returns_false;
};

/* The functions that a page's inline scripts declare. Zero-initialise. */
struct naccs_script_function;
struct naccs_script_library {
	struct naccs_script_function *items;
	size_t count, capacity;
};

/* Everything lives in the arena, also copies of what is needed of source. false: out of memory. */
bool naccs_script_learn(struct naccs_arena *arena, struct naccs_script_library *library, const char *source);

/* A handler's or inline script's statements. "javascript:" in front is fine. Inline: statements below if, for, while, switch, try are left
 * alone. */
bool naccs_script_read(struct naccs_arena *arena, const struct naccs_script_library *library, const char *source, struct naccs_script *ret);

/* parent.frames['main'], top, window.parent → the name of a target: "" this window, "_top", "_parent", a frame's name. */
const char *naccs_script_target(const struct naccs_script_reference *window);

#endif
