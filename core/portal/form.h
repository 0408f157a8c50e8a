/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what a browser would send for a form: its successful controls with the values that the page gave them, the typed values, and the
 * button that was pressed. The bytes are a secret from the first one.
 */
#ifndef NACCS_PORTAL_FORM_H
#define NACCS_PORTAL_FORM_H

#include "page.h"
#include "secret.h"

/* A value that a person types into a field. */
struct naccs_form_entry {
	size_t field;			  /* index in the form */
	const struct naccs_secret *value; /* UTF-8 */
};

struct naccs_form_request {
	bool is_post;
	char *url;		   /* absolute; with the query when !is_post */
	char *content_type;	   /* of a POST */
	struct naccs_secret *body; /* of a POST */
	const char *target;	   /* borrowed from the page; "" */
};
void naccs_form_request_clear(struct naccs_form_request *request);
static inline void naccs_cleanup_form_request(struct naccs_form_request *request)
{
	naccs_form_request_clear(request);
}

/*
 * What the press of a SUBMIT kind sends. Failures: portal.unknown-page (an address, a method or an encoding that we don't know, a value
 * that the page's character set can't express or that is longer than its field takes), internal. A form with entries goes by POST only.
 */
naccs_status naccs_form_serialise(const struct naccs_page *page, const struct naccs_press *press, const struct naccs_form_entry *entries,
				  size_t entry_count, struct naccs_form_request *ret, struct naccs_error *err);

#endif
