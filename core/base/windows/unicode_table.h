/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what Windows does not tell of a character. The tables are libunistring's, written by embed_unicode.c at build time, so that every
 * system compares and aligns alike. */
#ifndef NACCS_WINDOWS_UNICODE_TABLE_H
#define NACCS_WINDOWS_UNICODE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both ends included. */
struct naccs_unicode_range {
	uint32_t first, last;
};
/* Ranges in order, without an overlap. */
struct naccs_unicode_table {
	const struct naccs_unicode_range *ranges;
	size_t count;
};

extern const struct naccs_unicode_table naccs_unicode_ignored; /* general categories Z, C, P and S */
extern const struct naccs_unicode_table naccs_unicode_wide;    /* two columns of a terminal */
extern const struct naccs_unicode_table naccs_unicode_no_width;

bool naccs_unicode_is_in(const struct naccs_unicode_table *table, uint32_t character);

#endif
