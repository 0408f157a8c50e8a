/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the idioms themselves: which calls and assignments submit, navigate, show, or change nothing. See script.h. */
#include "script_private.h"

#include <string.h>

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static const char *last_name(const struct naccs_script_reference *reference)
{
	const struct naccs_script_segment *last = reference->count > 0 ? &reference->items[reference->count - 1] : NULL;

	return last != NULL && last->kind == NACCS_SEGMENT_NAME ? last->text : "";
}

/* Does it name this very window? Nothing, window, self. */
static bool is_own_window(const struct naccs_script_reference *reference)
{
	static const char *const names[] = {"window", "self", NULL};

	return reference->count == 0 || (reference->count == 1 && is_one_of(last_name(reference), names));
}

/* Can open() be a window's there? Of anything else (an XMLHttpRequest, a document) it opens no window. */
static bool can_open_windows(const struct naccs_script_reference *reference)
{
	static const char *const names[] = {"window", "self", "top", "parent", NULL};
	bool is_window = true;

	for (size_t i = 0; i < reference->count; i++)
		is_window = is_window && reference->items[i].kind == NACCS_SEGMENT_NAME && is_one_of(reference->items[i].text, names);
	return is_window;
}

/* Does it name some window: this one, top, parent.frames['main'], opener? Not document.forms… */
static bool is_window(const struct naccs_script_reference *reference)
{
	for (size_t i = 0; i < reference->count; i++) {
		const struct naccs_script_segment *segment = &reference->items[i];

		if (segment->kind != NACCS_SEGMENT_NAME || strcmp(segment->text, "forms") == 0)
			return false;
		if (strcmp(segment->text, "document") == 0 && i + 1 != reference->count)
			return false;
	}
	return true;
}

static bool add(struct naccs_script_reader *reader, struct naccs_script_act act)
{
	act.delay_seconds = reader->delay_seconds;
	act.is_deferred = reader->is_deferred;
	if (!naccs_arena_push(reader->arena, reader->script, act))
		reader->is_exhausted = true;
	return true;
}

static struct naccs_script_reference without_last(struct naccs_script_reference reference, size_t count)
{
	reference.count -= count;
	reference.capacity = reference.count; /* its memory is shared: it must never grow in place */
	return reference;
}

static bool navigate(struct naccs_script_reader *reader, struct naccs_script_reference window, const char *url)
{
	return is_window(&window) &&
	       add(reader, (struct naccs_script_act){.verb = NACCS_SCRIPT_NAVIGATE, .reference = window, .text = url, .property = ""});
}

/* Nothing, window, self, document: in front of "location". */
static bool is_this_page(const struct naccs_script_reference *reference)
{
	static const char *const names[] = {"window", "self", "document", NULL};

	return reference->count == 0 || (reference->count == 1 && is_one_of(last_name(reference), names));
}

/* This window asks for the address of its page once more. What another one would show is not known here. */
static bool reload(struct naccs_script_reader *reader, struct naccs_script_reference window)
{
	return is_this_page(&window) && navigate(reader, window, "");
}

/* Where a window is sent to: an address, or where it is already: location, location.href. */
static bool go_to(struct naccs_script_reader *reader, struct naccs_script_reference window, const struct naccs_argument *to)
{
	struct naccs_script_reference here = to->reference;

	if (to->kind == NACCS_ARGUMENT_TEXT || to->kind == NACCS_ARGUMENT_ADDRESS)
		return navigate(reader, window, to->text);
	if ((to->kind != NACCS_ARGUMENT_NAME && to->kind != NACCS_ARGUMENT_REFERENCE) || here.count == 0)
		return false;
	if (strcmp(last_name(&here), "href") == 0)
		here = without_last(here, 1);
	if (strcmp(last_name(&here), "location") != 0)
		return false;
	here = without_last(here, 1);
	return is_this_page(&here) && reload(reader, window);
}

static unsigned milliseconds(const struct naccs_argument *argument)
{
	unsigned long value =
		argument->kind == NACCS_ARGUMENT_NUMBER || argument->kind == NACCS_ARGUMENT_TEXT ? strtoul(argument->text, NULL, 10) : 0;

	return value > 1000UL * 1000 * 1000 ? 1000 * 1000 : (unsigned)(value / 1000);
}

/* Something that is run later: a string of statements, a function, a function's name. */
static bool run_later(struct naccs_script_reader *reader, const struct naccs_argument *what, unsigned delay, bool is_deferred)
{
	const struct naccs_tokens *tokens = reader->tokens;
	size_t from, to;
	const char *body;

	if (what->kind == NACCS_ARGUMENT_TEXT)
		return naccs_script_read_nested(reader, what->text, &reader->bindings, delay, is_deferred);
	if (what->kind == NACCS_ARGUMENT_NAME)
		return naccs_script_call(reader, what->text, NULL, 0, delay, is_deferred);
	if (what->kind != NACCS_ARGUMENT_FUNCTION)
		return false;
	if (what->from >= what->to)
		return true;
	from = tokens->items[what->from].from;
	to = tokens->items[what->to - 1].to;
	body = naccs_arena_copy(reader->arena, reader->source + from, to - from);
	if (body == NULL) {
		reader->is_exhausted = true;
		return false;
	}
	return naccs_script_read_nested(reader, body, &reader->bindings, delay, is_deferred);
}

static bool call_window(struct naccs_script_reader *reader, const struct naccs_expression *call)
{
	const struct naccs_argument *arguments = call->arguments;
	bool has_text = call->argument_count > 0 && arguments[0].kind == NACCS_ARGUMENT_TEXT;

	if (strcmp(call->method, "open") == 0 && has_text && can_open_windows(&call->reference)) {
		const char *name = call->argument_count > 1 && arguments[1].kind == NACCS_ARGUMENT_TEXT ? arguments[1].text : "_blank";
		return add(reader, (struct naccs_script_act){.verb = NACCS_SCRIPT_OPEN, .text = arguments[0].text, .property = name});
	}
	if (!is_own_window(&call->reference))
		return false;
	if (strcmp(call->method, "alert") == 0 && call->argument_count == 1)
		return has_text &&
		       add(reader, (struct naccs_script_act){.verb = NACCS_SCRIPT_NOTICE, .text = arguments[0].text, .property = ""});
	if ((strcmp(call->method, "setTimeout") == 0 || strcmp(call->method, "setInterval") == 0) && call->argument_count >= 1) {
		unsigned delay = call->argument_count > 1 ? milliseconds(&arguments[1]) : 0;
		if (call->argument_count > 1 && arguments[1].kind == NACCS_ARGUMENT_OTHER)
			return false;
		return run_later(reader, &arguments[0], reader->delay_seconds + delay, reader->is_deferred);
	}
	return call->reference.count == 0 &&
	       naccs_script_call(reader, call->method, arguments, call->argument_count, reader->delay_seconds, reader->is_deferred);
}

bool naccs_idiom_call(struct naccs_script_reader *reader, const struct naccs_expression *call)
{
	static const char *const harmless[] = {"focus",	  "blur",  "select", "preventDefault", "stopPropagation", "scrollTo",
					       "forward", "close", NULL};
	static const char *const going[] = {"replace", "assign", NULL};
	static const char *const loads[] = {"load", "DOMContentLoaded", "pageshow", NULL};
	const struct naccs_argument *arguments = call->arguments;
	size_t count = call->argument_count;
	struct naccs_script_reference window = call->reference.count > 0 ? without_last(call->reference, 1) : call->reference;

	if (strcmp(call->method, "submit") == 0)
		return count == 0 &&
		       add(reader, (struct naccs_script_act){
					   .verb = NACCS_SCRIPT_SUBMIT, .reference = call->reference, .text = "", .property = ""});
	if (is_one_of(call->method, going) && strcmp(last_name(&call->reference), "location") == 0)
		return count >= 1 && go_to(reader, window, &arguments[0]);
	if ((strcmp(call->method, "reload") == 0 && strcmp(last_name(&call->reference), "location") == 0) ||
	    (strcmp(call->method, "go") == 0 && strcmp(last_name(&call->reference), "history") == 0 && count == 1 &&
	     arguments[0].kind == NACCS_ARGUMENT_NUMBER && strcmp(arguments[0].text, "0") == 0))
		return is_this_page(&window) &&
		       add(reader,
			   (struct naccs_script_act){.verb = NACCS_SCRIPT_NAVIGATE, .reference = window, .text = "", .property = "reload"});
	if (strcmp(call->method, "addEventListener") == 0 && count >= 2 && arguments[0].kind == NACCS_ARGUMENT_TEXT &&
	    is_one_of(arguments[0].text, loads))
		return run_later(reader, &arguments[1], reader->delay_seconds, true);
	if (is_one_of(call->method, harmless) && call->reference.count > 0)
		return true;
	return call_window(reader, call);
}

/* Looks only: style.…, className and the like. */
static bool is_cosmetic(const struct naccs_script_reference *reference, const char *property)
{
	static const char *const properties[] = {"className",	"cursor",	"status", "defaultStatus",
						 "returnValue", "cancelBubble", "title",  NULL};

	for (size_t i = 0; i < reference->count; i++)
		if (reference->items[i].kind == NACCS_SEGMENT_NAME && strcmp(reference->items[i].text, "style") == 0)
			return true;
	return is_one_of(property, properties);
}

bool naccs_idiom_assign(struct naccs_script_reader *reader, const struct naccs_expression *left, const struct naccs_argument *value)
{
	static const char *const properties[] = {"value", "action", "target", "method", NULL};
	const char *property = last_name(&left->reference);
	struct naccs_script_reference owner;
	bool is_literal = value->kind == NACCS_ARGUMENT_TEXT || value->kind == NACCS_ARGUMENT_NUMBER;

	if (left->reference.count == 0 || left->method != NULL)
		return false;
	owner = without_last(left->reference, 1);
	if (strcmp(property, "location") == 0)
		return go_to(reader, owner, value);
	if (strcmp(property, "href") == 0 && strcmp(last_name(&owner), "location") == 0)
		return go_to(reader, without_last(left->reference, 2), value);
	if (strcmp(property, "onload") == 0)
		return run_later(reader, value, reader->delay_seconds, true);
	if (is_one_of(property, properties) && owner.count > 0)
		return is_literal &&
		       add(reader, (struct naccs_script_act){
					   .verb = NACCS_SCRIPT_ASSIGN, .reference = owner, .text = value->text, .property = property});
	if (strcmp(property, "disabled") == 0 && owner.count > 0 && value->kind == NACCS_ARGUMENT_NAME)
		return add(reader, (struct naccs_script_act){
					   .verb = NACCS_SCRIPT_ASSIGN, .reference = owner, .text = value->text, .property = "disabled"});
	return is_cosmetic(&left->reference, property) && (is_literal || value->kind == NACCS_ARGUMENT_NAME);
}

const char *naccs_script_target(const struct naccs_script_reference *window)
{
	static const char *const nothing[] = {"window", "self", "document", "frames", NULL};
	const char *target = "";

	for (size_t i = 0; i < window->count; i++) {
		const char *name = window->items[i].text;

		if (name == NULL || is_one_of(name, nothing))
			continue;
		if (strcmp(name, "top") == 0)
			target = "_top";
		else if (strcmp(name, "parent") == 0)
			target = strcmp(target, "_parent") == 0 ? "_top" : "_parent";
		else
			target = name;
	}
	return target;
}
