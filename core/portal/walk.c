/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see walk.h. */
#include "walk.h"

#include "clock.h"
#include "text.h"

#define NEAR_MIDNIGHT_SECONDS (30 * 60)
#define LOG_OUT_REQUESTS 6 /* no more than a frameset takes */

void naccs_walk_init(struct naccs_walk *walk, const struct naccs_transport *transport, unsigned requests_max)
{
	naccs_journey_init(&walk->journey, transport, requests_max);
	walk->journey.is_file = walk->is_plausible;
}

void naccs_walk_progress(const struct naccs_walk *walk, const char *message)
{
	if (walk->progress != NULL)
		walk->progress(walk->context, message);
}

void naccs_walk_warn_of_time(const struct naccs_walk *walk)
{
	int64_t from = 0, until = 0;
	char from_text[NACCS_TIME_TEXT_SIZE], until_text[NACCS_TIME_TEXT_SIZE];
	bool is_maintenance = naccs_maintenance_window(walk->now, &from, &until);

	if (walk->warning == NULL)
		return;
	if (naccs_is_near_japan_midnight(walk->now, NEAR_MIDNIGHT_SECONDS))
		walk->warning(walk->context, "portal.near-midnight",
			      _("It is almost midnight in Japan. From then on the portal gives a certificate that was obtained before "
				"no second time: if something "
				"goes wrong now, only a reissue helps."));
	if (is_maintenance || from - walk->now < NEAR_MIDNIGHT_SECONDS) {
		naccs_auto(heap) char *message = NULL;

		naccs_time_format_japan(from, from_text);
		naccs_time_format_japan(until, until_text);
		message = naccs_format(_("The portal's monthly maintenance is from %s to %s, as a rule."), from_text, until_text);
		if (message != NULL)
			walk->warning(walk->context, "portal.maintenance-soon", message);
	}
}

naccs_status naccs_walk_begin(struct naccs_walk *walk, struct naccs_error *err)
{
	naccs_walk_progress(walk, _("Opening the certificate portal"));
	walk->sessions++;
	walk->phase = NACCS_WALK_BEGUN;
	walk->menu_presses = 0;
	walk->was_logged_in = false;
	naccs_action_clear(&walk->way_out);
	walk->journey.expects_file = false;
	walk->journey.is_waiting = false;
	return naccs_journey_open(&walk->journey, walk->kind->start(walk->description), err);
}

naccs_status naccs_walk_give_up(struct naccs_walk *walk, naccs_status status, struct naccs_error *err)
{
	if (status == NACCS_E_PORTAL_SESSION_ENDED) /* nothing is left to log out of */
		naccs_action_clear(&walk->way_out);
	if (status != NACCS_E_PORTAL_SESSION_ENDED || walk->sessions > 1)
		return status;
	naccs_walk_progress(walk, _(walk->kind->ended_progress));
	return naccs_walk_begin(walk, err);
}

naccs_status naccs_walk_listen(struct naccs_walk *walk, bool *ret_is_silent, struct naccs_error *err)
{
	bool has_moved = false, is_answered = walk->phase >= NACCS_WALK_SUBMITTED;
	naccs_status moving = naccs_journey_move(&walk->journey, is_answered, &has_moved, err), status;
	struct naccs_error why = *err;

	*ret_is_silent = false;
	if (moving == NACCS_OK ? has_moved : moving != NACCS_E_NET_REDIRECT_REFUSED)
		return moving;
	naccs_walk_explain(walk, &status, err);
	if (status != NACCS_OK)
		return naccs_walk_give_up(walk, status, err);
	*err = why;
	*ret_is_silent = moving == NACCS_OK;
	return moving;
}

naccs_status naccs_walk_wait_or_refuse(struct naccs_walk *walk, struct naccs_error *err)
{
	const char *problem = walk->problem;
	bool is_silent = false;
	naccs_status status = naccs_walk_listen(walk, &is_silent, err);

	if (!is_silent)
		return status;
	if (walk->phase == NACCS_WALK_DOWNLOADING && walk->journey.answer != NULL)
		return naccs_walk_receive(walk, err);
	return naccs_walk_unknown_page(walk, problem != NULL ? problem : _("nothing on it is known"), err);
}

/* ---- the menu ---- */

naccs_status naccs_walk_open_menu(struct naccs_walk *walk, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	naccs_status status = naccs_journey_prepare(&walk->journey, walk->press_view, &walk->press, NULL, 0, &action, err);

	if (status != NACCS_OK)
		return status;
	naccs_walk_progress(walk, _(walk->kind->menu_progress));
	naccs_walk_remember_way_out(walk);
	if (walk->phase < NACCS_WALK_IN_MENU)
		walk->phase = NACCS_WALK_IN_MENU;
	walk->menu_presses++;
	return naccs_journey_send(&walk->journey, &action, err);
}

naccs_status naccs_walk_open_menu_again(struct naccs_walk *walk, struct naccs_error *err)
{
	bool is_silent = false;
	naccs_status status = naccs_walk_listen(walk, &is_silent, err);

	if (!is_silent)
		return status;
	if (walk->menu_presses == NACCS_WALK_MENU_PRESSES_MAX)
		return naccs_walk_unknown_page(
			walk, walk->problem != NULL ? walk->problem : _("nothing on it is known but the menu, and the menu leads to it"),
			err);
	return naccs_walk_open_menu(walk, err);
}

/* ---- the end ---- */

/* Where there are no frames, what Download leads to may be a page without a way out: as a person goes back for it, so do we. */
void naccs_walk_remember_way_out(struct naccs_walk *walk)
{
	struct naccs_journey *journey = &walk->journey;

	for (size_t view = 0; view < journey->view_count; view++) {
		const struct naccs_page *page = journey->views[view]->page;
		__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
		struct naccs_press press;
		bool is_obscure;

		if (page == NULL || !naccs_screen_find_control(walk->description, page, NACCS_TEXT_LOGOUT, false, &press, &is_obscure))
			continue;
		/* a form is good for once only: its hidden fields change */
		if (naccs_journey_prepare(journey, view, &press, NULL, 0, &action, NULL) != NACCS_OK || action.request.is_post)
			continue;
		naccs_action_clear(&walk->way_out);
		walk->way_out = action;
		action = (struct naccs_action){0};
		return;
	}
}

static void send_log_out(struct naccs_walk *walk, const struct naccs_action *action)
{
	struct naccs_journey *journey = &walk->journey;

	naccs_walk_progress(walk, _("Logging out"));
	journey->expects_file = false;
	journey->requests_max = journey->requests + LOG_OUT_REQUESTS; /* whatever was used up before */
	(void)naccs_journey_send(journey, action, NULL);
}

static void log_out(struct naccs_walk *walk)
{
	struct naccs_journey *journey = &walk->journey;

	if (!walk->was_logged_in)
		return;
	for (size_t view = 0; view < journey->view_count; view++) {
		const struct naccs_page *page = journey->views[view]->page;
		__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
		struct naccs_press press;
		bool is_obscure;

		if (page == NULL || !naccs_screen_find_control(walk->description, page, NACCS_TEXT_LOGOUT, false, &press, &is_obscure))
			continue;
		if (naccs_journey_prepare(journey, view, &press, NULL, 0, &action, NULL) != NACCS_OK)
			continue;
		send_log_out(walk, &action);
		return;
	}
	if (walk->way_out.target == NULL || journey->view_count == 0 || journey->views[0]->page == NULL)
		return;
	walk->way_out.view = 0;
	send_log_out(walk, &walk->way_out);
}

naccs_status naccs_walk_come_anew(struct naccs_walk *walk, unsigned seconds, struct naccs_error *err)
{
	const struct naccs_transport *transport = walk->journey.transport;
	unsigned requests_max = walk->journey.requests_max;

	log_out(walk);
	walk->journey.requests_max = requests_max;
	if (transport->wait != NULL)
		transport->wait(transport->context, seconds);
	walk->sessions--;
	return naccs_walk_begin(walk, err);
}

/* Logging out makes sense unless the connection itself failed, or a person wants it to end. */
static bool can_still_talk(naccs_status status)
{
	return status != NACCS_E_CANCELLED && (status < NACCS_E_NET_UNREACHABLE || status >= NACCS_E_PORTAL_LOGIN_REFUSED);
}

naccs_status naccs_walk_end(struct naccs_walk *walk, naccs_status status, struct naccs_error *err)
{
	if (status == NACCS_E_PORTAL_UNKNOWN_PAGE && !walk->is_page_saved)
		status = naccs_walk_add_saved_page(walk, err);
	if (can_still_talk(status))
		log_out(walk);
	naccs_action_clear(&walk->way_out);
	naccs_form_request_clear(&walk->downloaded);
	naccs_journey_clear(&walk->journey);
	return status;
}
