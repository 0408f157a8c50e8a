/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 「デジタル証明書更新申請情報の確認」: nothing is applied for unless the page shows the very subject of the certificate at hand, and
 * never twice.
 */
#include "renew_private.h"

#include "shown.h"
#include "text.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

#define CANDIDATES_MAX 16

/* What the manual shows; a terminal's name is compared to the letter. */
static const struct {
	int nid;
	enum naccs_text_key key;
	bool is_strict;
	const char *name;
} attributes[] = {
	{NID_commonName, NACCS_TEXT_COMMON_NAME, true, "Common Name"},
	{NID_organizationalUnitName, NACCS_TEXT_ORGANIZATIONAL_UNIT, false, "Organizational Unit"},
	{NID_organizationName, NACCS_TEXT_ORGANIZATION, false, "Organization"},
	{NID_countryName, NACCS_TEXT_COUNTRY, false, "Country"},
};

/* The next value of that kind in the certificate's subject, UTF-8, from OPENSSL_malloc; NULL: none. *at: -1 at first. */
static char *subject_value(X509 *certificate, int nid, int *at)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	unsigned char *text = NULL;

	*at = X509_NAME_get_index_by_NID(subject, nid, *at);
	if (*at < 0 || ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, *at))) < 0)
		return NULL;
	return (char *)text;
}

static bool is_in_subject(X509 *certificate, size_t which, const struct naccs_page *page, const struct naccs_shown *shown)
{
	bool is_it = false;
	int at = -1;

	for (char *value; !is_it && (value = subject_value(certificate, attributes[which].nid, &at)) != NULL; OPENSSL_free(value))
		is_it = naccs_shown_is(page, shown, value, attributes[which].is_strict);
	return is_it;
}

/* Is there anything to compare with? */
static bool has_value(X509 *certificate, int nid)
{
	return X509_NAME_get_index_by_NID(X509_get_subject_name(certificate), nid, -1) >= 0;
}

static void complain(struct naccs_renew *renew, size_t which, const struct naccs_shown *shown)
{
	naccs_auto(heap) char *quote =
		shown->text != NULL ? naccs_quote_page_text(shown->text, renew->walk.secrets, NACCS_WALK_SECRETS) : NULL;
	int at = -1;
	char *value = subject_value(renew->request->certificate, attributes[which].nid, &at);

	if (renew->problem[0] != '\0')
		; /* the first one is told */
	else if (quote != NULL)
		(void)snprintf(renew->problem, sizeof renew->problem,
			       _("it is about another certificate: its %s is “%s”, the certificate's is “%s”"), attributes[which].name,
			       quote, value != NULL ? value : "");
	else
		(void)snprintf(renew->problem, sizeof renew->problem, _("it does not show the %s of the application"),
			       attributes[which].name);
	OPENSSL_free(value);
}

/* Compare one attribute; remembers where the last heading stands. */
static void compare(struct naccs_renew *renew, const struct naccs_page *page, size_t which, const xmlNode **last_heading)
{
	__attribute__((cleanup(naccs_cleanup_shown))) struct naccs_shown first = {0};
	bool is_same = false;

	for (size_t nth = 0; !is_same; nth++) {
		__attribute__((cleanup(naccs_cleanup_shown))) struct naccs_shown shown = {0};

		if (!naccs_shown_find(renew->walk.description, page, attributes[which].key, nth, &shown))
			break;
		if (shown.node != NULL && (*last_heading == NULL || naccs_page_is_before(page, *last_heading, shown.node)))
			*last_heading = shown.node;
		is_same = is_in_subject(renew->request->certificate, which, page, &shown);
		if (nth == 0) {
			first = shown;
			shown = (struct naccs_shown){0};
		}
	}
	if (!is_same && has_value(renew->request->certificate, attributes[which].nid))
		complain(renew, which, &first);
}

/* ---- its button ---- */

/* A button that says Submit, and what speaks for it. */
struct candidate {
	struct naccs_press press;
	bool is_around; /* its form holds the data */
	bool is_plain;	/* it sends nothing that a person could change */
	bool is_below;	/* it stands below the data */
};

struct candidates {
	struct candidate items[CANDIDATES_MAX];
	size_t count;
};

static bool is_editable(const struct naccs_field *field)
{
	return field->control == NACCS_NONE && field->is_visible && !field->is_disabled && !field->is_readonly;
}

/* Forms for something else say so in their labels: 表示言語, 検索. */
static bool is_unrelated(const struct naccs_renew *renew, const struct naccs_form *form)
{
	const struct naccs_phrases *phrases = naccs_portal_texts(renew->walk.description, NACCS_TEXT_UNRELATED);

	for (size_t i = 0; i < form->count; i++)
		for (size_t j = 0; is_editable(&form->items[i]) && j < form->items[i].labels.count; j++)
			if (naccs_phrases_hold(phrases, form->items[i].labels.items[j]))
				return true;
	return false;
}

static bool is_plain(const struct naccs_form *form)
{
	for (size_t i = 0; i < form->count; i++)
		if (is_editable(&form->items[i]))
			return false;
	return true;
}

static void consider(const struct naccs_renew *renew, const struct naccs_page *page, const xmlNode *heading, size_t control,
		     struct candidates *candidates)
{
	struct candidate candidate = {.is_plain = true};
	const struct naccs_form *form;

	naccs_page_press(page, control, &candidate.press);
	if (candidate.press.kind == NACCS_PRESS_NOTHING || candidates->count == CANDIDATES_MAX)
		return;
	form = candidate.press.kind == NACCS_PRESS_SUBMIT ? &page->forms.items[candidate.press.form] : NULL;
	if (form != NULL && is_unrelated(renew, form))
		return;
	candidate.is_around = form != NULL && heading != NULL && naccs_page_is_inside(heading, form->node);
	candidate.is_plain = form == NULL || is_plain(form);
	candidate.is_below = heading == NULL || naccs_page_is_before(page, heading, page->controls.items[control].node);
	candidates->items[candidates->count++] = candidate;
}

/* Keep those that something speaks for, if it speaks for any. */
static void prefer(struct candidates *candidates, bool (*speaks)(const struct candidate *candidate))
{
	size_t kept = 0;

	for (size_t i = 0; i < candidates->count; i++)
		kept += speaks(&candidates->items[i]);
	if (kept == 0)
		return;
	kept = 0;
	for (size_t i = 0; i < candidates->count; i++)
		if (speaks(&candidates->items[i]))
			candidates->items[kept++] = candidates->items[i];
	candidates->count = kept;
}

static bool has_data(const struct candidate *candidate)
{
	return candidate->is_around;
}

static bool changes_nothing(const struct candidate *candidate)
{
	return candidate->is_plain;
}

static bool follows(const struct candidate *candidate)
{
	return candidate->is_below;
}

/* Two buttons of one form, above and below, are one. */
static bool is_one(const struct candidates *candidates)
{
	for (size_t i = 1; i < candidates->count; i++)
		if (candidates->items[i].press.kind != NACCS_PRESS_SUBMIT || candidates->items[0].press.kind != NACCS_PRESS_SUBMIT ||
		    candidates->items[i].press.form != candidates->items[0].press.form)
			return false;
	return candidates->count > 0;
}

static bool is_button(const struct naccs_control *control)
{
	return control->kind == NACCS_CONTROL_SUBMIT || control->kind == NACCS_CONTROL_IMAGE;
}

static bool says_submit(const struct naccs_renew *renew, const struct naccs_control *control)
{
	return naccs_phrases_equal(naccs_portal_texts(renew->walk.description, NACCS_TEXT_SUBMIT), control->text);
}

static bool says_apply(const struct naccs_renew *renew, const struct naccs_control *control)
{
	return naccs_phrases_equal(naccs_portal_texts(renew->walk.description, NACCS_TEXT_APPLY), control->text);
}

static bool says_nothing(const struct naccs_renew *renew, const struct naccs_control *control)
{
	(void)renew;
	return *control->text == '\0' && is_button(control);
}

static bool sends_the_data(const struct candidate *candidate)
{
	return candidate->press.kind != NACCS_PRESS_NAVIGATE && candidate->is_plain && (candidate->is_around || candidate->is_below);
}

static bool find_button(struct naccs_renew *renew, const struct naccs_page *page, const xmlNode *heading,
			bool (*is_meant)(const struct naccs_renew *renew, const struct naccs_control *control))
{
	struct candidates candidates = {.count = 0};

	for (size_t i = 0; i < page->controls.count; i++) {
		const struct naccs_control *control = &page->controls.items[i];

		if (control->is_visible && !control->is_disabled && is_meant(renew, control))
			consider(renew, page, heading, i, &candidates);
	}
	prefer(&candidates, has_data);
	prefer(&candidates, changes_nothing);
	prefer(&candidates, follows);
	if (candidates.count == 0)
		return false;
	/* 「申請」, 「更新」, OK: only as the one thing to press in the form of the data, or in one below them that changes nothing */
	if (is_meant == says_apply && (candidates.count > 1 || !sends_the_data(&candidates.items[0])))
		return false;
	renew->walk.press = candidates.items[0].press;
	if (!is_one(&candidates))
		renew->walk.problem = _("several buttons could be meant for the application");
	return true;
}

static void judge_button(struct naccs_renew *renew, const struct naccs_page *page)
{
	const struct naccs_press *press = &renew->walk.press;

	if (renew->walk.problem != NULL)
		return;
	if (press->kind == NACCS_PRESS_UNKNOWN)
		renew->walk.problem = _("the script behind a link or button is not understood");
	else if (press->kind == NACCS_PRESS_SUBMIT && !naccs_screen_is_form_answered(renew->walk.description, page, press->form))
		renew->walk.problem = _("the form asks for something that is not known");
}

static bool is_confirmation(struct naccs_renew *renew, size_t view)
{
	const struct naccs_page *page = renew->walk.journey.views[view]->page;
	__attribute__((cleanup(naccs_cleanup_shown))) struct naccs_shown name = {0};
	const xmlNode *heading = NULL;
	bool may_say_apply;

	if (!naccs_shown_find(renew->walk.description, page, NACCS_TEXT_COMMON_NAME, 0, &name))
		return false;
	/* 「更新」 on the page of a status asks for it again; 「更新申請」 before the menu leads to it */
	may_say_apply = renew->walk.phase == NACCS_WALK_IN_MENU && !naccs_renew_shows_state(renew, page) &&
			!naccs_walk_sees_control(&renew->walk, NACCS_TEXT_DOWNLOAD, NACCS_LOOK_FRESH | NACCS_LOOK_EXACT);
	renew->problem[0] = '\0';
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		compare(renew, page, i, &heading);
	if (!find_button(renew, page, heading, says_submit) && !(may_say_apply && find_button(renew, page, heading, says_apply)) &&
	    !find_button(renew, page, heading, says_nothing))
		return false;
	judge_button(renew, page);
	renew->walk.press_view = view;
	return true;
}

bool naccs_renew_sees_confirmation(struct naccs_renew *renew)
{
	for (size_t view = 0; view < renew->walk.journey.view_count; view++)
		if (naccs_journey_is_fresh(&renew->walk.journey, view) && is_confirmation(renew, view))
			return true;
	renew->problem[0] = '\0';
	renew->walk.problem = NULL;
	return false;
}

bool naccs_renew_sees_common_name(const struct naccs_renew *renew)
{
	const struct naccs_journey *journey = &renew->walk.journey;
	bool is_seen = false;

	for (size_t view = 0; !is_seen && view < journey->view_count; view++) {
		__attribute__((cleanup(naccs_cleanup_shown))) struct naccs_shown name = {0};

		is_seen = naccs_journey_is_fresh(journey, view) &&
			  naccs_shown_find(renew->walk.description, journey->views[view]->page, NACCS_TEXT_COMMON_NAME, 0, &name);
	}
	return is_seen;
}

bool naccs_renew_is_anything_asked(const struct naccs_renew *renew, const struct naccs_page *page)
{
	const struct naccs_phrases *out = naccs_portal_texts(renew->walk.description, NACCS_TEXT_LOGOUT);
	const struct naccs_phrases *menu = naccs_portal_texts(renew->walk.description, NACCS_TEXT_MENU_RENEW);

	for (size_t i = 0; i < page->forms.count; i++)
		if (!is_plain(&page->forms.items[i]) && !is_unrelated(renew, &page->forms.items[i]))
			return true;
	for (size_t i = 0; i < page->controls.count; i++) {
		const struct naccs_control *control = &page->controls.items[i];

		if (control->kind != NACCS_CONTROL_LINK && control->kind != NACCS_CONTROL_OTHER && control->is_visible &&
		    !control->is_disabled && !naccs_phrases_equal(out, control->text) && !naccs_phrases_equal(menu, control->text))
			return true;
	}
	return false;
}

static naccs_status refuse_second(struct naccs_renew *renew, struct naccs_error *err)
{
	(void)naccs_walk_unknown_page(
		&renew->walk, _("the portal asks for the application again, although it was sent, or may have been sent, before"), err);
	return naccs_error_hint(err,
				_("It was not sent again. Look at the portal with a browser; if there is no application under way, say "
				  "--apply-again (naccs-cert resume --apply-again)."));
}

naccs_status naccs_renew_apply(struct naccs_renew *renew, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_action))) struct naccs_action action = {0};
	struct naccs_walk *walk = &renew->walk;
	const struct naccs_renew_request *request = renew->request;
	bool is_allowed = !renew->is_applied && (!request->was_applied || request->apply_again);
	naccs_status status;

	if (!is_allowed)
		return refuse_second(renew, err);
	if (renew->problem[0] != '\0')
		return naccs_walk_unknown_page(walk, renew->problem, err);
	if (walk->problem != NULL)
		return naccs_walk_unknown_page(walk, walk->problem, err);
	status = naccs_journey_prepare(&walk->journey, walk->press_view, &walk->press, NULL, 0, &action, err);
	if (status == NACCS_OK)
		status = request->about_to_apply(request->context, err);
	if (status != NACCS_OK)
		return status;
	naccs_walk_progress(walk, _("Applying for the renewal"));
	naccs_walk_remember_way_out(walk);
	renew->is_applied = true;
	walk->phase = NACCS_WALK_APPLIED;
	return naccs_journey_send(&walk->journey, &action, err);
}
