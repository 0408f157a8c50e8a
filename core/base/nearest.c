/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see nearest.h. Words are short (options, keys): longer ones are simply not compared. */
#include "nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LONGEST 48

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Levenshtein's distance, by one row of his table. */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1];
	size_t width = strlen(b);
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t above = row[j];
			size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
			row[j] = least(above + 1, row[j - 1] + 1, change);
			diagonal = above;
		}
	}
	return row[width];
}

const char *naccs_text_nearest(const char *word, const char *const *candidates)
{
	size_t length = strlen(word);
	if (length < 2 || length > LONGEST)
		return NULL;
	size_t best = length / 3 + 1; /* as many letters may differ: "portl", "stroe", "--non-interctive" */
	const char *nearest = NULL;
	bool is_tie = false;
	for (; *candidates != NULL; candidates++) {
		if (strlen(*candidates) > LONGEST)
			continue;
		size_t far = strncmp(word, *candidates, length) == 0 ? 1 : distance(word, *candidates);
		if (far > best || (far == best && nearest != NULL)) {
			is_tie = is_tie || far == best;
			continue;
		}
		is_tie = false;
		best = far;
		nearest = *candidates;
	}
	return is_tie ? NULL : nearest;
}
