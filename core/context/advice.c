/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see advice.h. Dates: the operator's certificates, and the stored copy of Mozilla's root programme schedule. */
#include "advice.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define ANCHOR_NOTICE_SECONDS (730 * NACCS_DAY_SECONDS) /* say it two years ahead */
#define ANCHOR_SOON_SECONDS (90 * NACCS_DAY_SECONDS)	/* now it matters to whoever watches the machine */
#define SCHEDULE_AFTERWARDS_SECONDS (365 * NACCS_DAY_SECONDS) /* and a year afterwards, while people look for the reason */
#define MOZILLA_DISTRUST_TIME INT64_C(1807747200)       /* 2027-04-15T00:00:00Z */

void naccs_advise_on_certificate(const struct naccs *context, const struct naccs_certificate_facts *facts, struct naccs_report *report)
{
	STACK_OF(X509) *anchors = naccs_trust_anchors(context->trust);
	char end[NACCS_TIME_TEXT_SIZE], anchor_end[NACCS_TIME_TEXT_SIZE];
	int64_t now = naccs_rules_now(context);

	naccs_time_format_japan(facts->not_after, end);
	if (now >= facts->not_before && naccs_is_renewal_open(now, facts->not_after, NACCS_RENEWAL_WINDOW_SECONDS))
		naccs_report_warn(report, "certificate.due", _("The certificate ends on %s: it can be renewed now."), end);
	for (int i = 0; anchors != NULL && i < sk_X509_num(anchors); i++) {
		naccs_auto(certificate_facts) struct naccs_certificate_facts *anchor = NULL;

		if (naccs_certificate_facts_new(sk_X509_value(anchors, i), &anchor, NULL) != NACCS_OK || anchor->not_after >= facts->not_after)
			continue;
		naccs_time_format_japan(anchor->not_after, anchor_end);
		naccs_report_warn(report, "anchor.ends-first",
				  _("The certificate lives until %s, but the TLS root %s ends on %s: by then the servers will need another root."), end,
				  anchor->common_name, anchor_end);
	}
}

/* One line, however many certificates live longer. */
static void advise_on_survivors(const struct naccs_certificate_facts *anchor, const char *end, struct naccs_report *report)
{
	const struct naccs_inventory_item *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < report->inventory_count; i++) {
		if (!report->inventory[i].is_in_use || report->inventory[i].certificate->not_after <= anchor->not_after)
			continue;
		first = first != NULL ? first : &report->inventory[i];
		count++;
	}
	if (count == 1) {
		char until[NACCS_TIME_TEXT_SIZE];

		naccs_time_format_japan(first->certificate->not_after, until);
		naccs_report_warn(report, "anchor.ends-first",
				  _("The certificate of %s lives until %s, but the TLS root %s ends on %s: by then the servers will need another root. Install it when the "
				    "operator announces it (--anchor FILE)."),
				  first->terminal != NULL ? first->terminal : first->certificate->common_name, until, anchor->common_name, end);
	} else if (count > 1) {
		naccs_report_warn(report, "anchor.ends-first",
				  _("%zu certificates in use here live longer than the TLS root %s, which ends on %s: by then the servers will need another root. Install it "
				    "when the operator announces it (--anchor FILE)."),
				  count, anchor->common_name, end);
	}
}

static void advise_on_schedule(int64_t now, struct naccs_report *report)
{
	if (now < MOZILLA_DISTRUST_TIME && MOZILLA_DISTRUST_TIME - now < ANCHOR_NOTICE_SECONDS)
		naccs_report_warn(report, "anchor.mozilla-schedule",
				  _("Mozilla's schedule takes the websites trust of Security Communication RootCA2 away on 2027-04-15: Firefox will need it from "
				    "its own certificate database then, and programs that rely on the system's roots from the store (server-ca.pem)."));
	else if (now >= MOZILLA_DISTRUST_TIME && now - MOZILLA_DISTRUST_TIME < SCHEDULE_AFTERWARDS_SECONDS)
		naccs_report_warn(report, "anchor.mozilla-schedule",
				  _("Mozilla's schedule took the websites trust of Security Communication RootCA2 away on 2027-04-15: Firefox needs it from its own "
				    "certificate database now, and programs that rely on the system's roots from the store (server-ca.pem)."));
}

void naccs_advise_on_anchors(const struct naccs *context, struct naccs_report *report)
{
	STACK_OF(X509) *anchors = naccs_trust_anchors(context->trust);
	int64_t now = naccs_rules_now(context);

	for (int i = 0; anchors != NULL && i < sk_X509_num(anchors); i++) {
		naccs_auto(certificate_facts) struct naccs_certificate_facts *anchor = NULL;
		char end[NACCS_TIME_TEXT_SIZE];

		if (naccs_certificate_facts_new(sk_X509_value(anchors, i), &anchor, NULL) != NACCS_OK)
			continue;
		naccs_time_format_japan(anchor->not_after, end);
		if (anchor->not_after <= now) {
			naccs_report_warn(report, "anchor.ended",
					  _("The TLS root %s ended on %s: servers can't be proven by it any more. Install the root that the operator announced "
					    "(--anchor FILE)."),
					  anchor->common_name, end);
			continue;
		}
		if (anchor->not_after - now < ANCHOR_NOTICE_SECONDS)
			naccs_report_warn(report, anchor->not_after - now < ANCHOR_SOON_SECONDS ? "anchor.ends-soon" : "anchor.ends",
					  _("The TLS root %s ends on %s: by then the servers will need another root. Install it when the operator announces it "
					    "(--anchor FILE)."),
					  anchor->common_name, end);
		advise_on_survivors(anchor, end, report);
	}
	if (naccs_trust_is_builtin(context->trust))
		advise_on_schedule(now, report);
}
