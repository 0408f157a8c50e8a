/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the portal's messages mean, and what is said and kept when nothing is known to mean anything. See walk.h. */
#include "walk.h"

#include "names.h"
#include "text.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* What every kind of walk may meet. */
static const struct naccs_meaning common_meanings[] = {
	{NACCS_TEXT_SESSION_ENDED, NACCS_E_PORTAL_SESSION_ENDED, N_("the portal ended the session"), N_("try again")},
	{NACCS_TEXT_MAINTENANCE, NACCS_E_PORTAL_MAINTENANCE, N_("the portal is under maintenance"), N_("try again when it is over")},
	{NACCS_TEXT_MAINTENANCE_HINT, NACCS_E_PORTAL_MAINTENANCE, N_("the portal is under maintenance"), N_("try again when it is over")},
	{NACCS_TEXT_LOCKED, NACCS_E_PORTAL_LOCKED, N_("the portal says that this certificate is locked"),
	 N_("a certificate can't be obtained again from the day after it was first obtained; ask for a reissue (naccs-cert reissue)")},
	{NACCS_TEXT_PASSWORD_REFUSED, NACCS_E_PORTAL_PASSWORD_REFUSED, N_("the portal refused the password of the PKCS#12"),
	 N_("1 to 16 half-width letters, digits and symbols are allowed; without --password-file a suitable one is made")},
	{NACCS_TEXT_EXPIRED, NACCS_E_PORTAL_EXPIRED, N_("the portal says that the certificate has expired"),
	 N_("ask for a reissue (naccs-cert reissue)")},
};

static const struct naccs_meaning *meaning_of(const struct naccs_walk *walk, enum naccs_text_key key)
{
	for (size_t i = 0; i < walk->kind->meaning_count; i++)
		if (walk->kind->meanings[i].key == key)
			return &walk->kind->meanings[i];
	for (size_t i = 0; i < sizeof common_meanings / sizeof *common_meanings; i++)
		if (common_meanings[i].key == key)
			return &common_meanings[i];
	return NULL;
}

/* "message: “what the page says”"; for a maintenance also until when. */
static void say(struct naccs_walk *walk, const struct naccs_meaning *meaning, const struct naccs_line *line, struct naccs_error *err)
{
	naccs_auto(heap) char *quote = line != NULL ? naccs_quote_page_text(line->text, walk->secrets, NACCS_WALK_SECRETS) : NULL;
	naccs_auto(heap) char *end = NULL;
	naccs_status status = meaning->status;

	if (status == NACCS_E_PORTAL_MAINTENANCE)
		end = naccs_screen_maintenance_end(&walk->journey.lines);
	if (end != NULL && (line == NULL || strcmp(end, line->text) != 0))
		(void)naccs_fail(err, status, 0, _("%s: “%s” “%s”"), _(meaning->message), quote != NULL ? quote : "", end);
	else if (quote != NULL)
		(void)naccs_fail(err, status, 0, _("%s: “%s”"), _(meaning->message), quote);
	else
		(void)naccs_fail(err, status, 0, "%s", _(meaning->message));
	(void)naccs_error_hint(err, "%s", _(meaning->hint));
}

/* 503 is what a portal under maintenance sends when it sends no page. */
static bool is_unavailable(const struct naccs_journey *journey)
{
	for (size_t view = 0; view < journey->view_count; view++)
		if (naccs_journey_is_fresh(journey, view) && journey->views[view]->page->status == 503)
			return true;
	return false;
}

void naccs_walk_explain(struct naccs_walk *walk, naccs_status *ret_status, struct naccs_error *err)
{
	const enum naccs_text_key *keys = walk->kind->keys[walk->phase];
	const struct naccs_line *line = NULL;
	const struct naccs_meaning *meaning;
	enum naccs_text_key found;
	size_t count = 0;

	while (keys[count] != NACCS_TEXT_COUNT)
		count++;
	found = naccs_screen_find_message(walk->description, &walk->journey.lines, keys, count, &line);
	*ret_status = NACCS_OK;
	if (found == NACCS_TEXT_COUNT && is_unavailable(&walk->journey)) {
		found = NACCS_TEXT_MAINTENANCE;
		line = NULL;
	}
	meaning = meaning_of(walk, found);
	if (meaning == NULL)
		return;
	say(walk, meaning, line, err);
	*ret_status = meaning->status;
}

/* ---- what is not known ---- */

/* The folder that a descriptor stands for, for people. */
static char *folder_name(int dirfd)
{
	naccs_auto(heap) char *path = naccs_path_of_folder(dirfd);

	return path != NULL ? naccs_text_printable(path, strlen(path)) : NULL;
}

/* What the last press led to; else everything that is shown. NULL: nothing was saved. */
static char *save(struct naccs_walk *walk)
{
	const struct naccs_journey *journey = &walk->journey;
	const struct naccs_save_options options = {
		.dirfd = walk->page_dirfd, .now = walk->now, .secrets = walk->secrets, .secret_count = NACCS_WALK_SECRETS};
	const struct naccs_page *pages[NACCS_VIEWS_MAX];
	naccs_auto(heap) char *name = NULL, *folder = NULL;
	size_t count = 0;

	for (size_t view = 0; view < journey->view_count; view++)
		if (naccs_journey_is_fresh(journey, view))
			pages[count++] = journey->views[view]->page;
	if (options.dirfd < 0 || count == 0 || naccs_save_pages(pages, count, &options, &name, NULL) != NACCS_OK)
		return NULL;
	folder = folder_name(options.dirfd);
	return folder != NULL ? naccs_format("%s/%s", folder, name) : naccs_take(&name);
}

naccs_status naccs_walk_add_saved_page(struct naccs_walk *walk, struct naccs_error *err)
{
	naccs_auto(heap) char *saved = save(walk), *message = err != NULL ? strdup(err->message) : NULL;

	walk->is_page_saved = true;
	if (saved != NULL && message != NULL)
		(void)naccs_fail(err, err->status, err->native, _("%s; the page was saved without its values as %s"), message, saved);
	if (err == NULL)
		return NACCS_E_PORTAL_UNKNOWN_PAGE;
	return naccs_error_hint(
		err, "%s %s", walk->kind->where_it_stands(walk),
		_("The portal may have changed: docs/portals.md says how to adapt the description and how to report the page."));
}

static const struct naccs_page *first_fresh_page(const struct naccs_journey *journey)
{
	const struct naccs_page *page = NULL;

	for (size_t view = 0; view < journey->view_count; view++)
		if (naccs_journey_is_fresh(journey, view) && (page == NULL || *page->title == '\0'))
			page = journey->views[view]->page;
	return page;
}

naccs_status naccs_walk_unknown_page(struct naccs_walk *walk, const char *reason, struct naccs_error *err)
{
	const struct naccs_page *page = first_fresh_page(&walk->journey);
	naccs_auto(heap) char *title = page != NULL ? naccs_quote_page_text(page->title, walk->secrets, NACCS_WALK_SECRETS) : NULL;
	naccs_status kind = walk->phase == NACCS_WALK_DONE ? NACCS_E_PORTAL_NOT_PKCS12 : NACCS_E_PORTAL_UNKNOWN_PAGE;
	/* A frame that was left empty because its address is not allowed is the likelier reason, and the graver one. */
	const struct naccs_error *frame = &walk->journey.frame_error;

	if (frame->status == NACCS_E_NET_REDIRECT_REFUSED && walk->phase < NACCS_WALK_SUBMITTED) {
		(void)naccs_fail(err, frame->status, frame->native, "%s", frame->message);
		return err != NULL ? naccs_error_hint(err, "%s", frame->hint) : frame->status;
	}
	(void)naccs_fail(err, kind, page != NULL ? page->status : 0,
			 _("the portal's page %s is not understood: %s (title “%s”, status %ld)"), _(walk->kind->step_names[walk->phase]),
			 reason, title != NULL ? title : "", page != NULL ? page->status : 0);
	return naccs_walk_add_saved_page(walk, err);
}
