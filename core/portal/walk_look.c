/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what is seen in the views of a walk. See walk.h. */
#include "walk.h"

#include "text.h"

bool naccs_walk_has_file(const struct naccs_walk *walk)
{
	return walk->journey.answer != NULL && walk->journey.is_answer_a_file;
}

bool naccs_walk_sees_form(struct naccs_walk *walk, unsigned labels, enum naccs_text_key button)
{
	for (size_t view = 0; view < walk->journey.view_count; view++) {
		walk->screen.view = view;
		if (naccs_journey_is_fresh(&walk->journey, view) &&
		    naccs_screen_find_form(walk->description, walk->journey.views[view]->page, labels, button, &walk->screen)) {
			walk->problem = walk->screen.problem;
			return true;
		}
	}
	return false;
}

bool naccs_walk_sees_control(struct naccs_walk *walk, enum naccs_text_key text, unsigned how)
{
	bool is_obscure = false;

	for (size_t view = 0; view < walk->journey.view_count; view++) {
		const struct naccs_page *page = walk->journey.views[view]->page;
		bool is_this_obscure = false;

		if (page == NULL || ((how & NACCS_LOOK_WITH_OLD) == 0 && !naccs_journey_is_fresh(&walk->journey, view)))
			continue;
		walk->press_view = view;
		if (naccs_screen_find_control(walk->description, page, text, (how & NACCS_LOOK_EXACT) != 0, &walk->press, &is_this_obscure))
			return true;
		is_obscure = is_obscure || is_this_obscure;
	}
	if (is_obscure)
		walk->problem = _("the script behind a link or button is not understood");
	return false;
}

bool naccs_walk_sees_download_here(struct naccs_walk *walk)
{
	const struct naccs_phrases *download = naccs_portal_texts(walk->description, NACCS_TEXT_DOWNLOAD);
	const struct naccs_phrases *here = naccs_portal_texts(walk->description, NACCS_TEXT_HERE);
	const struct naccs_lines *lines = &walk->journey.lines;
	size_t links = 0;
	bool is_said = false;

	for (size_t i = 0; i < lines->count && !is_said; i++)
		is_said = naccs_phrases_hold(download, lines->items[i].folded) && naccs_phrases_hold(here, lines->items[i].folded);
	for (size_t view = 0; view < walk->journey.view_count; view++) {
		const struct naccs_page *page = walk->journey.views[view]->page;

		for (size_t i = 0; page != NULL && naccs_journey_is_fresh(&walk->journey, view) && i < page->controls.count; i++)
			links += page->controls.items[i].is_visible && naccs_phrases_equal(here, page->controls.items[i].text);
	}
	return is_said && links == 1 && naccs_walk_sees_control(walk, NACCS_TEXT_HERE, NACCS_LOOK_FRESH | NACCS_LOOK_EXACT);
}

/* Fields that a person would type a password into. */
static size_t count_passwords(const struct naccs_form *form)
{
	size_t count = 0;

	for (size_t i = 0; i < form->count; i++)
		count += form->items[i].type == NACCS_FIELD_PASSWORD && form->items[i].control == NACCS_NONE && form->items[i].is_visible &&
			 !form->items[i].is_disabled;
	return count;
}

bool naccs_walk_sees_passwords(const struct naccs_walk *walk)
{
	for (size_t view = 0; view < walk->journey.view_count; view++) {
		const struct naccs_page *page = walk->journey.views[view]->page;

		for (size_t i = 0; naccs_journey_is_fresh(&walk->journey, view) && i < page->forms.count; i++)
			if (count_passwords(&page->forms.items[i]) >= 2)
				return true;
	}
	return false;
}
