/* SPDX-License-Identifier: Apache-2.0 */
/* Why: here the environment is where a system's proxy is named (http_proxy.c); there are no other settings. See http_private.h. */
#include "http_private.h"

naccs_status naccs_http_system_proxy(const char *host, char **ret, struct naccs_error *err)
{
	(void)host;
	(void)err;
	*ret = NULL;
	return NACCS_OK;
}
