/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every message to people goes through _() so that it can be translated, and text is built without fixed buffers.
 * The Japanese catalogue is compiled into the program (it must work under every locale). The language is set once at start, before
 * threads; it is the one process-wide setting we keep.
 */
#ifndef NACCS_BASE_TEXT_H
#define NACCS_BASE_TEXT_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define _(message) naccs_text(message)
#define N_(message) (message) /* marked for translation, translated later */
const char *naccs_text(const char *message) __attribute__((format_arg(1)));

enum naccs_language { NACCS_ENGLISH, NACCS_JAPANESE };
void naccs_text_set_language(enum naccs_language language);
enum naccs_language naccs_text_language(void);

/* "ja", "ja_JP.UTF-8", "en", "C", … → language (English when unknown or NULL). */
enum naccs_language naccs_text_language_from_locale(const char *locale);

/* asprintf that never returns a half result: NULL when memory is short. Caller frees. */
char *naccs_format(const char *format, ...) NACCS_PRINTF(1, 2);

/* Lower-case hex of bytes. Caller frees; NULL when memory is short. */
char *naccs_hex(const uint8_t *bytes, size_t length);

/* Upper- or lower-case hex, ':' and blanks between digits allowed → exactly `length` bytes in ret. false on anything else. */
bool naccs_unhex(const char *hex, uint8_t *ret, size_t length);

/* True when text is valid UTF-8 without NUL, C0 control characters (other than those in allowed, may be NULL) or DEL. */
bool naccs_text_is_clean(const char *text, size_t length, const char *allowed);

/* Text that came from outside (a subject name, a page's title, a path) made safe for a terminal or a log: invalid UTF-8 and control characters
 * become '?'. Caller frees; NULL when memory is short. */
char *naccs_text_printable(const char *text, size_t length);

#endif
