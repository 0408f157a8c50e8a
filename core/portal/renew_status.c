/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 鍵生成中, 発行要求中, 発行済み: the certificate takes its time. The page says how it wants to be waited for; the caller says how
 * long. */
#include "renew_private.h"

#include "shown.h"
#include "text.h"

#include <string.h>

#define PATIENCE_SECONDS 300
#define RELOAD_SECONDS 5 /* where the page itself does not say */
#define ANEW_SECONDS 10	 /* where it can't be asked for again: until the next session */
#define REQUESTS_AHEAD 40

/* A line that holds one of the known states, and does not explain them all ("鍵生成中→発行要求中→発行済みの順に遷移します"). */
static bool is_state_line(const struct naccs_portal_description *description, const char *folded)
{
	bool is_working = naccs_phrases_hold(naccs_portal_texts(description, NACCS_TEXT_WORKING), folded);
	bool is_issued = naccs_phrases_hold(naccs_portal_texts(description, NACCS_TEXT_ISSUED), folded);

	return is_working != is_issued && strlen(folded) < 120;
}

/* The state that a page shows: behind its heading, else in a line of its own. From malloc; NULL: none. */
static char *state_on(const struct naccs_portal_description *description, const struct naccs_page *page)
{
	struct naccs_shown shown = {0};

	if (naccs_shown_find(description, page, NACCS_TEXT_STATUS, 0, &shown))
		return shown.text;
	for (size_t i = 0; i < page->blocks.count; i++)
		if (is_state_line(description, page->blocks.items[i].folded))
			return strdup(page->blocks.items[i].text);
	return NULL;
}

static char *find_state(const struct naccs_renew *renew, size_t *ret_view)
{
	const struct naccs_journey *journey = &renew->walk.journey;
	char *state = NULL;

	for (size_t view = 0; state == NULL && view < journey->view_count; view++) {
		if (!naccs_journey_is_fresh(journey, view))
			continue;
		state = state_on(renew->walk.description, journey->views[view]->page);
		*ret_view = view;
	}
	return state;
}

bool naccs_renew_sees_status(const struct naccs_renew *renew)
{
	size_t view = 0;
	naccs_auto(heap) char *state = find_state(renew, &view);

	return state != NULL;
}

static bool holds(const struct naccs_renew *renew, enum naccs_text_key key, const char *state)
{
	naccs_auto(heap) char *folded = naccs_fold(state, strlen(state));

	return folded != NULL && naccs_phrases_hold(naccs_portal_texts(renew->walk.description, key), folded);
}

bool naccs_renew_shows_state(const struct naccs_renew *renew, const struct naccs_page *page)
{
	naccs_auto(heap) char *state = state_on(renew->walk.description, page);

	return state != NULL && (holds(renew, NACCS_TEXT_WORKING, state) || holds(renew, NACCS_TEXT_ISSUED, state) ||
				 holds(renew, NACCS_TEXT_FAILED, state));
}

/* Each state is told once, as it stands there. */
static void tell_progress(struct naccs_renew *renew, const char *state)
{
	naccs_auto(heap) char *quote = naccs_quote_page_text(state, renew->walk.secrets, NACCS_WALK_SECRETS);
	naccs_auto(heap) char *message = NULL;

	if (quote == NULL || (renew->state != NULL && strcmp(renew->state, quote) == 0))
		return;
	message = naccs_format(_("The certificate's status: %s"), quote);
	if (message != NULL)
		naccs_walk_progress(&renew->walk, message);
	free(renew->state);
	renew->state = naccs_take(&quote);
}

static naccs_status fail_failed(struct naccs_renew *renew, struct naccs_error *err)
{
	renew->has_failed = true;
	(void)naccs_fail(err, NACCS_E_PORTAL_NOT_ISSUED, 0, _("the portal says that the certificate was not issued: “%s”"), renew->state);
	return naccs_error_hint(err,
				_("Ask the NACCS help desk. To apply once more: naccs-cert resume --apply-again. The old certificate works "
				  "until its end."));
}

static naccs_status fail_pending(const struct naccs_renew *renew, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_PORTAL_PENDING, 0, _("the certificate is not issued yet; the portal says: “%s”"),
			 renew->state != NULL ? renew->state : "");
	return naccs_error_hint(err, "%s", _(NACCS_RENEW_TAKEN_UP_LATER));
}

/* Whatever takes longer, the clock or the pages' own delays: each wait costs a second at least. false: patience is at its end. */
static bool spend(struct naccs_renew *renew, unsigned seconds)
{
	const struct naccs_transport *transport = renew->walk.journey.transport;
	uint32_t patience = renew->request->patience_seconds != 0 ? renew->request->patience_seconds : PATIENCE_SECONDS;
	uint32_t now = transport->seconds != NULL ? transport->seconds(transport->context) : 0;

	if (!renew->has_begun_to_wait)
		renew->began_at = now;
	renew->has_begun_to_wait = true;
	renew->spent += seconds > 0 ? seconds : 1;
	return renew->spent <= patience && now - renew->began_at + seconds <= patience;
}

/* As the page says; a page that says nothing is asked for again, or, should it be the answer to a form, what the menu of a new session
 * shows. */
static naccs_status follow(struct naccs_renew *renew, size_t view, bool has_state, struct naccs_error *err)
{
	struct naccs_journey *journey = &renew->walk.journey;
	bool is_moving, is_done = false, is_anew;
	unsigned seconds = RELOAD_SECONDS;
	naccs_status status;

	journey->is_waiting = true;
	journey->requests_max = journey->requests + REQUESTS_AHEAD;
	is_moving = naccs_journey_next_wait(journey, false, &seconds);
	if (!is_moving && !has_state)
		return naccs_walk_unknown_page(&renew->walk, _("nothing on it is known"), err);
	is_anew = !is_moving && !journey->views[view]->is_asked_for;
	if (is_anew)
		seconds = ANEW_SECONDS;
	if (!spend(renew, seconds))
		return fail_pending(renew, err);
	if (is_anew) {
		renew->is_looked_for_again = true;
		return naccs_walk_come_anew(&renew->walk, seconds, err);
	}
	status =
		is_moving ? naccs_journey_move(journey, false, &is_done, err) : naccs_journey_reload(journey, view, seconds, &is_done, err);
	if (status == NACCS_OK && !is_done)
		return fail_pending(renew, err);
	return status;
}

naccs_status naccs_renew_wait(struct naccs_renew *renew, struct naccs_error *err)
{
	size_t view = 0;
	naccs_auto(heap) char *state = find_state(renew, &view);
	naccs_status status = NACCS_OK;

	if (state == NULL || !(holds(renew, NACCS_TEXT_WORKING, state) || holds(renew, NACCS_TEXT_ISSUED, state)))
		naccs_walk_explain(&renew->walk, &status, err); /* an unknown state may be said with words that are known */
	if (status != NACCS_OK)
		return naccs_walk_give_up(&renew->walk, status, err);
	if (state != NULL)
		tell_progress(renew, state);
	if (state != NULL && holds(renew, NACCS_TEXT_FAILED, state))
		return fail_failed(renew, err);
	return follow(renew, view, state != NULL, err);
}
