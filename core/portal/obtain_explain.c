/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the portal's messages mean, and what is said and kept when nothing is known to mean anything. See obtain.h. */
#include "obtain_private.h"

#include "text.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static const struct {
	enum naccs_text_key key;
	naccs_status status;
	const char *message, *hint;
} meanings[] = {
	{NACCS_TEXT_SESSION_ENDED, NACCS_E_PORTAL_SESSION_ENDED, N_("the portal ended the session"), N_("try again")},
	{NACCS_TEXT_MAINTENANCE, NACCS_E_PORTAL_MAINTENANCE, N_("the portal is under maintenance"), N_("try again when it is over")},
	{NACCS_TEXT_MAINTENANCE_HINT, NACCS_E_PORTAL_MAINTENANCE, N_("the portal is under maintenance"), N_("try again when it is over")},
	{NACCS_TEXT_LOCKED, NACCS_E_PORTAL_LOCKED, N_("the portal says that this certificate is locked"),
	 N_("a certificate can't be obtained again from the day after it was first obtained; ask for a reissue (naccs-cert reissue)")},
	{NACCS_TEXT_LOGIN_REFUSED, NACCS_E_PORTAL_LOGIN_REFUSED, N_("the portal refused authentication codes 1 and 2"),
	 N_("compare them with the NACCS Support System: 契約内容の確認, netNACCS, 論理端末名 / デジタル証明書")},
	{NACCS_TEXT_PASSWORD_REFUSED, NACCS_E_PORTAL_PASSWORD_REFUSED, N_("the portal refused the password of the PKCS#12"),
	 N_("1 to 16 half-width letters, digits and symbols are allowed; without --password-file a suitable one is made")},
	{NACCS_TEXT_CODE_REFUSED, NACCS_E_PORTAL_CODE_REFUSED, N_("the portal refused authentication code 3"),
	 N_("compare it with the NACCS Support System; after a reissue there is a new one")},
	{NACCS_TEXT_EXPIRED, NACCS_E_PORTAL_EXPIRED, N_("the portal says that the certificate has expired"),
	 N_("ask for a reissue (naccs-cert reissue)")},
};

/* What can be said at each phase, what is surest first. */
static const enum naccs_text_key before_login[] = {NACCS_TEXT_SESSION_ENDED, NACCS_TEXT_MAINTENANCE, NACCS_TEXT_LOCKED,
						   NACCS_TEXT_MAINTENANCE_HINT};
static const enum naccs_text_key after_login[] = {NACCS_TEXT_SESSION_ENDED, NACCS_TEXT_MAINTENANCE, NACCS_TEXT_LOCKED,
						  NACCS_TEXT_LOGIN_REFUSED, NACCS_TEXT_EXPIRED,	    NACCS_TEXT_MAINTENANCE_HINT};
static const enum naccs_text_key in_menu[] = {NACCS_TEXT_SESSION_ENDED, NACCS_TEXT_MAINTENANCE, NACCS_TEXT_LOCKED, NACCS_TEXT_EXPIRED,
					      NACCS_TEXT_MAINTENANCE_HINT};
static const enum naccs_text_key after_submit[] = {NACCS_TEXT_SESSION_ENDED,   NACCS_TEXT_MAINTENANCE,	    NACCS_TEXT_LOCKED,
						   NACCS_TEXT_CODE_REFUSED,    NACCS_TEXT_PASSWORD_REFUSED, NACCS_TEXT_EXPIRED,
						   NACCS_TEXT_MAINTENANCE_HINT};

static const enum naccs_text_key *keys_of_phase(enum naccs_obtain_phase phase, size_t *ret_count)
{
#define KEYS(list) (*ret_count = sizeof(list) / sizeof *(list), (list))
	switch (phase) {
	case NACCS_OBTAIN_BEGUN:
		return KEYS(before_login);
	case NACCS_OBTAIN_LOGGED_IN:
		return KEYS(after_login);
	case NACCS_OBTAIN_SUBMITTED:
		return KEYS(after_submit);
	case NACCS_OBTAIN_IN_MENU:
	case NACCS_OBTAIN_DOWNLOADING:
	case NACCS_OBTAIN_DONE:
		break;
	}
	return KEYS(in_menu);
#undef KEYS
}

/* "message: “what the page says”"; for a maintenance also until when. */
static void say(struct naccs_obtain *obtain, size_t meaning, const struct naccs_line *line, struct naccs_error *err)
{
	naccs_auto(heap) char *quote = line != NULL ? naccs_quote_page_text(line->text, obtain->secrets, NACCS_OBTAIN_SECRETS) : NULL;
	naccs_auto(heap) char *end = NULL;
	naccs_status status = meanings[meaning].status;

	if (status == NACCS_E_PORTAL_MAINTENANCE)
		end = naccs_screen_maintenance_end(&obtain->journey.lines);
	if (end != NULL && (line == NULL || strcmp(end, line->text) != 0))
		(void)naccs_fail(err, status, 0, _("%s: “%s” “%s”"), _(meanings[meaning].message), quote != NULL ? quote : "", end);
	else if (quote != NULL)
		(void)naccs_fail(err, status, 0, _("%s: “%s”"), _(meanings[meaning].message), quote);
	else
		(void)naccs_fail(err, status, 0, "%s", _(meanings[meaning].message));
	(void)naccs_error_hint(err, "%s", _(meanings[meaning].hint));
}

/* 503 is what a portal under maintenance sends when it sends no page. */
static bool is_unavailable(const struct naccs_journey *journey)
{
	for (size_t view = 0; view < journey->view_count; view++)
		if (naccs_journey_is_fresh(journey, view) && journey->views[view]->page->status == 503)
			return true;
	return false;
}

void naccs_obtain_explain(struct naccs_obtain *obtain, naccs_status *ret_status, struct naccs_error *err)
{
	const struct naccs_line *line = NULL;
	size_t count = 0;
	const enum naccs_text_key *keys = keys_of_phase(obtain->phase, &count);
	enum naccs_text_key found = naccs_screen_find_message(obtain->description, &obtain->journey.lines, keys, count, &line);

	*ret_status = NACCS_OK;
	if (found == NACCS_TEXT_COUNT && is_unavailable(&obtain->journey)) {
		found = NACCS_TEXT_MAINTENANCE;
		line = NULL;
	}
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		if (meanings[i].key != found)
			continue;
		say(obtain, i, line, err);
		*ret_status = meanings[i].status;
	}
}

/* ---- what is not known ---- */

static const char *step_name(enum naccs_obtain_phase phase)
{
	switch (phase) {
	case NACCS_OBTAIN_BEGUN:
		return _("before login");
	case NACCS_OBTAIN_LOGGED_IN:
		return _("after login");
	case NACCS_OBTAIN_IN_MENU:
		return _("after the menu");
	case NACCS_OBTAIN_SUBMITTED:
		return _("after authentication code 3 was sent");
	case NACCS_OBTAIN_DOWNLOADING:
	case NACCS_OBTAIN_DONE:
		break;
	}
	return _("after Download was pressed");
}

/* The folder that a descriptor stands for, for people. */
static char *folder_name(int dirfd)
{
	naccs_auto(heap) char *link = naccs_format("/proc/self/fd/%d", dirfd);
	char target[PATH_MAX];
	ssize_t length = link != NULL ? readlink(link, target, sizeof target - 1) : -1;

	return length > 0 ? naccs_text_printable(target, (size_t)length) : NULL;
}

/* What the last press led to; else everything that is shown. NULL: nothing was saved. */
static char *save(struct naccs_obtain *obtain)
{
	const struct naccs_journey *journey = &obtain->journey;
	const struct naccs_save_options options = {.dirfd = obtain->request->page_dirfd,
						   .now = obtain->request->now,
						   .secrets = obtain->secrets,
						   .secret_count = NACCS_OBTAIN_SECRETS};
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

naccs_status naccs_obtain_add_saved_page(struct naccs_obtain *obtain, struct naccs_error *err)
{
	naccs_auto(heap) char *saved = save(obtain), *message = err != NULL ? strdup(err->message) : NULL;
	bool is_early = obtain->phase < NACCS_OBTAIN_SUBMITTED;

	obtain->is_page_saved = true;
	if (saved != NULL && message != NULL)
		(void)naccs_fail(err, err->status, err->native, _("%s; the page was saved without its values as %s"), message, saved);
	if (err == NULL)
		return NACCS_E_PORTAL_UNKNOWN_PAGE;
	return naccs_error_hint(
		err, "%s %s",
		is_early ? _("Authentication code 3 was not sent.")
			 : _("“naccs-cert resume” tries again until the end of the day in Japan."),
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

naccs_status naccs_obtain_unknown_page(struct naccs_obtain *obtain, const char *reason, struct naccs_error *err)
{
	const struct naccs_page *page = first_fresh_page(&obtain->journey);
	naccs_auto(heap) char *title = page != NULL ? naccs_quote_page_text(page->title, obtain->secrets, NACCS_OBTAIN_SECRETS) : NULL;
	naccs_status kind = obtain->phase == NACCS_OBTAIN_DONE ? NACCS_E_PORTAL_NOT_PKCS12 : NACCS_E_PORTAL_UNKNOWN_PAGE;
	/* A frame that was left empty because its address is not allowed is the likelier reason, and the graver one. */
	const struct naccs_error *frame = &obtain->journey.frame_error;

	if (frame->status == NACCS_E_NET_REDIRECT_REFUSED && obtain->phase < NACCS_OBTAIN_SUBMITTED) {
		(void)naccs_fail(err, frame->status, frame->native, "%s", frame->message);
		return err != NULL ? naccs_error_hint(err, "%s", frame->hint) : frame->status;
	}
	(void)naccs_fail(err, kind, page != NULL ? page->status : 0,
			 _("the portal's page %s is not understood: %s (title “%s”, status %ld)"), step_name(obtain->phase), reason,
			 title != NULL ? title : "", page != NULL ? page->status : 0);
	return naccs_obtain_add_saved_page(obtain, err);
}
