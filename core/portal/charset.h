/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the character sets that Japanese pages come in, and back into them, by what the system has for it: charset.c by iconv,
 * charset_windows.c by Windows' code pages. */
#ifndef NACCS_PORTAL_CHARSET_H
#define NACCS_PORTAL_CHARSET_H

#include "decode.h"
#include "secret.h"

/* As UTF-8, without NUL characters and NUL-terminated (malloc). A byte that has no meaning becomes U+FFFD and is counted. */
naccs_status naccs_charset_decode(enum naccs_charset charset, const char *bytes, size_t length, char **ret, size_t *ret_length,
				  size_t *ret_bad_count, struct naccs_error *err);

/* UTF-8 in a character set. A character that it lacks: NACCS_E_PORTAL_UNKNOWN_PAGE. */
naccs_status naccs_charset_encode(enum naccs_charset charset, const struct naccs_secret *text, struct naccs_secret **ret,
				  struct naccs_error *err);

#endif
