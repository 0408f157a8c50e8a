/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what a browser would do when something is pressed: scripts first, as far as they are understood, then the element's own behaviour.
 */
#include "page.h"

#include <string.h>

static bool is_name(const struct naccs_script_segment *segment, const char *name)
{
	return segment->kind == NACCS_SEGMENT_NAME && strcmp(segment->text, name) == 0;
}

static bool equals(const char *attribute, const char *wanted)
{
	return *attribute != '\0' && strcmp(attribute, wanted) == 0;
}

static size_t form_by_name(const struct naccs_page *page, const char *name)
{
	for (size_t i = 0; i < page->forms.count; i++)
		if (equals(page->forms.items[i].name, name) || equals(page->forms.items[i].id, name))
			return i;
	return NACCS_NONE;
}

static size_t field_by_name(const struct naccs_form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (equals(form->items[i].name, name) || equals(form->items[i].id, name))
			return i;
	return NACCS_NONE;
}

/* An element anywhere on the page, by id (or name): a form, or a form's field. */
static void find_element(const struct naccs_page *page, const char *name, size_t *ret_form, size_t *ret_field)
{
	*ret_form = form_by_name(page, name);
	*ret_field = NACCS_NONE;
	for (size_t i = 0; *ret_form == NACCS_NONE && i < page->forms.count; i++) {
		*ret_field = field_by_name(&page->forms.items[i], name);
		if (*ret_field != NACCS_NONE)
			*ret_form = i;
	}
}

/* What remains of a reference behind its form: .NAME, .elements['NAME'], .elements[0]. false: names nothing. */
static bool resolve_field(const struct naccs_page *page, const struct naccs_script_reference *reference, size_t at, size_t form,
			  size_t *ret_field)
{
	const struct naccs_form *owner = &page->forms.items[form];

	if (at < reference->count && is_name(&reference->items[at], "elements"))
		at++;
	if (at == reference->count)
		return true;
	if (at + 1 != reference->count)
		return false;
	if (reference->items[at].kind == NACCS_SEGMENT_INDEX)
		*ret_field = reference->items[at].index < owner->count ? reference->items[at].index : NACCS_NONE;
	else if (reference->items[at].kind == NACCS_SEGMENT_NAME)
		*ret_field = field_by_name(owner, reference->items[at].text);
	return *ret_field != NACCS_NONE;
}

/* "this" in a button's handler is the button, in a form's handler the form; .form is the owner. */
static size_t resolve_this(const struct naccs_page *page, const struct naccs_script_reference *reference, size_t control, size_t own_form,
			   size_t *at)
{
	*at = 1;
	if (own_form != NACCS_NONE)
		return own_form;
	if (control == NACCS_NONE || reference->count < 2 || !is_name(&reference->items[1], "form"))
		return NACCS_NONE;
	*at = 2;
	return page->controls.items[control].form;
}

static size_t form_by_segment(const struct naccs_page *page, const struct naccs_script_segment *segment)
{
	if (segment->kind == NACCS_SEGMENT_INDEX)
		return segment->index < page->forms.count ? segment->index : NACCS_NONE;
	return form_by_name(page, segment->text);
}

void naccs_page_resolve(const struct naccs_page *page, const struct naccs_script_reference *reference, size_t control, size_t own_form,
			size_t *ret_form, size_t *ret_field)
{
	size_t at = 0, count = reference->count;
	const struct naccs_script_segment *items = reference->items;

	*ret_form = *ret_field = NACCS_NONE;
	while (at < count && (is_name(&items[at], "window") || is_name(&items[at], "self")))
		at++;
	if (at == count) { /* submit() alone: in a button's handler, its form's */
		*ret_form = own_form != NACCS_NONE ? own_form : control != NACCS_NONE ? page->controls.items[control].form : NACCS_NONE;
		return;
	}
	if (is_name(&items[at], "this")) {
		*ret_form = resolve_this(page, reference, control, own_form, &at);
	} else {
		at += is_name(&items[at], "document");
		if (at + 1 < count && (is_name(&items[at], "forms") || is_name(&items[at], "all")))
			*ret_form = form_by_segment(page, &items[++at]);
		else if (at < count && items[at].kind == NACCS_SEGMENT_NAME)
			*ret_form = form_by_name(page, items[at].text);
		else if (at < count && items[at].kind != NACCS_SEGMENT_INDEX)
			find_element(page, items[at].text, ret_form, ret_field);
		if (at + 1 < count && items[at].kind == NACCS_SEGMENT_BY_NAME && items[at + 1].kind == NACCS_SEGMENT_INDEX)
			at++;
		at++;
	}
	if (*ret_form == NACCS_NONE || *ret_field != NACCS_NONE)
		return;
	if (!resolve_field(page, reference, at, *ret_form, ret_field))
		*ret_form = NACCS_NONE;
}

/* ---- pressing ---- */

/* The last act of a script that goes somewhere decides, as in a browser. */
static enum naccs_press_kind run(const struct naccs_page *page, const struct naccs_script *script, size_t control, size_t own_form,
				 struct naccs_press *press)
{
	enum naccs_press_kind kind = NACCS_PRESS_NOTHING;

	if (!script->is_understood && script->has_unknown_effects)
		return NACCS_PRESS_UNKNOWN;
	for (size_t i = 0; i < script->count; i++) {
		const struct naccs_script_act *act = &script->items[i];
		size_t field;

		if (act->verb == NACCS_SCRIPT_SUBMIT) {
			kind = NACCS_PRESS_SUBMIT;
			naccs_page_resolve(page, &act->reference, control, own_form, &press->form, &field);
			if (press->form == NACCS_NONE || field != NACCS_NONE)
				return NACCS_PRESS_UNKNOWN;
		} else if (act->verb == NACCS_SCRIPT_NAVIGATE || act->verb == NACCS_SCRIPT_OPEN) {
			kind = NACCS_PRESS_NAVIGATE;
			press->url = *act->text == '\0' ? page->url : naccs_url_resolve(page->arena, page->base, act->text);
			press->target = act->verb == NACCS_SCRIPT_OPEN ? act->property : naccs_script_target(&act->reference);
			if (press->url == NULL)
				return NACCS_PRESS_UNKNOWN;
		}
	}
	return kind;
}

static void submit_natively(const struct naccs_page *page, size_t control, struct naccs_press *press)
{
	const struct naccs_control *button = &page->controls.items[control];
	const struct naccs_form *form;
	struct naccs_press by_form = {0};

	if (button->form == NACCS_NONE)
		return;
	form = &page->forms.items[button->form];
	press->kind = NACCS_PRESS_SUBMIT;
	press->form = button->form;
	press->control = control;
	if (!form->has_on_submit)
		return;
	press->on_submit = &form->on_submit;
	switch (run(page, &form->on_submit, control, button->form, &by_form)) {
	case NACCS_PRESS_NOTHING:
		if (form->on_submit.returns_false)
			press->kind = NACCS_PRESS_NOTHING;
		break;
	case NACCS_PRESS_SUBMIT: /* submits by itself, usually with "return false" behind it: once, and without the button */
		press->control = NACCS_NONE;
		press->form = by_form.form;
		break;
	case NACCS_PRESS_NAVIGATE:
	case NACCS_PRESS_UNKNOWN:
		press->kind = NACCS_PRESS_UNKNOWN;
		break;
	}
}

static void follow_link(const struct naccs_page *page, size_t control, struct naccs_press *press)
{
	const struct naccs_control *link = &page->controls.items[control];

	if (link->has_href_script) {
		press->scripts[1] = &link->href_script;
		press->kind =
			link->href_script.is_understood ? run(page, &link->href_script, control, NACCS_NONE, press) : NACCS_PRESS_UNKNOWN;
	} else if (link->href != NULL) {
		press->kind = NACCS_PRESS_NAVIGATE;
		press->url = link->href;
		press->target = link->target;
	}
}

void naccs_page_press(const struct naccs_page *page, size_t index, struct naccs_press *ret)
{
	const struct naccs_control *control = &page->controls.items[index];

	*ret = (struct naccs_press){.form = NACCS_NONE, .control = NACCS_NONE, .origin = index, .target = ""};
	if (control->is_disabled)
		return;
	if (control->has_script) {
		bool is_submit = control->kind == NACCS_CONTROL_SUBMIT || control->kind == NACCS_CONTROL_IMAGE;

		ret->scripts[0] = &control->on_click;
		ret->kind = run(page, &control->on_click, index, NACCS_NONE, ret);
		/* What can't be read but seems to change nothing (a check, say) doesn't stop a real button; it does stop what works by
		 * script alone. */
		if (!control->on_click.is_understood && !is_submit && (control->kind != NACCS_CONTROL_LINK || control->href == NULL))
			ret->kind = NACCS_PRESS_UNKNOWN;
		if (ret->kind != NACCS_PRESS_NOTHING || control->on_click.returns_false)
			return;
	}
	if (control->kind == NACCS_CONTROL_SUBMIT || control->kind == NACCS_CONTROL_IMAGE)
		submit_natively(page, index, ret);
	else if (control->kind == NACCS_CONTROL_LINK)
		follow_link(page, index, ret);
}

void naccs_page_follow(const struct naccs_page *page, const struct naccs_automatic *automatic, struct naccs_press *ret)
{
	(void)page;
	*ret = (struct naccs_press){
		.form = automatic->form, .control = NACCS_NONE, .origin = NACCS_NONE, .target = automatic->target, .url = automatic->url};
	ret->kind = automatic->url != NULL ? NACCS_PRESS_NAVIGATE : NACCS_PRESS_SUBMIT;
	if (automatic->url == NULL)
		ret->scripts[0] = &automatic->script;
}
