/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the journal's lines about requests: above all, which secret came along, whatever part of the request it was hidden in. */
#ifndef PORTAL_TRACE_H
#define PORTAL_TRACE_H

#include "portal.h"

/* Before the request is answered: what came, and which codes are in it. */
json_t *trace_request(const struct portal *portal, const struct request *request);
/* After it: adds the step and the answer, writes the line. */
void trace_answer(struct portal *portal, json_t *line, const struct request *request, const struct answer *answer);

#endif
