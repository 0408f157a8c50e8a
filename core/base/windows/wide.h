/* SPDX-License-Identifier: Apache-2.0 */
/* Why: texts are UTF-8 everywhere in the program and UTF-16 at the border of Windows, never in the machine's code page. */
#ifndef NACCS_WINDOWS_WIDE_H
#define NACCS_WINDOWS_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* A copy in UTF-16 or UTF-8, NUL-terminated; the caller frees. NULL with errno: EILSEQ for bytes that are no UTF-8, ENOMEM. */
wchar_t *naccs_wide_new(const char *text);
wchar_t *naccs_wide_new_length(const char *text, size_t length);
/* A unit that is half a pair becomes U+FFFD: file names may hold such. */
char *naccs_wide_text(const wchar_t *wide);
char *naccs_wide_text_length(const wchar_t *wide, size_t length);

#endif
