/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the answer in an escrow entry is worth: used as it is, or asked for again. See context.h. */
#include "context.h"

#include <string.h>

bool naccs_escrow_is_too_late(const struct naccs_escrow *escrow, int64_t now)
{
	return now >= naccs_japan_day_end(escrow->submitted_at);
}

/* Whatever else may be wrong with what is in it. */
naccs_status naccs_escrow_opens(const struct naccs *context, const struct naccs_escrow *escrow, bool *ret, struct naccs_error *err)
{
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_auto(secret) struct naccs_secret *password = NULL;
	struct naccs_error own = {0};
	naccs_status status;

	*ret = false;
	if (escrow->state != NACCS_ESCROW_RECEIVED)
		return NACCS_OK;
	status = naccs_escrow_answer(escrow, &answer, err);
	if (status == NACCS_OK)
		status = naccs_escrow_password(escrow, &password, err);
	if (status != NACCS_OK)
		return status;
	status = naccs_pkcs12_open(context->crypto, answer, password, NULL, naccs_rules_now(context), NULL, &credential, &own);
	if (status == NACCS_E_INTERNAL) {
		*err = own;
		return status;
	}
	*ret = status != NACCS_E_PKCS12_CORRUPT && status != NACCS_E_PKCS12_PASSWORD;
	return NACCS_OK;
}

naccs_status naccs_escrow_is_usable(const struct naccs *context, const struct naccs_escrow *escrow, bool *ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_status status;

	*ret = escrow->state == NACCS_ESCROW_RECEIVED &&
	       strcmp(escrow->order.command, "install") == 0; /* opened before it went into escrow */
	if (*ret || escrow->state != NACCS_ESCROW_RECEIVED)
		return NACCS_OK;
	if (escrow->answer_is_cut)
		return naccs_escrow_opens(context, escrow, ret, err);
	status = naccs_escrow_answer(escrow, &answer, err);
	if (status == NACCS_OK)
		*ret = naccs_pkcs12_is_plausible(naccs_secret_data(answer), naccs_secret_length(answer));
	return status;
}
