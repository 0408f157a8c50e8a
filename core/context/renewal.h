/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which certificate is to be renewed, from which store, into which, and whether its time has come. Private to this room. */
#ifndef NACCS_CONTEXT_RENEWAL_H
#define NACCS_CONTEXT_RENEWAL_H

#include "identity.h"

struct naccs_renewal {
	const struct naccs_terminal_config *section; /* borrowed; may be NULL */
	char *terminal;				     /* section's or ledger's name; may be NULL */
	char *sha256, *subject, *serial, *common_name;
	struct naccs_certificate_facts *facts; /* as read from a store; NULL: only the ledger was looked at */
	int64_t not_before, not_after, window_seconds;
	struct naccs_selection sources; /* stores that have it, the first to be tried first; pin files are borrowed from the ledger or the options */
	struct naccs_selection targets; /* where the new one goes */
	bool is_renewed; /* of naccs_renewal_choose(): a newer one lies beside it wherever the ledger knows it to be */
	bool is_absent; /* none was found, because every store is empty or not made yet */
	/* Of --due: why it can't be renewed, known before its turn; then sha256 may be NULL, with all that a certificate tells. */
	struct naccs_error failure;
};
void naccs_renewal_clear(struct naccs_renewal *renewal);
static inline void naccs_cleanup_renewal(struct naccs_renewal *renewal)
{
	naccs_renewal_clear(renewal);
}

enum naccs_renewal_time { NACCS_RENEWAL_DUE, NACCS_RENEWAL_EARLY, NACCS_RENEWAL_EXPIRED };
enum naccs_renewal_time naccs_renewal_time(const struct naccs_renewal *renewal, int64_t now);
/* When it opens: renew-before may shorten the portal's 28 days. */
int64_t naccs_renewal_opens_at(const struct naccs_renewal *renewal);
/* portal.not-due with the date it opens, or when it was renewed; portal.expired with the way to a reissue; NACCS_OK when it is due. */
naccs_status naccs_renewal_check_time(const struct naccs_renewal *renewal, int64_t now, struct naccs_error *err);

/* For a report: what is known of it. NULL when nothing is, or memory is short. */
struct naccs_certificate_info *naccs_renewal_info_new(const struct naccs_renewal *renewal);

/* The certificate that the options mean: by --from, by --terminal, or the only one that the ledger knows. usage.invalid with the list where the choice is open. ret is
 * zeroed before, and to be cleared by the caller either way. ledger and options must outlive it. */
naccs_status naccs_renewal_choose(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
				  struct naccs_renewal *ret, struct naccs_error *err);

/* Everything that --due looks at: the certificate of each terminal of the configuration, then each certificate of the ledger; not those
 * that have a newer one of the same subject, in whichever store: they were renewed. */
struct naccs_renewals {
	struct naccs_renewal *items;
	size_t count;
};
/* Terminals without any certificate become warnings of the report, and so do stores that hold what was renewed elsewhere (but for those
 * that an entry of left, the escrow, brings it to). What can't be
 * found out is one more renewal, with its failure, and keeps no other from being renewed: this itself fails with internal only. */
naccs_status naccs_renewals_list(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_escrow_list *left,
				 const struct naccs_renew_options *options, struct naccs_report *report, struct naccs_renewals *ret,
				 struct naccs_error *err);
void naccs_renewals_clear(struct naccs_renewals *renewals);

#endif
