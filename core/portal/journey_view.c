/* SPDX-License-Identifier: Apache-2.0 */
/* Why: windows and frames: where an answer is shown, and loading a page's frames as a browser does. */
#include "journey_private.h"

#include "text.h"

#include <string.h>
#include <strings.h>

#define FRAME_DEPTH_MAX 4
#define BYTES_MAX ((size_t)5 * 1024 * 1024) /* of all pages shown at once */
#define NODES_MAX ((size_t)NACCS_PAGE_NODES_MAX + 20000)

static void free_view(struct naccs_view *view)
{
	naccs_page_free(view->page);
	free(view->name);
	free(view);
}

void naccs_views_clear(struct naccs_journey *journey)
{
	while (journey->view_count > 0)
		free_view(journey->views[--journey->view_count]);
}

static size_t add_view(struct naccs_journey *journey, struct naccs_view *parent, const char *name)
{
	struct naccs_view *view;

	if (journey->view_count == NACCS_VIEWS_MAX)
		return NACCS_NONE;
	view = calloc(1, sizeof *view);
	if (view == NULL)
		return NACCS_NONE;
	view->parent = parent;
	view->name = strdup(name);
	if (view->name == NULL) {
		free(view);
		return NACCS_NONE;
	}
	journey->views[journey->view_count++] = view;
	return journey->view_count - 1;
}

static bool is_below(const struct naccs_view *view, const struct naccs_view *above)
{
	for (view = view->parent; view != NULL; view = view->parent)
		if (view == above)
			return true;
	return false;
}

/* The frames of a page go with it. */
static void close_frames(struct naccs_journey *journey, const struct naccs_view *of)
{
	size_t kept = 0;
	bool is_closed[NACCS_VIEWS_MAX];

	for (size_t i = 0; i < journey->view_count; i++)
		is_closed[i] = is_below(journey->views[i], of);
	for (size_t i = 0; i < journey->view_count; i++) {
		if (is_closed[i])
			free_view(journey->views[i]);
		else
			journey->views[kept++] = journey->views[i];
	}
	journey->view_count = kept;
}

static size_t index_of(const struct naccs_journey *journey, const struct naccs_view *view)
{
	size_t index = 0;

	while (journey->views[index] != view)
		index++;
	return index;
}

static const struct naccs_view *window_of(const struct naccs_view *view)
{
	while (view->parent != NULL)
		view = view->parent;
	return view;
}

static size_t find_name(const struct naccs_journey *journey, const struct naccs_view *window, const char *name)
{
	for (size_t i = 0; i < journey->view_count; i++)
		if ((window == NULL || window_of(journey->views[i]) == window) && strcmp(journey->views[i]->name, name) == 0)
			return i;
	return NACCS_NONE;
}

size_t naccs_view_find_target(struct naccs_journey *journey, size_t view, const char *target)
{
	const struct naccs_view *from = view != NACCS_NONE ? journey->views[view] : NULL;
	size_t found;

	if (from == NULL)
		return add_view(journey, NULL, "");
	if (*target == '\0' || strcasecmp(target, "_self") == 0)
		return view;
	if (strcasecmp(target, "_parent") == 0)
		return from->parent != NULL ? index_of(journey, from->parent) : view;
	if (strcasecmp(target, "_top") == 0)
		return index_of(journey, window_of(from));
	if (strcasecmp(target, "_blank") == 0)
		return add_view(journey, NULL, "");
	found = find_name(journey, window_of(from), target);
	if (found == NACCS_NONE)
		found = find_name(journey, NULL, target);
	return found != NACCS_NONE ? found : add_view(journey, NULL, target);
}

static naccs_status check_room(const struct naccs_journey *journey, struct naccs_error *err)
{
	size_t bytes = 0, nodes = 0;

	for (size_t i = 0; i < journey->view_count; i++) {
		const struct naccs_page *page = journey->views[i]->page;
		bytes += page != NULL ? page->byte_count : 0;
		nodes += page != NULL ? page->node_count : 0;
	}
	if (bytes > BYTES_MAX || nodes > NODES_MAX)
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0,
				  _("the page with its frames is too large to be one of the portal's"));
	return NACCS_OK;
}

static naccs_status show_page(struct naccs_journey *journey, struct naccs_view *view, const struct naccs_http_reply *reply,
			      struct naccs_error *err)
{
	const struct naccs_page_source source = {
		.bytes = naccs_secret_data(reply->body),
		.length = naccs_secret_length(reply->body),
		.url = reply->url,
		.content_type = reply->content_type,
		.refresh = reply->refresh,
		.status = reply->status,
	};
	naccs_status status;

	close_frames(journey, view);
	naccs_page_free(naccs_take(&view->page));
	view->step = journey->step;
	view->is_asked_for = true;
	status = naccs_page_parse(&source, &view->page, err);
	if (status == NACCS_OK)
		status = check_room(journey, err);
	return status == NACCS_OK ? naccs_lines_gather(journey, view->page, err) : status;
}

/* Only what a frame may do without ending the journey: be refused, not be a page. */
static bool is_bearable(naccs_status status)
{
	return status == NACCS_E_NET_REDIRECT_REFUSED || status == NACCS_E_PORTAL_UNKNOWN_PAGE || status == NACCS_E_PORTAL_TRUNCATED;
}

static bool is_markup(const struct naccs_http_reply *reply)
{
	return reply->content_type == NULL || strncasecmp(reply->content_type, "text/", 5) == 0 ||
	       strcasestr(reply->content_type, "html") != NULL || strcasestr(reply->content_type, "xml") != NULL;
}

/* A frame that downloads by itself. */
static bool is_file(const struct naccs_journey *journey, const struct naccs_http_reply *reply)
{
	if (!journey->expects_file || journey->is_file == NULL)
		return false;
	return journey->is_file(naccs_secret_data(reply->body), naccs_secret_length(reply->body)) ||
	       (reply->content_type != NULL && strncasecmp(reply->content_type, "application/", 12) == 0 && !is_markup(reply));
}

/* Fill one frame. One that shows the same address as a page around it stays empty, as in a browser. */
static naccs_status load_frame(struct naccs_journey *journey, struct naccs_view *view, const char *url, struct naccs_error *err)
{
	naccs_auto(http_reply) struct naccs_http_reply *reply = NULL;
	__attribute__((cleanup(naccs_cleanup_form_request))) struct naccs_form_request request = {.url = strdup(url)};
	naccs_status status;

	if (request.url == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (const struct naccs_view *around = view->parent; around != NULL; around = around->parent)
		if (around->page != NULL && strcmp(around->page->url, url) == 0)
			return NACCS_OK;
	status = naccs_journey_request(journey, &request, view->parent->page->url, &reply, err);
	if (status != NACCS_OK)
		return status;
	if (is_file(journey, reply)) {
		journey->is_answer_a_file = true;
		naccs_http_reply_free(journey->answer);
		journey->answer = naccs_take(&reply);
		return NACCS_OK;
	}
	return is_markup(reply) && !reply->is_cut ? show_page(journey, view, reply, err) : NACCS_OK;
}

static size_t depth_of(const struct naccs_view *view)
{
	size_t depth = 0;

	for (; view->parent != NULL; view = view->parent)
		depth++;
	return depth;
}

/* The frames of one view, each behind the others in journey->views, so that its own frames follow later in the same loop. */
static naccs_status load_frames(struct naccs_journey *journey, struct naccs_view *view, struct naccs_error *err)
{
	const struct naccs_page *page = view->page;

	for (size_t i = 0; page != NULL && i < page->frames.count && depth_of(view) < FRAME_DEPTH_MAX; i++) {
		const struct naccs_frame_source *frame = &page->frames.items[i];
		struct naccs_error why = {0};
		size_t child = add_view(journey, view, frame->name);
		naccs_status status;

		if (child == NACCS_NONE)
			break;
		if (frame->url == NULL)
			continue;
		status = load_frame(journey, journey->views[child], frame->url, &why);
		if (is_bearable(status) && journey->requests < journey->requests_max) {
			if (journey->frame_error.status == NACCS_OK)
				journey->frame_error = why;
		} else if (status != NACCS_OK) {
			if (err != NULL)
				*err = why;
			return status;
		}
	}
	return NACCS_OK;
}

naccs_status naccs_view_show(struct naccs_journey *journey, size_t view, const struct naccs_http_reply *reply, struct naccs_error *err)
{
	struct naccs_view *shown;
	naccs_status status;

	if (view == NACCS_NONE)
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal opens too many windows"));
	shown = journey->views[view];
	status = show_page(journey, shown, reply, err);
	if (status != NACCS_OK)
		return status;
	for (size_t i = index_of(journey, shown); i < journey->view_count && status == NACCS_OK; i++)
		if (journey->views[i] == shown || is_below(journey->views[i], shown))
			status = load_frames(journey, journey->views[i], err);
	return status;
}
