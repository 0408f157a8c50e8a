/* SPDX-License-Identifier: Apache-2.0 */
/* Why: tests steer a running portal and ask for its journal, by plain HTTP on a port of its own. */
#ifndef PORTAL_CONTROL_H
#define PORTAL_CONTROL_H

#include "portal.h"

/* GET /journal /status · POST /clock?set=… /clock?advance=SECONDS /fault?set=… /dialect?set=… /reset /quit */
void control_answer(struct portal *portal, struct wire *wire, struct request *request, struct answer *answer);
/* Bring the dialect's switches about TLS to the wire. */
void control_apply_dialect(const struct portal *portal, struct wire *wire);

#endif
