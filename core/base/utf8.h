/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: base may use libc only, and libc's multibyte functions depend on the locale; messages are UTF-8 under every locale.
 * For the files of base, and for the portal room, which weighs characters; other rooms use text.h.
 */
#ifndef NACCS_BASE_UTF8_H
#define NACCS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes the first character of text takes (1 to 4), its number in *ret; 0 when the bytes are not UTF-8 (overlong, surrogate,
 * over U+10FFFF, cut off) or length is 0. */
size_t naccs_utf8_step(const char *text, size_t length, uint32_t *ret);

bool naccs_utf8_is_valid(const char *text, size_t length);

/* Write a character, at most 4 bytes, no NUL. How many; 0: a surrogate, or over U+10FFFF. */
size_t naccs_utf8_put(uint32_t character, char *to);

/* length without the incomplete character that text[0…length) may end in after a cut. */
size_t naccs_utf8_cut(const char *text, size_t length);

/* Could this character move a cursor, break a line or turn the writing direction? (C0, DEL, C1, line separators, bidirectional controls.)
 */
bool naccs_utf8_is_hazard(uint32_t character);

/* Replace, in place, each hazard and each byte that is not UTF-8 by '?', except the ASCII characters in allowed (may be NULL).
 * Returns the new length (never longer); does not terminate. */
size_t naccs_utf8_make_printable(char *text, size_t length, const char *allowed);

#endif
