/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what journey.c, journey_view.c and journey_lines.c share. */
#ifndef NACCS_PORTAL_JOURNEY_PRIVATE_H
#define NACCS_PORTAL_JOURNEY_PRIVATE_H

#include "journey.h"

naccs_status naccs_journey_request(struct naccs_journey *journey, const struct naccs_form_request *request, const char *referer,
				   struct naccs_http_reply **ret, struct naccs_error *err);

/* Show a reply in a view, without what it showed before, and load its frames. NACCS_NONE: there is no room for one more window. */
naccs_status naccs_view_show(struct naccs_journey *journey, size_t view, const struct naccs_http_reply *reply, struct naccs_error *err);
/* The view that a target names, seen from view; a new window when none has that name. */
size_t naccs_view_find_target(struct naccs_journey *journey, size_t view, const char *target);
void naccs_views_clear(struct naccs_journey *journey);

void naccs_lines_clear(struct naccs_lines *lines);
/* What all views show becomes known; the new lines are forgotten. */
naccs_status naccs_lines_remember(struct naccs_journey *journey, struct naccs_error *err);
/* The lines of page that are not known become new ones. */
naccs_status naccs_lines_gather(struct naccs_journey *journey, const struct naccs_page *page, struct naccs_error *err);

#endif
