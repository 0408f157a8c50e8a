/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see client.h. */
#include "client.h"

static const struct naccs_portal_client client = {
	.size = sizeof client,
	.version = NACCS_PORTAL_VERSION,
	.set_language = naccs_text_set_language,
	.description_builtin = naccs_portal_description_builtin,
	.description_read = naccs_portal_description_read,
	.description_free = naccs_portal_description_free,
	.description_hosts = naccs_portal_hosts,
	.description_anchors = naccs_portal_anchors,
	.http_new = naccs_http_new,
	.http_free = naccs_http_free,
	.http_chain = naccs_http_chain,
	.http_head = naccs_http_head,
	.http_reply_free = naccs_http_reply_free,
	.http_client_certificate_asked = naccs_http_client_certificate_asked,
	.http_alert = naccs_http_alert,
	.obtain_run = naccs_obtain_run,
	.renew_run = naccs_renew_run,
};

const struct naccs_portal_client *naccs_portal_client_entry(void)
{
	return &client;
}
