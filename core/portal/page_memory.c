/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page_memory.h. */
#include "page_memory.h"

#include "text.h"

#include <stdalign.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16 * 1024)

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct naccs_arena {
	struct block *blocks; /* the newest first; only that one is filled */
	size_t limit, total;
	bool is_exhausted;
};

naccs_status naccs_arena_new(size_t limit, struct naccs_arena **ret, struct naccs_error *err)
{
	struct naccs_arena *arena = calloc(1, sizeof *arena);

	if (arena == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	arena->limit = limit;
	*ret = arena;
	return NACCS_OK;
}

void naccs_arena_free(struct naccs_arena *arena)
{
	if (arena == NULL)
		return;
	while (arena->blocks != NULL) {
		struct block *next = arena->blocks->next;
		free(arena->blocks);
		arena->blocks = next;
	}
	free(arena);
}

bool naccs_arena_is_exhausted(const struct naccs_arena *arena)
{
	return arena->is_exhausted;
}

static bool add_block(struct naccs_arena *arena, size_t size)
{
	struct block *block;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	if (size > arena->limit || arena->total > arena->limit - size)
		return false;
	block = calloc(1, sizeof *block + size);
	if (block == NULL)
		return false;
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->total += size;
	return true;
}

void *naccs_arena_alloc(struct naccs_arena *arena, size_t size)
{
	const size_t alignment = alignof(max_align_t);
	void *memory;

	if (size > arena->limit) {
		arena->is_exhausted = true;
		return NULL;
	}
	size = (size + alignment - 1) / alignment * alignment;
	if ((arena->blocks == NULL || arena->blocks->size - arena->blocks->used < size) && !add_block(arena, size)) {
		arena->is_exhausted = true;
		return NULL;
	}
	memory = arena->blocks->bytes + arena->blocks->used;
	arena->blocks->used += size;
	return memory;
}

char *naccs_arena_copy(struct naccs_arena *arena, const char *text, size_t length)
{
	char *copy = naccs_arena_alloc(arena, length + 1);

	if (copy != NULL && length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *naccs_arena_string(struct naccs_arena *arena, const char *text)
{
	return naccs_arena_copy(arena, text, text != NULL ? strlen(text) : 0);
}

bool naccs_arena_grow(struct naccs_arena *arena, void *array_slot, size_t *capacity, size_t count, size_t element_size)
{
	size_t wanted = *capacity == 0 ? 4 : *capacity * 2;
	void *old, *grown;

	if (count < *capacity)
		return true;
	grown = naccs_arena_alloc(arena, wanted * element_size);
	if (grown == NULL)
		return false;
	memcpy(&old, array_slot, sizeof old);
	if (count > 0)
		memcpy(grown, old, count * element_size);
	memcpy(array_slot, &grown, sizeof grown);
	*capacity = wanted;
	return true;
}
