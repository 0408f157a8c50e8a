/* SPDX-License-Identifier: Apache-2.0 */
/* Why: bodies of gigabytes that nobody stores: made while they are sent. */
#ifndef PORTAL_FLOOD_H
#define PORTAL_FLOOD_H

#include "http.h"

/* A chunked response for answer->flood, without headers. */
struct MHD_Response *flood_response(enum flood flood);

#endif
