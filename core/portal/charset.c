/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see charset.h. This file: iconv. */
#include "charset.h"

#include "text.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

static const char *const names[NACCS_CHARSET_COUNT] = {
	[NACCS_CHARSET_UTF8] = "UTF-8",	      [NACCS_CHARSET_CP932] = "CP932",
	[NACCS_CHARSET_EUC_JP] = "EUC-JP-MS", [NACCS_CHARSET_ISO_2022_JP] = "ISO-2022-JP",
	[NACCS_CHARSET_UTF16LE] = "UTF-16LE", [NACCS_CHARSET_UTF16BE] = "UTF-16BE",
};

struct output {
	char *text;
	size_t used, size;
};

static bool output_room(struct output *output, size_t room)
{
	size_t size = output->size;
	char *grown;

	if (output->size - output->used >= room)
		return true;
	while (size - output->used < room)
		size += size / 2 + 4096;
	grown = realloc(output->text, size);
	if (grown == NULL)
		return false;
	output->text = grown;
	output->size = size;
	return true;
}

/* Convert everything; what has no meaning becomes U+FFFD, byte by byte. */
static bool convert_all(iconv_t converter, const char *bytes, size_t length, struct output *output, size_t *bad_count)
{
	union {
		const char *in;
		char *iconv_wants; /* iconv's prototype lacks the const that it keeps to */
	} at = {.in = bytes};
	size_t left = length;

	while (left > 0) {
		char *to;
		size_t room, result;

		if (!output_room(output, left + 64))
			return false;
		to = output->text + output->used;
		room = output->size - output->used - 1;
		result = iconv(converter, &at.iconv_wants, &left, &to, &room);
		output->used = (size_t)(to - output->text);
		if (result != (size_t)-1 || errno == E2BIG)
			continue;
		if (!output_room(output, 8))
			return false;
		memcpy(output->text + output->used, "\xEF\xBF\xBD", 3);
		output->used += 3;
		at.in++;
		left--;
		(*bad_count)++;
	}
	return output_room(output, 1);
}

naccs_status naccs_charset_decode(enum naccs_charset charset, const char *bytes, size_t length, char **ret, size_t *ret_length,
				  size_t *ret_bad_count, struct naccs_error *err)
{
	struct output output = {0};
	size_t bad_count = 0;
	bool is_done;
	iconv_t converter = iconv_open("UTF-8", names[charset]);

	if (converter == (iconv_t)-1)
		return naccs_fail_errno(err, NACCS_E_INTERNAL, errno, _("cannot convert text from %s"), names[charset]);
	is_done = convert_all(converter, bytes, length, &output, &bad_count);
	(void)iconv_close(converter);
	if (!is_done) {
		free(output.text);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	for (size_t i = 0; i < output.used; i++) /* a NUL would end the text for everyone behind us */
		if (output.text[i] == '\0')
			output.text[i] = ' ';
	output.text[output.used] = '\0';
	*ret = output.text;
	*ret_length = output.used;
	*ret_bad_count = bad_count;
	return NACCS_OK;
}

/* 0: whole. Otherwise errno tells. */
static size_t encode(iconv_t converter, const struct naccs_secret *text, char **to, size_t room)
{
	union {
		const char *text;
		char *iconv_wants;
	} in = {.text = naccs_secret_text(text)};
	size_t left = naccs_secret_length(text);
	size_t result = iconv(converter, &in.iconv_wants, &left, to, &room);

	return result == 0 ? iconv(converter, NULL, NULL, to, &room) : result; /* back to the initial state, for ISO-2022-JP */
}

naccs_status naccs_charset_encode(enum naccs_charset charset, const struct naccs_secret *text, struct naccs_secret **ret,
				  struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *encoded = NULL;
	size_t room = 8 * naccs_secret_length(text) + 32, result;
	uint8_t *start;
	char *to;
	int problem;
	naccs_status status = naccs_secret_new(room, &encoded, err);
	iconv_t converter;

	if (status == NACCS_OK)
		status = naccs_secret_reserve(encoded, room, &start, err);
	if (status != NACCS_OK)
		return status;
	converter = iconv_open(names[charset], "UTF-8");
	if (converter == (iconv_t)-1)
		return naccs_fail_errno(err, NACCS_E_INTERNAL, errno, _("cannot convert text to %s"), names[charset]);
	to = (char *)start;
	result = encode(converter, text, &to, room);
	problem = errno;
	(void)iconv_close(converter);
	if (result != 0)
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, problem,
				  _("a value of the portal's form can't be written in %s; nothing was sent"),
				  naccs_charset_web_name(charset));
	naccs_secret_added(encoded, (size_t)(to - (char *)start));
	*ret = naccs_take(&encoded);
	return NACCS_OK;
}
