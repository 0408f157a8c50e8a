/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a form that comes back carries its instructions and, somewhere, what went wrong. The lines that were not there before the press are
 * what the portal says about it.
 */
#include "journey_private.h"

#include "text.h"

#include <string.h>

#define LINES_MAX 20000

void naccs_lines_clear(struct naccs_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->items[i].text);
		free(lines->items[i].folded);
	}
	free(lines->items);
	*lines = (struct naccs_lines){0};
}

static naccs_status add(struct naccs_lines *lines, const struct naccs_block *block, struct naccs_error *err)
{
	struct naccs_line line;

	if (lines->count == LINES_MAX)
		return NACCS_OK;
	if (lines->count == lines->capacity) {
		size_t capacity = lines->capacity == 0 ? 64 : 2 * lines->capacity;
		struct naccs_line *grown = reallocarray(lines->items, capacity, sizeof *grown);

		if (grown == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		lines->items = grown;
		lines->capacity = capacity;
	}
	line = (struct naccs_line){strdup(block->text), strdup(block->folded)};
	if (line.text == NULL || line.folded == NULL) {
		free(line.text);
		free(line.folded);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	lines->items[lines->count++] = line;
	return NACCS_OK;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct naccs_line *)a)->folded, ((const struct naccs_line *)b)->folded);
}

naccs_status naccs_lines_remember(struct naccs_journey *journey, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	naccs_lines_clear(&journey->known);
	naccs_lines_clear(&journey->lines);
	for (size_t view = 0; view < journey->view_count; view++) {
		const struct naccs_page *page = journey->views[view]->page;

		for (size_t i = 0; page != NULL && i < page->blocks.count && status == NACCS_OK; i++)
			status = add(&journey->known, &page->blocks.items[i], err);
	}
	if (journey->known.count > 0)
		qsort(journey->known.items, journey->known.count, sizeof *journey->known.items, compare);
	return status;
}

naccs_status naccs_lines_gather(struct naccs_journey *journey, const struct naccs_page *page, struct naccs_error *err)
{
	const struct naccs_lines *known = &journey->known;
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < page->blocks.count && status == NACCS_OK; i++) {
		const struct naccs_block *block = &page->blocks.items[i];
		const struct naccs_line wanted = {.folded = page->blocks.items[i].folded != NULL ? (char *)(uintptr_t)block->folded : NULL};

		if (known->count == 0 || bsearch(&wanted, known->items, known->count, sizeof wanted, compare) == NULL)
			status = add(&journey->lines, block, err);
	}
	return status;
}
