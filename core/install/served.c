/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where a backend runs is decided here, once. See registry.h. */
#include "registry.h"

naccs_status naccs_served_open(const struct naccs_served *served, const struct naccs_host *host, const char *uri, const struct naccs_open_options *options,
			       struct naccs_store **ret, struct naccs_error *err)
{
	return served->is_isolated ? naccs_worker_open(&served->worker, host, uri, options, ret, err) : served->module.open(host, uri, options, ret, err);
}

naccs_status naccs_served_places(const struct naccs_served *served, const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context,
				 struct naccs_error *err)
{
	if (served->module.places == NULL)
		return NACCS_OK;
	return served->is_isolated ? naccs_worker_places(&served->worker, host, home, sink, context, err)
				   : served->module.places(host, home, sink, context, err);
}

naccs_status naccs_served_resolve(const struct naccs_served *served, const struct naccs_host *host, const char *home, const char *uri,
				  naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_place itself = {.size = sizeof itself, .uri = uri, .kind = "", .label = ""};

	if (served->module.resolve == NULL)
		return sink(context, &itself);
	return served->is_isolated ? naccs_worker_resolve(&served->worker, host, home, uri, sink, context, err)
				   : served->module.resolve(host, home, uri, sink, context, err);
}
