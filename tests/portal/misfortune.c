/* SPDX-License-Identifier: Apache-2.0 */
#include "markup.h"
#include "page.h"
#include "screens.h"

#include <stdlib.h>
#include <string.h>

#define COOKIES 20000

/* Out of the portal: by redirect, refresh or script. */
static bool lead_astray(struct visit *visit)
{
	static const struct {
		enum fault fault;
		int how;
	} ways[] = {{F_REDIRECT_HOST, NEXT_FOUND}, {F_REDIRECT_307, NEXT_FOUND}, {F_REFRESH_HOST, NEXT_META}, {F_SCRIPT_HOST, NEXT_HREF}};
	struct portal *portal = visit->portal;
	char *url = NULL;
	int how = NEXT_FOUND;
	for (size_t i = 0; i < sizeof ways / sizeof *ways && url == NULL; i++)
		if (visit_fault(visit, ways[i].fault)) {
			url = need_format("https://foreign.example:%u" PORTAL_EE "NACCS/frame.jsp", portal->foreign_port);
			how = ways[i].how;
		}
	if (url == NULL && visit_fault(visit, F_REDIRECT_HTTP))
		url = need_format("http://" PORTAL_HOST ":%u" PORTAL_EE "NACCS/frame.jsp", portal->http_port);
	if (url == NULL && visit_fault(visit, F_REDIRECT_PORT))
		url = need_format("https://" PORTAL_HOST ":%u" PORTAL_EE "NACCS/frame.jsp", portal->foreign_port);
	if (url == NULL && visit_fault(visit, F_REDIRECT_LOOP))
		url = page_location(visit, "NACCS/frame.jsp");
	if (url == NULL)
		return false;
	page_go_url(visit, how, url);
	if (visit->answer->fault != NULL && strcmp(visit->answer->fault, fault_name(F_REDIRECT_307)) == 0)
		visit->answer->status = 307;
	free(url);
	return true;
}

static bool say_something_else(struct visit *visit)
{
	if (visit_fault(visit, F_ERROR_500))
		notice_plain(visit, 500, "エラー", "内部エラーが発生しました。", "error-500");
	else if (visit_fault(visit, F_NOT_FOUND))
		notice_plain(visit, 404, "Not Found", "The requested URL was not found on this server.", "not-found");
	else if (visit_fault(visit, F_UNKNOWN_PAGE))
		notice_plain(visit, 200, "重要なお知らせ", "利用規約が改定されました。内容をご確認のうえ、お手続きください。",
			     "unknown-page");
	else if (visit_fault(visit, F_MAINTENANCE))
		notice_maintenance(visit, 200);
	else if (visit_fault(visit, F_MAINTENANCE_503))
		notice_maintenance(visit, 503);
	else if (visit_fault(visit, F_EMPTY_PAGE))
		answer_body(visit->answer, "text/html", need_text(""), 0);
	else if (visit_fault(visit, F_NOT_HTML))
		answer_body(visit->answer, "image/gif", need_text("GIF89a"), 6);
	else
		return false;
	return true;
}

static bool flood(struct visit *visit)
{
	static const struct {
		enum fault fault;
		enum flood flood;
	} floods[] = {{F_ENDLESS_BODY, FLOOD_ZEROS}, {F_GZIP_BOMB, FLOOD_BOMB}, {F_NESTED_TAGS, FLOOD_NESTED}, {F_MANY_TAGS, FLOOD_MANY}};
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		if (!visit_fault(visit, floods[i].fault))
			continue;
		bool is_file = floods[i].flood == FLOOD_ZEROS || floods[i].flood == FLOOD_BOMB;
		answer_header(visit->answer, "Content-Type",
			      is_file && (visit->step == STEP_DOWNLOAD || visit->step == STEP_FILE) ? "application/octet-stream" : "text/html; charset=UTF-8");
		if (floods[i].flood == FLOOD_BOMB)
			answer_header(visit->answer, "Content-Encoding", "gzip");
		visit->answer->flood = floods[i].flood;
		visit->answer->screen = "flood";
		return true;
	}
	return false;
}

bool misfortune_before(struct visit *visit)
{
	if (visit_fault(visit, F_CLOSE_BEFORE)) {
		visit->answer->plan = (struct wire_plan){.act = WIRE_CLOSE, .is_silent = true};
		return true;
	}
	if (visit_fault(visit, F_SESSION_ENDED)) {
		if (visit->session != NULL)
			session_end(visit->portal->sessions, visit->session);
		visit->session = NULL;
		notice_screen(visit, NOTICE_SESSION_ENDED);
		return true;
	}
	return say_something_else(visit) || lead_astray(visit) || flood(visit);
}

void misfortune_after(struct visit *visit)
{
	struct wire_plan *plan = &visit->answer->plan;
	if (plan->act != WIRE_PLAIN)
		return;
	if (visit_fault(visit, F_CLOSE_AFTER))
		*plan = (struct wire_plan){.act = WIRE_CLOSE, .is_silent = true};
	else if (visit_fault(visit, F_CLOSE_IDLE))
		*plan = (struct wire_plan){.act = WIRE_PLAIN, .is_silent = true, .closes_after = true};
	else if (visit_fault(visit, F_STALL))
		plan->act = WIRE_STALL;
	else if (visit_fault(visit, F_SLOW))
		plan->act = WIRE_SLOW;
	else if (visit_fault(visit, F_HEADER_FLOOD))
		plan->act = WIRE_HEADERS;
	else if (visit_fault(visit, F_COOKIE_FLOOD))
		*plan = (struct wire_plan){.act = WIRE_COOKIES, .keep = COOKIES};
	else if (visit_fault(visit, F_GARBAGE))
		plan->act = WIRE_GARBAGE;
}
