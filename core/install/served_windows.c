/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where a backend runs is decided here, once: in the program. See registry.h. */
#include "registry.h"

naccs_status naccs_served_open(const struct naccs_served *served, const struct naccs_host *host, const char *uri,
			       const struct naccs_open_options *options, struct naccs_store **ret, struct naccs_error *err)
{
	return served->module.open(host, uri, options, ret, err);
}

naccs_status naccs_served_places(const struct naccs_served *served, const struct naccs_host *host, const char *home, naccs_place_sink *sink,
				 void *context, struct naccs_error *err)
{
	return served->module.places == NULL ? NACCS_OK : served->module.places(host, home, sink, context, err);
}

naccs_status naccs_served_resolve(const struct naccs_served *served, const struct naccs_host *host, const char *home, const char *uri,
				  naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_place itself = {.size = sizeof itself, .uri = uri, .kind = "", .label = ""};

	return served->module.resolve == NULL ? sink(context, &itself) : served->module.resolve(host, home, uri, sink, context, err);
}
