/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see lines.h. First every line is checked against what inih would change silently; then inih reads them, one by one. */
#include "lines.h"

#include "secret.h"
#include "text.h"

#include <ini.h>
#include <string.h>

#define BOM "\xEF\xBB\xBF"
#define BLANKS " \t"

/* inih tells nothing of an empty section. So after each section line it is given this one more line, which reports the section. */
#define SECTION_MARK "section=begins\n"

struct reading {
	const struct naccs_config_reader *reader;
	const char *next, *end;
	size_t number;
	bool mark_is_due, at_mark;
	bool event_is_due; /* inih has a line that must end in a call of take_line() */
	naccs_status status;
	struct naccs_error *err;
};

/* The next line without its end; false at the end of the text. */
static bool next_line(const char **next, const char *end, const char **ret, size_t *ret_length)
{
	if (*next == end)
		return false;
	const char *begin = *next;
	const char *stop = memchr(begin, '\n', (size_t)(end - begin));
	*next = stop == NULL ? end : stop + 1;
	size_t length = (size_t)((stop == NULL ? end : stop) - begin);
	if (length > 0 && begin[length - 1] == '\r')
		length--;
	*ret = begin;
	*ret_length = length;
	return true;
}

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

static bool has_blank_before(const char *line, size_t length, char mark)
{
	for (size_t i = 1; i < length; i++)
		if (line[i] == mark && is_blank(line[i - 1]))
			return true;
	return false;
}

static naccs_status check_section(const char *line, size_t length, const char *name, size_t number, struct naccs_error *err)
{
	while (length > 0 && is_blank(line[length - 1]))
		length--;
	const char *bracket = memchr(line, ']', length);
	if (bracket == NULL || bracket != line + length - 1)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: a section line ends with ']' and nothing after it"), name, number);
	size_t size = (size_t)(bracket - line) - 1;
	if (size > NACCS_CONFIG_SECTION_LIMIT)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: the section's name has %zu bytes, at most %d can be read"), name,
				  number, size, NACCS_CONFIG_SECTION_LIMIT);
	return NACCS_OK;
}

/* Refuse what inih would cut, join or drop. */
static naccs_status check_line(const char *line, size_t length, size_t number, const struct naccs_config_reader *reader,
			       struct naccs_error *err)
{
	const char *name = reader->name;
	if (length > NACCS_CONFIG_LINE_LIMIT) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: the line has %zu bytes, at most %d can be read"), name, number, length,
				 NACCS_CONFIG_LINE_LIMIT);
		return naccs_error_hint(err, _("Shorten it, by a script or a link in place of a long command or path."));
	}
	if (!naccs_text_is_clean(line, length, "\t")) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: the line is not UTF-8 text, or has a control character in it"), name,
				 number);
		return naccs_error_hint(err, _("Save the file as UTF-8."));
	}
	size_t indent = 0;
	while (indent < length && is_blank(line[indent]))
		indent++;
	if (indent == length || line[indent] == ';' || line[indent] == '#')
		return NACCS_OK;
	if (indent > 0) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: the line is indented, so it would continue the line above"), name,
				 number);
		return naccs_error_hint(err, _("Begin every line at its first column, and write one value on one line."));
	}
	bool is_cut = has_blank_before(line, length, ';');
	if (is_cut || (!reader->is_secret && has_blank_before(line, length, '#'))) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: a blank before '%c' would begin a comment in the middle of the line"),
				 name, number, is_cut ? ';' : '#');
		return naccs_error_hint(err, _("Put comments on lines of their own; in a command, write no blank before it."));
	}
	return line[0] == '[' ? check_section(line, length, name, number, err) : NACCS_OK;
}

static naccs_status check_all(const char *text, const char *end, const struct naccs_config_reader *reader, struct naccs_error *err)
{
	const char *line = NULL;
	size_t length = 0;
	for (size_t number = 1; next_line(&text, end, &line, &length); number++) {
		naccs_status status = check_line(line, length, number, reader, err);
		if (status != NACCS_OK)
			return status;
	}
	return NACCS_OK;
}

static void refuse_line(struct reading *reading)
{
	if (reading->status == NACCS_OK)
		reading->status = naccs_fail(reading->err, NACCS_E_CONFIG, 0, _("%s:%zu: expected a section in brackets, or: key = value"),
					     reading->reader->name, reading->number);
	reading->event_is_due = false;
}

/* inih's reader, as fgets(). It gets inih's own buffer, which is the only copy that inih makes: so it is wiped here. */
static char *give_line(char *buffer, int size, void *stream)
{
	struct reading *reading = stream;
	naccs_wipe(buffer, (size_t)size);
	if (reading->event_is_due)
		refuse_line(reading);
	reading->at_mark = reading->mark_is_due;
	reading->mark_is_due = false;
	if (reading->status != NACCS_OK || (size_t)size < NACCS_CONFIG_LINE_LIMIT + 2)
		return NULL;
	if (reading->at_mark) {
		memcpy(buffer, SECTION_MARK, sizeof SECTION_MARK);
		reading->event_is_due = true;
		return buffer;
	}
	const char *line = NULL;
	size_t length = 0;
	if (!next_line(&reading->next, reading->end, &line, &length))
		return NULL;
	reading->number++;
	memcpy(buffer, line, length);
	buffer[length] = '\n';
	buffer[length + 1] = '\0';
	char first = buffer[strspn(buffer, BLANKS)];
	reading->mark_is_due = first == '[';
	reading->event_is_due = first != '[' && first != '\n' && first != ';' && first != '#';
	return buffer;
}

/* inih's handler. Failures are kept in the reading; inih always hears that all is well, so that it reads on and its buffer gets wiped. */
static int take_line(void *context, const char *section, const char *key, const char *value)
{
	struct reading *reading = context;
	const struct naccs_config_reader *reader = reading->reader;
	reading->event_is_due = false;
	if (reading->status != NACCS_OK)
		return 1;
	struct naccs_config_line line = {.section = section, .number = reading->number};
	if (!reading->at_mark) {
		line.key = key;
		line.value = value;
		if (key[0] == '\0' || value[0] == '\0') {
			reading->status = naccs_fail(reading->err, NACCS_E_CONFIG, 0,
						     key[0] == '\0' ? _("%s:%zu: there is no key before the value")
								    : _("%s:%zu: the key has no value"),
						     reader->name, reading->number);
			return 1;
		}
		if (strchr(value, '\t') != NULL) {
			reading->status = naccs_fail(reading->err, NACCS_E_CONFIG, 0, _("%s:%zu: there is a tab in the value"),
						     reader->name, reading->number);
			return 1;
		}
	}
	reading->status = reader->line(reader->context, &line, reading->err);
	return 1;
}

naccs_status naccs_config_read_lines(const char *text, size_t length, const struct naccs_config_reader *reader, struct naccs_error *err)
{
	const char *end = text + length;
	if (length >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		text += strlen(BOM);
	naccs_status status = check_all(text, end, reader, err);
	if (status != NACCS_OK)
		return status;
	struct reading reading = {.reader = reader, .next = text, .end = end, .err = err};
	int result = ini_parse_stream(give_line, &reading, take_line, &reading);
	if (reading.status != NACCS_OK)
		return reading.status;
	if (result != 0 || reading.next != end)
		return naccs_fail(err, NACCS_E_CONFIG, result, _("%s:%zu: the line can't be read"), reader->name, reading.number);
	return NACCS_OK;
}
