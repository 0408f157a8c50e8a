/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the portal looks like is data, so that a changed label is mended by a file and not by a new program. The built-in one is
 * portals/naccs.ini;
 * --portal FILE takes its place as a whole. Not changed after it was read.
 */
#ifndef NACCS_PORTAL_DESCRIPTION_H
#define NACCS_PORTAL_DESCRIPTION_H

#include "page_text.h"

enum naccs_text_key {
	NACCS_TEXT_CODE1, /* labels of fields */
	NACCS_TEXT_CODE2,
	NACCS_TEXT_CODE3,
	NACCS_TEXT_PASSWORD,
	NACCS_TEXT_CONFIRMATION,
	NACCS_TEXT_OPTIONAL,  /* what labels of fields say that may stay empty */
	NACCS_TEXT_UNRELATED, /* what labels of fields say that are about something else: the language, a search */
	NACCS_TEXT_LOGIN,     /* what is pressed */
	NACCS_TEXT_SUBMIT,
	NACCS_TEXT_APPLY, /* a button that sends an application; by itself it says too little to be pressed anywhere else */
	NACCS_TEXT_DOWNLOAD,
	NACCS_TEXT_HERE, /* the link in a sentence about the download */
	NACCS_TEXT_LOGOUT,
	NACCS_TEXT_MENU_OBTAIN,
	NACCS_TEXT_MENU_RENEW,
	NACCS_TEXT_COMMON_NAME, /* what stands before a renewal's data */
	NACCS_TEXT_ORGANIZATIONAL_UNIT,
	NACCS_TEXT_ORGANIZATION,
	NACCS_TEXT_COUNTRY,
	NACCS_TEXT_STATUS,  /* what stands before its state */
	NACCS_TEXT_WORKING, /* what its state says */
	NACCS_TEXT_ISSUED,
	NACCS_TEXT_FAILED,
	NACCS_TEXT_SESSION_ENDED, /* messages */
	NACCS_TEXT_MAINTENANCE,
	NACCS_TEXT_MAINTENANCE_HINT, /* weaker: could be a mere notice, so it counts when nothing else explains a page */
	NACCS_TEXT_LOCKED,
	NACCS_TEXT_NOT_DUE,
	NACCS_TEXT_EXPIRED,
	NACCS_TEXT_LOGIN_REFUSED,
	NACCS_TEXT_CODE_REFUSED,
	NACCS_TEXT_PASSWORD_REFUSED,
	NACCS_TEXT_APPLICATION_REFUSED,
	NACCS_TEXT_CERTIFICATE_REFUSED,
	NACCS_TEXT_COUNT
};
#define NACCS_TEXT_LABELS (NACCS_TEXT_CONFIRMATION + 1) /* the first ones are labels */

struct naccs_portal_description;

/* The built-in one. */
naccs_status naccs_portal_description_builtin(struct naccs_portal_description **ret, struct naccs_error *err);
/* A file. NACCS_E_CONFIG names the line and what is wrong with it. */
naccs_status naccs_portal_description_read(const char *path, struct naccs_portal_description **ret, struct naccs_error *err);
/* Text; name is for messages. */
naccs_status naccs_portal_description_parse(const char *text, size_t length, const char *name, struct naccs_portal_description **ret,
					    struct naccs_error *err);
void naccs_portal_description_free(struct naccs_portal_description *description);
NACCS_DEFINE_CLEANUP(struct naccs_portal_description *, naccs_portal_description_free, portal_description)

/* Where the journeys begin; https. The renewal's may be NULL in a description of one's own. */
const char *naccs_portal_obtain_start(const struct naccs_portal_description *description);
const char *naccs_portal_renew_start(const struct naccs_portal_description *description);
/* "host" or "host:port", NULL-terminated: as naccs_http_options wants them. */
const char *const *naccs_portal_hosts(const struct naccs_portal_description *description);
/* "rootca2" (the built-in anchor), "system", or a file's path; NULL-terminated, never empty. */
const char *const *naccs_portal_anchors(const struct naccs_portal_description *description);
const struct naccs_phrases *naccs_portal_texts(const struct naccs_portal_description *description, enum naccs_text_key key);

#endif
