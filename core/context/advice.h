/* SPDX-License-Identifier: Apache-2.0 */
/* Why: warnings that a person should read though nothing failed. Private to this room. */
#ifndef NACCS_CONTEXT_ADVICE_H
#define NACCS_CONTEXT_ADVICE_H

#include "context.h"

/* The certificate itself: renewal is due, it ends soon, it outlives the anchor. */
void naccs_advise_on_certificate(const struct naccs *context, const struct naccs_certificate_facts *facts, struct naccs_report *report);

/* account.c: root installing into a place that belongs to somebody else than --user: a certificate serves the account that registered it. */
void naccs_advise_on_account(const struct naccs *context, const char *uri, struct naccs_report *report);
/* account.c: root, without --user, said an alias ("nss:firefox") that led to uri. */
void naccs_advise_on_alias(const struct naccs *context, const char *said, const char *uri, struct naccs_report *report);

/* When the anchors end, and before which certificates of the report's inventory; when Mozilla's schedule takes RootCA2's websites trust away. */
void naccs_advise_on_anchors(const struct naccs *context, struct naccs_report *report);

/* ---- foresight.c ---- */

/* status: each certificate in use, on its way to its end and beyond. Of the report's inventory. */
void naccs_foresee_certificates(const struct naccs *context, struct naccs_report *report);

#endif
