/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page.h. */
#include "page.h"

#include "cleanup.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* SGR parameters by tone. */
static const char *const tones[] = {
	[CLI_PLAIN] = "", [CLI_STRONG] = "1", [CLI_GOOD] = "32", [CLI_CARE] = "33", [CLI_BAD] = "1;31", [CLI_FAINT] = "2",
};

void cli_page_open(struct cli_page *page, bool has_colour)
{
	*page = (struct cli_page){.has_colour = has_colour};
}

char *cli_page_close(struct cli_page *page)
{
	return naccs_builder_take(&page->text);
}

void cli_page_word(struct cli_page *page, enum cli_tone tone, size_t width, const char *text)
{
	const char *given = text == NULL ? "-" : text;
	naccs_auto(heap) char *clean = naccs_text_printable(given, strlen(given));
	if (clean == NULL) {
		page->text.has_failed = true;
		return;
	}
	bool has_tone = page->has_colour && tone != CLI_PLAIN;
	if (has_tone)
		naccs_builder_print(&page->text, "\033[%sm", tones[tone]);
	naccs_builder_add(&page->text, clean);
	if (has_tone)
		naccs_builder_add(&page->text, "\033[0m");
	size_t shown = width == 0 ? 0 : cli_width(clean);
	if (shown < width)
		naccs_builder_print(&page->text, "%*s", (int)(width - shown), "");
}

void cli_page_end_line(struct cli_page *page)
{
	naccs_builder_add_char(&page->text, '\n');
}

void cli_table_add(struct cli_table *table, enum cli_tone tone, const char *text)
{
	struct cli_cell *longer = reallocarray(table->cells, table->count + 1, sizeof *longer);
	if (longer == NULL) {
		table->has_failed = true;
		return;
	}
	table->cells = longer;
	longer[table->count] = (struct cli_cell){.text = strdup(text == NULL || text[0] == '\0' ? "-" : text), .tone = tone};
	table->has_failed = table->has_failed || longer[table->count].text == NULL;
	table->count++;
}

void cli_table_print(struct cli_table *table, struct cli_page *page)
{
	size_t widths[CLI_TABLE_COLUMNS] = {0};
	for (size_t i = 0; i < table->count && !table->has_failed; i++) {
		size_t width = cli_width(table->cells[i].text);
		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i < table->count && !table->has_failed; i++) {
		bool is_last = i % table->columns == table->columns - 1;
		cli_page_word(page, table->cells[i].tone, is_last ? 0 : widths[i % table->columns] + 2, table->cells[i].text);
		if (is_last)
			cli_page_end_line(page);
	}
	page->text.has_failed = page->text.has_failed || table->has_failed;
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
	*table = (struct cli_table){.columns = table->columns};
}
