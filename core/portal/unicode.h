/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what texts are compared by, from the system's own knowledge of Unicode: unicode.c by libunistring, unicode_windows.c by Windows and
 * a table. */
#ifndef NACCS_PORTAL_UNICODE_H
#define NACCS_PORTAL_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Normalization form KC of valid UTF-8 (malloc, NUL-terminated). NULL: memory. */
char *naccs_unicode_nfkc(const char *text, size_t length, size_t *ret_length);

/* Is this a character that people don't compare by: a separator, a control, punctuation or a symbol (general categories Z, C, P and S)? */
bool naccs_unicode_is_ignored(uint32_t character);

#endif
