/* SPDX-License-Identifier: Apache-2.0 */
/* Why: copying an order for escrow, with the stores' canonical names, so that resume opens the same stores from any folder. */
#include "context.h"

#include "text.h"

#include <string.h>

static bool copy(const char *from, char **to)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

naccs_status naccs_order_copy(const struct naccs_escrow_order *order, const struct naccs_run *run, const char *subject, struct naccs_escrow_order *ret,
			      struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	if (!copy(order->command, &ret->command) || !copy(order->terminal, &ret->terminal) || !copy(order->group, &ret->group) ||
	    !copy(order->client_ca_sha256, &ret->client_ca_sha256) || !copy(order->code3_hash, &ret->code3_hash) || !copy(subject, &ret->subject) ||
	    !copy(order->previous_sha256, &ret->previous_sha256))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	ret->all_or_nothing = order->all_or_nothing;
	ret->prune = order->prune;
	ret->trust_first_use = order->trust_first_use;
	for (size_t i = 0; status == NACCS_OK && i < order->store_count; i++) {
		const char *uri = run->stores[i].tx != NULL ? run->stores[i].tx->store->uri : order->stores[i];

		status = naccs_escrow_order_add_store(ret, uri, order->pin_files[i], err);
	}
	for (size_t i = 0; status == NACCS_OK && i < order->deploy_hook_count; i++)
		status = naccs_escrow_order_add_hook(ret, order->deploy_hooks[i], err);
	return status;
}
