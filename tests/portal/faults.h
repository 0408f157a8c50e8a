/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: everything that may go wrong with a portal, by name, at a step, once or always: --fault NAME[@STEP][:COUNT], and at run time by the
 * control port. Thread-safe.
 */
#ifndef PORTAL_FAULTS_H
#define PORTAL_FAULTS_H

#include "pki.h"

#include <stdbool.h>
#include <stdio.h>

/* clang-format off */
/* The steps of the journey; the names are in faults.c. STEP_ANY: whatever comes. */
enum step {
	STEP_ANY, STEP_CONNECT, STEP_LOGIN, STEP_LOGIN_POST, STEP_FRAME, STEP_HEADER, STEP_MENU, STEP_TOP, STEP_FORM, STEP_SUBMIT,
	STEP_DOWNLOAD_PAGE, STEP_DOWNLOAD, STEP_FILE, STEP_LOGOUT, STEP_RENEW, STEP_CONFIRM, STEP_APPLY, STEP_STATUS, STEP_PASSWORD, STEP_OTHER,
	STEP_COUNT
};

enum fault {
	/* answers in words, instead of what was asked for */
	F_LOGIN_REFUSED, F_CODE3_REFUSED, F_PASSWORD_REFUSED, F_LOCKED, F_SESSION_ENDED, F_MAINTENANCE, F_MAINTENANCE_503, F_UNKNOWN_PAGE,
	F_ERROR_500, F_NOT_FOUND, F_EMPTY_PAGE, F_NOT_HTML,
	/* pages that are almost right */
	F_MENU_CHANGED, F_LABEL_CHANGED, F_BUTTON_CHANGED, F_EXTRA_FIELD, F_LABEL_TWICE, F_SCRIPT_LOGIC,
	/* renewals */
	F_CERTIFICATE_REFUSED, F_APPLICATION_REFUSED, F_NOT_DUE, F_CONFIRM_OTHER, F_CONFIRM_LESS, F_STATUS_STUCK, F_STATUS_FAILED, F_STATUS_NEW, F_STATUS_SILENT,
	F_ISSUED_OTHER, F_ISSUED_OLD_KEY, F_ISSUED_OLDER, F_ISSUED_BY_OTHER, F_ISSUED_SAME,
	/* ways out of the portal */
	F_REDIRECT_HTTP, F_REDIRECT_HOST, F_REDIRECT_PORT, F_REDIRECT_LOOP, F_REDIRECT_307, F_FORM_HOST, F_FORM_HTTP, F_BASE_HOST, F_FRAME_HOST,
	F_REFRESH_HOST, F_SCRIPT_HOST,
	/* the file */
	F_HTML_FILE, F_EMPTY_FILE, F_NOT_PKCS12, F_CORRUPT_PKCS12, F_OVERSIZE_PKCS12, F_WRONG_PASSWORD, F_OTHER_CERTIFICATE,
	F_SHORT_FILE, F_SHORT_BODY, F_SHORT_CHUNKS, F_CUT_TLS, F_BARE_END,
	/* floods */
	F_ENDLESS_BODY, F_GZIP_BOMB, F_NESTED_TAGS, F_MANY_TAGS, F_HEADER_FLOOD, F_COOKIE_FLOOD, F_SLOW, F_STALL,
	/* the connection */
	F_CLOSE_BEFORE, F_CLOSE_AFTER, F_CLOSE_IDLE, F_GARBAGE,
	/* TLS: the chain or the handshake */
	F_ROGUE_ROOT, F_ROGUE_LEAF, F_CROSS_SIGNED, F_WRONG_HOST, F_COMMON_NAME, F_EXPIRED, F_NOT_YET, F_SELF_SIGNED, F_CLIENT_ONLY,
	F_LEAF_SIGNED, F_INTERCEPTED,
	F_NO_HANDSHAKE, F_NO_TLS,
	F_COUNT
};
/* clang-format on */

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults);
/* NAME[@STEP][:COUNT]; "none" forgets all. False: not understood. */
bool faults_add(struct faults *faults, const char *text);
/* Does this fault happen here and now? Counts it down. */
bool faults_take(struct faults *faults, enum fault fault, enum step step);
/* The chain that the faults ask for, or `usual`. */
enum chain faults_chain(struct faults *faults, enum chain usual);
const char *fault_name(enum fault fault);
const char *step_name(enum step step);
void faults_list(FILE *out, bool is_for_people);

#endif
