/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the browser that every journey needs: windows with frames, presses, targets, refreshes, a file that arrives in between. It knows no
 * screen of the portal; obtain and its siblings look at the views and decide. Bounded in requests, frames and bytes. Not thread-safe.
 */
#ifndef NACCS_PORTAL_JOURNEY_H
#define NACCS_PORTAL_JOURNEY_H

#include "form.h"
#include "transport.h"

#define NACCS_VIEWS_MAX 32

/* A window or a frame. */
struct naccs_view {
	struct naccs_view *parent; /* NULL: a window */
	char *name;		   /* "" or the frame's or window's name */
	struct naccs_page *page;   /* NULL: nothing is shown */
	unsigned step;		   /* the step that loaded it */
	bool is_asked_for;	   /* by GET: it may be asked for once more */
};

/* A line that appeared since the last press: what was there before the press is left out. */
struct naccs_line {
	char *text, *folded;
};

struct naccs_lines {
	struct naccs_line *items;
	size_t count, capacity;
};

struct naccs_journey {
	const struct naccs_transport *transport;
	bool (*is_file)(const void *bytes, size_t length); /* decides first, whatever the headers say */
	unsigned requests_max;
	bool expects_file; /* from now on any answer may be the file: it is kept whole in `answer` */
	unsigned step;	   /* of presses: automatic moves belong to the press that led to them */
	unsigned requests;
	struct naccs_view *views[NACCS_VIEWS_MAX]; /* parents before children */
	size_t view_count;
	struct naccs_http_reply *answer; /* the last answer, when a file was expected or came */
	bool is_answer_a_file;		 /* no page; then no view shows it */
	struct naccs_lines lines; /* new since the last press, from every page that was loaded, also those that moved on by themselves */
	struct naccs_lines known; /* shown before the last press */
	bool is_waiting; /* for something that takes its time at the portal: every page is given the time that it names */
	unsigned waits;  /* moves made while is_waiting */
	struct naccs_error frame_error; /* why a frame was left empty; status OK: none was */
};

void naccs_journey_init(struct naccs_journey *journey, const struct naccs_transport *transport, unsigned requests_max);
void naccs_journey_clear(struct naccs_journey *journey);

/* Close all windows and open one at url. */
naccs_status naccs_journey_open(struct naccs_journey *journey, const char *url, struct naccs_error *err);

/* A press made ready: everything is checked, nothing is sent. */
struct naccs_action {
	size_t view;
	struct naccs_form_request request;
	char *target; /* a name, or "" */
};
void naccs_action_clear(struct naccs_action *action);
static inline void naccs_cleanup_action(struct naccs_action *action)
{
	naccs_action_clear(action);
}
naccs_status naccs_journey_prepare(struct naccs_journey *journey, size_t view, const struct naccs_press *press,
				   const struct naccs_form_entry *entries, size_t entry_count, struct naccs_action *ret,
				   struct naccs_error *err);
/* Send it: a new step. The answer is shown in the view that the target names, with its frames; or it is a file. */
naccs_status naccs_journey_send(struct naccs_journey *journey, const struct naccs_action *action, struct naccs_error *err);

/* Let the page that moves on by itself do so (script, meta refresh, Refresh; at most a minute ahead). *ret_moved: false when none does. */
naccs_status naccs_journey_move(struct naccs_journey *journey, bool with_popups, bool *ret_moved, struct naccs_error *err);

/* How long the move that comes next would be waited for, in seconds. false: no page moves by itself. */
bool naccs_journey_next_wait(const struct naccs_journey *journey, bool with_popups, unsigned *ret_seconds);

/* Ask for what a view shows once more, after so many seconds, as a person does who waits; not when it was the answer to a form: *ret_done. */
naccs_status naccs_journey_reload(struct naccs_journey *journey, size_t view, unsigned seconds, bool *ret_done, struct naccs_error *err);

/* Was this view loaded by the last press, or what followed from it by itself? */
bool naccs_journey_is_fresh(const struct naccs_journey *journey, size_t view);

#endif
