/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what renewal.c (one certificate) and renewals.c (all that --due looks at) share. */
#ifndef NACCS_CONTEXT_RENEWAL_PARTS_H
#define NACCS_CONTEXT_RENEWAL_PARTS_H

#include "renewal.h"

/* A newer one of the same subject: then the other has been renewed, or reissued. store and client_ca NULL: in whichever store, by whichever
 * CA. Borrowed; NULL: there is none. */
const struct naccs_ledger_entry *naccs_renewal_find_newer(const struct naccs_ledger *ledger, const char *subject, int64_t not_after,
						   const char *store, const struct naccs_blob *client_ca);
/* An installed one that has not been renewed in its own store. wanted (a certificate's SHA-256, or its beginning) may be NULL. */
bool naccs_renewal_is_candidate(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry, const char *wanted);
/* The renewal of a ledger's certificate; of a terminal's. As naccs_renewal_choose(). */
naccs_status naccs_renewal_of_entry(struct naccs *context, const struct naccs_ledger_entry *entry, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
			       const struct naccs_terminal_config *section, struct naccs_renewal *ret, struct naccs_error *err);
naccs_status naccs_renewal_of_terminal(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
				       const struct naccs_terminal_config *section, struct naccs_renewal *ret, struct naccs_error *err);

#endif
