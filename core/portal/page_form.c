/* SPDX-License-Identifier: Apache-2.0 */
/* Why: forms, their fields in the order in which a browser sends them, and the buttons among them. */
#include "page_build.h"

#include "text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX 1000

static const char *resolved(struct naccs_builder *builder, const char *relative)
{
	return *relative == '\0' ? builder->page->url : naccs_url_resolve(builder->arena, builder->page->base, relative);
}

bool naccs_build_form(struct naccs_builder *builder, xmlNode *node)
{
	struct naccs_arena *arena = builder->arena;
	const char *action = naccs_tree_attribute(arena, node, "action");
	const char *method = naccs_tree_attribute(arena, node, "method");
	const char *enctype = naccs_tree_attribute(arena, node, "enctype");
	struct naccs_form form = {
		.node = node,
		.name = naccs_tree_attribute(arena, node, "name"),
		.id = naccs_tree_attribute(arena, node, "id"),
		.target = naccs_tree_attribute(arena, node, "target"),
		.accept_charset = naccs_tree_attribute(arena, node, "accept-charset"),
		.has_on_submit = naccs_tree_has_attribute(node, "onsubmit"),
	};

	if (action == NULL || method == NULL || enctype == NULL || form.name == NULL || form.id == NULL || form.target == NULL ||
	    form.accept_charset == NULL)
		return false;
	form.action = resolved(builder, action);
	form.is_post = strcasecmp(method, "post") == 0;
	form.is_multipart = strcasecmp(enctype, "multipart/form-data") == 0;
	form.is_understood = strcasecmp(method, "dialog") != 0 && strcasecmp(enctype, "text/plain") != 0;
	if (form.has_on_submit && !naccs_build_script(builder, node, "onsubmit", &form.on_submit))
		return false;
	return naccs_arena_push(arena, &builder->page->forms, form);
}

static size_t form_by_id(const struct naccs_builder *builder, xmlNode *node)
{
	xmlChar *id = xmlGetProp(node, (const xmlChar *)"form");
	size_t found = NACCS_NONE;

	for (size_t i = 0; id != NULL && i < builder->forms.count && found == NACCS_NONE; i++) {
		xmlChar *candidate = xmlGetProp(builder->forms.items[i], (const xmlChar *)"id");

		if (candidate != NULL && xmlStrEqual(candidate, id))
			found = i;
		xmlFree(candidate);
	}
	xmlFree(id);
	return found;
}

size_t naccs_build_owner(const struct naccs_builder *builder, xmlNode *node)
{
	xmlNode *form;

	if (naccs_tree_has_attribute(node, "form"))
		return form_by_id(builder, node);
	form = naccs_tree_ancestor(node, "form");
	for (size_t i = 0; form != NULL && i < builder->forms.count; i++)
		if (builder->forms.items[i] == form)
			return i;
	return form == NULL ? builder->open_form : NACCS_NONE;
}

static bool is_in_disabled_fieldset(xmlNode *node)
{
	for (xmlNode *set = naccs_tree_ancestor(node, "fieldset"); set != NULL; set = naccs_tree_ancestor(set, "fieldset"))
		if (naccs_tree_has_attribute(set, "disabled"))
			return true;
	return false;
}

static bool add_field(struct naccs_builder *builder, size_t form, struct naccs_field field)
{
	if (form == NACCS_NONE || form >= builder->page->forms.count) /* a form= that names a later form: too rare to guess */
		return true;
	if (++builder->field_count > FIELDS_MAX) {
		builder->complaint = N_("too many fields");
		return false;
	}
	return naccs_arena_push(builder->arena, &builder->page->forms.items[form], field);
}

/* ---- buttons ---- */

static const char *attribute_or_null(struct naccs_builder *builder, xmlNode *node, const char *name)
{
	return naccs_tree_has_attribute(node, name) ? naccs_tree_attribute(builder->arena, node, name) : NULL;
}

/* What stands on it: its value or contents, an image's alt; else title, aria-label. */
static const char *button_text(struct naccs_builder *builder, xmlNode *node, enum naccs_control_kind kind)
{
	static const char *const for_image[] = {"alt", "value", "title", "aria-label", NULL};
	static const char *const for_input[] = {"value", "title", "aria-label", "alt", NULL};
	const char *const *names = kind == NACCS_CONTROL_IMAGE ? for_image : for_input;
	const char *folded;

	if (naccs_tree_is(node, "button")) {
		const char *text = naccs_tree_text(builder->arena, node, 512);

		folded = text != NULL ? naccs_tree_fold(builder->arena, text) : NULL;
		if (folded == NULL || *folded != '\0')
			return folded;
	}
	for (; *names != NULL; names++) {
		const char *text = naccs_tree_attribute(builder->arena, node, *names);

		folded = text != NULL ? naccs_tree_fold(builder->arena, text) : NULL;
		if (folded == NULL || *folded != '\0')
			return folded;
	}
	return "";
}

static bool add_button(struct naccs_builder *builder, xmlNode *node, enum naccs_control_kind kind)
{
	struct naccs_arena *arena = builder->arena;
	size_t form = naccs_build_owner(builder, node), index;
	struct naccs_control control = {
		.kind = kind,
		.node = node,
		.text = button_text(builder, node, kind),
		.name = naccs_tree_attribute(arena, node, "name"),
		.id = naccs_tree_attribute(arena, node, "id"),
		.value = naccs_tree_attribute(arena, node, "value"),
		.form = form,
		.form_method = attribute_or_null(builder, node, "formmethod"),
		.form_enctype = attribute_or_null(builder, node, "formenctype"),
		.form_target = attribute_or_null(builder, node, "formtarget"),
		.target = "",
		.has_script = naccs_tree_has_attribute(node, "onclick"),
		.is_disabled = naccs_tree_has_attribute(node, "disabled") || is_in_disabled_fieldset(node),
		.is_visible = !naccs_tree_is_hidden(node),
	};
	const char *action = attribute_or_null(builder, node, "formaction");

	if (control.name == NULL || control.id == NULL || control.value == NULL)
		return false;
	if (action != NULL) {
		control.form_action = resolved(builder, action);
		if (control.form_action == NULL)
			control.form_action = ""; /* not a URL: refused when it is pressed */
	}
	if (control.has_script && !naccs_build_script(builder, node, "onclick", &control.on_click))
		return false;
	if (!naccs_build_control(builder, control, &index))
		return false;
	return add_field(builder, form,
			 (struct naccs_field){.name = control.name, .id = control.id, .value = control.value, .control = index});
}

/* ---- fields ---- */

static const char *option_value(struct naccs_builder *builder, xmlNode *node, const char *text)
{
	return naccs_tree_has_attribute(node, "value") ? naccs_tree_attribute(builder->arena, node, "value") : text;
}

static bool add_options(struct naccs_builder *builder, xmlNode *select, struct naccs_field *field)
{
	for (xmlNode *node = select; node != NULL; node = naccs_tree_next(node, select, false)) {
		struct naccs_option option = {0};

		if (!naccs_tree_is(node, "option"))
			continue;
		option.text = naccs_tree_text(builder->arena, node, 512);
		if (option.text == NULL)
			return false;
		option.value = option_value(builder, node, option.text);
		option.is_selected = naccs_tree_has_attribute(node, "selected");
		option.is_disabled = naccs_tree_has_attribute(node, "disabled");
		if (option.value == NULL || !naccs_arena_push(builder->arena, &field->options, option))
			return false;
	}
	return true;
}

static size_t number_attribute(xmlNode *node, const char *name)
{
	xmlChar *text = xmlGetProp(node, (const xmlChar *)name);
	size_t number = NACCS_NONE;

	if (text != NULL && isdigit(*text) && strlen((const char *)text) < 9)
		number = strtoul((const char *)text, NULL, 10);
	xmlFree(text);
	return number;
}

static enum naccs_field_type field_type(xmlNode *node, const char *type)
{
	static const struct {
		const char *name;
		enum naccs_field_type type;
	} types[] = {
		{"password", NACCS_FIELD_PASSWORD}, {"hidden", NACCS_FIELD_HIDDEN}, {"checkbox", NACCS_FIELD_CHECKBOX},
		{"radio", NACCS_FIELD_RADIO},	    {"file", NACCS_FIELD_FILE},
	};

	if (naccs_tree_is(node, "select"))
		return NACCS_FIELD_SELECT;
	if (naccs_tree_is(node, "textarea"))
		return NACCS_FIELD_TEXTAREA;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcasecmp(type, types[i].name) == 0)
			return types[i].type;
	return NACCS_FIELD_TEXT;
}

static bool field_value(struct naccs_builder *builder, xmlNode *node, struct naccs_field *field)
{
	bool is_ticked = field->type == NACCS_FIELD_CHECKBOX || field->type == NACCS_FIELD_RADIO;

	if (field->type == NACCS_FIELD_SELECT)
		return add_options(builder, node, field);
	if (field->type == NACCS_FIELD_TEXTAREA) {
		xmlChar *content = xmlNodeGetContent(node);

		field->value =
			naccs_arena_string(builder->arena, content != NULL && *content == '\n' ? (char *)content + 1 : (char *)content);
		xmlFree(content);
	} else if (is_ticked && !naccs_tree_has_attribute(node, "value")) {
		field->value = "on";
	} else {
		field->value = naccs_tree_attribute(builder->arena, node, "value");
	}
	return field->value != NULL;
}

static bool add_real_field(struct naccs_builder *builder, xmlNode *node, const char *type)
{
	struct naccs_arena *arena = builder->arena;
	size_t form = naccs_build_owner(builder, node);
	struct naccs_field field = {
		.type = field_type(node, type),
		.name = naccs_tree_attribute(arena, node, "name"),
		.id = naccs_tree_attribute(arena, node, "id"),
		.value = "",
		.max_length = number_attribute(node, "maxlength"),
		.is_checked = naccs_tree_has_attribute(node, "checked"),
		.is_disabled = naccs_tree_has_attribute(node, "disabled") || is_in_disabled_fieldset(node),
		.is_readonly = naccs_tree_has_attribute(node, "readonly"),
		.is_required = naccs_tree_has_attribute(node, "required"),
		.is_multiple = naccs_tree_has_attribute(node, "multiple"),
		.control = NACCS_NONE,
	};
	bool is_marked = false;

	if (form == NACCS_NONE) /* only scripts could send it */
		return true;
	if (field.name == NULL || field.id == NULL || !field_value(builder, node, &field))
		return false;
	field.is_visible = field.type != NACCS_FIELD_HIDDEN && !naccs_tree_is_hidden(node);
	if (field.type != NACCS_FIELD_HIDDEN && !naccs_build_labels(builder, node, &field.labels, &is_marked))
		return false;
	field.is_required = field.is_required || is_marked;
	return add_field(builder, form, field);
}

bool naccs_build_field(struct naccs_builder *builder, xmlNode *node)
{
	static const struct {
		const char *type;
		enum naccs_control_kind kind;
	} buttons[] = {{"submit", NACCS_CONTROL_SUBMIT},
		       {"image", NACCS_CONTROL_IMAGE},
		       {"button", NACCS_CONTROL_BUTTON},
		       {"reset", NACCS_CONTROL_RESET}};
	const char *type = naccs_tree_attribute(builder->arena, node, "type");
	bool is_button = naccs_tree_is(node, "button");

	if (type == NULL)
		return false;
	for (size_t i = 0; (is_button || naccs_tree_is(node, "input")) && i < sizeof buttons / sizeof *buttons; i++)
		if (strcasecmp(type, buttons[i].type) == 0 && !(is_button && buttons[i].kind == NACCS_CONTROL_IMAGE))
			return add_button(builder, node, buttons[i].kind);
	if (is_button)
		return add_button(builder, node, NACCS_CONTROL_SUBMIT);
	return add_real_field(builder, node, type);
}
