/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a password in a proxy's URL would stand in a readable file, in argv and in messages. */
#ifndef NACCS_CONFIG_PROXY_H
#define NACCS_CONFIG_PROXY_H

#include <stdbool.h>

/* Has this URL user information ("http://user:password@proxy/", or without a scheme)? Whether the URL is any good is libcurl's to say. */
bool naccs_proxy_has_user(const char *url);

#endif
