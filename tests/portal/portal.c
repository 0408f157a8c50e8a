/* SPDX-License-Identifier: Apache-2.0 */
#include "portal.h"
#include "screens.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

bool visit_fault(struct visit *visit, enum fault fault)
{
	bool is_file_too = visit->step == STEP_DOWNLOAD && visit_dialect(visit, D_DOWNLOAD_VIA) == VIA_DIRECT;
	if (!faults_take(visit->portal->faults, fault, visit->step) &&
	    !(is_file_too && faults_take(visit->portal->faults, fault, STEP_FILE)))
		return false;
	visit->answer->fault = fault_name(fault);
	return true;
}

/* --- from an address to a step --- */

static const struct route {
	const char *path; /* below …/pages/ee/ */
	enum step get, post;
} routes[] = {
	{"index.jsp", STEP_LOGIN, STEP_LOGIN_POST},
	{"login.do", STEP_OTHER, STEP_LOGIN_POST},
	{"NACCS/frame.jsp", STEP_FRAME, STEP_OTHER},
	{"NACCS/header.jsp", STEP_HEADER, STEP_OTHER},
	{"NACCS/menu.jsp", STEP_MENU, STEP_OTHER},
	{"NACCS/top.jsp", STEP_TOP, STEP_OTHER},
	{"NACCS/obtain.jsp", STEP_FORM, STEP_SUBMIT},
	{"NACCS/obtain.do", STEP_OTHER, STEP_SUBMIT},
	{"NACCS/download.jsp", STEP_DOWNLOAD_PAGE, STEP_DOWNLOAD},
	{"NACCS/download.do", STEP_DOWNLOAD, STEP_DOWNLOAD},
	{"NACCS/file.do", STEP_FILE, STEP_FILE},
	{"NACCS/logout.do", STEP_LOGOUT, STEP_LOGOUT},
};

static const struct route renewal_routes[] = {
	{"index.jsp", STEP_RENEW, STEP_OTHER},
	{"frame.jsp", STEP_FRAME, STEP_OTHER},
	{"header.jsp", STEP_HEADER, STEP_OTHER},
	{"menu.jsp", STEP_MENU, STEP_OTHER},
	{"top.jsp", STEP_TOP, STEP_OTHER},
	{"apply.jsp", STEP_CONFIRM, STEP_APPLY},
	{"apply.do", STEP_OTHER, STEP_APPLY},
	{"status.jsp", STEP_STATUS, STEP_STATUS},
	{"password.jsp", STEP_PASSWORD, STEP_SUBMIT},
	{"obtain.do", STEP_OTHER, STEP_SUBMIT},
	{"download.jsp", STEP_DOWNLOAD_PAGE, STEP_DOWNLOAD},
	{"download.do", STEP_DOWNLOAD, STEP_DOWNLOAD},
	{"file.do", STEP_FILE, STEP_FILE},
	{"logout.do", STEP_LOGOUT, STEP_LOGOUT},
};

static const struct route *find_route(const struct visit *visit)
{
	const char *path = visit->request->path + strlen(visit->base);
	bool is_renewal = strcmp(visit->base, PORTAL_RENEW) == 0;
	const struct route *all = is_renewal ? renewal_routes : routes;
	size_t count = is_renewal ? sizeof renewal_routes / sizeof *renewal_routes : sizeof routes / sizeof *routes;
	if (strncmp(visit->request->path, visit->base, strlen(visit->base)) != 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].path, path) == 0)
			return &all[i];
	return NULL;
}

static enum step find_step(const struct visit *visit)
{
	const struct request *request = visit->request;
	const struct session *session = visit->session;
	const struct route *route = find_route(visit);
	if (route == NULL)
		return STEP_OTHER;
	/* a form without an action goes to its own page, whatever that page's address is */
	bool is_own = visit_dialect(visit, D_ACTION) == ACTION_MISSING && session != NULL && session->form_step != STEP_ANY;
	bool is_get_form = is_own && session->form_step == STEP_DOWNLOAD && request->query_count > 0;
	if (is_own && (request->is_post || is_get_form))
		return session->form_step;
	return request->is_post ? route->post : route->get;
}

/* --- the answer to a step --- */

/* The form that was sent must be the one that was shown last. */
static bool is_form_right(struct visit *visit)
{
	const struct request *request = visit->request;
	if (visit->step != STEP_LOGIN_POST && visit->step != STEP_SUBMIT && visit->step != STEP_DOWNLOAD && visit->step != STEP_APPLY &&
	    !(visit->step == STEP_STATUS && request->is_post))
		return true;
	char *deviation;
	if (visit->session->form_step != visit->step)
		deviation = need_format("this form was not shown last (expected: %s)", step_name(visit->session->form_step));
	else if (request->is_post)
		deviation = session_deviation(visit->session, request->form, request->form_count);
	else
		deviation = session_deviation(visit->session, request->query, request->query_count);
	if (deviation == NULL)
		return true;
	notice_deviation(visit, deviation);
	return false;
}

static void answer_step(struct visit *visit)
{
	switch (visit->step) {
	case STEP_LOGIN:
		login_screen(visit, NULL);
		break;
	case STEP_LOGIN_POST:
		login_post(visit);
		break;
	case STEP_FRAME:
		frames_screen(visit);
		break;
	case STEP_HEADER:
		frames_header(visit);
		break;
	case STEP_MENU:
		frames_menu(visit);
		break;
	case STEP_TOP:
		frames_top(visit);
		break;
	case STEP_FORM:
		obtain_screen(visit, NULL);
		break;
	case STEP_SUBMIT:
		if (visit->session->is_renewal)
			renew_password_post(visit);
		else
			obtain_post(visit);
		break;
	case STEP_DOWNLOAD_PAGE:
		obtain_download_page(visit);
		break;
	case STEP_DOWNLOAD:
		download_post(visit);
		break;
	case STEP_FILE:
		download_file(visit);
		break;
	case STEP_RENEW:
		renew_begin(visit);
		break;
	case STEP_CONFIRM:
		renew_confirm(visit);
		break;
	case STEP_APPLY:
		renew_apply(visit);
		break;
	case STEP_STATUS:
		renew_status(visit);
		break;
	case STEP_PASSWORD:
		renew_password_screen(visit);
		break;
	case STEP_LOGOUT:
		frames_logout(visit);
		break;
	default:
		notice_plain(visit, 404, "Not Found", "The requested URL was not found on this server.", "not-found");
		break;
	}
}

static void answer_visit(struct visit *visit)
{
	int64_t from, until;
	bool needs_login = visit->step != STEP_LOGIN && visit->step != STEP_LOGIN_POST && visit->step != STEP_RENEW &&
			   visit->step != STEP_OTHER;
	if (misfortune_before(visit))
		return;
	if (visit->portal->has_regular_maintenance && clock_maintenance(clock_now(&visit->portal->clock), &from, &until))
		notice_maintenance(visit, 200);
	else if (needs_login && visit->session != NULL && visit->session->is_renewal != (strcmp(visit->base, PORTAL_RENEW) == 0))
		notice_screen(visit, NOTICE_SESSION_ENDED);
	else if ((needs_login && (visit->session == NULL || !visit->session->is_logged_in)) ||
		 (visit->step == STEP_LOGIN_POST && visit->session == NULL))
		notice_screen(visit, NOTICE_SESSION_ENDED);
	else if (is_form_right(visit))
		answer_step(visit);
}

/* --- how it is sent --- */

static void put_cookie(struct visit *visit, const char *sent)
{
	if (visit->session == NULL || visit_dialect(visit, D_SESSION) == SESSION_URL || strcmp(sent, visit->session->id) == 0)
		return;
	char *cookie = need_format("JSESSIONID=%s; Path=/NACCSClientCA; Secure; HttpOnly", visit->session->id);
	answer_header(visit->answer, "Set-Cookie", cookie);
	free(cookie);
}

static void compress_body(struct answer *answer)
{
	z_stream zip = {0};
	if (deflateInit2(&zip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		die("out of memory");
	uLong room = deflateBound(&zip, answer->size);
	unsigned char *out = need(1, room + 1);
	zip.next_in = (unsigned char *)answer->body;
	zip.avail_in = (uInt)answer->size;
	zip.next_out = out;
	zip.avail_out = (uInt)room;
	if (deflate(&zip, Z_FINISH) != Z_STREAM_END)
		die("cannot compress");
	free(answer->body);
	answer->body = (char *)out;
	answer->size = zip.total_out;
	(void)deflateEnd(&zip);
	answer_header(answer, "Content-Encoding", "gzip");
}

static void dress_answer(struct visit *visit)
{
	struct answer *answer = visit->answer;
	answer_header(answer, "Cache-Control", "no-store");
	bool is_spoiled = answer->plan.act == WIRE_CUT;
	if (visit_dialect(visit, D_ENCODING) == ENCODING_GZIP && visit->request->accepts_gzip && answer->flood == FLOOD_NONE &&
	    answer->size > 0 && !is_spoiled)
		compress_body(answer);
	if (visit_dialect(visit, D_TRANSFER) == TRANSFER_CHUNKED && !is_spoiled)
		answer->transfer = BODY_CHUNKED;
	if (visit_dialect(visit, D_CONNECTION) == CONNECTION_CLOSED || answer->transfer == BODY_UNTIL_CLOSE)
		answer->closes = true;
}

void portal_answer(struct portal *portal, struct request *request, struct answer *answer)
{
	struct visit visit = {.portal = portal, .request = request, .answer = answer};
	visit.base = strncmp(request->path, PORTAL_RENEW, strlen(PORTAL_RENEW)) == 0 ? PORTAL_RENEW : PORTAL_EE;
	visit.session = session_find(portal->sessions, request->session_id, clock_now(&portal->clock));
	visit.step = find_step(&visit);
	request->step = visit.step;
	answer_visit(&visit);
	misfortune_after(&visit);
	put_cookie(&visit, request->session_id);
	dress_answer(&visit);
}
