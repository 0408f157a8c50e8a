/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what every command that judges stands on: state directory, ledger, remembered CAs, recorded chain, bundled intermediates. */
#include "context.h"

#include "text.h"

#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>

naccs_status naccs_ground_open(struct naccs *context, bool lock, struct naccs_ground *ret, struct naccs_error *err)
{
	naccs_status status;

	*ret = (struct naccs_ground){.state_dirfd = -1, .ledger_lock = -1};
	status = naccs_state_open(context->state_dir, lock, &ret->state_dirfd, err);
	if (status == NACCS_OK && lock)
		status = naccs_state_lock_ledger(ret->state_dirfd, context->lock_timeout_ms, &ret->ledger_lock, err);
	if (status == NACCS_OK && lock)
		status = naccs_state_sweep(ret->state_dirfd, err);
	if (status == NACCS_OK)
		status = naccs_ledger_load(ret->state_dirfd, &ret->ledger, err);
	if (status == NACCS_OK && ret->state_dirfd >= 0)
		status = naccs_remembered_load(context->crypto, ret->state_dirfd, &ret->remembered, err);
	if (status == NACCS_OK && ret->state_dirfd >= 0)
		status = naccs_recorded_chain_load(context->crypto, ret->state_dirfd, &ret->recorded, err);
	ret->proof = (struct naccs_proof_ground){
		.crypto = context->crypto,
		.intermediates = naccs_trust_intermediates(context->trust),
		.recorded = ret->recorded,
		.now = naccs_rules_now(context),
	};
	return status;
}

void naccs_ground_close(struct naccs_ground *ground)
{
	sk_X509_pop_free(ground->remembered, X509_free);
	naccs_recorded_chain_free(ground->recorded);
	naccs_ledger_free(ground->ledger);
	if (ground->ledger_lock >= 0)
		(void)close(ground->ledger_lock);
	if (ground->state_dirfd >= 0)
		(void)close(ground->state_dirfd);
	*ground = (struct naccs_ground){.state_dirfd = -1, .ledger_lock = -1};
}
