/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what renew.c (the loop), renew_confirm.c (the application) and renew_status.c (waiting for the certificate) share. */
#ifndef NACCS_PORTAL_RENEW_PRIVATE_H
#define NACCS_PORTAL_RENEW_PRIVATE_H

#include "renew.h"
#include "walk.h"

struct naccs_renew {
	struct naccs_walk walk;
	const struct naccs_renew_request *request;
	bool is_applied;   /* in this run */
	char problem[512]; /* translated: why a confirmation page is not to be answered; "" */
	char *state;	   /* the status that was told last; NULL: none */
	uint32_t spent;	   /* seconds of patience used up by waiting */
	uint32_t began_at; /* the transport's clock when waiting began */
	bool has_begun_to_wait;
	bool is_looked_for_again; /* the menu was pressed again, or a session begun, after the application */
	bool has_failed;	  /* the status says so */
};

/* The hint of portal.pending; to be translated. */
#define NACCS_RENEW_TAKEN_UP_LATER N_("The application was sent. To take it up again later: naccs-cert resume (or the next renew --due).")

extern const struct naccs_walk_kind naccs_renew_kind;

/* ---- renew_confirm.c ---- */

/* A page that shows the data of an application and a button to send it: walk.press; renew->problem when they are not this certificate's. */
bool naccs_renew_sees_confirmation(struct naccs_renew *renew);
/* A page that shows the subject of an application, whatever there is to press. */
bool naccs_renew_sees_common_name(const struct naccs_renew *renew);
/* Does a page want something of a person: a field to be filled in, a button that is no way out? */
bool naccs_renew_is_anything_asked(const struct naccs_renew *renew, const struct naccs_page *page);
/* Send the application (walk.press), unless that was done before. */
naccs_status naccs_renew_apply(struct naccs_renew *renew, struct naccs_error *err);

/* ---- renew_status.c ---- */

/* A page that shows how far the certificate is. */
bool naccs_renew_sees_status(const struct naccs_renew *renew);
/* Does this page show one of the known states: under way, issued, failed? */
bool naccs_renew_shows_state(const struct naccs_renew *renew, const struct naccs_page *page);
/* Tell it, and wait as the page says. */
naccs_status naccs_renew_wait(struct naccs_renew *renew, struct naccs_error *err);

#endif
