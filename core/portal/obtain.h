/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the journey from three codes to the raw answer of Download, read from the portal's screens as a person reads them. It knows nothing
 * of stores, escrow or PKCS#12: it is handed functions that are called at the two moments that must be durable.
 */
#ifndef NACCS_PORTAL_OBTAIN_H
#define NACCS_PORTAL_OBTAIN_H

#include "description.h"
#include "transport.h"

struct naccs_obtain_request {
	const struct naccs_portal_description *description;
	const struct naccs_secret *code1, *code2, *code3;
	const struct naccs_secret *password; /* of the PKCS#12 to come; the password rule was checked */
	int64_t now;			     /* rules' clock: maintenance warning, midnight in Japan */
	int page_dirfd;			     /* folder for a page that was not understood; -1: not saved */

	/* A step that begins, translated ("Logging in"). May be NULL. */
	void (*progress)(void *context, const char *message);
	/* Code 3 and the password are about to be sent: make `submitted` durable. Anything but OK stops before the request. Called again
	 * when they are sent a second time because the session had ended, and before a Download that the portal offers without asking for
	 * code 3. */
	naccs_status (*about_to_submit)(void *context, struct naccs_error *err);
	/* This came as the answer to Download, whole or cut, recognised or not: make it durable. suggested_name: a file name without
	 * folders, for people; may be NULL. Not called for a page that says why there is no file (session ended, maintenance, locked):
	 * nothing came. */
	naccs_status (*received)(void *context, const struct naccs_secret *answer, const char *suggested_name, bool is_cut,
				 struct naccs_error *err);
	/* A remark for the report (id, message), e.g. "portal.near-midnight", "portal.maintenance-soon". May be NULL. */
	void (*warning)(void *context, const char *id, const char *message);
	void *context;
};

/*
 * Run it: log in, menu, form, Submit, Download, log out (best effort, after received()). Failures: portal.*, net.*, tls.* of interface.md;
 * whatever the page did not explain is portal.unknown-page with the saved file named, before a code is spent. A session that ended is begun
 * again once. An answer to Download that is no PKCS#12 (by is_plausible below) is handed to received() too, then fails with
 * portal.not-pkcs12 or portal.truncated. When received() failed, its status is returned.
 */
naccs_status naccs_obtain_run(struct naccs_http *http, const struct naccs_obtain_request *request,
			      bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err);

/* The same over any transport. */
naccs_status naccs_obtain_run_over(const struct naccs_transport *transport, const struct naccs_obtain_request *request,
				   bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err);

#endif
