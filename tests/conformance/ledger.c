/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the parts of an install as the host keeps them: copied out of the sink, sent through a pipe before the process that planned is
 * killed. */
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEFORE_LIMIT ((size_t)64 * 1024)

naccs_status ledger_add(void *context, const struct naccs_part *part)
{
	struct ledger *ledger = context;

	check(ledger->count < sizeof ledger->part / sizeof *ledger->part, "plan names more than %zu parts", ledger->count);
	check(part->identity != NULL && part->identity[0] != '\0', "a part without an identity");
	check(part->action >= NACCS_PART_CREATE && part->action <= NACCS_PART_CHANGE, "part %s: action %u", part->identity, part->action);
	check(part->before.length <= BEFORE_LIMIT, "part %s: before is %zu bytes", part->identity, part->before.length);
	for (size_t i = 0; i < ledger->count; i++)
		check(ledger->part[i].role != part->role || strcmp(ledger->part[i].identity, part->identity) != 0, "part %s is named twice",
		      part->identity);
	struct naccs_part *copy = &ledger->part[ledger->count++];
	*copy = *part;
	copy->identity = strdup(part->identity);
	uint8_t *before = malloc(part->before.length + 1);
	check(copy->identity != NULL && before != NULL, "memory is short");
	if (part->before.length > 0)
		memcpy(before, part->before.data, part->before.length);
	copy->before.data = before;
	return NACCS_OK;
}

bool ledger_is_all(const struct ledger *ledger, uint32_t action)
{
	for (size_t i = 0; i < ledger->count; i++) {
		if (ledger->part[i].action != action)
			return false;
	}
	return true;
}

struct ledger ledger_without_adopted(const struct ledger *ledger)
{
	struct ledger kept = {0};

	for (size_t i = 0; i < ledger->count; i++) {
		if (ledger->part[i].action != NACCS_PART_ADOPT)
			kept.part[kept.count++] = ledger->part[i];
	}
	return kept;
}

static void send_bytes(int fd, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	while (length > 0) {
		ssize_t count = write(fd, at, length);
		check(count > 0, "pipe: %s", strerror(errno));
		at += count;
		length -= (size_t)count;
	}
}

static bool receive_bytes(int fd, void *bytes, size_t length)
{
	uint8_t *at = bytes;

	while (length > 0) {
		ssize_t count = read(fd, at, length);
		if (count <= 0)
			return false;
		at += count;
		length -= (size_t)count;
	}
	return true;
}

void ledger_send(const struct ledger *ledger, int fd)
{
	uint8_t *message = malloc(BEFORE_LIMIT);
	size_t length = sizeof ledger->count;

	check(message != NULL, "memory is short");
	memcpy(message, &ledger->count, length);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_part *part = &ledger->part[i];
		size_t identity = strlen(part->identity);
		size_t sizes[4] = {part->role, part->action, identity, part->before.length};
		check(length + sizeof sizes + identity + part->before.length <= BEFORE_LIMIT,
		      "the parts are too large for the suite's pipe");
		memcpy(message + length, sizes, sizeof sizes);
		memcpy(message + length + sizeof sizes, part->identity, identity);
		memcpy(message + length + sizeof sizes + identity, part->before.data, part->before.length);
		length += sizeof sizes + identity + part->before.length;
	}
	send_bytes(fd, &length, sizeof length);
	send_bytes(fd, message, length);
	free(message);
}

void ledger_send_progress(int fd, char progress)
{
	send_bytes(fd, &progress, 1);
}

bool ledger_receive(struct ledger *ret, int fd)
{
	size_t length, at = sizeof ret->count;
	uint8_t *message = malloc(BEFORE_LIMIT);

	*ret = (struct ledger){0};
	check(message != NULL, "memory is short");
	if (!receive_bytes(fd, &length, sizeof length) || length > BEFORE_LIMIT || !receive_bytes(fd, message, length)) {
		free(message);
		return false;
	}
	memcpy(&ret->count, message, sizeof ret->count);
	for (size_t i = 0; i < ret->count; i++) {
		size_t sizes[4];
		memcpy(sizes, message + at, sizeof sizes);
		at += sizeof sizes;
		ret->part[i] = (struct naccs_part){.size = sizeof ret->part[i], .role = (uint32_t)sizes[0], .action = (uint32_t)sizes[1]};
		ret->part[i].identity = strndup((const char *)message + at, sizes[2]);
		uint8_t *before = malloc(sizes[3] + 1);
		check(ret->part[i].identity != NULL && before != NULL, "memory is short");
		memcpy(before, message + at + sizes[2], sizes[3]);
		ret->part[i].before = (struct naccs_bytes){before, sizes[3]};
		at += sizes[2] + sizes[3];
	}
	free(message);
	for (char progress; receive_bytes(fd, &progress, 1);) {
		ret->is_staged |= progress == 'S';
		ret->is_committed |= progress == 'C';
	}
	return true;
}

const struct naccs_part *part_of(const struct ledger *ledger, uint32_t role, const char *identity_end)
{
	for (size_t i = 0; i < ledger->count; i++) {
		const char *identity = ledger->part[i].identity;
		size_t length = strlen(identity), wanted = strlen(identity_end);
		if (ledger->part[i].role == role && length >= wanted && strcmp(identity + length - wanted, identity_end) == 0)
			return &ledger->part[i];
	}
	test_fail(__FILE__, __LINE__, "there is no part …%s of role %u", identity_end, role);
}
