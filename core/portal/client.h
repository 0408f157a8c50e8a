/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: libcurl and libxml2 bring some forty libraries, which every command would load and relocate at its start: 2 ms and 7 MB for programs
 * that need 0.7 ms and 4 MB. So this room is a module too (portal.so), loaded by the first command that goes out; here is all that it
 * shows. The functions are those of description.h, http.h, obtain.h and renew.h. What crosses are this program's own types: a module of another
 * version is refused.
 */
#ifndef NACCS_PORTAL_CLIENT_H
#define NACCS_PORTAL_CLIENT_H

#include "description.h"
#include "http.h"
#include "obtain.h"
#include "renew.h"
#include "text.h"

struct naccs_portal_client {
	uint32_t size;					    /* sizeof (struct naccs_portal_client); it and version stay first */
	const char *version;				    /* of the program that the module was built with */
	void (*set_language)(enum naccs_language language); /* a module has its own copy of base */

	naccs_status (*description_builtin)(struct naccs_portal_description **ret, struct naccs_error *err);
	naccs_status (*description_read)(const char *path, struct naccs_portal_description **ret, struct naccs_error *err);
	void (*description_free)(struct naccs_portal_description *description);
	const char *const *(*description_hosts)(const struct naccs_portal_description *description);
	const char *const *(*description_anchors)(const struct naccs_portal_description *description);

	naccs_status (*http_new)(const struct naccs_http_options *options, struct naccs_http **ret, struct naccs_error *err);
	void (*http_free)(struct naccs_http *http);
	STACK_OF(X509) *(*http_chain)(const struct naccs_http *http);
	naccs_status (*http_head)(struct naccs_http *http, const char *url, struct naccs_http_reply **ret, struct naccs_error *err);
	void (*http_reply_free)(struct naccs_http_reply *reply);
	bool (*http_client_certificate_asked)(const struct naccs_http *http);
	int (*http_alert)(const struct naccs_http *http);

	naccs_status (*obtain_run)(struct naccs_http *http, const struct naccs_obtain_request *request,
				   bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err);
	naccs_status (*renew_run)(struct naccs_http *http, const struct naccs_renew_request *request,
				  bool (*is_plausible)(const void *bytes, size_t length), struct naccs_error *err);
};

/* The one symbol that the module exports. Where the program is one file (Windows), it is called. */
const struct naccs_portal_client *naccs_portal_client_entry(void);
#define NACCS_PORTAL_ENTRY "naccs_portal_client_entry"
typedef const struct naccs_portal_client *naccs_portal_client_entry_function(void);

#endif
