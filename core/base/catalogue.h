/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: translations are compiled in, because a minimal server has no Japanese locale and Windows no libintl.
 * catalogue_ja.c is data: entries sorted by strcmp() of the English text, made from the po file.
 */
#ifndef NACCS_BASE_CATALOGUE_H
#define NACCS_BASE_CATALOGUE_H

#include <stddef.h>

struct naccs_translation {
	const char *english;
	const char *translated;
};

extern const struct naccs_translation naccs_catalogue_ja[];
extern const size_t naccs_catalogue_ja_count;

/* The translation of message in a sorted table of count entries, or NULL. */
const char *naccs_catalogue_find(const struct naccs_translation *table, size_t count, const char *message);

#endif
