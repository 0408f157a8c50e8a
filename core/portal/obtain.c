/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the loop: look at what is shown, recognise where we are, act; refuse what is not known before a code is spent. See obtain.h. */
#include "obtain.h"

#include "text.h"
#include "walk.h"

#define REQUESTS_MAX 60

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
	SCENE_UNUSABLE,	 /* recognised, but walk.problem */
	SCENE_OTHER,
};

struct obtain {
	struct naccs_walk walk;
	const struct naccs_obtain_request *request;
};

/* ---- what is particular to it ---- */

#define COMPARE_CODES N_("compare them with the NACCS Support System: 契約内容の確認, netNACCS, 論理端末名 / デジタル証明書")

static const struct naccs_meaning meanings[] = {
	{NACCS_TEXT_LOGIN_REFUSED, NACCS_E_PORTAL_LOGIN_REFUSED, N_("the portal refused authentication codes 1 and 2"), COMPARE_CODES},
	{NACCS_TEXT_CODE_REFUSED, NACCS_E_PORTAL_CODE_REFUSED, N_("the portal refused authentication code 3"),
	 N_("compare it with the NACCS Support System; after a reissue there is a new one")},
};

/* What can be said at each phase, what is surest first. */
static const enum naccs_text_key before_login[] = {NACCS_TEXT_SESSION_ENDED, NACCS_TEXT_MAINTENANCE, NACCS_TEXT_LOCKED,
						   NACCS_TEXT_MAINTENANCE_HINT, NACCS_TEXT_COUNT};
static const enum naccs_text_key after_login[] = {NACCS_TEXT_SESSION_ENDED, NACCS_TEXT_MAINTENANCE, NACCS_TEXT_LOCKED,
						  NACCS_TEXT_LOGIN_REFUSED, NACCS_TEXT_EXPIRED,	    NACCS_TEXT_MAINTENANCE_HINT,
						  NACCS_TEXT_COUNT};
static const enum naccs_text_key in_menu[] = {NACCS_TEXT_SESSION_ENDED, NACCS_TEXT_MAINTENANCE,	     NACCS_TEXT_LOCKED,
					      NACCS_TEXT_EXPIRED,	NACCS_TEXT_MAINTENANCE_HINT, NACCS_TEXT_COUNT};
static const enum naccs_text_key after_submit[] = {
	NACCS_TEXT_SESSION_ENDED,    NACCS_TEXT_MAINTENANCE, NACCS_TEXT_LOCKED,		  NACCS_TEXT_CODE_REFUSED,
	NACCS_TEXT_PASSWORD_REFUSED, NACCS_TEXT_EXPIRED,     NACCS_TEXT_MAINTENANCE_HINT, NACCS_TEXT_COUNT};

static const char *where_it_stands(const struct naccs_walk *walk)
{
	return walk->phase < NACCS_WALK_SUBMITTED ? _("Authentication code 3 was not sent.")
						  : _("“naccs-cert resume” tries again until the end of the day in Japan.");
}

static const struct naccs_walk_kind obtain_kind = {
	.menu = NACCS_TEXT_MENU_OBTAIN,
	.menu_progress = N_("Opening the form for the certificate"),
	.start = naccs_portal_obtain_start,
	.step_names = {[NACCS_WALK_BEGUN] = N_("before login"),
		       [NACCS_WALK_LOGGED_IN] = N_("after login"),
		       [NACCS_WALK_IN_MENU] = N_("after the menu"),
		       [NACCS_WALK_APPLIED] = N_("after the menu"),
		       [NACCS_WALK_SUBMITTED] = N_("after authentication code 3 was sent"),
		       [NACCS_WALK_DOWNLOADING] = N_("after Download was pressed"),
		       [NACCS_WALK_DONE] = N_("after Download was pressed")},
	.keys = {[NACCS_WALK_BEGUN] = before_login,
		 [NACCS_WALK_LOGGED_IN] = after_login,
		 [NACCS_WALK_IN_MENU] = in_menu,
		 [NACCS_WALK_APPLIED] = in_menu,
		 [NACCS_WALK_SUBMITTED] = after_submit,
		 [NACCS_WALK_DOWNLOADING] = in_menu,
		 [NACCS_WALK_DONE] = in_menu},
	.meanings = meanings,
	.meaning_count = sizeof meanings / sizeof *meanings,
	.where_it_stands = where_it_stands,
	.ended_progress = N_("The session ended; logging in again"),
};

/* ---- looking ---- */

static bool sees_login(struct naccs_walk *walk)
{
	return naccs_walk_sees_form(walk, NACCS_SCREEN_LOGIN, NACCS_TEXT_LOGIN);
}

static bool sees_code3(struct naccs_walk *walk)
{
	return naccs_walk_sees_form(walk, NACCS_SCREEN_CODE3, NACCS_TEXT_SUBMIT);
}

static enum scene usable(const struct naccs_walk *walk, enum scene scene)
{
	return walk->problem == NULL ? scene : SCENE_UNUSABLE;
}

static enum scene look_before_submit(struct naccs_walk *walk)
{
	bool is_first = walk->phase == NACCS_WALK_LOGGED_IN;

	if (sees_code3(walk))
		return usable(walk, SCENE_CODE3);
	/* Made ready earlier that day. Before the menu it would be an item of the menu, and nothing vague is pressed before code 3 was
	 * sent. */
	if (!is_first && naccs_walk_sees_control(walk, NACCS_TEXT_DOWNLOAD, NACCS_LOOK_FRESH | NACCS_LOOK_EXACT))
		return SCENE_DOWNLOAD;
	if (is_first && naccs_walk_sees_control(walk, NACCS_TEXT_MENU_OBTAIN, NACCS_LOOK_WITH_OLD))
		return SCENE_MENU;
	if (sees_login(walk))
		return SCENE_CAME_BACK;
	if (walk->problem == NULL && naccs_walk_sees_passwords(walk))
		walk->problem = NACCS_PASSWORDS_UNLABELLED;
	if (!is_first && naccs_walk_sees_control(walk, NACCS_TEXT_MENU_OBTAIN, NACCS_LOOK_FRESH))
		return SCENE_MENU_AGAIN;
	return SCENE_OTHER;
}

static enum scene look(struct naccs_walk *walk)
{
	walk->problem = NULL;
	if (naccs_walk_has_file(walk))
		return SCENE_FILE;
	switch (walk->phase) {
	case NACCS_WALK_BEGUN:
		return sees_login(walk) ? usable(walk, SCENE_LOGIN) : SCENE_OTHER;
	case NACCS_WALK_LOGGED_IN:
	case NACCS_WALK_IN_MENU:
		return look_before_submit(walk);
	case NACCS_WALK_SUBMITTED:
		if (naccs_walk_sees_control(walk, NACCS_TEXT_DOWNLOAD, NACCS_LOOK_FRESH))
			return SCENE_DOWNLOAD;
		return sees_code3(walk) || sees_login(walk) ? SCENE_CAME_BACK : SCENE_OTHER;
	case NACCS_WALK_DOWNLOADING:
		if (sees_login(walk))
			return SCENE_CAME_BACK;
		return naccs_walk_sees_control(walk, NACCS_TEXT_DOWNLOAD, NACCS_LOOK_FRESH) || naccs_walk_sees_download_here(walk)
			       ? SCENE_DOWNLOAD_AGAIN
			       : SCENE_OTHER;
	case NACCS_WALK_APPLIED:
	case NACCS_WALK_DONE:
	case NACCS_WALK_PHASES:
		break;
	}
	return SCENE_OTHER;
}

/* ---- acting ---- */

static naccs_status log_in(struct obtain *obtain, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	struct naccs_walk *walk = &obtain->walk;
	const struct naccs_screen *screen = &walk->screen;
	const struct naccs_form_entry entries[] = {
		{screen->fields[NACCS_TEXT_CODE1], obtain->request->code1},
		{screen->fields[NACCS_TEXT_CODE2], obtain->request->code2},
	};
	naccs_status status = naccs_journey_prepare(&walk->journey, screen->view, &screen->press, entries, 2, &action, err);

	if (status != NACCS_OK)
		return status;
	naccs_walk_progress(walk, _("Logging in"));
	walk->phase = NACCS_WALK_LOGGED_IN;
	walk->was_logged_in = true;
	return naccs_journey_send(&walk->journey, &action, err);
}

static naccs_status submit(struct obtain *obtain, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	const struct naccs_obtain_request *request = obtain->request;
	struct naccs_walk *walk = &obtain->walk;
	const struct naccs_screen *screen = &walk->screen;
	const struct naccs_form_entry entries[] = {
		{screen->fields[NACCS_TEXT_CODE3], request->code3},
		{screen->fields[NACCS_TEXT_PASSWORD], request->password},
		{screen->fields[NACCS_TEXT_CONFIRMATION], request->password},
	};
	naccs_status status = naccs_journey_prepare(&walk->journey, screen->view, &screen->press, entries, 3, &action, err);

	if (status == NACCS_OK)
		status = request->about_to_submit(request->context, err);
	if (status != NACCS_OK)
		return status;
	naccs_walk_progress(walk, _("Sending authentication code 3 and the password"));
	naccs_walk_remember_way_out(walk);
	walk->phase = NACCS_WALK_SUBMITTED;
	walk->journey.expects_file = true;
	return naccs_journey_send(&walk->journey, &action, err);
}

/* A screen came back that we had left: by what the portal says about it. */
static naccs_status act_on_return(struct naccs_walk *walk, struct naccs_error *err)
{
	naccs_status status;

	naccs_walk_explain(walk, &status, err);
	if (status != NACCS_OK)
		return naccs_walk_give_up(walk, status, err);
	if (walk->phase == NACCS_WALK_LOGGED_IN) {
		(void)naccs_fail(err, NACCS_E_PORTAL_LOGIN_REFUSED, 0,
				 _("the portal asks for authentication codes 1 and 2 again: it did not accept them"));
		return naccs_error_hint(err, "%s", _(COMPARE_CODES));
	}
	if (sees_login(walk)) { /* without a word: what portals do when a session has ended */
		(void)naccs_fail(err, NACCS_E_PORTAL_SESSION_ENDED, 0, _("the portal asks for a new login"));
		return naccs_walk_give_up(walk, NACCS_E_PORTAL_SESSION_ENDED, err);
	}
	return naccs_walk_unknown_page(walk, _("the form came back, and nothing that is known says why"), err);
}

static naccs_status act_on_file(struct naccs_walk *walk, struct naccs_error *err)
{
	if (walk->phase >= NACCS_WALK_SUBMITTED)
		return naccs_walk_receive(walk, err);
	return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal sent a file where a page was expected"));
}

static naccs_status step(struct obtain *obtain, struct naccs_error *err)
{
	struct naccs_walk *walk = &obtain->walk;

	switch (look(walk)) {
	case SCENE_FILE:
		return act_on_file(walk, err);
	case SCENE_LOGIN:
		return log_in(obtain, err);
	case SCENE_MENU:
		return naccs_walk_open_menu(walk, err);
	case SCENE_MENU_AGAIN:
		return naccs_walk_open_menu_again(walk, err);
	case SCENE_CODE3:
		return submit(obtain, err);
	case SCENE_DOWNLOAD:
		return naccs_walk_download(walk, err);
	case SCENE_DOWNLOAD_AGAIN:
		return naccs_walk_download_again(walk, err);
	case SCENE_CAME_BACK:
		return act_on_return(walk, err);
	case SCENE_UNUSABLE:
		return naccs_walk_unknown_page(walk, walk->problem, err);
	case SCENE_OTHER:
		break;
	}
	return naccs_walk_wait_or_refuse(walk, err);
}

naccs_status naccs_obtain_run_over(const struct naccs_transport *transport, const struct naccs_obtain_request *request,
				   bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err)
{
	struct naccs_error own = {0}; /* messages are built on it, also when the caller wants none */
	struct obtain obtain = {
		.walk = {.kind = &obtain_kind,
			 .description = request->description,
			 .is_plausible = is_plausible,
			 .now = request->now,
			 .page_dirfd = request->page_dirfd,
			 .secrets = {request->code1, request->code2, request->code3, request->password},
			 .progress = request->progress,
			 .about_to_submit = request->about_to_submit,
			 .received = request->received,
			 .warning = request->warning,
			 .context = request->context},
		.request = request,
	};
	struct naccs_walk *walk = &obtain.walk;
	naccs_status status;

	if (err == NULL)
		err = &own;
	naccs_walk_init(walk, transport, REQUESTS_MAX);
	naccs_walk_warn_of_time(walk);
	status = naccs_walk_begin(walk, err);
	while (status == NACCS_OK && walk->phase != NACCS_WALK_DONE)
		status = step(&obtain, err);
	return naccs_walk_end(walk, status, err);
}
