/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: text for people is laid out in memory and written at once. Cells are padded by the columns that a terminal shows (Japanese
 * characters take two), and what came from outside is made harmless first. Running out of memory is remembered and told by
 * cli_page_close().
 */
#ifndef NACCS_CLI_PAGE_H
#define NACCS_CLI_PAGE_H

#include "builder.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

enum cli_tone { CLI_PLAIN, CLI_STRONG, CLI_GOOD, CLI_CARE, CLI_BAD, CLI_FAINT };

struct cli_page {
	struct naccs_builder text;
	bool has_colour;
};

void cli_page_open(struct cli_page *page, bool has_colour);
/* The text, which the caller frees; NULL when memory was short. The page is closed either way. */
char *cli_page_close(struct cli_page *page);

/* Words of ours; a text from outside among the arguments goes through cli_page_word() in place of this. */
#define cli_page_print(page, ...) naccs_builder_print(&(page)->text, __VA_ARGS__)
/* One text in a tone, padded on the right to a width (0: not at all). NULL is shown as "-". */
void cli_page_word(struct cli_page *page, enum cli_tone tone, size_t width, const char *text);
void cli_page_end_line(struct cli_page *page);

/* How many columns a terminal gives this UTF-8 text. */
size_t cli_width(const char *text);

/* ------------------------------------------------------------------ tables */

#define CLI_TABLE_COLUMNS 8

struct cli_cell {
	char *text;
	enum cli_tone tone;
};

struct cli_table {
	size_t columns, count; /* count: of cells */
	struct cli_cell *cells;
	bool has_failed;
};

/* Add a cell, row by row; text is copied; NULL and "" are "-". The first row is the heading. */
void cli_table_add(struct cli_table *table, enum cli_tone tone, const char *text);
/* Lay it out and free it. */
void cli_table_print(struct cli_table *table, struct cli_page *page);

#endif
