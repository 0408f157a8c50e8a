/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page_text.h. */
#include "page_text.h"

#include "text.h"
#include "unicode.h"
#include "utf8.h"

#include <string.h>

char *naccs_fold(const char *text, size_t length)
{
	size_t normal_length = 0, used = 0;
	char *normal;

	if (!naccs_utf8_is_valid(text, length))
		return calloc(1, 1);
	normal = naccs_unicode_nfkc(text, length, &normal_length);
	for (size_t at = 0, width = 0; normal != NULL && at < normal_length; at += width) {
		uint32_t character = 0;

		width = naccs_utf8_step(normal + at, normal_length - at, &character);
		if (width == 0)
			width = 1;
		if (naccs_unicode_is_ignored(character))
			continue;
		memmove(normal + used, normal + at, width);
		if (character >= 'A' && character <= 'Z')
			normal[used] = (char)(character - 'A' + 'a');
		used += width;
	}
	if (normal != NULL)
		normal[used] = '\0';
	return normal;
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

bool naccs_fold_holds(const char *folded, const char *term)
{
	size_t length = strlen(term);

	if (length == 0)
		return false;
	for (const char *found = strstr(folded, term); found != NULL; found = strstr(found + 1, term)) {
		bool is_cut_before = found > folded && is_digit(found[-1]) && is_digit(term[0]);
		bool is_cut_behind = is_digit(term[length - 1]) && is_digit(found[length]);

		if (!is_cut_before && !is_cut_behind)
			return true;
	}
	return false;
}

static naccs_status add_word(struct naccs_arena *arena, const char *word, size_t length, const char **list, size_t *count,
			     struct naccs_error *err)
{
	naccs_auto(heap) char *folded = naccs_fold(word, length);

	if (folded == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (folded[0] == '\0')
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("the text “%.*s” holds nothing to compare by"), (int)length, word);
	list[*count] = naccs_arena_string(arena, folded);
	if (list[*count] == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	(*count)++;
	return NACCS_OK;
}

naccs_status naccs_phrase_read(struct naccs_arena *arena, const char *text, struct naccs_phrase *ret, struct naccs_error *err)
{
	struct naccs_phrase phrase = {0};
	size_t words = 1;
	const char *word = text;

	for (const char *at = text; *at != '\0'; at++)
		words += *at == '&';
	phrase.needed = naccs_arena_alloc(arena, words * sizeof *phrase.needed);
	phrase.excluded = naccs_arena_alloc(arena, words * sizeof *phrase.excluded);
	if (phrase.needed == NULL || phrase.excluded == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (bool is_last = false; !is_last;) {
		size_t length;
		bool is_excluded;
		naccs_status status;

		word += strspn(word, " \t");
		is_excluded = *word == '!';
		length = strcspn(word, "&");
		is_last = word[length] == '\0';
		status = is_excluded ? add_word(arena, word + 1, length - 1, phrase.excluded, &phrase.excluded_count, err)
				     : add_word(arena, word, length, phrase.needed, &phrase.needed_count, err);
		if (status != NACCS_OK)
			return status;
		word += length + 1;
	}
	if (phrase.needed_count == 0)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("the text “%s” names nothing that must appear"), text);
	*ret = phrase;
	return NACCS_OK;
}

bool naccs_phrases_equal(const struct naccs_phrases *phrases, const char *folded)
{
	for (size_t i = 0; i < phrases->count; i++) {
		const struct naccs_phrase *phrase = &phrases->items[i];
		if (phrase->needed_count == 1 && phrase->excluded_count == 0 && strcmp(folded, phrase->needed[0]) == 0)
			return true;
	}
	return false;
}

static bool phrase_holds(const struct naccs_phrase *phrase, const char *folded)
{
	for (size_t i = 0; i < phrase->needed_count; i++)
		if (!naccs_fold_holds(folded, phrase->needed[i]))
			return false;
	for (size_t i = 0; i < phrase->excluded_count; i++)
		if (naccs_fold_holds(folded, phrase->excluded[i]))
			return false;
	return true;
}

bool naccs_phrases_hold(const struct naccs_phrases *phrases, const char *folded)
{
	for (size_t i = 0; i < phrases->count; i++)
		if (phrase_holds(&phrases->items[i], folded))
			return true;
	return false;
}

bool naccs_phrases_describe(const struct naccs_phrases *phrases, const char *folded)
{
	for (size_t i = 0; i < phrases->count; i++)
		if (phrases->items[i].needed_count + phrases->items[i].excluded_count > 1 && phrase_holds(&phrases->items[i], folded))
			return true;
	return false;
}
