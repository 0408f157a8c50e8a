/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see unicode_table.h. */
#include "unicode_table.h"

bool naccs_unicode_is_in(const struct naccs_unicode_table *table, uint32_t character)
{
	size_t from = 0, to = table->count;

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (character > table->ranges[middle].last)
			from = middle + 1;
		else
			to = middle;
	}
	return from < table->count && character >= table->ranges[from].first;
}
