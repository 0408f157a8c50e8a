/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the journey over the program's own connection. Apart, so that tests of the journey need no network code. */
#include "renew.h"

naccs_status naccs_renew_run(struct naccs_http *http, const struct naccs_renew_request *request,
			     bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err)
{
	struct naccs_transport transport;

	naccs_transport_over_http(http, &transport);
	return naccs_renew_run_over(&transport, request, is_plausible, err);
}
