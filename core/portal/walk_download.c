/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Download, what may lie between it and the file, and the file. See walk.h. */
#include "walk.h"

#include "text.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>
#include <strings.h>

#define DOWNLOAD_PRESSES_MAX 3

static naccs_status send_download(struct naccs_walk *walk, struct naccs_action *action, struct naccs_error *err)
{
	naccs_status status;

	naccs_walk_progress(walk, _("Downloading the certificate"));
	naccs_walk_remember_way_out(walk);
	walk->phase = NACCS_WALK_DOWNLOADING;
	walk->download_presses++;
	walk->journey.expects_file = true;
	status = naccs_journey_send(&walk->journey, action, err);
	naccs_form_request_clear(&walk->downloaded);
	walk->downloaded = action->request;
	walk->downloaded.target = NULL; /* its page may be gone */
	action->request = (struct naccs_form_request){0};
	return status;
}

naccs_status naccs_walk_download(struct naccs_walk *walk, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	naccs_status status = naccs_journey_prepare(&walk->journey, walk->press_view, &walk->press, NULL, 0, &action, err);

	/* The portal may offer a file that was made ready earlier that day. */
	if (status == NACCS_OK && walk->phase < NACCS_WALK_SUBMITTED)
		status = walk->about_to_submit(walk->context, err);
	return status == NACCS_OK ? send_download(walk, &action, err) : status;
}

static bool is_same_request(const struct naccs_form_request *a, const struct naccs_form_request *b)
{
	if (a->url == NULL || b->url == NULL || a->is_post != b->is_post || strcmp(a->url, b->url) != 0)
		return false;
	return !a->is_post || naccs_secret_equal(a->body, b->body);
}

static naccs_status press_again(struct naccs_walk *walk, bool *ret_is_pressed, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};

	*ret_is_pressed = false;
	if (walk->download_presses == DOWNLOAD_PRESSES_MAX ||
	    naccs_journey_prepare(&walk->journey, walk->press_view, &walk->press, NULL, 0, &action, NULL) != NACCS_OK ||
	    is_same_request(&action.request, &walk->downloaded))
		return NACCS_OK;
	*ret_is_pressed = true;
	return send_download(walk, &action, err);
}

naccs_status naccs_walk_download_again(struct naccs_walk *walk, struct naccs_error *err)
{
	bool is_silent = false, is_pressed = false;
	naccs_status status = naccs_walk_listen(walk, &is_silent, err);

	if (!is_silent)
		return status;
	status = press_again(walk, &is_pressed, err);
	if (is_pressed)
		return status;
	if (walk->journey.answer != NULL)
		return naccs_walk_receive(walk, err);
	return naccs_walk_unknown_page(walk, _("nothing on it is known"), err);
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

naccs_status naccs_walk_receive(struct naccs_walk *walk, struct naccs_error *err)
{
	const struct naccs_http_reply *answer = walk->journey.answer;
	bool is_plausible = walk->is_plausible(naccs_secret_data(answer->body), naccs_secret_length(answer->body));
	bool is_cut = answer->is_cut || ends_early(answer->body); /* also where its framing says that all came */
	naccs_auto(heap) char *name = suggested_name(answer->content_disposition);
	naccs_status status = walk->received(walk->context, answer->body, name, is_cut, err);

	walk->phase = NACCS_WALK_DONE;
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
	if (!walk->journey.is_answer_a_file)
		return naccs_walk_unknown_page(walk, _("a page came instead of the file"), err);
	(void)naccs_fail(err, NACCS_E_PORTAL_NOT_PKCS12, 0,
			 _("the portal's answer to Download is no PKCS#12 file (%zu bytes); it was kept as it came"),
			 naccs_secret_length(answer->body));
	return naccs_error_hint(err, _("run “naccs-cert resume” before the end of the day in Japan to ask for the file again"));
}
