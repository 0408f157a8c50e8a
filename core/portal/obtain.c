/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the loop: look at what is shown, recognise where we are, act; refuse what is not known before a code is spent. See obtain.h. */
#include "obtain_private.h"

#include "clock.h"
#include "text.h"

#define REQUESTS_MAX 60
#define MENU_PRESSES_MAX 3
#define NEAR_MIDNIGHT_SECONDS (30 * 60)

/* What is seen, in the order in which it is looked for. */
enum scene {
	SCENE_FILE,
	SCENE_LOGIN,
	SCENE_MENU,
	SCENE_MENU_AGAIN,
	SCENE_CODE3,
	SCENE_DOWNLOAD,
	SCENE_DOWNLOAD_AGAIN,
	SCENE_CAME_BACK, /* a screen that we have left */
	SCENE_UNUSABLE,	 /* recognised, but obtain->problem */
	SCENE_OTHER,
};

/* Looks for a form in the views that the last press loaded. */
static bool sees_form(struct naccs_obtain *obtain, unsigned labels, enum naccs_text_key button)
{
	for (size_t view = 0; view < obtain->journey.view_count; view++) {
		obtain->screen.view = view;
		if (naccs_journey_is_fresh(&obtain->journey, view) &&
		    naccs_screen_find_form(obtain->description, obtain->journey.views[view]->page, labels, button, &obtain->screen)) {
			obtain->problem = obtain->screen.problem;
			return true;
		}
	}
	return false;
}

enum { FRESH = 0, WITH_OLD = 1, EXACT = 2 };

/* Looks for something to press: WITH_OLD also in frames that stood there before, EXACT only by a text that stands alone. */
static bool sees_control(struct naccs_obtain *obtain, enum naccs_text_key text, unsigned how)
{
	bool is_obscure = false;

	for (size_t view = 0; view < obtain->journey.view_count; view++) {
		const struct naccs_page *page = obtain->journey.views[view]->page;
		bool is_this_obscure = false;

		if (page == NULL || ((how & WITH_OLD) == 0 && !naccs_journey_is_fresh(&obtain->journey, view)))
			continue;
		obtain->press_view = view;
		if (naccs_screen_find_control(obtain->description, page, text, (how & EXACT) != 0, &obtain->press, &is_this_obscure))
			return true;
		is_obscure = is_obscure || is_this_obscure;
	}
	if (is_obscure)
		obtain->problem = _("the script behind a link or button is not understood");
	return false;
}

/* "If the download does not start, click here": the only such link, on pages with a line that says both. */
static bool sees_download_here(struct naccs_obtain *obtain)
{
	const struct naccs_phrases *download = naccs_portal_texts(obtain->description, NACCS_TEXT_DOWNLOAD);
	const struct naccs_phrases *here = naccs_portal_texts(obtain->description, NACCS_TEXT_HERE);
	const struct naccs_lines *lines = &obtain->journey.lines;
	size_t links = 0;
	bool is_said = false;

	for (size_t i = 0; i < lines->count && !is_said; i++)
		is_said = naccs_phrases_hold(download, lines->items[i].folded) && naccs_phrases_hold(here, lines->items[i].folded);
	for (size_t view = 0; view < obtain->journey.view_count; view++) {
		const struct naccs_page *page = obtain->journey.views[view]->page;

		for (size_t i = 0; page != NULL && naccs_journey_is_fresh(&obtain->journey, view) && i < page->controls.count; i++)
			links += page->controls.items[i].is_visible && naccs_phrases_equal(here, page->controls.items[i].text);
	}
	return is_said && links == 1 && sees_control(obtain, NACCS_TEXT_HERE, FRESH | EXACT);
}

static bool sees_login(struct naccs_obtain *obtain)
{
	return sees_form(obtain, NACCS_SCREEN_LOGIN, NACCS_TEXT_LOGIN);
}

static enum scene usable(const struct naccs_obtain *obtain, enum scene scene)
{
	return obtain->problem == NULL ? scene : SCENE_UNUSABLE;
}

static enum scene look_before_submit(struct naccs_obtain *obtain)
{
	bool is_first = obtain->phase == NACCS_OBTAIN_LOGGED_IN;

	if (sees_form(obtain, NACCS_SCREEN_CODE3, NACCS_TEXT_SUBMIT))
		return usable(obtain, SCENE_CODE3);
	/* Made ready earlier that day. Before the menu it would be an item of the menu, and nothing vague is pressed before code 3 was
	 * sent. */
	if (!is_first && sees_control(obtain, NACCS_TEXT_DOWNLOAD, FRESH | EXACT))
		return SCENE_DOWNLOAD;
	if (is_first && sees_control(obtain, NACCS_TEXT_MENU_OBTAIN, WITH_OLD))
		return SCENE_MENU;
	if (sees_login(obtain))
		return SCENE_CAME_BACK;
	if (!is_first && sees_control(obtain, NACCS_TEXT_MENU_OBTAIN, FRESH))
		return SCENE_MENU_AGAIN;
	return SCENE_OTHER;
}

static enum scene look(struct naccs_obtain *obtain)
{
	obtain->problem = NULL;
	if (obtain->journey.answer != NULL && obtain->journey.is_answer_a_file)
		return SCENE_FILE;
	switch (obtain->phase) {
	case NACCS_OBTAIN_BEGUN:
		return sees_login(obtain) ? usable(obtain, SCENE_LOGIN) : SCENE_OTHER;
	case NACCS_OBTAIN_LOGGED_IN:
	case NACCS_OBTAIN_IN_MENU:
		return look_before_submit(obtain);
	case NACCS_OBTAIN_SUBMITTED:
		if (sees_control(obtain, NACCS_TEXT_DOWNLOAD, FRESH))
			return SCENE_DOWNLOAD;
		if (sees_form(obtain, NACCS_SCREEN_CODE3, NACCS_TEXT_SUBMIT) || sees_login(obtain))
			return SCENE_CAME_BACK;
		return SCENE_OTHER;
	case NACCS_OBTAIN_DOWNLOADING:
		if (sees_login(obtain))
			return SCENE_CAME_BACK;
		return sees_control(obtain, NACCS_TEXT_DOWNLOAD, FRESH) || sees_download_here(obtain) ? SCENE_DOWNLOAD_AGAIN : SCENE_OTHER;
	case NACCS_OBTAIN_DONE:
		break;
	}
	return SCENE_OTHER;
}

/* The portal says why it doesn't go on. A session that ended is begun again once; the reason is returned otherwise. */
static naccs_status give_up(struct naccs_obtain *obtain, naccs_status status, struct naccs_error *err)
{
	if (status == NACCS_E_PORTAL_SESSION_ENDED) /* nothing is left to log out of */
		naccs_action_clear(&obtain->way_out);
	if (status != NACCS_E_PORTAL_SESSION_ENDED || obtain->sessions > 1)
		return status;
	naccs_obtain_progress(obtain, _("The session ended; logging in again"));
	return naccs_obtain_begin(obtain, err);
}

/* A screen came back that we had left: by what the portal says about it. */
static naccs_status act_on_return(struct naccs_obtain *obtain, struct naccs_error *err)
{
	naccs_status status;

	naccs_obtain_explain(obtain, &status, err);
	if (status != NACCS_OK)
		return give_up(obtain, status, err);
	if (obtain->phase == NACCS_OBTAIN_LOGGED_IN) {
		(void)naccs_fail(err, NACCS_E_PORTAL_LOGIN_REFUSED, 0,
				 _("the portal asks for authentication codes 1 and 2 again: it did not accept them"));
		return naccs_error_hint(
			err, _("compare them with the NACCS Support System: 契約内容の確認, netNACCS, 論理端末名 / デジタル証明書"));
	}
	if (sees_login(obtain)) { /* without a word: what portals do when a session has ended */
		(void)naccs_fail(err, NACCS_E_PORTAL_SESSION_ENDED, 0, _("the portal asks for a new login"));
		return give_up(obtain, NACCS_E_PORTAL_SESSION_ENDED, err);
	}
	return naccs_obtain_unknown_page(obtain, _("the form came back, and nothing that is known says why"), err);
}

/* Whatever the page does or says without our doing: it moves on, or explains itself. *ret_is_silent: it did neither. */
static naccs_status listen(struct naccs_obtain *obtain, bool *ret_is_silent, struct naccs_error *err)
{
	bool has_moved = false, is_answered = obtain->phase >= NACCS_OBTAIN_SUBMITTED;
	naccs_status moving = naccs_journey_move(&obtain->journey, is_answered, &has_moved, err), status;
	struct naccs_error why = *err;

	*ret_is_silent = false;
	if (moving == NACCS_OK ? has_moved : moving != NACCS_E_NET_REDIRECT_REFUSED)
		return moving;
	naccs_obtain_explain(obtain, &status, err);
	if (status != NACCS_OK)
		return give_up(obtain, status, err);
	*err = why;
	*ret_is_silent = moving == NACCS_OK;
	return moving;
}

/* No more is to be done: after Download what came is kept, whatever it is. */
static naccs_status receive_or_refuse(struct naccs_obtain *obtain, const char *problem, struct naccs_error *err)
{
	if (obtain->phase == NACCS_OBTAIN_DOWNLOADING && obtain->journey.answer != NULL)
		return naccs_obtain_receive(obtain, err);
	return naccs_obtain_unknown_page(obtain, problem != NULL ? problem : _("nothing on it is known"), err);
}

/* Nothing to do for a person. */
static naccs_status act_on_other(struct naccs_obtain *obtain, struct naccs_error *err)
{
	const char *problem = obtain->problem;
	bool is_silent = false;
	naccs_status status = listen(obtain, &is_silent, err);

	return is_silent ? receive_or_refuse(obtain, problem, err) : status;
}

/* A page with the menu on it, as every page has where there are no frames. */
static naccs_status act_on_menu_again(struct naccs_obtain *obtain, struct naccs_error *err)
{
	bool is_silent = false;
	naccs_status status = listen(obtain, &is_silent, err);

	if (!is_silent)
		return status;
	if (obtain->menu_presses == MENU_PRESSES_MAX)
		return naccs_obtain_unknown_page(obtain, _("the menu leads to itself"), err);
	return naccs_obtain_open_menu(obtain, err);
}

/* A page on the way to the file: it goes on by itself, explains itself, or wants another press. */
static naccs_status act_on_download_again(struct naccs_obtain *obtain, struct naccs_error *err)
{
	bool is_silent = false, is_pressed = false;
	naccs_status status = listen(obtain, &is_silent, err);

	if (!is_silent)
		return status;
	status = naccs_obtain_download_again(obtain, &is_pressed, err);
	return is_pressed ? status : receive_or_refuse(obtain, NULL, err);
}

static naccs_status act_on_file(struct naccs_obtain *obtain, struct naccs_error *err)
{
	if (obtain->phase >= NACCS_OBTAIN_SUBMITTED)
		return naccs_obtain_receive(obtain, err);
	return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal sent a file where a page was expected"));
}

static naccs_status step(struct naccs_obtain *obtain, struct naccs_error *err)
{
	switch (look(obtain)) {
	case SCENE_FILE:
		return act_on_file(obtain, err);
	case SCENE_LOGIN:
		return naccs_obtain_log_in(obtain, err);
	case SCENE_MENU:
		return naccs_obtain_open_menu(obtain, err);
	case SCENE_MENU_AGAIN:
		return act_on_menu_again(obtain, err);
	case SCENE_CODE3:
		return naccs_obtain_submit(obtain, err);
	case SCENE_DOWNLOAD:
		return naccs_obtain_download(obtain, err);
	case SCENE_DOWNLOAD_AGAIN:
		return act_on_download_again(obtain, err);
	case SCENE_CAME_BACK:
		return act_on_return(obtain, err);
	case SCENE_UNUSABLE:
		return naccs_obtain_unknown_page(obtain, obtain->problem, err);
	case SCENE_OTHER:
		break;
	}
	return act_on_other(obtain, err);
}

static void warn_of_time(const struct naccs_obtain_request *request)
{
	int64_t from = 0, until = 0;
	char from_text[NACCS_TIME_TEXT_SIZE], until_text[NACCS_TIME_TEXT_SIZE];
	bool is_maintenance = naccs_maintenance_window(request->now, &from, &until);

	if (request->warning == NULL)
		return;
	if (naccs_is_near_japan_midnight(request->now, NEAR_MIDNIGHT_SECONDS))
		request->warning(request->context, "portal.near-midnight",
				 _("It is almost midnight in Japan. From then on the portal gives a certificate that was obtained before "
				   "no second time: if something "
				   "goes wrong now, only a reissue helps."));
	if (is_maintenance || from - request->now < NEAR_MIDNIGHT_SECONDS) {
		naccs_auto(heap) char *message = NULL;

		naccs_time_format_japan(from, from_text);
		naccs_time_format_japan(until, until_text);
		message = naccs_format(_("The portal's monthly maintenance is from %s to %s, as a rule."), from_text, until_text);
		if (message != NULL)
			request->warning(request->context, "portal.maintenance-soon", message);
	}
}

/* Logging out makes sense unless the connection itself failed, or a person wants it to end. */
static bool can_still_talk(naccs_status status)
{
	return status != NACCS_E_CANCELLED && (status < NACCS_E_NET_UNREACHABLE || status >= NACCS_E_PORTAL_LOGIN_REFUSED);
}

naccs_status naccs_obtain_run_over(const struct naccs_transport *transport, const struct naccs_obtain_request *request,
				   bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err)
{
	struct naccs_error own = {0}; /* messages are built on it, also when the caller wants none */
	struct naccs_obtain obtain = {
		.request = request,
		.description = request->description,
		.is_plausible = is_plausible,
		.secrets = {request->code1, request->code2, request->code3, request->password},
	};
	naccs_status status;

	if (err == NULL)
		err = &own;
	warn_of_time(request);
	naccs_journey_init(&obtain.journey, transport, REQUESTS_MAX);
	obtain.journey.is_file = is_plausible;
	status = naccs_obtain_begin(&obtain, err);
	while (status == NACCS_OK && obtain.phase != NACCS_OBTAIN_DONE)
		status = step(&obtain, err);
	if (status == NACCS_E_PORTAL_UNKNOWN_PAGE && !obtain.is_page_saved)
		status = naccs_obtain_add_saved_page(&obtain, err);
	if (can_still_talk(status))
		naccs_obtain_log_out(&obtain);
	naccs_action_clear(&obtain.way_out);
	naccs_form_request_clear(&obtain.downloaded);
	naccs_journey_clear(&obtain.journey);
	return status;
}
