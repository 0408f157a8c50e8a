/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see message.h. */
#include "message.h"

#include <endian.h>
#include <string.h>

#define NO_TEXT UINT32_MAX

static void put(struct naccs_writer *writer, const void *bytes, size_t length)
{
	if (!writer->is_bad && naccs_secret_append(writer->body, bytes, length, NULL) != NACCS_OK)
		writer->is_bad = true;
}

void naccs_write_u8(struct naccs_writer *writer, uint8_t value)
{
	put(writer, &value, sizeof value);
}

void naccs_write_u32(struct naccs_writer *writer, uint32_t value)
{
	uint32_t wire = htobe32(value);

	put(writer, &wire, sizeof wire);
}

void naccs_write_u64(struct naccs_writer *writer, uint64_t value)
{
	uint64_t wire = htobe64(value);

	put(writer, &wire, sizeof wire);
}

void naccs_write_i64(struct naccs_writer *writer, int64_t value)
{
	naccs_write_u64(writer, (uint64_t)value);
}

void naccs_write_bytes(struct naccs_writer *writer, const void *bytes, size_t length)
{
	if (length >= NACCS_MESSAGE_LIMIT) {
		writer->is_bad = true;
		return;
	}
	naccs_write_u32(writer, (uint32_t)length);
	put(writer, bytes, length);
}

void naccs_write_text(struct naccs_writer *writer, const char *text)
{
	if (text == NULL)
		naccs_write_u32(writer, NO_TEXT);
	else
		naccs_write_bytes(writer, text, strlen(text) + 1); /* with its NUL: a reader can use it in place */
}

/* The next `length` bytes; NULL when there are not so many. */
static const uint8_t *take(struct naccs_reader *reader, size_t length)
{
	const uint8_t *bytes = reader->at;

	if (reader->is_bad || length > reader->left) {
		reader->is_bad = true;
		return NULL;
	}
	reader->at += length;
	reader->left -= length;
	return bytes;
}

void naccs_read_exactly(struct naccs_reader *reader, uint8_t *ret, size_t length)
{
	const uint8_t *bytes = take(reader, length);

	if (bytes != NULL)
		memcpy(ret, bytes, length);
	else
		memset(ret, 0, length);
}

uint8_t naccs_read_u8(struct naccs_reader *reader)
{
	uint8_t value;

	naccs_read_exactly(reader, &value, sizeof value);
	return value;
}

bool naccs_read_bool(struct naccs_reader *reader)
{
	uint8_t value = naccs_read_u8(reader);

	reader->is_bad = reader->is_bad || value > 1;
	return value == 1;
}

uint32_t naccs_read_u32(struct naccs_reader *reader)
{
	uint8_t bytes[sizeof(uint32_t)];
	uint32_t wire;

	naccs_read_exactly(reader, bytes, sizeof bytes);
	memcpy(&wire, bytes, sizeof wire);
	return be32toh(wire);
}

uint64_t naccs_read_u64(struct naccs_reader *reader)
{
	uint8_t bytes[sizeof(uint64_t)];
	uint64_t wire;

	naccs_read_exactly(reader, bytes, sizeof bytes);
	memcpy(&wire, bytes, sizeof wire);
	return be64toh(wire);
}

int64_t naccs_read_i64(struct naccs_reader *reader)
{
	return (int64_t)naccs_read_u64(reader);
}

struct naccs_bytes naccs_read_bytes(struct naccs_reader *reader)
{
	uint32_t length = naccs_read_u32(reader);
	const uint8_t *bytes = take(reader, length);

	return bytes != NULL && length > 0 ? (struct naccs_bytes){.data = bytes, .length = length} : (struct naccs_bytes){0};
}

const char *naccs_read_text(struct naccs_reader *reader)
{
	struct naccs_reader ahead = *reader;
	struct naccs_bytes text;

	if (naccs_read_u32(&ahead) == NO_TEXT && !ahead.is_bad) {
		*reader = ahead;
		return NULL;
	}
	text = naccs_read_bytes(reader);
	if (text.length == 0 || text.data[text.length - 1] != '\0' || memchr(text.data, '\0', text.length) != text.data + text.length - 1) {
		reader->is_bad = true;
		return "";
	}
	return (const char *)text.data;
}

uint32_t naccs_read_count(struct naccs_reader *reader)
{
	uint32_t count = naccs_read_u32(reader);

	if (count > NACCS_MESSAGE_COUNT_LIMIT)
		reader->is_bad = true;
	return reader->is_bad ? 0 : count;
}

bool naccs_reader_is_done(const struct naccs_reader *reader)
{
	return !reader->is_bad && reader->left == 0;
}
