/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what embed_unicode.c writes: see unicode_windows.c. */
#ifndef NACCS_PORTAL_UNICODE_TABLE_H
#define NACCS_PORTAL_UNICODE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Ranges of characters in order, both ends included. */
struct naccs_unicode_range {
	uint32_t first, last;
};
extern const struct naccs_unicode_range naccs_unicode_ignored[];
extern const size_t naccs_unicode_ignored_count;

#endif
