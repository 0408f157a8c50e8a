/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the loop: look at what is shown, recognise where we are, act; refuse what is not known before anything is applied for. See renew.h.
 */
#include "renew_private.h"

#include "text.h"

#include <openssl/ssl.h>

#define REQUESTS_MAX 60

/* What is seen, in the order in which it is looked for. */
enum scene {
	SCENE_FILE,
	SCENE_CONFIRMATION,
	SCENE_PASSWORD,
	SCENE_STATUS,
	SCENE_DOWNLOAD,
	SCENE_DOWNLOAD_AGAIN,
	SCENE_MENU,
	SCENE_MENU_AGAIN,
	SCENE_LOGIN,	 /* codes are asked for: our certificate does not count */
	SCENE_CAME_BACK, /* a screen that we have left */
	SCENE_UNUSABLE,	 /* recognised, but walk.problem */
	SCENE_OTHER,
};

/* ---- what is particular to it ---- */

#define REISSUE N_("ask for a reissue at the NACCS Support System (デジタル証明書の再発行), then obtain it with the new 認証コード3")

static const struct naccs_meaning meanings[] = {
	{NACCS_TEXT_CERTIFICATE_REFUSED, NACCS_E_PORTAL_LOGIN_REFUSED, N_("the portal does not accept the certificate"),
	 N_("it may be suspended, revoked, replaced by a newer one, or of another authority")},
	{NACCS_TEXT_NOT_DUE, NACCS_E_PORTAL_NOT_DUE, N_("the portal says that it is too early for a renewal"),
	 N_("certificates are renewed from 28 days before their end")},
	{NACCS_TEXT_EXPIRED, NACCS_E_PORTAL_EXPIRED, N_("the portal says that the certificate has expired"), REISSUE},
	{NACCS_TEXT_APPLICATION_REFUSED, NACCS_E_PORTAL_NOT_ISSUED, N_("the portal did not take the application"),
	 N_("ask the NACCS help desk; the old certificate works until its end")},
	{NACCS_TEXT_LOCKED, NACCS_E_PORTAL_LOCKED, N_("the portal says that this certificate is locked"),
	 N_("a certificate can't be obtained again from the day after it was first obtained; ask for a reissue at the NACCS Support System "
	    "(デジタル証明書の再発行)")},
};

/* What can be said at each phase, what is surest first. */
static const enum naccs_text_key before_menu[] = {
	NACCS_TEXT_SESSION_ENDED,	NACCS_TEXT_MAINTENANCE,		NACCS_TEXT_EXPIRED,	     NACCS_TEXT_NOT_DUE, NACCS_TEXT_LOCKED,
	NACCS_TEXT_CERTIFICATE_REFUSED, NACCS_TEXT_APPLICATION_REFUSED, NACCS_TEXT_MAINTENANCE_HINT, NACCS_TEXT_COUNT};
static const enum naccs_text_key in_menu[] = {
	NACCS_TEXT_SESSION_ENDED,	NACCS_TEXT_MAINTENANCE,		NACCS_TEXT_LOCKED,	     NACCS_TEXT_EXPIRED, NACCS_TEXT_NOT_DUE,
	NACCS_TEXT_APPLICATION_REFUSED, NACCS_TEXT_CERTIFICATE_REFUSED, NACCS_TEXT_MAINTENANCE_HINT, NACCS_TEXT_COUNT};
static const enum naccs_text_key after_submit[] = {NACCS_TEXT_SESSION_ENDED,	NACCS_TEXT_MAINTENANCE, NACCS_TEXT_LOCKED,
						   NACCS_TEXT_PASSWORD_REFUSED, NACCS_TEXT_EXPIRED,	NACCS_TEXT_APPLICATION_REFUSED,
						   NACCS_TEXT_MAINTENANCE_HINT, NACCS_TEXT_COUNT};

static const char *where_it_stands(const struct naccs_walk *walk)
{
	const struct naccs_renew *renew = (const struct naccs_renew *)walk; /* its first member */

	if (walk->phase >= NACCS_WALK_SUBMITTED)
		return _("“naccs-cert resume” tries again until the end of the day in Japan.");
	return renew->is_applied || renew->request->was_applied ? _("“naccs-cert resume” takes the application up again.")
								: _("Nothing was applied for.");
}

const struct naccs_walk_kind naccs_renew_kind = {
	.menu = NACCS_TEXT_MENU_RENEW,
	.menu_progress = N_("Opening the application for the renewal"),
	.start = naccs_portal_renew_start,
	.step_names = {[NACCS_WALK_BEGUN] = N_("before the menu"),
		       [NACCS_WALK_LOGGED_IN] = N_("before the menu"),
		       [NACCS_WALK_IN_MENU] = N_("after the menu"),
		       [NACCS_WALK_APPLIED] = N_("after the application was sent"),
		       [NACCS_WALK_SUBMITTED] = N_("after the password was sent"),
		       [NACCS_WALK_DOWNLOADING] = N_("after Download was pressed"),
		       [NACCS_WALK_DONE] = N_("after Download was pressed")},
	.keys = {[NACCS_WALK_BEGUN] = before_menu,
		 [NACCS_WALK_LOGGED_IN] = before_menu,
		 [NACCS_WALK_IN_MENU] = in_menu,
		 [NACCS_WALK_APPLIED] = in_menu,
		 [NACCS_WALK_SUBMITTED] = after_submit,
		 [NACCS_WALK_DOWNLOADING] = in_menu,
		 [NACCS_WALK_DONE] = in_menu},
	.meanings = meanings,
	.meaning_count = sizeof meanings / sizeof *meanings,
	.where_it_stands = where_it_stands,
	.ended_progress = N_("The session ended; beginning again"),
};

/* ---- looking ---- */

static bool sees_login(struct naccs_renew *renew)
{
	return naccs_walk_sees_form(&renew->walk, NACCS_SCREEN_LOGIN, NACCS_TEXT_LOGIN);
}

static bool sees_password(struct naccs_renew *renew)
{
	return naccs_walk_sees_form(&renew->walk, NACCS_SCREEN_PASSWORD, NACCS_TEXT_SUBMIT);
}

/* Half of a screen that is known: what is missing is the answer to why the page is not understood. NULL: nothing of the kind. */
static const char *half_recognised(struct naccs_renew *renew)
{
	if (naccs_walk_sees_passwords(&renew->walk))
		return NACCS_PASSWORDS_UNLABELLED;
	if (!renew->is_applied && naccs_renew_sees_common_name(renew))
		return _("it shows the data of an application, but no button with a known text that sends it");
	return NULL;
}

/* After the application the menu is pressed again only where nothing else could be meant. */
static bool may_press_menu_again(const struct naccs_renew *renew)
{
	const struct naccs_journey *journey = &renew->walk.journey;

	for (size_t view = 0; renew->is_applied && view < journey->view_count; view++)
		if (naccs_journey_is_fresh(journey, view) && naccs_renew_is_anything_asked(renew, journey->views[view]->page))
			return false;
	return true;
}

static enum scene look_before_submit(struct naccs_renew *renew)
{
	struct naccs_walk *walk = &renew->walk;
	bool is_first = walk->phase == NACCS_WALK_BEGUN;

	if (sees_password(renew))
		return walk->problem == NULL ? SCENE_PASSWORD : SCENE_UNUSABLE;
	if (naccs_renew_sees_confirmation(renew))
		return SCENE_CONFIRMATION;
	/* Before the menu nothing vague is pressed: Download would be an item of it. */
	if (!is_first && naccs_walk_sees_control(walk, NACCS_TEXT_DOWNLOAD, NACCS_LOOK_FRESH | NACCS_LOOK_EXACT))
		return SCENE_DOWNLOAD;
	if (!is_first && naccs_renew_sees_status(renew))
		return SCENE_STATUS;
	if (sees_login(renew))
		return SCENE_LOGIN;
	if (is_first && naccs_walk_sees_control(walk, NACCS_TEXT_MENU_RENEW, NACCS_LOOK_WITH_OLD))
		return SCENE_MENU;
	if (walk->phase == NACCS_WALK_APPLIED && naccs_journey_next_wait(&walk->journey, false, &(unsigned){0}))
		return SCENE_STATUS; /* "しばらくお待ちください" */
	if (walk->problem == NULL)
		walk->problem = half_recognised(renew);
	if (!is_first && may_press_menu_again(renew) && naccs_walk_sees_control(walk, NACCS_TEXT_MENU_RENEW, NACCS_LOOK_FRESH))
		return SCENE_MENU_AGAIN;
	return SCENE_OTHER;
}

static enum scene look(struct naccs_renew *renew)
{
	struct naccs_walk *walk = &renew->walk;

	walk->problem = NULL;
	if (naccs_walk_has_file(walk))
		return SCENE_FILE;
	switch (walk->phase) {
	case NACCS_WALK_BEGUN:
	case NACCS_WALK_LOGGED_IN:
	case NACCS_WALK_IN_MENU:
	case NACCS_WALK_APPLIED:
		return look_before_submit(renew);
	case NACCS_WALK_SUBMITTED:
		if (naccs_walk_sees_control(walk, NACCS_TEXT_DOWNLOAD, NACCS_LOOK_FRESH))
			return SCENE_DOWNLOAD;
		return sees_password(renew) || sees_login(renew) ? SCENE_CAME_BACK : SCENE_OTHER;
	case NACCS_WALK_DOWNLOADING:
		if (sees_login(renew))
			return SCENE_CAME_BACK;
		return naccs_walk_sees_control(walk, NACCS_TEXT_DOWNLOAD, NACCS_LOOK_FRESH) || naccs_walk_sees_download_here(walk)
			       ? SCENE_DOWNLOAD_AGAIN
			       : SCENE_OTHER;
	case NACCS_WALK_DONE:
	case NACCS_WALK_PHASES:
		break;
	}
	return SCENE_OTHER;
}

/* ---- acting ---- */

static naccs_status submit(struct naccs_renew *renew, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	struct naccs_walk *walk = &renew->walk;
	const struct naccs_screen *screen = &walk->screen;
	const struct naccs_form_entry entries[] = {
		{screen->fields[NACCS_TEXT_PASSWORD], renew->request->password},
		{screen->fields[NACCS_TEXT_CONFIRMATION], renew->request->password},
	};
	naccs_status status = naccs_journey_prepare(&walk->journey, screen->view, &screen->press, entries, 2, &action, err);

	if (status == NACCS_OK)
		status = walk->about_to_submit(walk->context, err);
	if (status != NACCS_OK)
		return status;
	naccs_walk_progress(walk, _("Sending the password for the certificate"));
	naccs_walk_remember_way_out(walk);
	walk->phase = NACCS_WALK_SUBMITTED;
	walk->journey.is_waiting = false;
	walk->journey.expects_file = true;
	return naccs_journey_send(&walk->journey, &action, err);
}

static naccs_status fail_not_accepted(struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_PORTAL_LOGIN_REFUSED, 0,
			 _("the portal does not accept the certificate: it asks for authentication codes instead"));
	return naccs_error_hint(err, "%s", _("it may be suspended, revoked, replaced by a newer one, or of another authority"));
}

static naccs_status act_on_login(struct naccs_renew *renew, struct naccs_error *err)
{
	struct naccs_walk *walk = &renew->walk;
	naccs_status status;

	naccs_walk_explain(walk, &status, err);
	if (status != NACCS_OK)
		return naccs_walk_give_up(walk, status, err);
	if (walk->phase < NACCS_WALK_IN_MENU)
		return fail_not_accepted(err);
	/* without a word: what portals do when a session has ended */
	(void)naccs_fail(err, NACCS_E_PORTAL_SESSION_ENDED, 0, _("the portal asks for a new login"));
	return naccs_walk_give_up(walk, NACCS_E_PORTAL_SESSION_ENDED, err);
}

static naccs_status act_on_return(struct naccs_renew *renew, struct naccs_error *err)
{
	naccs_status status;

	if (sees_login(renew))
		return act_on_login(renew, err);
	naccs_walk_explain(&renew->walk, &status, err);
	if (status != NACCS_OK)
		return naccs_walk_give_up(&renew->walk, status, err);
	return naccs_walk_unknown_page(&renew->walk, _("the form came back, and nothing that is known says why"), err);
}

static naccs_status act_on_file(struct naccs_walk *walk, struct naccs_error *err)
{
	if (walk->phase >= NACCS_WALK_SUBMITTED)
		return naccs_walk_receive(walk, err);
	return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the portal sent a file where a page was expected"));
}

/* A server that lets nobody in without a certificate that it likes. */
static bool is_forbidden(const struct naccs_journey *journey)
{
	for (size_t view = 0; view < journey->view_count; view++)
		if (naccs_journey_is_fresh(journey, view) &&
		    (journey->views[view]->page->status == 401 || journey->views[view]->page->status == 403))
			return true;
	return false;
}

static naccs_status act_on_other(struct naccs_renew *renew, struct naccs_error *err)
{
	struct naccs_walk *walk = &renew->walk;
	naccs_status status = NACCS_OK;

	if (walk->phase == NACCS_WALK_BEGUN && is_forbidden(&walk->journey)) {
		naccs_walk_explain(walk, &status, err);
		if (status != NACCS_OK)
			return status;
		(void)naccs_fail(err, NACCS_E_PORTAL_LOGIN_REFUSED, 0,
				 _("the portal does not accept the certificate: access is forbidden"));
		return naccs_error_hint(err, "%s", _("it may be suspended, revoked, replaced by a newer one, or of another authority"));
	}
	return naccs_walk_wait_or_refuse(walk, err);
}

static naccs_status step(struct naccs_renew *renew, struct naccs_error *err)
{
	struct naccs_walk *walk = &renew->walk;

	switch (look(renew)) {
	case SCENE_FILE:
		return act_on_file(walk, err);
	case SCENE_CONFIRMATION:
		return naccs_renew_apply(renew, err);
	case SCENE_PASSWORD:
		return submit(renew, err);
	case SCENE_STATUS:
		return naccs_renew_wait(renew, err);
	case SCENE_DOWNLOAD:
		return naccs_walk_download(walk, err);
	case SCENE_DOWNLOAD_AGAIN:
		return naccs_walk_download_again(walk, err);
	case SCENE_MENU:
		walk->was_logged_in = true;
		return naccs_walk_open_menu(walk, err);
	case SCENE_MENU_AGAIN:
		renew->is_looked_for_again = renew->is_applied;
		return naccs_walk_open_menu_again(walk, err);
	case SCENE_LOGIN:
		return act_on_login(renew, err);
	case SCENE_CAME_BACK:
		return act_on_return(renew, err);
	case SCENE_UNUSABLE:
		return naccs_walk_unknown_page(walk, walk->problem, err);
	case SCENE_OTHER:
		break;
	}
	return act_on_other(renew, err);
}

/* The server ended the handshake because of our certificate: that is an answer, not a broken network. */
static naccs_status read_alert(const struct naccs_transport *transport, naccs_status status, struct naccs_error *err)
{
	int alert = transport->client_alert != NULL ? transport->client_alert(transport->context) : -1;
	naccs_auto(heap) char *message = strdup(err->message);

	if (status != NACCS_E_NET_UNREACHABLE || message == NULL)
		return status;
	switch (alert) {
	case SSL_AD_CERTIFICATE_EXPIRED:
		(void)naccs_fail(err, NACCS_E_PORTAL_EXPIRED, alert, "%s", message);
		return naccs_error_hint(err, "%s", _(REISSUE));
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case SSL_AD_CERTIFICATE_REQUIRED:
		(void)naccs_fail(err, NACCS_E_PORTAL_LOGIN_REFUSED, alert, "%s", message);
		return naccs_error_hint(err, "%s", _("it may be suspended, revoked, replaced by a newer one, or of another authority"));
	default:
		return status;
	}
}

/* What the menu says when it is pressed once more ("too early", "applied for already") is no answer to the application that was sent: that
 * one goes on. */
static naccs_status keep_application(const struct naccs_renew *renew, naccs_status status, struct naccs_error *err)
{
	bool is_said_of_another =
		status == NACCS_E_PORTAL_NOT_DUE || status == NACCS_E_PORTAL_EXPIRED || (status == NACCS_E_PORTAL_NOT_ISSUED && !renew->has_failed);
	naccs_auto(heap) char *said = NULL;

	if (!renew->is_applied || !(renew->is_looked_for_again || renew->walk.sessions > 1) || !is_said_of_another)
		return status;
	said = strdup(err->message);
	(void)naccs_fail(err, NACCS_E_PORTAL_PENDING, 0, _("the certificate is not issued yet; asked for it again: %s"), said != NULL ? said : "");
	return naccs_error_hint(err, "%s", _(NACCS_RENEW_TAKEN_UP_LATER));
}

naccs_status naccs_renew_run_over(const struct naccs_transport *transport, const struct naccs_renew_request *request,
				  bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err)
{
	struct naccs_error own = {0}; /* messages are built on it, also when the caller wants none */
	struct naccs_renew renew = {
		.walk = {.kind = &naccs_renew_kind,
			 .description = request->description,
			 .is_plausible = is_plausible,
			 .now = request->now,
			 .page_dirfd = request->page_dirfd,
			 .secrets = {request->password},
			 .progress = request->progress,
			 .about_to_submit = request->about_to_submit,
			 .received = request->received,
			 .warning = request->warning,
			 .context = request->context},
		.request = request,
	};
	struct naccs_walk *walk = &renew.walk;
	naccs_status status;

	if (err == NULL)
		err = &own;
	if (naccs_portal_renew_start(request->description) == NULL)
		return naccs_fail(err, NACCS_E_CONFIG, 0,
				  _("the portal description says nothing about renewals: [renew] start is missing"));
	naccs_walk_init(walk, transport, REQUESTS_MAX);
	naccs_walk_warn_of_time(walk);
	status = naccs_walk_begin(walk, err);
	while (status == NACCS_OK && walk->phase != NACCS_WALK_DONE)
		status = step(&renew, err);
	status = naccs_walk_end(walk, keep_application(&renew, read_alert(transport, status, err), err), err);
	free(renew.state);
	return status;
}
