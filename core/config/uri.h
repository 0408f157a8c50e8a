/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: addresses come by the configuration and by the command line, and the same things must not stand in either: secrets would be readable
 * in a file, in argv and in messages. Whether an address is any good otherwise is for libcurl and the backends to say.
 */
#ifndef NACCS_CONFIG_URI_H
#define NACCS_CONFIG_URI_H

#include <stdbool.h>

/* Has this URL user information ("http://user:password@proxy/", or without a scheme)? */
bool naccs_proxy_has_user(const char *url);

enum naccs_uri_flaw {
	NACCS_URI_FINE,
	NACCS_URI_NO_SCHEME,   /* "/etc/x", "pem:" */
	NACCS_URI_PIN_VALUE,   /* pin-value=…: a PIN in the open */
	NACCS_URI_PIN_COMMAND, /* pin-source=|…: a command to run */
};
enum naccs_uri_flaw naccs_store_uri_flaw(const char *uri);

#endif
