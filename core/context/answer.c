/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the answer in an escrow entry is worth: used as it is, or asked for again. See context.h. */
#include "context.h"

#include <string.h>

bool naccs_escrow_is_too_late(const struct naccs_escrow *escrow, int64_t now)
{
	return now >= naccs_japan_day_end(escrow->submitted_at);
}

/* With this password, whatever else may be wrong with what is in it. */
static naccs_status opens(const struct naccs *context, const struct naccs_secret *answer, const struct naccs_secret *password, bool *ret,
			  struct naccs_error *err)
{
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	struct naccs_error own = {0};
	naccs_status status = naccs_pkcs12_open(context->crypto, answer, password, NULL, naccs_rules_now(context), NULL, &credential, &own);

	*ret = status != NACCS_E_PKCS12_CORRUPT && status != NACCS_E_PKCS12_PASSWORD;
	if (status != NACCS_E_INTERNAL)
		return NACCS_OK;
	if (err != NULL)
		*err = own;
	return status;
}

/* The entry's answer, and whether it opens. */
static naccs_status read_answer(const struct naccs *context, const struct naccs_escrow *escrow, struct naccs_secret **ret_answer,
				bool *ret_opens, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_status status = naccs_escrow_answer(escrow, ret_answer, err);

	if (status == NACCS_OK)
		status = naccs_escrow_password(escrow, &password, err);
	return status == NACCS_OK ? opens(context, *ret_answer, password, ret_opens, err) : status;
}

naccs_status naccs_escrow_opens(const struct naccs *context, const struct naccs_escrow *escrow, bool *ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;

	*ret = false;
	return escrow->state == NACCS_ESCROW_RECEIVED ? read_answer(context, escrow, &answer, ret, err) : NACCS_OK;
}

naccs_status naccs_escrow_is_usable(const struct naccs *context, const struct naccs_escrow *escrow, bool *ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_status status;

	*ret = escrow->state == NACCS_ESCROW_RECEIVED &&
	       strcmp(escrow->order.command, "install") == 0; /* opened before it went into escrow */
	if (*ret || escrow->state != NACCS_ESCROW_RECEIVED)
		return NACCS_OK;
	status = read_answer(context, escrow, &answer, ret, err);
	if (status == NACCS_OK && !*ret)
		*ret = !escrow->answer_is_cut && naccs_pkcs12_is_plausible(naccs_secret_data(answer), naccs_secret_length(answer));
	return status;
}
