/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see form.h. The rules are those of the HTML standard, "constructing the entry list" and "form submission algorithm". */
#include "form_private.h"

#include "text.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

void naccs_form_request_clear(struct naccs_form_request *request)
{
	free(request->url);
	free(request->content_type);
	naccs_secret_free(request->body);
	*request = (struct naccs_form_request){0};
}

/* One script of a press, with what "this" means in it. */
struct scope {
	const struct naccs_script *script;
	size_t control, form;
};

#define SCOPES 3

static void scopes_of(const struct naccs_press *press, struct scope scopes[SCOPES])
{
	scopes[0] = (struct scope){press->scripts[0], press->origin, NACCS_NONE};
	scopes[1] = (struct scope){press->scripts[1], press->origin, NACCS_NONE};
	scopes[2] = (struct scope){press->on_submit, NACCS_NONE, press->form};
}

/* What a script of the same press put there: the last assignment to that field. NULL: none. */
static const char *assigned(const struct naccs_page *page, const struct naccs_press *press, size_t field, const char *property)
{
	struct scope scopes[SCOPES];
	const char *value = NULL;

	scopes_of(press, scopes);
	for (size_t i = 0; i < SCOPES; i++) {
		for (size_t j = 0; scopes[i].script != NULL && j < scopes[i].script->count; j++) {
			const struct naccs_script_act *act = &scopes[i].script->items[j];
			size_t form, named;

			if (act->verb != NACCS_SCRIPT_ASSIGN || strcmp(act->property, property) != 0)
				continue;
			naccs_page_resolve(page, &act->reference, scopes[i].control, scopes[i].form, &form, &named);
			if (form == press->form && named == field)
				value = act->text;
		}
	}
	return value;
}

/* "this" alone in a button's handler: its text, or that it can't be pressed twice. Neither is sent, unless the button itself is. */
static bool is_about_button(const struct naccs_page *page, const struct naccs_press *press, const struct naccs_script_act *act)
{
	const struct naccs_script_reference *reference = &act->reference;

	return reference->count == 1 && reference->items[0].kind == NACCS_SEGMENT_NAME && strcmp(reference->items[0].text, "this") == 0 &&
	       press->origin != NACCS_NONE && (press->control == NACCS_NONE || *page->controls.items[press->control].name == '\0');
}

/* Can what an assignment does be followed? Switching a button off changes nothing; switching a field off would. */
static bool is_clear(const struct naccs_page *page, const struct naccs_press *press, const struct naccs_script_act *act, size_t form,
		     size_t field)
{
	if (strcmp(act->property, "disabled") == 0)
		return form != press->form || (field != NACCS_NONE && page->forms.items[form].items[field].control != NACCS_NONE);
	return form != NACCS_NONE || is_about_button(page, press, act);
}

/* An assignment to something that is not on this page would change what a browser sends in a way that we can't follow. */
static bool is_every_assignment_clear(const struct naccs_page *page, const struct naccs_press *press)
{
	struct scope scopes[SCOPES];

	scopes_of(press, scopes);
	for (size_t i = 0; i < SCOPES; i++) {
		for (size_t j = 0; scopes[i].script != NULL && j < scopes[i].script->count; j++) {
			const struct naccs_script_act *act = &scopes[i].script->items[j];
			size_t form, field;

			if (act->verb != NACCS_SCRIPT_ASSIGN)
				continue;
			naccs_page_resolve(page, &act->reference, scopes[i].control, scopes[i].form, &form, &field);
			if (!is_clear(page, press, act, form, field))
				return false;
		}
	}
	return true;
}

static const struct naccs_secret *typed(const struct naccs_form_writer *writer, size_t field)
{
	for (size_t i = 0; i < writer->entry_count; i++)
		if (writer->entries[i].field == field)
			return writer->entries[i].value;
	return NULL;
}

/* ---- the entry list ---- */

static naccs_status add_text(struct naccs_form_writer *writer, const char *name, const char *value, struct naccs_error *err)
{
	return naccs_form_write(writer, name, value, strlen(value), err);
}

static naccs_status add_select(struct naccs_form_writer *writer, const struct naccs_field *field, struct naccs_error *err)
{
	const struct naccs_option *first = NULL, *chosen = NULL;
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < field->options.count && status == NACCS_OK; i++) {
		const struct naccs_option *option = &field->options.items[i];

		if (option->is_disabled)
			continue;
		if (first == NULL)
			first = option;
		if (option->is_selected)
			chosen = option;
		if (option->is_selected && field->is_multiple)
			status = add_text(writer, field->name, option->value, err);
	}
	if (field->is_multiple || (chosen == NULL && first == NULL))
		return status;
	return add_text(writer, field->name, chosen != NULL ? chosen->value : first->value, err);
}

static naccs_status add_button(struct naccs_form_writer *writer, const struct naccs_control *button, struct naccs_error *err)
{
	naccs_auto(heap) char *x = NULL, *y = NULL;
	bool has_name = *button->name != '\0';
	naccs_status status;

	if (button->kind != NACCS_CONTROL_IMAGE)
		return has_name ? add_text(writer, button->name, button->value, err) : NACCS_OK;
	x = has_name ? naccs_format("%s.x", button->name) : naccs_format("x");
	y = has_name ? naccs_format("%s.y", button->name) : naccs_format("y");
	if (x == NULL || y == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = add_text(writer, x, "0", err); /* what pressing it with the keyboard sends */
	return status == NACCS_OK ? add_text(writer, y, "0", err) : status;
}

static naccs_status add_typed(struct naccs_form_writer *writer, const struct naccs_field *field, const struct naccs_secret *value,
			      struct naccs_error *err)
{
	if (field->max_length != NACCS_NONE && naccs_secret_length(value) > field->max_length)
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal's field “%s” takes %zu characters only"),
				  field->labels.count > 0 ? field->labels.items[0] : field->name, field->max_length);
	if (*field->name == '\0')
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("a field of the portal's form has no name and can't be sent"));
	return naccs_form_write(writer, field->name, naccs_secret_text(value), naccs_secret_length(value), err);
}

static naccs_status add_field(struct naccs_form_writer *writer, const struct naccs_page *page, const struct naccs_press *press,
			      size_t index, struct naccs_error *err)
{
	const struct naccs_field *field = &page->forms.items[press->form].items[index];
	const struct naccs_secret *value = typed(writer, index);
	const char *from_script;

	if (field->control != NACCS_NONE)
		return field->control == press->control ? add_button(writer, &page->controls.items[field->control], err) : NACCS_OK;
	if (value != NULL)
		return add_typed(writer, field, value, err);
	if (field->is_disabled || *field->name == '\0')
		return NACCS_OK;
	from_script = assigned(page, press, index, "value");
	if (field->type == NACCS_FIELD_SELECT && from_script == NULL)
		return add_select(writer, field, err);
	if ((field->type == NACCS_FIELD_CHECKBOX || field->type == NACCS_FIELD_RADIO) && !field->is_checked)
		return NACCS_OK;
	if (field->type == NACCS_FIELD_FILE)
		return naccs_form_write_no_file(writer, field->name, err);
	if (field->type == NACCS_FIELD_HIDDEN && strcasecmp(field->name, "_charset_") == 0)
		return add_text(writer, field->name, naccs_charset_web_name(writer->charset), err);
	return add_text(writer, field->name, from_script != NULL ? from_script : field->value, err);
}

/* ---- method, address, encoding: the form's own, the button's, a script's ---- */

/* The first character set of accept-charset that we know; else the page's. */
static enum naccs_charset form_charset(const struct naccs_page *page, const struct naccs_form *form)
{
	const char *name = form->accept_charset;
	enum naccs_charset charset;

	while (*name != '\0') {
		size_t length;

		name += strspn(name, " \t,;");
		length = strcspn(name, " \t,;");
		if (length > 0 && naccs_charset_from_name(name, length, &charset))
			return charset;
		name += length;
	}
	charset = page->charset;
	return charset == NACCS_CHARSET_UTF16LE || charset == NACCS_CHARSET_UTF16BE ? NACCS_CHARSET_UTF8 : charset;
}

struct manner {
	bool is_post, is_multipart;
	const char *action, *target;
};

static naccs_status find_manner(const struct naccs_page *page, const struct naccs_press *press, struct manner *ret, struct naccs_error *err)
{
	const struct naccs_form *form = &page->forms.items[press->form];
	const struct naccs_control *button = press->control != NACCS_NONE ? &page->controls.items[press->control] : NULL;
	const char *action = assigned(page, press, NACCS_NONE, "action"), *method = assigned(page, press, NACCS_NONE, "method");
	const char *target = assigned(page, press, NACCS_NONE, "target"), *enctype = button != NULL ? button->form_enctype : NULL;

	*ret = (struct manner){form->is_post, form->is_multipart, form->action, form->target};
	if (button != NULL && button->form_action != NULL)
		ret->action = button->form_action;
	else if (action != NULL)
		ret->action = naccs_url_resolve(page->arena, page->base, action);
	if (button != NULL && button->form_method != NULL)
		method = button->form_method;
	if (method != NULL)
		ret->is_post = strcasecmp(method, "post") == 0;
	if (button != NULL && button->form_target != NULL)
		ret->target = button->form_target;
	else if (target != NULL)
		ret->target = target;
	if (enctype != NULL)
		ret->is_multipart = strcasecmp(enctype, "multipart/form-data") == 0;
	if (!form->is_understood || (enctype != NULL && strcasecmp(enctype, "text/plain") == 0) ||
	    (method != NULL && strcasecmp(method, "dialog") == 0))
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal's form is sent in a way that is not known"));
	if (ret->action == NULL || *ret->action == '\0')
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal's form leads to an address that is no URL"));
	if (!is_every_assignment_clear(page, press))
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("a script of the portal's form is not understood"));
	return NACCS_OK;
}

/* action with its query replaced by what the form holds, as for method=get. */
static naccs_status put_query(const char *action, const struct naccs_secret *query, char **ret, struct naccs_error *err)
{
	CURLU *url = curl_url();
	char *text = NULL;
	bool is_put = url != NULL && curl_url_set(url, CURLUPART_URL, action, 0) == CURLUE_OK &&
		      curl_url_set(url, CURLUPART_QUERY, naccs_secret_text(query), 0) == CURLUE_OK &&
		      curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK;

	curl_url_cleanup(url);
	*ret = is_put ? strdup(text) : NULL;
	curl_free(text);
	return *ret != NULL ? NACCS_OK
			    : naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal's form leads to an address that is no URL"));
}

naccs_status naccs_form_serialise(const struct naccs_page *page, const struct naccs_press *press, const struct naccs_form_entry *entries,
				  size_t entry_count, struct naccs_form_request *ret, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_form_request))) struct naccs_form_request request = {0};
	const struct naccs_form *form = &page->forms.items[press->form];
	struct manner manner;
	struct naccs_form_writer writer = {.entries = entries, .entry_count = entry_count, .charset = form_charset(page, form)};
	naccs_status status = find_manner(page, press, &manner, err);

	if (status != NACCS_OK)
		return status;
	if (entry_count > 0 && !manner.is_post)
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0,
				  _("the portal's form would put what is typed into the address; nothing was sent"));
	request.is_post = manner.is_post;
	request.target = manner.target;
	status = naccs_form_writer_begin(&writer, manner.is_post && manner.is_multipart, err);
	for (size_t i = 0; i < form->count && status == NACCS_OK; i++)
		status = add_field(&writer, page, press, i, err);
	if (status == NACCS_OK)
		status = naccs_form_writer_end(&writer, &request.body, &request.content_type, err);
	naccs_form_writer_clear(&writer);
	if (status != NACCS_OK)
		return status;
	if (request.is_post)
		request.url = strdup(manner.action);
	else
		status = put_query(manner.action, request.body, &request.url, err);
	if (status == NACCS_OK && request.url == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status != NACCS_OK)
		return status;
	*ret = request;
	request = (struct naccs_form_request){0};
	return NACCS_OK;
}
