/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page.h. */
#include "page.h"

#include "cleanup.h"
#include "text.h"

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* SGR parameters by tone. */
static const char *const tones[] = {
	[CLI_PLAIN] = "", [CLI_STRONG] = "1", [CLI_GOOD] = "32", [CLI_CARE] = "33", [CLI_BAD] = "1;31", [CLI_FAINT] = "2",
};

bool cli_page_open(struct cli_page *page, bool has_colour)
{
	*page = (struct cli_page){.has_colour = has_colour};
	page->stream = open_memstream(&page->text, &page->length);
	return page->stream != NULL;
}

char *cli_page_close(struct cli_page *page)
{
	bool has_failed = page->has_failed || ferror(page->stream) != 0;
	has_failed = fclose(page->stream) != 0 || has_failed;
	page->stream = NULL;
	char *text = naccs_take(&page->text);
	if (!has_failed)
		return text;
	free(text);
	return NULL;
}

void cli_page_print(struct cli_page *page, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vfprintf(page->stream, format, args);
	va_end(args);
}

static bool is_plain(const char *text)
{
	while (*text >= ' ' && *text < 0x7F)
		text++;
	return *text == '\0';
}

/* mbrtowc() and wcwidth() of a UTF-8 locale that is made for this, whatever the user's locale is. */
size_t cli_width(const char *text)
{
	if (is_plain(text))
		return strlen(text);
	size_t width = 0;
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
	mbstate_t state = {0};
	size_t length = strlen(text);
	while (length > 0) {
		wchar_t character = 0;
		size_t size = utf8 == (locale_t)0 ? (size_t)-1 : mbrtowc(&character, text, length, &state);
		if (size == (size_t)-1 || size == (size_t)-2 || size == 0) {
			size = 1;
			width += ((unsigned char)text[0] & 0xC0) != 0x80;
			state = (mbstate_t){0};
		} else {
			int columns = wcwidth(character);
			width += columns > 0 ? (size_t)columns : 0;
		}
		text += size;
		length -= size;
	}
	if (utf8 != (locale_t)0) {
		(void)uselocale(before);
		freelocale(utf8);
	}
	return width;
}

void cli_page_word(struct cli_page *page, enum cli_tone tone, size_t width, const char *text)
{
	const char *given = text == NULL ? "-" : text;
	naccs_auto(heap) char *clean = naccs_text_printable(given, strlen(given));
	if (clean == NULL) {
		page->has_failed = true;
		return;
	}
	bool has_tone = page->has_colour && tone != CLI_PLAIN;
	if (has_tone)
		(void)fprintf(page->stream, "\033[%sm", tones[tone]);
	(void)fputs(clean, page->stream);
	if (has_tone)
		(void)fputs("\033[0m", page->stream);
	size_t shown = width == 0 ? 0 : cli_width(clean);
	if (shown < width)
		(void)fprintf(page->stream, "%*s", (int)(width - shown), "");
}

void cli_page_end_line(struct cli_page *page)
{
	(void)fputc('\n', page->stream);
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
	page->has_failed = page->has_failed || table->has_failed;
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
	*table = (struct cli_table){.columns = table->columns};
}
