/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the journey from a certificate that ends soon to the raw answer of Download: menu, confirmation, status, password, Download, read
 * from the portal's screens as a person reads them (manual, chapter 6). Whoever calls it has made the connection with that certificate and
 * its key; the journey itself knows nothing of keys, stores, escrow or PKCS#12.
 */
#ifndef NACCS_PORTAL_RENEW_H
#define NACCS_PORTAL_RENEW_H

#include "description.h"
#include "transport.h"

struct naccs_renew_request {
	const struct naccs_portal_description *description;
	X509 *certificate;		     /* the one that is renewed: the confirmation page must show its subject */
	const struct naccs_secret *password; /* of the PKCS#12 to come; the password rule was checked */
	int64_t now;			     /* rules' clock: maintenance warning, midnight in Japan */
	int page_dirfd;			     /* folder for a page that was not understood; -1: not saved */
	/* An application was sent before, or may have been: a confirmation page is refused then, unless apply_again. */
	bool was_applied, apply_again;
	uint32_t patience_seconds; /* how long to wait for the certificate to be issued; 0: 300 */

	/* A step that begins, or a status that the portal shows, translated. May be NULL. */
	void (*progress)(void *context, const char *message);
	/* The application is about to be sent: make `applied` durable. Anything but OK stops before the request. */
	naccs_status (*about_to_apply)(void *context, struct naccs_error *err);
	/* The password is about to be sent: make `submitted` durable. As in obtain.h. */
	naccs_status (*about_to_submit)(void *context, struct naccs_error *err);
	/* This came as the answer to Download: make it durable. As in obtain.h. */
	naccs_status (*received)(void *context, const struct naccs_secret *answer, const char *suggested_name, bool is_cut,
				 struct naccs_error *err);
	/* A remark for the report. May be NULL. */
	void (*warning)(void *context, const char *id, const char *message);
	void *context;
};

/*
 * Run it. Failures: as of obtain, and: portal.login-refused (the certificate was not accepted), portal.not-due, portal.expired,
 * portal.not-issued (the portal says that it failed), portal.pending (not issued within patience_seconds: later runs take it up),
 * portal.unknown-page also for a confirmation page that shows another subject than the certificate's, or one that comes again after the
 * application was sent. A session that ended is begun again once; an application is never sent twice.
 */
naccs_status naccs_renew_run(struct naccs_http *http, const struct naccs_renew_request *request,
			     bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err);

/* The same over any transport. */
naccs_status naccs_renew_run_over(const struct naccs_transport *transport, const struct naccs_renew_request *request,
				  bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err);

#endif
