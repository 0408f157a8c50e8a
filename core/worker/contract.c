/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see contract.h. */
#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_LIMIT 4096u /* statuses grow, but not as far */

void naccs_write_result(struct naccs_writer *writer, naccs_status status, const struct naccs_error *err)
{
	naccs_write_u32(writer, (uint32_t)status);
	if (status == NACCS_OK)
		return;
	naccs_write_u32(writer, (uint32_t)err->status);
	naccs_write_i64(writer, err->native);
	naccs_write_text(writer, err->message);
	naccs_write_text(writer, err->hint);
}

static void read_line(struct naccs_reader *reader, char *ret, size_t size)
{
	const char *text = naccs_read_text(reader);

	if (text == NULL || strlen(text) >= size)
		reader->is_bad = true;
	else
		memcpy(ret, text, strlen(text) + 1);
}

naccs_status naccs_read_result(struct naccs_reader *reader, struct naccs_error *ret)
{
	uint32_t status = naccs_read_u32(reader), told;

	if (reader->is_bad || status == NACCS_OK)
		return NACCS_OK;
	told = naccs_read_u32(reader);
	ret->native = naccs_read_i64(reader);
	read_line(reader, ret->message, sizeof ret->message);
	read_line(reader, ret->hint, sizeof ret->hint);
	if (status > STATUS_LIMIT || told > STATUS_LIMIT)
		reader->is_bad = true;
	ret->status = (naccs_status)told;
	return (naccs_status)status;
}

void naccs_write_place(struct naccs_writer *writer, const struct naccs_place *place)
{
	naccs_write_text(writer, place->uri);
	naccs_write_text(writer, place->kind);
	naccs_write_text(writer, place->label);
	naccs_write_u8(writer, place->is_writable);
	naccs_write_u8(writer, place->is_locked);
	naccs_write_u64(writer, place->capabilities);
	naccs_write_text(writer, naccs_place_wish(place));
}

struct naccs_place naccs_read_place(struct naccs_reader *reader)
{
	struct naccs_place place = {.size = sizeof place};

	place.uri = naccs_read_text(reader);
	place.kind = naccs_read_text(reader);
	place.label = naccs_read_text(reader);
	place.is_writable = naccs_read_bool(reader);
	place.is_locked = naccs_read_bool(reader);
	place.capabilities = naccs_read_u64(reader);
	place.wish = naccs_read_text(reader);
	return place;
}

static uint32_t read_within(struct naccs_reader *reader, uint32_t lowest, uint32_t highest)
{
	uint32_t value = naccs_read_u32(reader);

	if (value < lowest || value > highest)
		reader->is_bad = true;
	return reader->is_bad ? lowest : value;
}

void naccs_write_item(struct naccs_writer *writer, const struct naccs_item *item)
{
	naccs_write_u32(writer, item->role);
	naccs_write_bytes(writer, item->certificate.data, item->certificate.length);
	naccs_write_u8(writer, item->has_key);
	naccs_write_u8(writer, item->is_pending);
	naccs_write_u8(writer, item->is_current);
	naccs_write_text(writer, item->label);
	naccs_write_bytes(writer, item->owner, sizeof item->owner);
}

/* A SHA-256 behind its length. */
static void read_sha256(struct naccs_reader *reader, uint8_t ret[NACCS_SHA256_SIZE])
{
	struct naccs_bytes bytes = naccs_read_bytes(reader);

	if (bytes.length != NACCS_SHA256_SIZE)
		reader->is_bad = true;
	else
		memcpy(ret, bytes.data, NACCS_SHA256_SIZE);
}

struct naccs_item naccs_read_item(struct naccs_reader *reader)
{
	struct naccs_item item = {.size = sizeof item};

	item.role = read_within(reader, NACCS_ROLE_CLIENT, NACCS_ROLE_TRUST);
	item.certificate = naccs_read_bytes(reader);
	item.has_key = naccs_read_bool(reader);
	item.is_pending = naccs_read_bool(reader);
	item.is_current = naccs_read_bool(reader);
	item.label = naccs_read_text(reader);
	read_sha256(reader, item.owner);
	return item;
}

void naccs_write_part(struct naccs_writer *writer, const struct naccs_part *part)
{
	naccs_write_u32(writer, part->role);
	naccs_write_u32(writer, part->action);
	naccs_write_text(writer, part->identity);
	naccs_write_bytes(writer, part->before.data, part->before.length);
}

struct naccs_part naccs_read_part(struct naccs_reader *reader)
{
	struct naccs_part part = {.size = sizeof part};

	part.role = read_within(reader, NACCS_ROLE_CLIENT, NACCS_ROLE_TRUST);
	part.action = read_within(reader, NACCS_PART_CREATE, NACCS_PART_CHANGE);
	part.identity = naccs_read_text(reader);
	part.before = naccs_read_bytes(reader);
	if (part.identity == NULL)
		reader->is_bad = true;
	return part;
}

void naccs_write_parts(struct naccs_writer *writer, const struct naccs_part *parts, size_t count)
{
	naccs_write_u32(writer, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		naccs_write_part(writer, &parts[i]);
}

/* An array for a count that was just read; NULL for none. */
static void *array_of(struct naccs_reader *reader, uint32_t count, size_t size)
{
	void *array = count > 0 ? calloc(count, size) : NULL;

	if (count > 0 && array == NULL)
		reader->is_bad = true;
	return array;
}

struct naccs_part *naccs_read_parts(struct naccs_reader *reader, size_t *ret_count)
{
	uint32_t count = naccs_read_count(reader);
	struct naccs_part *parts = array_of(reader, count, sizeof *parts);

	for (uint32_t i = 0; parts != NULL && i < count; i++)
		parts[i] = naccs_read_part(reader);
	*ret_count = parts != NULL ? count : 0;
	return parts;
}

void naccs_write_open_options(struct naccs_writer *writer, const struct naccs_open_options *options)
{
	naccs_write_u32(writer, options->access);
	naccs_write_u32(writer, options->lock_timeout_ms);
	naccs_write_text(writer, options->group);
}

struct naccs_open_options naccs_read_open_options(struct naccs_reader *reader)
{
	struct naccs_open_options options = {.size = sizeof options};

	options.access = read_within(reader, NACCS_ACCESS_READ, NACCS_ACCESS_WRITE);
	options.lock_timeout_ms = naccs_read_u32(reader);
	options.group = naccs_read_text(reader);
	return options;
}

static void write_certificates(struct naccs_writer *writer, const struct naccs_bytes *certificates, size_t count)
{
	naccs_write_u32(writer, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		naccs_write_bytes(writer, certificates[i].data, certificates[i].length);
}

static struct naccs_bytes *read_certificates(struct naccs_reader *reader, size_t *ret_count)
{
	uint32_t count = naccs_read_count(reader);
	struct naccs_bytes *certificates = array_of(reader, count, sizeof *certificates);

	for (uint32_t i = 0; certificates != NULL && i < count; i++)
		certificates[i] = naccs_read_bytes(reader);
	*ret_count = certificates != NULL ? count : 0;
	return certificates;
}

void naccs_write_installation(struct naccs_writer *writer, const struct naccs_installation *installation)
{
	naccs_write_bytes(writer, installation->private_key.data, installation->private_key.length);
	naccs_write_bytes(writer, installation->certificate.data, installation->certificate.length);
	write_certificates(writer, installation->intermediates, installation->intermediate_count);
	naccs_write_bytes(writer, installation->client_ca.data, installation->client_ca.length);
	write_certificates(writer, installation->server_anchors, installation->server_anchor_count);
	write_certificates(writer, installation->server_intermediates, installation->server_intermediate_count);
	naccs_write_bytes(writer, installation->sha256, sizeof installation->sha256);
	naccs_write_text(writer, installation->common_name);
	naccs_write_text(writer, installation->serial);
	naccs_write_i64(writer, installation->not_before);
	naccs_write_i64(writer, installation->not_after);
}

void naccs_read_installation(struct naccs_reader *reader, struct naccs_installation_read *ret)
{
	struct naccs_installation *installation = &ret->installation;

	*ret = (struct naccs_installation_read){.installation.size = sizeof *installation};
	installation->private_key = naccs_read_bytes(reader);
	installation->certificate = naccs_read_bytes(reader);
	ret->intermediates = read_certificates(reader, &installation->intermediate_count);
	installation->client_ca = naccs_read_bytes(reader);
	ret->server_anchors = read_certificates(reader, &installation->server_anchor_count);
	ret->server_intermediates = read_certificates(reader, &installation->server_intermediate_count);
	read_sha256(reader, installation->sha256);
	installation->common_name = naccs_read_text(reader);
	installation->serial = naccs_read_text(reader);
	installation->not_before = naccs_read_i64(reader);
	installation->not_after = naccs_read_i64(reader);
	installation->intermediates = ret->intermediates;
	installation->server_anchors = ret->server_anchors;
	installation->server_intermediates = ret->server_intermediates;
}

void naccs_installation_read_clear(struct naccs_installation_read *read)
{
	free(read->intermediates);
	free(read->server_anchors);
	free(read->server_intermediates);
	*read = (struct naccs_installation_read){0};
}

void naccs_write_sign_request(struct naccs_writer *writer, const struct naccs_sign_request *request)
{
	naccs_write_bytes(writer, request->certificate, sizeof request->certificate);
	naccs_write_u32(writer, request->hash);
	naccs_write_u32(writer, request->padding);
	naccs_write_u32(writer, request->salt_length);
	naccs_write_bytes(writer, request->digest.data, request->digest.length);
}

struct naccs_sign_request naccs_read_sign_request(struct naccs_reader *reader)
{
	struct naccs_sign_request request = {.size = sizeof request};

	read_sha256(reader, request.certificate);
	request.hash = naccs_read_u32(reader); /* which of them it knows is the backend's to say */
	request.padding = naccs_read_u32(reader);
	request.salt_length = naccs_read_u32(reader);
	request.digest = naccs_read_bytes(reader);
	return request;
}

void naccs_write_verify_request(struct naccs_writer *writer, const struct naccs_verify_request *request)
{
	naccs_write_bytes(writer, request->certificate, sizeof request->certificate);
	write_certificates(writer, request->server_chain, request->server_chain_count);
	naccs_write_text(writer, request->server_name);
	naccs_write_i64(writer, request->time);
}

struct naccs_verify_request naccs_read_verify_request(struct naccs_reader *reader, struct naccs_bytes **ret_chain)
{
	struct naccs_verify_request request = {.size = sizeof request};

	read_sha256(reader, request.certificate);
	*ret_chain = read_certificates(reader, &request.server_chain_count);
	request.server_chain = *ret_chain;
	request.server_name = naccs_read_text(reader);
	request.time = naccs_read_i64(reader);
	return request;
}

void naccs_write_verify_answer(struct naccs_writer *writer, const struct naccs_verify_answer *answer)
{
	naccs_write_u32(writer, (uint32_t)(answer->client_chain + 1));
	naccs_write_u32(writer, (uint32_t)(answer->server_chain + 1));
	naccs_write_text(writer, answer->reason);
}

struct naccs_verify_answer naccs_read_verify_answer(struct naccs_reader *reader)
{
	struct naccs_verify_answer answer = {.size = sizeof answer};

	answer.client_chain = (int32_t)read_within(reader, 0, 2) - 1;
	answer.server_chain = (int32_t)read_within(reader, 0, 2) - 1;
	read_line(reader, answer.reason, sizeof answer.reason);
	return answer;
}
