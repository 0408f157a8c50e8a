/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where programs follow the link live, nothing has to stand beside it. current_windows.c is for where they can't. */
#include "pem.h"

naccs_status pem_current_follow(const struct naccs_store *store, const char *target, struct naccs_error *err)
{
	(void)store;
	(void)target;
	(void)err;
	return NACCS_OK;
}

bool pem_current_is(const struct naccs_store *store, const char *target)
{
	(void)store;
	(void)target;
	return true;
}
