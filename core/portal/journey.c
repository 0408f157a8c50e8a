/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see journey.h. Requests and moves; windows and frames are in journey_view.c, lines in journey_lines.c. */
#include "journey_private.h"

#include "text.h"

#include <string.h>
#include <strings.h>

#define DELAY_MAX 60 /* seconds: a longer refresh is a time-out notice, not a way on */
#define WAIT_MAX 10
#define PATIENT_DELAY_MAX 120 /* while waiting for the portal */
#define IMPATIENT_MOVES 8     /* moves without a delay, until they are taken for asking too often */

void naccs_journey_init(struct naccs_journey *journey, const struct naccs_transport *transport, unsigned requests_max)
{
	*journey = (struct naccs_journey){.transport = transport, .requests_max = requests_max};
}

void naccs_journey_clear(struct naccs_journey *journey)
{
	naccs_views_clear(journey);
	naccs_lines_clear(&journey->lines);
	naccs_lines_clear(&journey->known);
	naccs_http_reply_free(naccs_take(&journey->answer));
}

void naccs_action_clear(struct naccs_action *action)
{
	naccs_form_request_clear(&action->request);
	free(action->target);
	*action = (struct naccs_action){0};
}

bool naccs_journey_is_fresh(const struct naccs_journey *journey, size_t view)
{
	return journey->views[view]->page != NULL && journey->views[view]->step == journey->step;
}

naccs_status naccs_journey_request(struct naccs_journey *journey, const struct naccs_form_request *request, const char *referer,
				   struct naccs_http_reply **ret, struct naccs_error *err)
{
	const struct naccs_transport *transport = journey->transport;
	enum naccs_http_expect expect = journey->expects_file ? NACCS_HTTP_FILE : NACCS_HTTP_PAGE;
	naccs_status status = transport->check_url(transport->context, request->url, err);

	if (status != NACCS_OK)
		return status;
	if (journey->requests == journey->requests_max)
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal leads in circles: gave up after %u requests"),
				  journey->requests);
	journey->requests++;
	if (request->is_post)
		return transport->post(transport->context, request->url, referer, request->body, request->content_type, expect, ret, err);
	return transport->get(transport->context, request->url, referer, expect, ret, err);
}

/* Does it begin as markup does? */
static bool looks_like_markup(const struct naccs_secret *body)
{
	const char *text = naccs_secret_text(body);

	if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	if (strncmp(text, "\xFF\xFE", 2) == 0 || strncmp(text, "\xFE\xFF", 2) == 0)
		return true;
	text += strspn(text, " \t\r\n\f");
	return *text == '<';
}

static bool is_page(const struct naccs_journey *journey, const struct naccs_http_reply *reply)
{
	const char *type = reply->content_type != NULL ? reply->content_type : "";

	if (journey->is_file != NULL && journey->is_file(naccs_secret_data(reply->body), naccs_secret_length(reply->body)))
		return false;
	if (looks_like_markup(reply->body))
		return true;
	if (strncasecmp(type, "text/", 5) == 0)
		return reply->content_disposition == NULL || strcasestr(reply->content_disposition, "attachment") == NULL;
	return naccs_secret_length(reply->body) == 0;
}

/* The answer to a form, unless a redirect led away from it, is not to be asked for again: that would send the form again. */
static naccs_status show(struct naccs_journey *journey, size_t to, const struct naccs_form_request *request,
			 const struct naccs_http_reply *reply, struct naccs_error *err)
{
	struct naccs_view *view = to != NACCS_NONE ? journey->views[to] : NULL;
	naccs_status status = naccs_view_show(journey, to, reply, err);

	if (view != NULL)
		view->is_asked_for = !request->is_post || strcmp(reply->url, request->url) != 0;
	return status;
}

/* An answer that is no page is kept as it is; a page is shown. */
static naccs_status receive(struct naccs_journey *journey, size_t view, const char *target, const struct naccs_form_request *request,
			    struct naccs_http_reply **reply, struct naccs_error *err)
{
	bool is_a_page = is_page(journey, *reply) && !(*reply)->is_cut;
	naccs_status status = NACCS_OK;

	journey->is_answer_a_file = !is_a_page;
	if (is_a_page)
		status = show(journey, naccs_view_find_target(journey, view, target), request, *reply, err);
	if (journey->is_answer_a_file && is_a_page) /* a frame of the page was the file, and is the answer now */
		return status;
	if (status == NACCS_OK && (journey->expects_file || !is_a_page)) {
		naccs_http_reply_free(journey->answer);
		journey->answer = naccs_take(reply);
	}
	return status;
}

static void begin_step(struct naccs_journey *journey)
{
	journey->step++;
	journey->is_answer_a_file = false;
	journey->frame_error = (struct naccs_error){0};
	naccs_http_reply_free(naccs_take(&journey->answer));
}

naccs_status naccs_journey_open(struct naccs_journey *journey, const char *url, struct naccs_error *err)
{
	naccs_auto(http_reply) struct naccs_http_reply *reply = NULL;
	__attribute__((cleanup(naccs_cleanup_form_request))) struct naccs_form_request request = {.url = strdup(url)};
	naccs_status status;

	if (request.url == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	naccs_views_clear(journey);
	naccs_lines_clear(&journey->known);
	naccs_lines_clear(&journey->lines);
	begin_step(journey);
	status = naccs_journey_request(journey, &request, NULL, &reply, err);
	return status == NACCS_OK ? receive(journey, NACCS_NONE, "", &request, &reply, err) : status;
}

naccs_status naccs_journey_prepare(struct naccs_journey *journey, size_t view, const struct naccs_press *press,
				   const struct naccs_form_entry *entries, size_t entry_count, struct naccs_action *ret,
				   struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {.view = view};
	const struct naccs_page *page = journey->views[view]->page;
	const char *target = press->target;
	naccs_status status = NACCS_OK;

	if (press->kind == NACCS_PRESS_SUBMIT) {
		status = naccs_form_serialise(page, press, entries, entry_count, &action.request, err);
		target = action.request.target;
	} else if (press->kind == NACCS_PRESS_NAVIGATE && entry_count == 0) {
		action.request.url = strdup(press->url);
	} else {
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("a script of the portal's page is not understood"));
	}
	if (status == NACCS_OK)
		status = journey->transport->check_url(journey->transport->context, action.request.url, err);
	if (status != NACCS_OK)
		return status;
	action.target = strdup(target != NULL && *target != '\0' ? target : page->base_target);
	if (action.target == NULL || action.request.url == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	*ret = action;
	action = (struct naccs_action){0};
	return NACCS_OK;
}

static naccs_status send_action(struct naccs_journey *journey, const struct naccs_action *action, struct naccs_error *err)
{
	naccs_auto(http_reply) struct naccs_http_reply *reply = NULL;
	naccs_auto(heap) char *referer = strdup(journey->views[action->view]->page->url);
	naccs_status status = naccs_journey_request(journey, &action->request, referer, &reply, err);

	return status == NACCS_OK ? receive(journey, action->view, action->target, &action->request, &reply, err) : status;
}

naccs_status naccs_journey_send(struct naccs_journey *journey, const struct naccs_action *action, struct naccs_error *err)
{
	naccs_status status = naccs_lines_remember(journey, err);

	if (status != NACCS_OK)
		return status;
	begin_step(journey);
	return send_action(journey, action, err);
}

/* What happens first: an inline script, then onload, then refreshes, the soonest of them. */
static bool is_sooner(const struct naccs_automatic *one, const struct naccs_automatic *than)
{
	if (than == NULL || one->delay_seconds != than->delay_seconds)
		return than == NULL || one->delay_seconds < than->delay_seconds;
	return !one->is_deferred && than->is_deferred;
}

static struct naccs_automatic *next_automatic(const struct naccs_journey *journey, bool with_popups, size_t *ret_view)
{
	struct naccs_automatic *next = NULL;

	for (size_t view = 0; view < journey->view_count; view++) {
		struct naccs_page *page = journey->views[view]->page;

		if (!naccs_journey_is_fresh(journey, view))
			continue;
		for (size_t i = 0; i < page->automatics.count; i++) {
			struct naccs_automatic *automatic = &page->automatics.items[i];

			if (automatic->is_done || automatic->delay_seconds > (journey->is_waiting ? PATIENT_DELAY_MAX : DELAY_MAX) ||
			    (automatic->is_popup && !with_popups) || (automatic->is_reload && !journey->views[view]->is_asked_for && !journey->expects_file) ||
			    !is_sooner(automatic, next))
				continue;
			next = automatic;
			*ret_view = view;
		}
	}
	return next;
}

/* A page that asks for itself again is waiting for something; while something is waited for, every page is. */
static unsigned wait_of(const struct naccs_journey *journey, size_t view, const struct naccs_automatic *automatic)
{
	bool is_itself = automatic->url != NULL && strcmp(automatic->url, journey->views[view]->page->url) == 0;

	if (journey->is_waiting)
		return automatic->delay_seconds == 0 && journey->waits >= IMPATIENT_MOVES ? 1 : automatic->delay_seconds;
	if (!is_itself)
		return 0;
	return automatic->delay_seconds < WAIT_MAX ? automatic->delay_seconds : WAIT_MAX;
}

static void wait_seconds(const struct naccs_journey *journey, unsigned seconds)
{
	if (seconds > 0 && journey->transport->wait != NULL)
		journey->transport->wait(journey->transport->context, seconds);
}

bool naccs_journey_next_wait(const struct naccs_journey *journey, bool with_popups, unsigned *ret_seconds)
{
	size_t view = 0;
	const struct naccs_automatic *automatic = next_automatic(journey, with_popups, &view);

	if (automatic != NULL)
		*ret_seconds = wait_of(journey, view, automatic);
	return automatic != NULL;
}

naccs_status naccs_journey_reload(struct naccs_journey *journey, size_t view, unsigned seconds, bool *ret_done, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {.view = view};

	*ret_done = journey->views[view]->is_asked_for;
	if (!*ret_done)
		return NACCS_OK;
	action.request.url = strdup(journey->views[view]->page->url);
	action.target = strdup("");
	if (action.request.url == NULL || action.target == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	journey->waits++;
	wait_seconds(journey, seconds);
	return send_action(journey, &action, err);
}

naccs_status naccs_journey_move(struct naccs_journey *journey, bool with_popups, bool *ret_moved, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	struct naccs_press press;
	size_t view = 0;
	struct naccs_automatic *automatic = next_automatic(journey, with_popups, &view);
	naccs_status status;

	*ret_moved = automatic != NULL;
	if (automatic == NULL)
		return NACCS_OK;
	automatic->is_done = true;
	naccs_page_follow(journey->views[view]->page, automatic, &press);
	status = naccs_journey_prepare(journey, view, &press, NULL, 0, &action, err);
	if (status != NACCS_OK)
		return status;
	wait_seconds(journey, wait_of(journey, view, automatic));
	journey->waits += journey->is_waiting;
	return send_action(journey, &action, err);
}
