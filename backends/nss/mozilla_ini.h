/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: profiles.ini and installs.ini are read by inih, which cuts long lines, joins indented ones and drops what follows " ;". They are
 * Mozilla's files, in homes that may be somebody else's: so what inih would change is not given to it, and nothing in a home can make us
 * wait or read for ever.
 */
#ifndef NACCS_NSS_MOZILLA_INI_H
#define NACCS_NSS_MOZILLA_INI_H

#include "error.h"

#include <sys/types.h>

/* The key that stands in place of a line which can't be read as it is written: what its section says is not to be believed. */
#define NSS_INI_UNREADABLE "naccs-unreadable"

/* Strings are valid during the call only. */
typedef void nss_ini_sink(void *context, const char *section, const char *key, const char *value);

/*
 * Read a regular file of at most 256 KiB that belongs to owner, root or the effective user, without following a link in the last part of
 * path. No such file: NACCS_E_FILE_MISSING; anything else that is wrong with it: NACCS_E_FILE_IO.
 */
naccs_status nss_ini_read(const char *path, uid_t owner, nss_ini_sink *sink, void *context, struct naccs_error *err);

#endif
