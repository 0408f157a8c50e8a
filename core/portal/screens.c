/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see screens.h. */
#include "screens.h"

#include "builder.h"
#include "text.h"

#include <string.h>

/* ---- what a field is for ---- */

/* The label that a text is, by equality, else by what it holds. NACCS_TEXT_COUNT: none, or several at once. */
static enum naccs_text_key label_of_text(const struct naccs_portal_description *description, const char *folded)
{
	enum naccs_text_key found = NACCS_TEXT_COUNT;

	for (int key = 0; key < NACCS_TEXT_LABELS; key++)
		if (naccs_phrases_equal(naccs_portal_texts(description, (enum naccs_text_key)key), folded))
			return (enum naccs_text_key)key;
	for (int key = 0; key < NACCS_TEXT_LABELS; key++) {
		if (!naccs_phrases_hold(naccs_portal_texts(description, (enum naccs_text_key)key), folded))
			continue;
		if (found != NACCS_TEXT_COUNT)
			return NACCS_TEXT_COUNT;
		found = (enum naccs_text_key)key;
	}
	return found;
}

static enum naccs_text_key label_of_field(const struct naccs_portal_description *description, const struct naccs_field *field)
{
	enum naccs_text_key found = NACCS_TEXT_COUNT;

	for (size_t i = 0; i < field->labels.count && found == NACCS_TEXT_COUNT; i++)
		found = label_of_text(description, field->labels.items[i]);
	return found;
}

static bool is_real(const struct naccs_field *field)
{
	return field->control == NACCS_NONE && field->is_visible && !field->is_disabled;
}

static bool can_be_typed_into(const struct naccs_field *field)
{
	return is_real(field) && !field->is_readonly && (field->type == NACCS_FIELD_TEXT || field->type == NACCS_FIELD_PASSWORD);
}

/* ---- forms ---- */

/* Which labels a form asks for; a second field for the same one makes it unusable. */
static unsigned read_labels(const struct naccs_portal_description *description, const struct naccs_form *form, struct naccs_screen *screen)
{
	unsigned labels = 0;

	for (size_t i = 0; i < form->count; i++) {
		enum naccs_text_key key;

		if (!can_be_typed_into(&form->items[i]))
			continue;
		key = label_of_field(description, &form->items[i]);
		if (key == NACCS_TEXT_COUNT)
			continue;
		if ((labels & NACCS_LABEL_BIT(key)) != 0)
			screen->problem = _("two fields have the same label");
		labels |= NACCS_LABEL_BIT(key);
		screen->fields[key] = i;
	}
	return labels;
}

static bool is_asked_for(const struct naccs_screen *screen, size_t field)
{
	for (size_t i = 0; i < NACCS_TEXT_LABELS; i++)
		if (screen->fields[i] == field)
			return true;
	return false;
}

static bool is_radio_answered(const struct naccs_form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->items[i].type == NACCS_FIELD_RADIO && form->items[i].is_checked && strcmp(form->items[i].name, name) == 0)
			return true;
	return false;
}

static bool is_optional(const struct naccs_portal_description *description, const struct naccs_field *field)
{
	for (size_t i = 0; i < field->labels.count; i++)
		if (naccs_phrases_hold(naccs_portal_texts(description, NACCS_TEXT_OPTIONAL), field->labels.items[i]))
			return true;
	return false;
}

/* Would a person who reads the form stop at this field? An empty one with a label asks for something, unless it says that it needs nothing.
 */
static bool is_unanswered(const struct naccs_portal_description *description, const struct naccs_form *form,
			  const struct naccs_field *field)
{
	if (!is_real(field) || field->is_readonly)
		return false;
	switch (field->type) {
	case NACCS_FIELD_TEXT:
	case NACCS_FIELD_PASSWORD:
	case NACCS_FIELD_TEXTAREA:
		return *field->value == '\0' && (field->is_required || field->type == NACCS_FIELD_PASSWORD ||
						 (field->labels.count > 0 && !is_optional(description, field)));
	case NACCS_FIELD_CHECKBOX:
		return field->is_required && !field->is_checked;
	case NACCS_FIELD_RADIO:
		return field->is_required && !is_radio_answered(form, field->name);
	case NACCS_FIELD_FILE:
		return field->is_required;
	case NACCS_FIELD_HIDDEN:
	case NACCS_FIELD_SELECT:
		break;
	}
	return false;
}

/* The button that sends this form: by its text; a button without any text when it is the only one. */
static bool find_button(const struct naccs_portal_description *description, const struct naccs_page *page, size_t form,
			enum naccs_text_key text, struct naccs_press *ret, bool *ret_is_obscure)
{
	const struct naccs_phrases *phrases = naccs_portal_texts(description, text);
	size_t unnamed = 0;
	struct naccs_press press, unnamed_press = {0};

	*ret_is_obscure = false;
	for (size_t i = 0; i < page->controls.count; i++) {
		const struct naccs_control *control = &page->controls.items[i];

		if (!control->is_visible || control->is_disabled || control->kind == NACCS_CONTROL_RESET)
			continue;
		if (*control->text != '\0' && !naccs_phrases_equal(phrases, control->text))
			continue;
		naccs_page_press(page, i, &press);
		if (press.kind == NACCS_PRESS_UNKNOWN && *control->text != '\0' && (control->form == form || control->form == NACCS_NONE))
			*ret_is_obscure = true;
		if (press.kind != NACCS_PRESS_SUBMIT || press.form != form)
			continue;
		if (*control->text != '\0') {
			*ret = press;
			return true;
		}
		unnamed++;
		unnamed_press = press;
	}
	*ret = unnamed_press;
	return unnamed == 1 && !*ret_is_obscure;
}

static void judge_form(const struct naccs_portal_description *description, const struct naccs_page *page, size_t index,
		       enum naccs_text_key button, struct naccs_screen *screen)
{
	const struct naccs_form *form = &page->forms.items[index];
	bool is_obscure;

	for (size_t i = 0; i < form->count && screen->problem == NULL; i++)
		if (!is_asked_for(screen, i) && is_unanswered(description, form, &form->items[i]))
			screen->problem = _("the form asks for something that is not known");
	if (screen->problem == NULL && !find_button(description, page, index, button, &screen->press, &is_obscure))
		screen->problem = is_obscure ? _("the script behind the form's button is not understood")
					     : _("the form has no button with a known text");
}

bool naccs_screen_find_form(const struct naccs_portal_description *description, const struct naccs_page *page, unsigned labels,
			    enum naccs_text_key button, struct naccs_screen *ret)
{
	bool is_found = false;

	for (size_t i = 0; i < page->forms.count; i++) {
		struct naccs_screen screen = {.view = ret->view};
		unsigned found;

		for (size_t key = 0; key < NACCS_TEXT_LABELS; key++)
			screen.fields[key] = NACCS_NONE;
		found = read_labels(description, &page->forms.items[i], &screen);
		if ((found & labels) != labels)
			continue;
		if (found != labels && screen.problem == NULL)
			screen.problem = _("the form asks for more than the manual says");
		if (screen.problem == NULL)
			judge_form(description, page, i, button, &screen);
		if (is_found) /* nobody could tell which */
			screen.problem = _("two forms ask for the same");
		*ret = screen;
		is_found = true;
	}
	return is_found;
}

bool naccs_screen_is_form_answered(const struct naccs_portal_description *description, const struct naccs_page *page, size_t index)
{
	const struct naccs_form *form = &page->forms.items[index];

	for (size_t i = 0; i < form->count; i++)
		if (is_unanswered(description, form, &form->items[i]))
			return false;
	return true;
}

/* ---- things to press ---- */

static bool is_usable(enum naccs_press_kind kind)
{
	return kind == NACCS_PRESS_SUBMIT || kind == NACCS_PRESS_NAVIGATE;
}

bool naccs_screen_find_control(const struct naccs_portal_description *description, const struct naccs_page *page, enum naccs_text_key text,
			       bool is_exact, struct naccs_press *ret, bool *ret_is_obscure)
{
	const struct naccs_phrases *phrases = naccs_portal_texts(description, text);

	*ret_is_obscure = false;
	for (int round = 0; round < (is_exact ? 1 : 2); round++) {
		for (size_t i = 0; i < page->controls.count; i++) {
			const struct naccs_control *control = &page->controls.items[i];
			bool has_text =
				round == 0 ? naccs_phrases_equal(phrases, control->text) : naccs_phrases_describe(phrases, control->text);

			if (!has_text || !control->is_visible || control->is_disabled)
				continue;
			naccs_page_press(page, i, ret);
			if (is_usable(ret->kind))
				return true;
			*ret_is_obscure = *ret_is_obscure || ret->kind == NACCS_PRESS_UNKNOWN;
		}
	}
	return false;
}

/* ---- messages ---- */

/* All lines as one text. NULL: memory. */
static char *join(const struct naccs_lines *lines)
{
	naccs_auto(builder) struct naccs_builder all = {0};

	for (size_t i = 0; i < lines->count; i++)
		naccs_builder_add(&all, lines->items[i].folded);
	return naccs_builder_take(&all);
}

enum naccs_text_key naccs_screen_find_message(const struct naccs_portal_description *description, const struct naccs_lines *lines,
					      const enum naccs_text_key *keys, size_t key_count, const struct naccs_line **ret_line)
{
	naccs_auto(heap) char *all = NULL;

	for (size_t key = 0; key < key_count; key++) {
		for (size_t i = 0; i < lines->count; i++) {
			*ret_line = &lines->items[i];
			if (naccs_phrases_hold(naccs_portal_texts(description, keys[key]), lines->items[i].folded))
				return keys[key];
		}
	}
	*ret_line = NULL;
	all = join(lines);
	for (size_t key = 0; all != NULL && key < key_count; key++)
		if (naccs_phrases_hold(naccs_portal_texts(description, keys[key]), all))
			return keys[key];
	return NACCS_TEXT_COUNT;
}

/* A digit in a line that speaks of an end or a span. */
static bool tells_a_time(const char *folded)
{
	static const char *const words[] = {"まで", "再開", "終了", "時間", "日時", "期間", "until", "翌"};

	if (strpbrk(folded, "0123456789") == NULL)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(folded, words[i]) != NULL)
			return true;
	return strstr(folded, "時") != NULL;
}

char *naccs_screen_maintenance_end(const struct naccs_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *text = lines->items[i].text;
		bool has_clock = strpbrk(text, "0123456789") != NULL && strchr(text, ':') != NULL;

		if (tells_a_time(lines->items[i].folded) || has_clock)
			return naccs_text_printable(text, strlen(text) < 240 ? strlen(text) : 240);
	}
	return NULL;
}
