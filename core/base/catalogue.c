/* SPDX-License-Identifier: Apache-2.0 */
/* Why: looks a message up in a compiled-in table; the tables themselves are data in files of their own. */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *message, const void *entry)
{
	return strcmp(message, ((const struct naccs_translation *)entry)->english);
}

const char *naccs_catalogue_find(const struct naccs_translation *table, size_t count, const char *message)
{
	const struct naccs_translation *found = bsearch(message, table, count, sizeof *table, compare);
	return found == NULL ? NULL : found->translated;
}
