/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what renew.c (confirmation, password) and renew_status.c (waiting) share. */
#ifndef PORTAL_RENEW_H
#define PORTAL_RENEW_H

#include "page.h"
#include "screens.h"

struct datum {
	const char *heading, *value; /* escaped */
};

/* In the dialect's shape. */
void renew_put_data(struct page *page, const struct datum *data, size_t count);
/* Has the certificate that was applied for been issued? */
bool renew_is_issued(const struct visit *visit);
/* The status as it is now; each look brings it on. */
void renew_status_screen(struct visit *visit);

#endif
