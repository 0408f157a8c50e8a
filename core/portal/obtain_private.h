/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what obtain.c (the loop), obtain_steps.c (what is done) and obtain_explain.c (what is said) share. */
#ifndef NACCS_PORTAL_OBTAIN_PRIVATE_H
#define NACCS_PORTAL_OBTAIN_PRIVATE_H

#include "obtain.h"
#include "save_page.h"
#include "screens.h"

enum naccs_obtain_phase {
	NACCS_OBTAIN_BEGUN,	  /* the start page was asked for */
	NACCS_OBTAIN_LOGGED_IN,	  /* codes 1 and 2 were sent */
	NACCS_OBTAIN_IN_MENU,	  /* the menu's link was pressed */
	NACCS_OBTAIN_SUBMITTED,	  /* code 3 and the password were sent */
	NACCS_OBTAIN_DOWNLOADING, /* Download was pressed */
	NACCS_OBTAIN_DONE,
};

#define NACCS_OBTAIN_SECRETS 4

struct naccs_obtain {
	const struct naccs_obtain_request *request;
	const struct naccs_portal_description *description;
	bool (*is_plausible)(const void *bytes, size_t length);
	struct naccs_journey journey;
	enum naccs_obtain_phase phase;
	unsigned sessions;     /* begun in this run */
	unsigned menu_presses; /* in this session */
	unsigned download_presses;
	struct naccs_form_request downloaded; /* what the last press of Download sent: never sent again by itself */
	bool is_page_saved;
	bool was_logged_in; /* something is there to log out of */
	struct naccs_action
		way_out; /* the logout that was seen last, should the page shown at the end have none; way_out.target NULL: none */
	const struct naccs_secret *secrets[NACCS_OBTAIN_SECRETS];
	struct naccs_screen screen; /* what was found last */
	struct naccs_press press;
	size_t press_view;
	const char *problem; /* translated: why a screen that was recognised can't be used */
};

/* ---- obtain_steps.c ---- */
void naccs_obtain_progress(const struct naccs_obtain *obtain, const char *message);
naccs_status naccs_obtain_begin(struct naccs_obtain *obtain, struct naccs_error *err);	   /* open the start page */
naccs_status naccs_obtain_log_in(struct naccs_obtain *obtain, struct naccs_error *err);	   /* obtain->screen */
naccs_status naccs_obtain_open_menu(struct naccs_obtain *obtain, struct naccs_error *err); /* obtain->press */
naccs_status naccs_obtain_submit(struct naccs_obtain *obtain, struct naccs_error *err);	   /* obtain->screen */
naccs_status naccs_obtain_download(struct naccs_obtain *obtain, struct naccs_error *err);  /* obtain->press */
/* The page that came instead of the file says Download too (obtain->press), or has a link in a sentence about it: pressed, unless that
 * would only repeat what was sent, or lead where nothing may go. *ret_is_pressed: it was. */
naccs_status naccs_obtain_download_again(struct naccs_obtain *obtain, bool *ret_is_pressed, struct naccs_error *err);
naccs_status naccs_obtain_receive(struct naccs_obtain *obtain, struct naccs_error *err); /* the journey's answer */
void naccs_obtain_log_out(struct naccs_obtain *obtain);

/* ---- obtain_explain.c ---- */

/* What the lines since the last press say. *ret_status: NACCS_OK when they say nothing that we know; err is filled otherwise. */
void naccs_obtain_explain(struct naccs_obtain *obtain, naccs_status *ret_status, struct naccs_error *err);
/* A page that nothing explains: saved, and named in the message. Returns the status. */
naccs_status naccs_obtain_unknown_page(struct naccs_obtain *obtain, const char *reason, struct naccs_error *err);
/* Add the saved page to an error of that kind which arose elsewhere. */
naccs_status naccs_obtain_add_saved_page(struct naccs_obtain *obtain, struct naccs_error *err);

#endif
