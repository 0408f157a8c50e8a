/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a reply's bytes become UTF-8 before any parser sees them. The character set may be declared in the header, by a byte order mark, in
 * a meta tag or an XML declaration, or nowhere; and the declaration may lie. Japanese pages mean CP932 by shift_jis and EUC-JP-MS by
 * euc-jp.
 */
#ifndef NACCS_PORTAL_DECODE_H
#define NACCS_PORTAL_DECODE_H

#include "cleanup.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

enum naccs_charset {
	NACCS_CHARSET_UTF8,
	NACCS_CHARSET_CP932,
	NACCS_CHARSET_EUC_JP,
	NACCS_CHARSET_ISO_2022_JP,
	NACCS_CHARSET_UTF16LE,
	NACCS_CHARSET_UTF16BE
};
#define NACCS_CHARSET_COUNT 6

struct naccs_decoded {
	char *text; /* valid UTF-8 without NUL characters, NUL-terminated */
	size_t length;
	size_t bad_count; /* bytes that had no meaning and became U+FFFD */
	enum naccs_charset charset;
	bool is_overruled; /* the declaration was found to lie */
};
void naccs_decoded_clear(struct naccs_decoded *decoded);
static inline void naccs_cleanup_decoded(struct naccs_decoded *decoded)
{
	naccs_decoded_clear(decoded);
}

/* content_type: as sent, or NULL. *ret is cleared with naccs_decoded_clear(). */
naccs_status naccs_decode(const void *bytes, size_t length, const char *content_type, struct naccs_decoded *ret, struct naccs_error *err);

/* "Shift_JIS", "x-sjis", "windows-31j", "EUC-JP", … false for names that say nothing about Japanese text (ISO-8859-1, US-ASCII, unknown).
 */
bool naccs_charset_from_name(const char *name, size_t length, enum naccs_charset *ret);

/* The name that a browser would send in _charset_. */
const char *naccs_charset_web_name(enum naccs_charset charset);

#endif
