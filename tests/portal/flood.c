/* SPDX-License-Identifier: Apache-2.0 */
#include "flood.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FLOOD_BYTES ((uint64_t)2 * 1024 * 1024 * 1024)
#define FLOOD_TAGS 1000000U

struct source {
	enum flood flood;
	uint64_t left; /* bytes before compression, or tags */
	z_stream zip;
	bool is_zipping, is_opened;
};

static const char zeros[65536];

/* A unit of text again and again, whole units only. */
static ssize_t repeat(struct source *source, const char *unit, char *buffer, size_t max)
{
	size_t length = strlen(unit), at = 0;
	while (source->left > 0 && at + length <= max) {
		memcpy(buffer + at, unit, length);
		at += length;
		source->left--;
	}
	return at > 0 ? (ssize_t)at : MHD_CONTENT_READER_END_OF_STREAM;
}

static ssize_t zip(struct source *source, char *buffer, size_t max)
{
	z_stream *z = &source->zip;
	if (!source->is_zipping)
		return MHD_CONTENT_READER_END_OF_STREAM;
	z->next_out = (Bytef *)buffer;
	z->avail_out = (uInt)max;
	int state = Z_OK;
	while (z->avail_out == max && state == Z_OK) {
		if (z->avail_in == 0 && source->left > 0) {
			z->next_in = (Bytef *)(uintptr_t)zeros;
			z->avail_in = sizeof zeros;
			source->left -= sizeof zeros;
		}
		state = deflate(z, source->left == 0 ? Z_FINISH : Z_NO_FLUSH);
	}
	if (state == Z_STREAM_END) {
		(void)deflateEnd(z);
		source->is_zipping = false;
	}
	return (ssize_t)(max - z->avail_out);
}

static ssize_t read_source(void *closure, uint64_t position, char *buffer, size_t max)
{
	struct source *source = closure;
	(void)position;
	if (!source->is_opened && (source->flood == FLOOD_NESTED || source->flood == FLOOD_MANY)) {
		static const char opening[] = "<html><head><title>NACCS</title></head><body>";
		source->is_opened = true;
		memcpy(buffer, opening, sizeof opening - 1);
		return (ssize_t)(sizeof opening - 1);
	}
	switch (source->flood) {
	case FLOOD_NESTED:
		return repeat(source, "<div>", buffer, max);
	case FLOOD_MANY:
		return repeat(source, "<p>x", buffer, max);
	case FLOOD_BOMB:
		return zip(source, buffer, max);
	default:
		break;
	}
	if (source->left == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	size_t size = source->left < max ? (size_t)source->left : max;
	memset(buffer, 0, size);
	source->left -= size;
	return (ssize_t)size;
}

static void free_source(void *closure)
{
	struct source *source = closure;
	if (source->is_zipping)
		(void)deflateEnd(&source->zip);
	free(source);
}

struct MHD_Response *flood_response(enum flood flood)
{
	struct source *source = need(1, sizeof *source);
	source->flood = flood;
	source->left = flood == FLOOD_NESTED || flood == FLOOD_MANY ? FLOOD_TAGS : FLOOD_BYTES;
	if (flood == FLOOD_BOMB)
		source->is_zipping = deflateInit2(&source->zip, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK;
	struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, read_source, source, free_source);
	if (response == NULL)
		die("out of memory");
	return response;
}
