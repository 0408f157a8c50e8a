/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what renew.c (one renewal) and renew_due.c (all that are due) share. Private to this room. */
#ifndef NACCS_CONTEXT_RENEW_H
#define NACCS_CONTEXT_RENEW_H

#include "renewal.h"

/*
 * Do one renewal, or take up what an earlier run left of it. The run lock is held. report gets its stores and warnings; a failure is returned, and what it was about stays
 * in the report too. is_unattended: the regular maintenance is waited for (portal.maintenance) instead of tried.
 */
naccs_status naccs_renew_one(struct naccs *context, int state_dirfd, const struct naccs_renewal *renewal, const struct naccs_renew_options *options,
			     bool is_unattended, struct naccs_report *report, struct naccs_error *err);

/* Is this what an earlier run left of the renewal of this certificate, or of its predecessor: when one of its stores has been renewed and another was not, or all were and
 * only escrow was not cleared? */
bool naccs_renew_is_left_of(const struct naccs_escrow_order *order, const struct naccs_renewal *renewal);

/* Result, error and exit code of a report from how a renewal ended. */
void naccs_report_conclude_renewal(struct naccs_report *report, const struct naccs_renewal *renewal, naccs_status status, const struct naccs_error *err);

#endif
