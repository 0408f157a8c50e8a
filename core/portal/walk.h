/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what every walk through the portal shares, whatever it is for: looking at the views, the menu, Download and the file, listening to
 * what a page says or does by itself, logging out, and saying what is not understood. obtain*.c and renew*.c add their own screens. Private
 * to the room.
 */
#ifndef NACCS_PORTAL_WALK_H
#define NACCS_PORTAL_WALK_H

#include "save_page.h"
#include "screens.h"

enum naccs_walk_phase {
	NACCS_WALK_BEGUN,	/* the start page was asked for */
	NACCS_WALK_LOGGED_IN,	/* obtain: codes 1 and 2 were sent */
	NACCS_WALK_IN_MENU,	/* the menu's link was pressed */
	NACCS_WALK_APPLIED,	/* renew: the application was sent, in this run */
	NACCS_WALK_SUBMITTED,	/* the password (obtain: and code 3) was sent */
	NACCS_WALK_DOWNLOADING, /* Download was pressed */
	NACCS_WALK_DONE,
	NACCS_WALK_PHASES
};

#define NACCS_WALK_SECRETS 4
#define NACCS_WALK_MENU_PRESSES_MAX 3

/* What the portal says when a text of this key stands on the page. */
struct naccs_meaning {
	enum naccs_text_key key;
	naccs_status status;
	const char *message, *hint; /* to be translated */
};

struct naccs_walk;

/* What makes one kind of walk differ from another. Static. */
struct naccs_walk_kind {
	enum naccs_text_key menu;
	const char *menu_progress; /* said when the menu is pressed; to be translated */
	const char *(*start)(const struct naccs_portal_description *description);
	const char *step_names[NACCS_WALK_PHASES];	    /* "before login"; to be translated */
	const enum naccs_text_key *keys[NACCS_WALK_PHASES]; /* messages that can stand there, the surest first; NACCS_TEXT_COUNT ends */
	const struct naccs_meaning *meanings;		    /* its own, before the common ones */
	size_t meaning_count;
	/* What is true of a page that is not understood ("Authentication code 3 was not sent."), translated. */
	const char *(*where_it_stands)(const struct naccs_walk *walk);
	const char *ended_progress; /* said when a session that ended is begun again; to be translated */
};

struct naccs_walk {
	const struct naccs_walk_kind *kind;
	const struct naccs_portal_description *description;
	bool (*is_plausible)(const void *bytes, size_t length);
	int64_t now;						/* rules' clock */
	int page_dirfd;						/* -1: pages are not saved */
	const struct naccs_secret *secrets[NACCS_WALK_SECRETS]; /* never shown, never saved */

	/* The caller's functions, see obtain.h; progress and warning may be NULL. */
	void (*progress)(void *context, const char *message);
	naccs_status (*about_to_submit)(void *context, struct naccs_error *err);
	naccs_status (*received)(void *context, const struct naccs_secret *answer, const char *suggested_name, bool is_cut,
				 struct naccs_error *err);
	void (*warning)(void *context, const char *id, const char *message);
	void *context;

	struct naccs_journey journey;
	enum naccs_walk_phase phase;
	unsigned sessions;     /* begun in this run, but for those that we ended ourselves */
	unsigned menu_presses; /* in this session */
	unsigned download_presses;
	struct naccs_form_request downloaded; /* what the last press of Download sent: never sent again by itself */
	bool is_page_saved;
	bool was_logged_in;	     /* something is there to log out of */
	struct naccs_action way_out; /* the logout seen last, should the page shown at the end have none; target NULL: none */
	struct naccs_screen screen;  /* what was found last */
	struct naccs_press press;
	size_t press_view;
	const char *problem; /* translated: why a screen that was recognised can't be used */
};

/* ---- walk.c ---- */

/* The journey over transport; the other members are the caller's to fill before. */
void naccs_walk_init(struct naccs_walk *walk, const struct naccs_transport *transport, unsigned requests_max);
/* Warn when it is almost midnight in Japan, or the portal's maintenance is at hand. */
void naccs_walk_warn_of_time(const struct naccs_walk *walk);
void naccs_walk_progress(const struct naccs_walk *walk, const char *message);
/* Open the start page: a new session. */
naccs_status naccs_walk_begin(struct naccs_walk *walk, struct naccs_error *err);
/* Log out, and begin a new session after so many seconds: for a page that can't be asked for again. */
naccs_status naccs_walk_come_anew(struct naccs_walk *walk, unsigned seconds, struct naccs_error *err);
/* The portal says why it doesn't go on. A session that ended is begun again once; the reason is returned otherwise. */
naccs_status naccs_walk_give_up(struct naccs_walk *walk, naccs_status status, struct naccs_error *err);
/* Whatever the page does or says without our doing: it moves on, or explains itself. *ret_is_silent: it did neither. */
naccs_status naccs_walk_listen(struct naccs_walk *walk, bool *ret_is_silent, struct naccs_error *err);
/* Press what was found (walk->press): the menu. After an application the walk stays where that led. */
naccs_status naccs_walk_open_menu(struct naccs_walk *walk, struct naccs_error *err);
/* The same on a page that has the menu on it, as every page has where there are no frames: only when it says nothing else. */
naccs_status naccs_walk_open_menu_again(struct naccs_walk *walk, struct naccs_error *err);
/* Nothing to do for a person: listen; then keep what came for the file, or refuse the page. */
naccs_status naccs_walk_wait_or_refuse(struct naccs_walk *walk, struct naccs_error *err);
/* To be called before each press that may lead to a page without a way out. */
void naccs_walk_remember_way_out(struct naccs_walk *walk);
/* The end, good or bad: save what was not understood, log out as far as that is possible, free everything. Returns the walk's status. */
naccs_status naccs_walk_end(struct naccs_walk *walk, naccs_status status, struct naccs_error *err);

/* ---- walk_look.c: what is seen; what is found is in screen, or press and press_view ---- */

enum { NACCS_LOOK_FRESH = 0, NACCS_LOOK_WITH_OLD = 1, NACCS_LOOK_EXACT = 2 };

/* A form in the views that the last press loaded. */
bool naccs_walk_sees_form(struct naccs_walk *walk, unsigned labels, enum naccs_text_key button);
/* Something to press: WITH_OLD also in frames that stood there before, EXACT only by a text that stands alone. */
bool naccs_walk_sees_control(struct naccs_walk *walk, enum naccs_text_key text, unsigned how);
/* "If the download does not start, click here": the only such link, on pages with a line that says both. */
bool naccs_walk_sees_download_here(struct naccs_walk *walk);
bool naccs_walk_has_file(const struct naccs_walk *walk);
/* A form with two fields for passwords, whatever their labels: half of a screen that is known. */
bool naccs_walk_sees_passwords(const struct naccs_walk *walk);
#define NACCS_PASSWORDS_UNLABELLED _("a form asks for two passwords, but its labels are not all known")

/* ---- walk_download.c ---- */

naccs_status naccs_walk_download(struct naccs_walk *walk, struct naccs_error *err); /* walk->press */
/* A page on the way to the file: it goes on by itself, explains itself, or says Download once more (walk->press), or has a link in a
 * sentence about it: pressed, unless that would only repeat what was sent, or lead where nothing may go. */
naccs_status naccs_walk_download_again(struct naccs_walk *walk, struct naccs_error *err);
/* The journey's answer is the file, or what came for it. */
naccs_status naccs_walk_receive(struct naccs_walk *walk, struct naccs_error *err);

/* ---- walk_explain.c ---- */

/* What the lines since the last press say. *ret_status: NACCS_OK when they say nothing that we know; err is filled otherwise. */
void naccs_walk_explain(struct naccs_walk *walk, naccs_status *ret_status, struct naccs_error *err);
/* A page that nothing explains: saved, and named in the message. Returns the status. */
naccs_status naccs_walk_unknown_page(struct naccs_walk *walk, const char *reason, struct naccs_error *err);
/* Add the saved page to an error of that kind which arose elsewhere. */
naccs_status naccs_walk_add_saved_page(struct naccs_walk *walk, struct naccs_error *err);

#endif
