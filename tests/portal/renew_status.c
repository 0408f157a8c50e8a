/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 鍵生成中 → 発行要求中 → 発行済み, manual 6.1 (6): a page that asks again by itself, in as many ways as pages have. */
#include "renew.h"

#include "markup.h"

#include <stdlib.h>
#include <string.h>

#define TITLE "デジタル証明書更新申請"
#define POLLS 3 /* until it is issued */

bool renew_is_issued(const struct visit *visit)
{
	const struct terminal *terminal = visit->session->terminal;
	return terminal->next.certificate != NULL && terminal->polls >= POLLS;
}

/* The state that this look finds. *ret_moves: the page goes on by itself. */
static const char *look(struct visit *visit, bool *ret_moves)
{
	static const char *const states[POLLS] = {"鍵生成中", "発行要求中", "発行済み"};
	struct terminal *terminal = visit->session->terminal;
	*ret_moves = !visit_fault(visit, F_STATUS_SILENT);
	if (visit_fault(visit, F_STATUS_STUCK))
		return states[0];
	if (visit_fault(visit, F_STATUS_FAILED)) {
		*ret_moves = false;
		return "発行失敗";
	}
	if (visit_fault(visit, F_STATUS_NEW))
		return "承認待ち";
	if (terminal->polls < POLLS)
		terminal->polls++;
	return states[terminal->polls - 1];
}

/* How the page goes on: into its head, a header, or a form at its end. */
struct onward {
	char *head, *tail;
	const char *body; /* attributes of the body */
};

static void by_form(struct visit *visit, const char *url, unsigned delay, struct onward *onward)
{
	session_expect_form(visit->session, STEP_STATUS, &visit->portal->chance);
	session_expect(visit->session, EXPECT_VALUE, ROLE_NONE, "token", visit->session->token, strlen(visit->session->token));
	onward->tail = need_format("<form name=\"poll\" method=\"post\" action=\"%s\"><div><input type=\"hidden\" name=\"token\" value=\"%s\" /></div></form>\n"
				   "<script type=\"text/javascript\">setTimeout(\"document.poll.submit()\", %u);</script>\n",
				   url, visit->session->token, delay * 1000);
}

static struct onward go_on(struct visit *visit, const char *target, bool is_same)
{
	int how = visit_dialect(visit, D_STATUS);
	unsigned delay = visit->portal->status_delay;
	struct onward onward = {0};
	char *plain = page_url(visit, target), *url = markup_escape(plain);
	bool can_reload = is_same && !visit->request->is_post;
	if (how == STATUS_REFRESH) {
		char *location = visit_dialect(visit, D_ACTION) == ACTION_BASE ? need_text(plain) : page_location(visit, target);
		char *absolute = visit_dialect(visit, D_ACTION) == ACTION_BASE ? need_format("%s%s", visit->base, location) : need_text(location);
		char *value = need_format("%u; URL=%s", delay, absolute);
		answer_header(visit->answer, "Refresh", value);
		free(value);
		free(absolute);
		free(location);
	} else if (how == STATUS_SUBMIT && is_same) {
		by_form(visit, url, delay, &onward);
	} else if (how == STATUS_RELOAD && can_reload) {
		onward.head = need_format("<script type=\"text/javascript\">\n<!--\nsetTimeout(function () { location.reload(); }, %u);\n//-->\n</script>\n",
					  delay * 1000);
	} else if (how == STATUS_SCRIPT || how == STATUS_RELOAD || how == STATUS_SUBMIT) {
		onward.head = need_format("<script type=\"text/javascript\">setTimeout(\"location.href=\x27%s\x27\", %u);</script>\n", url, delay * 1000);
	} else {
		onward.head = need_format("<meta http-equiv=\"refresh\" content=\"%u;url=%s\" />\n", delay, url);
	}
	free(url);
	free(plain);
	return onward;
}

static void put_state(struct page *page, const char *state)
{
	const struct datum datum = {"証明書ステータス", state};
	if (visit_dialect(page->visit, D_WORDING) == WORDING_2)
		page_add(page, "<p>処理中は証明書ステータスが、鍵生成中→発行要求中→発行済みの順に遷移します。</p>\n");
	renew_put_data(page, &datum, 1);
	if (visit_dialect(page->visit, D_WORDING) == WORDING_3)
		page_add(page, "<p>※発行に失敗した場合は、証明書ステータスにエラーと表示されます。</p>\n");
}

static void show(struct visit *visit, const char *state, const struct onward *onward)
{
	struct page page;
	page_begin(&page, visit, TITLE, onward->head != NULL ? onward->head : "", "");
	page_add_logout(&page);
	page_add(&page, "<h2>" TITLE "</h2>\n<p>認証局での処理を待っています。</p>\n");
	put_state(&page, state);
	page_add(&page, "%s</body>\n", onward->tail != NULL ? onward->tail : "");
	page_finish(&page, "status");
}

/* The page around the state, where that has a frame of its own. */
static void show_around(struct visit *visit)
{
	char *plain = page_url(visit, "NACCS/status.jsp?part=state"), *url = markup_escape(plain);
	struct page page;
	page_begin(&page, visit, TITLE, "", "");
	page_add_logout(&page);
	page_add(&page, "<h2>" TITLE "</h2>\n<p>認証局での処理を待っています。</p>\n<iframe name=\"state\" src=\"%s\" width=\"400\"></iframe>\n</body>\n", url);
	page_finish(&page, "status-around");
	free(url);
	free(plain);
}

static void leave_frame(struct visit *visit, const char *state)
{
	char *plain = page_url(visit, "NACCS/password.jsp"), *url = markup_escape(plain);
	struct onward onward = {.head = need_format("<script type=\"text/javascript\">parent.location.href = \"%s\";</script>\n", url)};
	show(visit, state, &onward);
	free(onward.head);
	free(url);
	free(plain);
}

static void next_look(struct visit *visit, char target[64])
{
	const char *part = request_field(visit->request, "part");
	if (visit_dialect(visit, D_STATUS) == STATUS_NEXT)
		(void)snprintf(target, 64, "NACCS/status.jsp?look=%u", visit->request->number);
	else
		(void)snprintf(target, 64, "NACCS/status.jsp%s", part != NULL ? "?part=state" : "");
}

void renew_status_screen(struct visit *visit)
{
	bool has_frame = visit_dialect(visit, D_STATUS) == STATUS_FRAME, moves = false;
	if (has_frame && request_field(visit->request, "part") == NULL) {
		show_around(visit);
		return;
	}
	const char *state = look(visit, &moves);
	char target[64];
	next_look(visit, target);
	if (has_frame && moves && renew_is_issued(visit)) {
		leave_frame(visit, state);
		return;
	}
	bool is_same = !renew_is_issued(visit);
	struct onward onward = {0};
	if (moves)
		onward = go_on(visit, is_same ? target : "NACCS/password.jsp", is_same);
	show(visit, state, &onward);
	free(onward.tail);
	free(onward.head);
}

void renew_status(struct visit *visit)
{
	if (visit->session->terminal->next.certificate == NULL)
		notice_deviation(visit, need_text("the status was asked for before anything was applied for"));
	else
		renew_status_screen(visit);
}
