/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a password shows up in a wire log as it is, percent-encoded in a form, or inside the Base64 of "user:password". The first two are
 * found by one comparison that reads "%41" like "A"; the last by comparing with the Base64 of the secret at each of the three places where
 * it can begin within a group of three bytes.
 */
#include "mask.h"

#include "secret.h"
#include "text.h"

#include <errno.h>
#include <string.h>

#define SHORT_SECRET 4 /* shorter ones would mask half of every line: they count as whole form values only */
#define ALIGNMENTS 3
#define MASK "****"

struct naccs_mask {
	struct naccs_mask *next;
	struct naccs_secret *plain;
	struct naccs_secret *base64[ALIGNMENTS]; /* only the characters that depend on nothing but the secret; NULL for short ones */
};

void naccs_mask_free(struct naccs_mask *list)
{
	while (list != NULL) {
		struct naccs_mask *next = list->next;
		naccs_secret_free(list->plain);
		for (int i = 0; i < ALIGNMENTS; i++)
			naccs_secret_free(list->base64[i]);
		free(list);
		list = next;
	}
}

/* The Base64 characters that secret decides alone when `before` other bytes (0 to 2) precede it in its group. */
static naccs_status encode(const uint8_t *secret, size_t length, size_t before, struct naccs_secret **ret, struct naccs_error *err)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_status status = naccs_secret_new(length * 2, &text, err);
	size_t first_bit = (6 - before * 8 % 6) % 6;
	for (size_t bit = first_bit; status == NACCS_OK && bit + 6 <= length * 8; bit += 6) {
		unsigned pair = (unsigned)secret[bit / 8] << 8 | (bit / 8 + 1 < length ? secret[bit / 8 + 1] : 0u);
		char c = alphabet[pair >> (10 - bit % 8) & 0x3F];
		status = naccs_secret_append(text, &c, 1, err);
	}
	if (status == NACCS_OK)
		*ret = naccs_take(&text);
	return status;
}

static bool is_listed(const struct naccs_mask *list, const struct naccs_secret *plain)
{
	for (; list != NULL; list = list->next) {
		if (naccs_secret_equal(list->plain, plain))
			return true;
	}
	return false;
}

naccs_status naccs_mask_add(struct naccs_mask **list, const void *secret, size_t length, struct naccs_error *err)
{
	if (length > SIZE_MAX / 8)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot hide a secret of %zu bytes"), length);
	struct naccs_mask *mask = calloc(1, sizeof *mask);
	if (mask == NULL)
		return naccs_fail_errno(err, NACCS_E_INTERNAL, ENOMEM, _("cannot hide a secret"));
	naccs_status status = naccs_secret_new_copy(secret, length, &mask->plain, err);
	for (size_t i = 0; status == NACCS_OK && length >= SHORT_SECRET && i < ALIGNMENTS; i++)
		status = encode(naccs_secret_data(mask->plain), length, i, &mask->base64[i], err);
	if (status != NACCS_OK || is_listed(*list, mask->plain)) {
		naccs_mask_free(mask);
		return status;
	}
	mask->next = *list;
	*list = mask;
	return NACCS_OK;
}

/* One byte of the line, which may be written as %41. Returns how many characters it takes, 0 at the end of the line. */
static size_t read_byte(const char *at, uint8_t *ret)
{
	if (*at == '\0')
		return 0;
	char digits[3] = {at[1], at[1] == '\0' ? '\0' : at[2], '\0'};
	if (*at == '%' && naccs_unhex(digits, ret, 1))
		return 3;
	*ret = (uint8_t)*at;
	return 1;
}

/* How many characters at `at` spell the secret, as it is or percent-encoded (in part, perhaps); 0 when they don't. */
static size_t match_plain(const char *at, const uint8_t *secret, size_t length)
{
	/* Both spellings may fit where the secret itself holds a "%25": the encoded one is the longer. */
	size_t raw = strnlen(at, length) == length && memcmp(at, secret, length) == 0 ? length : 0;
	size_t taken = 0;
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = 0;
		size_t size = read_byte(at + taken, &byte);
		bool is_space = size == 1 && byte == '+' && secret[i] == ' ';
		if (size == 0 || (byte != secret[i] && !is_space))
			return raw;
		taken += size;
	}
	return taken;
}

/* The same for its Base64, in the standard or the URL alphabet, percent-encoded or not, perhaps broken into lines. */
static size_t match_base64(const char *at, const uint8_t *text, size_t length)
{
	size_t taken = 0;
	for (size_t i = 0; i < length; i++) {
		if (i > 0)
			taken += strspn(at + taken, "\r\n");
		uint8_t byte = 0;
		size_t size = read_byte(at + taken, &byte);
		byte = byte == '-' ? '+' : byte == '_' ? '/' : byte;
		if (size == 0 || byte != text[i])
			return 0;
		taken += size;
	}
	return taken;
}

/* A short secret counts only as a whole value: after '=' or a quote, before '&', a quote, white space or the end. */
static bool is_whole_value(const char *line, size_t from, size_t length)
{
	char before = from == 0 ? '\0' : line[from - 1];
	char after = line[from + length];
	bool begins = before == '=' || ((before == '"' || before == '\'') && from >= 2 && line[from - 2] == '=');
	return begins && (after == '\0' || strchr("&;\"' \t\r\n", after) != NULL);
}

static void mark(char *marks, size_t from, size_t length)
{
	memset(marks + from, 1, length);
}

/* Mark in marks[] what of line belongs to one secret. */
static void mark_secret(const struct naccs_mask *mask, const char *line, size_t line_length, char *marks)
{
	size_t length = naccs_secret_length(mask->plain);
	for (size_t at = 0; at < line_length; at++) {
		size_t found = match_plain(line + at, naccs_secret_data(mask->plain), length);
		if (found > 0 && (length >= SHORT_SECRET || is_whole_value(line, at, found)))
			mark(marks, at, found);
		for (int i = 0; i < ALIGNMENTS && mask->base64[i] != NULL; i++) {
			found = match_base64(line + at, naccs_secret_data(mask->base64[i]), naccs_secret_length(mask->base64[i]));
			if (found == 0)
				continue;
			/* The neighbours hold a few bits of its first and last byte. */
			size_t from = at > 0 && i > 0 ? at - 1 : at;
			size_t end = at + found < line_length ? at + found + 1 : at + found;
			mark(marks, from, end - from);
		}
	}
}

char *naccs_mask_apply(const struct naccs_mask *list, const char *line)
{
	size_t length = strlen(line);
	if (length > SIZE_MAX / sizeof MASK - 1)
		return NULL;
	naccs_auto(heap) char *marks = calloc(1, length + 1);
	char *masked = malloc(length * strlen(MASK) + 1);
	if (marks == NULL || masked == NULL) {
		free(masked);
		return NULL;
	}
	for (const struct naccs_mask *mask = list; mask != NULL; mask = mask->next)
		mark_secret(mask, line, length, marks);
	size_t to = 0;
	for (size_t at = 0; at < length; at++) {
		if (!marks[at]) {
			masked[to++] = line[at];
		} else if (at == 0 || !marks[at - 1]) {
			memcpy(masked + to, MASK, strlen(MASK));
			to += strlen(MASK);
		}
	}
	masked[to] = '\0';
	return masked;
}
