/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see advice.h. Dates: the operator's certificates, and the stored copy of Mozilla's root programme schedule. */
#include "advice.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define ANCHOR_NOTICE_SECONDS (730 * NACCS_DAY_SECONDS) /* say it two years ahead */
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
		if (anchor->not_after <= now)
			naccs_report_warn(report, "anchor.ended", _("The TLS root %s ended on %s."), anchor->common_name, end);
		else if (anchor->not_after - now < ANCHOR_NOTICE_SECONDS)
			naccs_report_warn(report, "anchor.ends", _("The TLS root %s ends on %s."), anchor->common_name, end);
	}
	if (naccs_trust_is_builtin(context->trust) && now < MOZILLA_DISTRUST_TIME && MOZILLA_DISTRUST_TIME - now < ANCHOR_NOTICE_SECONDS)
		naccs_report_warn(report, "anchor.mozilla-schedule",
				  _("Mozilla's schedule takes the websites trust of Security Communication RootCA2 away on 2027-04-15: Firefox will need it from "
				    "its own certificate database then."));
}
