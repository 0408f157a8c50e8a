/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the steps of the journey, each on a screen that was recognised before. See obtain.h. */
#include "obtain_private.h"

#include "text.h"

#include <curl/curl.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>
#include <strings.h>

#define DOWNLOAD_PRESSES_MAX 3

void naccs_obtain_progress(const struct naccs_obtain *obtain, const char *message)
{
	if (obtain->request->progress != NULL)
		obtain->request->progress(obtain->request->context, message);
}

/* Where there are no frames, what Download leads to may be a page without a way out: as a person goes back for it, so do we. */
static void remember_way_out(struct naccs_obtain *obtain)
{
	struct naccs_journey *journey = &obtain->journey;

	for (size_t view = 0; view < journey->view_count; view++) {
		const struct naccs_page *page = journey->views[view]->page;
		__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
		struct naccs_press press;
		bool is_obscure;

		if (page == NULL || !naccs_screen_find_control(obtain->description, page, NACCS_TEXT_LOGOUT, false, &press, &is_obscure))
			continue;
		/* a form is good for once only: its hidden fields change */
		if (naccs_journey_prepare(journey, view, &press, NULL, 0, &action, NULL) != NACCS_OK || action.request.is_post)
			continue;
		naccs_action_clear(&obtain->way_out);
		obtain->way_out = action;
		action = (struct naccs_action){0};
		return;
	}
}

naccs_status naccs_obtain_begin(struct naccs_obtain *obtain, struct naccs_error *err)
{
	naccs_obtain_progress(obtain, _("Opening the certificate portal"));
	obtain->sessions++;
	obtain->phase = NACCS_OBTAIN_BEGUN;
	obtain->menu_presses = 0;
	obtain->was_logged_in = false;
	naccs_action_clear(&obtain->way_out);
	obtain->journey.expects_file = false;
	return naccs_journey_open(&obtain->journey, naccs_portal_obtain_start(obtain->description), err);
}

naccs_status naccs_obtain_log_in(struct naccs_obtain *obtain, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	const struct naccs_screen *screen = &obtain->screen;
	const struct naccs_form_entry entries[] = {
		{screen->fields[NACCS_TEXT_CODE1], obtain->request->code1},
		{screen->fields[NACCS_TEXT_CODE2], obtain->request->code2},
	};
	naccs_status status = naccs_journey_prepare(&obtain->journey, screen->view, &screen->press, entries, 2, &action, err);

	if (status != NACCS_OK)
		return status;
	naccs_obtain_progress(obtain, _("Logging in"));
	obtain->phase = NACCS_OBTAIN_LOGGED_IN;
	obtain->was_logged_in = true;
	return naccs_journey_send(&obtain->journey, &action, err);
}

naccs_status naccs_obtain_open_menu(struct naccs_obtain *obtain, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	naccs_status status = naccs_journey_prepare(&obtain->journey, obtain->press_view, &obtain->press, NULL, 0, &action, err);

	if (status != NACCS_OK)
		return status;
	naccs_obtain_progress(obtain, _("Opening the form for the certificate"));
	remember_way_out(obtain);
	obtain->phase = NACCS_OBTAIN_IN_MENU;
	obtain->menu_presses++;
	return naccs_journey_send(&obtain->journey, &action, err);
}

naccs_status naccs_obtain_submit(struct naccs_obtain *obtain, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	const struct naccs_obtain_request *request = obtain->request;
	const struct naccs_screen *screen = &obtain->screen;
	const struct naccs_form_entry entries[] = {
		{screen->fields[NACCS_TEXT_CODE3], request->code3},
		{screen->fields[NACCS_TEXT_PASSWORD], request->password},
		{screen->fields[NACCS_TEXT_CONFIRMATION], request->password},
	};
	naccs_status status = naccs_journey_prepare(&obtain->journey, screen->view, &screen->press, entries, 3, &action, err);

	if (status == NACCS_OK)
		status = request->about_to_submit(request->context, err);
	if (status != NACCS_OK)
		return status;
	naccs_obtain_progress(obtain, _("Sending authentication code 3 and the password"));
	remember_way_out(obtain);
	obtain->phase = NACCS_OBTAIN_SUBMITTED;
	obtain->journey.expects_file = true;
	return naccs_journey_send(&obtain->journey, &action, err);
}

static naccs_status send_download(struct naccs_obtain *obtain, struct naccs_action *action, struct naccs_error *err)
{
	naccs_status status;

	naccs_obtain_progress(obtain, _("Downloading the certificate"));
	remember_way_out(obtain);
	obtain->phase = NACCS_OBTAIN_DOWNLOADING;
	obtain->download_presses++;
	obtain->journey.expects_file = true;
	status = naccs_journey_send(&obtain->journey, action, err);
	naccs_form_request_clear(&obtain->downloaded);
	obtain->downloaded = action->request;
	obtain->downloaded.target = NULL; /* its page may be gone */
	action->request = (struct naccs_form_request){0};
	return status;
}

naccs_status naccs_obtain_download(struct naccs_obtain *obtain, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	const struct naccs_obtain_request *request = obtain->request;
	naccs_status status = naccs_journey_prepare(&obtain->journey, obtain->press_view, &obtain->press, NULL, 0, &action, err);

	/* The portal may offer a file that was made ready earlier that day. */
	if (status == NACCS_OK && obtain->phase < NACCS_OBTAIN_SUBMITTED)
		status = request->about_to_submit(request->context, err);
	return status == NACCS_OK ? send_download(obtain, &action, err) : status;
}

static bool is_same_request(const struct naccs_form_request *a, const struct naccs_form_request *b)
{
	if (a->url == NULL || b->url == NULL || a->is_post != b->is_post || strcmp(a->url, b->url) != 0)
		return false;
	return !a->is_post || naccs_secret_equal(a->body, b->body);
}

naccs_status naccs_obtain_download_again(struct naccs_obtain *obtain, bool *ret_is_pressed, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};

	*ret_is_pressed = false;
	if (obtain->download_presses == DOWNLOAD_PRESSES_MAX ||
	    naccs_journey_prepare(&obtain->journey, obtain->press_view, &obtain->press, NULL, 0, &action, NULL) != NACCS_OK ||
	    is_same_request(&action.request, &obtain->downloaded))
		return NACCS_OK;
	*ret_is_pressed = true;
	return send_download(obtain, &action, err);
}

/* ---- the answer ---- */

/* The name that a Content-Disposition header suggests, without folders. NULL: none. */
static char *suggested_name(const char *disposition)
{
	const char *found = disposition != NULL ? strcasestr(disposition, "filename=") : NULL;
	naccs_auto(heap) char *name = NULL;
	const char *last;
	size_t length;

	if (found == NULL)
		return NULL;
	found += strlen("filename=");
	if (*found == '"') {
		found++;
		length = strcspn(found, "\"");
	} else {
		length = strcspn(found, "; \t");
	}
	name = naccs_text_printable(found, length);
	last = name;
	for (const char *at = name; at != NULL && *at != '\0'; at++)
		if (*at == '/' || *at == '\\')
			last = at + 1;
	return last != NULL && *last != '\0' && strlen(last) < 200 ? strdup(last) : NULL;
}

/* A PKCS#12 is one DER sequence: is there less of it than its own header says? */
static bool ends_early(const struct naccs_secret *body)
{
	const unsigned char *at = naccs_secret_data(body);
	size_t length = naccs_secret_length(body);
	long announced = 0;
	int tag = 0, class = 0, result;

	if (length < 2 || length > INT32_MAX || at[0] != 0x30)
		return false;
	result = ASN1_get_object(&at, &announced, &tag, &class, (long)length);
	ERR_clear_error();
	return (result & 0x80) != 0 && tag == V_ASN1_SEQUENCE;
}

naccs_status naccs_obtain_receive(struct naccs_obtain *obtain, struct naccs_error *err)
{
	const struct naccs_obtain_request *request = obtain->request;
	const struct naccs_http_reply *answer = obtain->journey.answer;
	bool is_plausible = obtain->is_plausible(naccs_secret_data(answer->body), naccs_secret_length(answer->body));
	bool is_cut = answer->is_cut || (!is_plausible && ends_early(answer->body));
	naccs_auto(heap) char *name = suggested_name(answer->content_disposition);
	naccs_status status = request->received(request->context, answer->body, name, is_cut, err);

	obtain->phase = NACCS_OBTAIN_DONE;
	if (status != NACCS_OK)
		return status;
	if (is_cut) {
		(void)naccs_fail(err, NACCS_E_PORTAL_TRUNCATED, 0,
				 _("the portal's answer to Download broke off after %zu bytes; what came was kept"),
				 naccs_secret_length(answer->body));
		return naccs_error_hint(
			err, _("run “naccs-cert resume” before the end of the day in Japan: the portal gives the file again until then"));
	}
	if (is_plausible)
		return NACCS_OK;
	if (!obtain->journey.is_answer_a_file)
		return naccs_obtain_unknown_page(obtain, _("a page came instead of the file"), err);
	(void)naccs_fail(err, NACCS_E_PORTAL_NOT_PKCS12, 0,
			 _("the portal's answer to Download is no PKCS#12 file (%zu bytes); it was kept as it came"),
			 naccs_secret_length(answer->body));
	return naccs_error_hint(err, _("run “naccs-cert resume” before the end of the day in Japan to ask for the file again"));
}

/* ---- the end ---- */

static void send_log_out(struct naccs_obtain *obtain, const struct naccs_action *action)
{
	struct naccs_journey *journey = &obtain->journey;

	naccs_obtain_progress(obtain, _("Logging out"));
	journey->expects_file = false;
	journey->requests_max = journey->requests + 6; /* whatever was used up before, and no more than a frameset takes */
	(void)naccs_journey_send(journey, action, NULL);
}

void naccs_obtain_log_out(struct naccs_obtain *obtain)
{
	struct naccs_journey *journey = &obtain->journey;

	if (!obtain->was_logged_in)
		return;
	for (size_t view = 0; view < journey->view_count; view++) {
		const struct naccs_page *page = journey->views[view]->page;
		__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
		struct naccs_press press;
		bool is_obscure;

		if (page == NULL || !naccs_screen_find_control(obtain->description, page, NACCS_TEXT_LOGOUT, false, &press, &is_obscure))
			continue;
		if (naccs_journey_prepare(journey, view, &press, NULL, 0, &action, NULL) != NACCS_OK)
			continue;
		send_log_out(obtain, &action);
		return;
	}
	if (obtain->way_out.target == NULL || journey->view_count == 0 || journey->views[0]->page == NULL)
		return;
	obtain->way_out.view = 0;
	send_log_out(obtain, &obtain->way_out);
}
