/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see shown.h. */
#include "shown.h"

#include "text.h"
#include "unicode.h"

#include <string.h>

#define HEADING_MAX 120	    /* bytes that a heading in front of its value may take */
#define LINE_MAX_BYTES 1000 /* longer ones are prose */
#define LINES_MAX 3	    /* of one value, beside the first */

void naccs_shown_clear(struct naccs_shown *shown)
{
	free(shown->text);
	*shown = (struct naccs_shown){0};
}

static size_t character_width(const char *text)
{
	size_t width = 1;

	while ((text[width] & 0xC0) == 0x80)
		width++;
	return width;
}

/* ---- headings ---- */

/* The heading that a line is, and nothing else. NACCS_TEXT_COUNT: none. */
static enum naccs_text_key heading_of(const struct naccs_portal_description *description, const char *folded)
{
	for (int key = NACCS_TEXT_COMMON_NAME; key <= NACCS_TEXT_STATUS; key++)
		if (naccs_phrases_equal(naccs_portal_texts(description, (enum naccs_text_key)key), folded))
			return (enum naccs_text_key)key;
	return NACCS_TEXT_COUNT;
}

/* Bytes of an aside in brackets that text begins with, white space before it included: " (CN)", "（CN）". 0: there is none. */
static size_t aside_length(const char *text)
{
	static const struct {
		const char *open, *close;
	} brackets[] = {{"(", ")"}, {"（", "）"}, {"[", "]"}, {"［", "］"}, {"【", "】"}, {"〔", "〕"}};
	size_t before = strspn(text, " \t");

	while (strncmp(text + before, "　", strlen("　")) == 0)
		before += strlen("　");
	for (size_t i = 0; i < sizeof brackets / sizeof *brackets; i++) {
		const char *close = NULL;

		if (strncmp(text + before, brackets[i].open, strlen(brackets[i].open)) == 0)
			close = strstr(text + before, brackets[i].close);
		if (close != NULL && close < text + HEADING_MAX)
			return (size_t)(close - text) + strlen(brackets[i].close);
	}
	return 0;
}

/* 「証明書ステータス（鍵生成中）」: what stands in brackets is the state itself. */
static bool is_state(const struct naccs_portal_description *description, const char *text, size_t length)
{
	naccs_auto(heap) char *folded = naccs_fold(text, length);

	return folded != NULL && (naccs_phrases_hold(naccs_portal_texts(description, NACCS_TEXT_WORKING), folded) ||
				  naccs_phrases_hold(naccs_portal_texts(description, NACCS_TEXT_ISSUED), folded) ||
				  naccs_phrases_hold(naccs_portal_texts(description, NACCS_TEXT_FAILED), folded));
}

/* Bytes of white space, punctuation and symbols that text begins with. */
static size_t separators_length(const char *text)
{
	size_t at = 0;

	while (text[at] != '\0' && at < HEADING_MAX) {
		size_t width = character_width(text + at);
		naccs_auto(heap) char *folded = naccs_fold(text + at, width);

		if (folded == NULL || *folded != '\0')
			break;
		at += width;
	}
	return at;
}

/* The heading that text begins with, the longest, and how far it reaches, an aside in brackets and separators included: of these at least
 * one has to be there. */
static enum naccs_text_key leading_heading(const struct naccs_portal_description *description, const char *text, size_t *ret_length)
{
	enum naccs_text_key found = NACCS_TEXT_COUNT, at_last = NACCS_TEXT_COUNT;

	for (size_t at = 0; text[at] != '\0' && at < HEADING_MAX;) {
		naccs_auto(heap) char *folded = NULL;
		enum naccs_text_key now;
		size_t aside;

		at += character_width(text + at);
		folded = naccs_fold(text, at);
		now = folded != NULL ? heading_of(description, folded) : NACCS_TEXT_COUNT;
		aside = now != NACCS_TEXT_COUNT ? aside_length(text + at) : 0;
		if (aside > 0 && !(now == NACCS_TEXT_STATUS && is_state(description, text + at, aside))) {
			*ret_length = at + aside + separators_length(text + at + aside);
			return now;
		}
		if (now != NACCS_TEXT_COUNT && now == at_last) { /* one more character, and the same heading still: a separator */
			found = now;
			*ret_length = at;
		}
		at_last = now;
	}
	return found;
}

/* The same, when something stands behind it. */
static enum naccs_text_key heading_before(const struct naccs_portal_description *description, const char *text, size_t *ret_length)
{
	enum naccs_text_key found = leading_heading(description, text, ret_length);

	return text[found != NACCS_TEXT_COUNT ? *ret_length : 0] != '\0' ? found : NACCS_TEXT_COUNT;
}

/* Cheap: could the line begin with one of these? */
static bool may_begin_with(const struct naccs_portal_description *description, enum naccs_text_key key, const char *folded)
{
	const struct naccs_phrases *phrases = naccs_portal_texts(description, key);

	for (size_t i = 0; i < phrases->count; i++)
		if (strncmp(folded, phrases->items[i].needed[0], strlen(phrases->items[i].needed[0])) == 0)
			return true;
	return false;
}

/* The heading that a line of the page is, and nothing else, but for an aside: "Common Name (CN)". */
static enum naccs_text_key heading_of_line(const struct naccs_portal_description *description, const struct naccs_block *line)
{
	enum naccs_text_key found = heading_of(description, line->folded);
	size_t length = 0;

	for (int key = NACCS_TEXT_COMMON_NAME; found == NACCS_TEXT_COUNT && key <= NACCS_TEXT_STATUS; key++) {
		if (strlen(line->text) > HEADING_MAX || !may_begin_with(description, (enum naccs_text_key)key, line->folded))
			continue;
		found = leading_heading(description, line->text, &length);
		return found != NACCS_TEXT_COUNT && line->text[length] == '\0' ? found : NACCS_TEXT_COUNT;
	}
	return found;
}

/* The heading that a field's label is; a label with an aside is a line of the page. */
static enum naccs_text_key heading_of_label(const struct naccs_portal_description *description, const struct naccs_page *page,
					    const char *folded)
{
	enum naccs_text_key found = heading_of(description, folded);

	for (size_t block = 0; found == NACCS_TEXT_COUNT && block < page->blocks.count; block++)
		if (strcmp(page->blocks.items[block].folded, folded) == 0)
			found = heading_of_line(description, &page->blocks.items[block]);
	return found;
}

/* ---- values ---- */

/* "Common Name: 11110A, Organizational Unit: …": up to the next heading in the line. */
static char *rest_of_line(const struct naccs_portal_description *description, const char *text)
{
	size_t at = 0, end, length = 0;

	while (text[at] != '\0') {
		at += character_width(text + at);
		if (strchr(" ,;/\t", text[at - 1]) != NULL && heading_before(description, text + at, &length) != NACCS_TEXT_COUNT)
			break;
	}
	end = at;
	while (text[at] != '\0' && end > 0 && strchr(" ,;/\t", text[end - 1]) != NULL)
		end--;
	return strndup(text, end);
}

static bool is_heading(const struct naccs_portal_description *description, const struct naccs_page *page, size_t block)
{
	return heading_of_line(description, &page->blocks.items[block]) != NACCS_TEXT_COUNT;
}

/* The line at `block` is a heading: its value is behind it; behind a row of headings the values stand in the same order. */
static bool value_behind(const struct naccs_portal_description *description, const struct naccs_page *page, size_t block,
			 struct naccs_shown *ret)
{
	size_t first = block, last = block, value;

	while (first > 0 && is_heading(description, page, first - 1))
		first--;
	while (last + 1 < page->blocks.count && is_heading(description, page, last + 1))
		last++;
	value = last + 1 + (block - first);
	if (value >= page->blocks.count || is_heading(description, page, value))
		return false;
	*ret = (struct naccs_shown){.text = strdup(page->blocks.items[value].text), .node = page->blocks.items[block].node, .block = value};
	while (first == last && ret->more < LINES_MAX && value + ret->more + 1 < page->blocks.count &&
	       !is_heading(description, page, value + ret->more + 1))
		ret->more++;
	return ret->text != NULL;
}

static bool value_in_line(const struct naccs_portal_description *description, const struct naccs_page *page, enum naccs_text_key key,
			  size_t block, struct naccs_shown *ret)
{
	const struct naccs_block *line = &page->blocks.items[block];
	size_t length = 0, at = 0;

	if (strlen(line->text) > LINE_MAX_BYTES)
		return false;
	/* the first heading of the line, or one of those that follow */
	while (line->text[at] != '\0') {
		enum naccs_text_key found = heading_before(description, line->text + at, &length);
		naccs_auto(heap) char *rest = NULL;

		if (found == NACCS_TEXT_COUNT)
			return false;
		rest = rest_of_line(description, line->text + at + length);
		if (rest == NULL)
			return false;
		if (found == key && *rest != '\0') {
			*ret = (struct naccs_shown){.text = naccs_take(&rest), .node = line->node, .block = NACCS_NONE};
			return true;
		}
		at += length + strlen(rest);
		at += strspn(line->text + at, " ,;/\t");
	}
	return false;
}

static bool value_in_field(const struct naccs_portal_description *description, const struct naccs_page *page, enum naccs_text_key key,
			   size_t *nth, struct naccs_shown *ret)
{
	for (size_t form = 0; form < page->forms.count; form++) {
		for (size_t i = 0; i < page->forms.items[form].count; i++) {
			const struct naccs_field *field = &page->forms.items[form].items[i];

			if (field->control != NACCS_NONE || !field->is_visible || field->type != NACCS_FIELD_TEXT ||
			    *field->value == '\0' || field->labels.count == 0 ||
			    heading_of_label(description, page, field->labels.items[0]) != key || (*nth)-- > 0)
				continue;
			*ret = (struct naccs_shown){.text = strdup(field->value), .block = NACCS_NONE};
			return ret->text != NULL;
		}
	}
	return false;
}

bool naccs_shown_find(const struct naccs_portal_description *description, const struct naccs_page *page, enum naccs_text_key key,
		      size_t nth, struct naccs_shown *ret)
{
	for (size_t block = 0; block < page->blocks.count; block++) {
		const char *folded = page->blocks.items[block].folded;
		bool is_found = heading_of_line(description, &page->blocks.items[block]) == key;

		if (is_found)
			is_found = value_behind(description, page, block, ret);
		for (int any = NACCS_TEXT_COMMON_NAME; !is_found && any <= NACCS_TEXT_STATUS; any++)
			is_found = may_begin_with(description, (enum naccs_text_key)any, folded) &&
				   value_in_line(description, page, key, block, ret);
		if (is_found && nth-- == 0)
			return true;
		if (is_found)
			naccs_shown_clear(ret);
	}
	return value_in_field(description, page, key, &nth, ret);
}

/* ---- comparing ---- */

/* One form of width, and no white space: whoever breaks lines or pads cells does not change a name. From malloc; NULL: memory. */
static char *plain(const char *text)
{
	size_t length = 0, used = 0;
	char *normal = naccs_unicode_nfkc(text, strlen(text), &length);
	char *result = normal != NULL ? malloc(length + 1) : NULL;

	for (size_t i = 0; result != NULL && i < length; i++) {
		if (i + 2 < length && memcmp(normal + i, "\xE2\x80\x8B", 3) == 0) /* zero width space */
			i += 2;
		else if (strchr(" \t\r\n", normal[i]) == NULL)
			result[used++] = normal[i];
	}
	if (result != NULL)
		result[used] = '\0';
	free(normal);
	return result;
}

static bool is_same(const char *one, const char *other, bool is_strict)
{
	naccs_auto(heap) char *a = is_strict ? plain(one) : naccs_fold(one, strlen(one));
	naccs_auto(heap) char *b = is_strict ? plain(other) : naccs_fold(other, strlen(other));

	return a != NULL && b != NULL && *a != '\0' && strcmp(a, b) == 0;
}

bool naccs_shown_is(const struct naccs_page *page, const struct naccs_shown *shown, const char *text, bool is_strict)
{
	naccs_auto(heap) char *joined = strdup(shown->text);

	if (joined == NULL || is_same(joined, text, is_strict))
		return joined != NULL;
	for (size_t i = 1; shown->block != NACCS_NONE && i <= shown->more; i++) {
		char *longer = naccs_format("%s%s", joined, page->blocks.items[shown->block + i].text);

		free(joined);
		joined = longer;
		if (joined == NULL || is_same(joined, text, is_strict))
			return joined != NULL;
	}
	return false;
}
