/* SPDX-License-Identifier: Apache-2.0 */
/* Why: as portal.c, where the whole program is one file: the portal client is linked in. */
#include "context.h"

#include "client.h"

naccs_status naccs_context_portal(struct naccs *context, const struct naccs_portal_client **ret, struct naccs_error *err)
{
	(void)err;
	context->portal = naccs_portal_client_entry();
	*ret = context->portal;
	return NACCS_OK;
}
