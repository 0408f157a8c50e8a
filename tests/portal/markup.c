/* SPDX-License-Identifier: Apache-2.0 */
#include "markup.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One character of UTF-8 that our own screens hold: its length, and its number. */
static size_t read_character(const char *text, unsigned long *ret)
{
	unsigned char first = (unsigned char)text[0];
	size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	unsigned long number = length == 1 ? first : first & (0xffU >> (length + 1));
	for (size_t i = 1; i < length; i++)
		number = number << 6 | ((unsigned char)text[i] & 0x3f);
	*ret = number;
	return length;
}

static void put_text(const struct dialect *dialect, FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		unsigned long number;
		size_t size = read_character(text + i, &number);
		if (number < 0x80 || dialect->value[D_ENTITIES] == ENTITIES_NONE)
			(void)fwrite(text + i, 1, size, out);
		else if (dialect->value[D_ENTITIES] == ENTITIES_DECIMAL)
			(void)fprintf(out, "&#%lu;", number);
		else
			(void)fprintf(out, "&#x%lX;", number);
		i += size;
	}
}

static void put_name(const struct dialect *dialect, FILE *out, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		(void)fputc(dialect->value[D_TAGS] == TAGS_UPPERCASE ? toupper((unsigned char)name[i]) : name[i], out);
}

/* May it stand without quotes? */
static bool is_plain_value(const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)value[i]) && strchr("._-#%:", value[i]) == NULL)
			return false;
	return length > 0;
}

static bool is_flag(const char *name, size_t length)
{
	static const char *const flags[] = {"checked", "disabled", "readonly", "selected"};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strlen(flags[i]) == length && strncmp(flags[i], name, length) == 0)
			return true;
	return false;
}

static void put_attribute(const struct dialect *dialect, FILE *out, const char *name, size_t name_length, const char *value, size_t length)
{
	(void)fputc(' ', out);
	put_name(dialect, out, name, name_length);
	if (dialect->value[D_TAGS] != TAGS_XHTML && is_flag(name, name_length))
		return;
	char quote = dialect->value[D_QUOTES] == QUOTES_DOUBLE || memchr(value, '\'', length) != NULL ? '"' : '\'';
	bool is_bare = dialect->value[D_QUOTES] == QUOTES_NONE && is_plain_value(value, length);
	(void)fputc('=', out);
	if (!is_bare)
		(void)fputc(quote, out);
	put_text(dialect, out, value, length);
	if (!is_bare)
		(void)fputc(quote, out);
}

/* May the closing tag be left out in HTML? */
static bool is_optional(const char *name, size_t length)
{
	static const char *const names[] = {"p", "td", "th", "tr", "li", "dt", "dd", "option", "body", "html", "head"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
			return true;
	return false;
}

/* text stands at '<'; returns where the tag ends. */
static const char *put_tag(const struct dialect *dialect, FILE *out, const char *text)
{
	bool is_closing = text[1] == '/';
	const char *name = text + 1 + is_closing;
	size_t length = strcspn(name, " />");
	const char *at = name + length;
	if (is_closing && dialect->value[D_TAGS] == TAGS_UNCLOSED && is_optional(name, length))
		return strchr(at, '>') + 1;
	(void)fputs(is_closing ? "</" : "<", out);
	put_name(dialect, out, name, length);
	while (*(at += strspn(at, " \n\t")) != '>' && *at != '/') {
		size_t attribute = strcspn(at, "=");
		const char *value = at + attribute + 2;
		size_t value_length = strcspn(value, "\"");
		put_attribute(dialect, out, at, attribute, value, value_length);
		at = value + value_length + 1;
	}
	if (*at == '/' && dialect->value[D_TAGS] == TAGS_XHTML)
		(void)fputs(" /", out);
	(void)fputc('>', out);
	return strchr(at, '>') + 1;
}

char *markup_style(const struct dialect *dialect, const char *xhtml)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		die("out of memory");
	while (*xhtml != '\0') {
		size_t length = strcspn(xhtml, "<");
		put_text(dialect, out, xhtml, length);
		xhtml += length;
		if (*xhtml == '\0')
			break;
		bool is_script = strncmp(xhtml, "<script", 7) == 0;
		if (xhtml[1] == '!' || xhtml[1] == '?') {
			length = strcspn(xhtml, ">") + 1;
			(void)fwrite(xhtml, 1, length, out);
			xhtml += length;
			continue;
		}
		xhtml = put_tag(dialect, out, xhtml);
		if (is_script) { /* nothing in it is ours to style */
			length = (size_t)(strstr(xhtml, "</script>") - xhtml);
			(void)fwrite(xhtml, 1, length, out);
			xhtml += length;
		}
	}
	(void)fclose(out);
	return text;
}

char *markup_encode(const struct dialect *dialect, const char *text, size_t *ret_size)
{
	static const char *const names[] = {"UTF-8", "CP932", "EUC-JP-MS"};
	const char *name = names[dialect->value[D_CHARSET]];
	iconv_t converter = iconv_open(name, "UTF-8");
	if (converter == (iconv_t)-1)
		die("this system's iconv does not know %s", name);
	size_t in_left = strlen(text), room = in_left * 2 + 16, out_left = room;
	char *in = need_text(text), *in_at = in, *out = need(1, room + 1), *out_at = out;
	if (iconv(converter, &in_at, &in_left, &out_at, &out_left) == (size_t)-1)
		die("cannot say this in %s: %.40s", name, in_at);
	(void)iconv_close(converter);
	free(in);
	*ret_size = room - out_left;
	return out;
}

const char *markup_charset(const struct dialect *dialect)
{
	static const char *const names[3][3] = {
		{"UTF-8", "utf8", "utf-8"}, {"Shift_JIS", "Windows-31J", "shift_jis"}, {"EUC-JP", "x-euc-jp", "euc-jp"}};
	return names[dialect->value[D_CHARSET]][dialect->value[D_CHARSET_NAME]];
}

const char *markup_wrong_charset(const struct dialect *dialect)
{
	static const char *const names[] = {"Shift_JIS", "UTF-8", "ISO-8859-1"};
	return names[dialect->value[D_CHARSET]];
}

char *markup_escape(const char *text)
{
	char *escaped = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&escaped, &size);
	if (out == NULL)
		die("out of memory");
	for (; *text != '\0'; text++) {
		if (*text == '&')
			(void)fputs("&amp;", out);
		else if (*text == '<')
			(void)fputs("&lt;", out);
		else if (*text == '>')
			(void)fputs("&gt;", out);
		else if (*text == '"')
			(void)fputs("&quot;", out);
		else
			(void)fputc(*text, out);
	}
	(void)fclose(out);
	return escaped;
}
