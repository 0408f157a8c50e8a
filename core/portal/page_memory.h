/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a page's model is hundreds of small strings and arrays that live and die together. They come from one arena, are never freed singly,
 * and the whole is bounded, so that a hostile page costs a known amount of memory.
 */
#ifndef NACCS_PORTAL_PAGE_MEMORY_H
#define NACCS_PORTAL_PAGE_MEMORY_H

#include "cleanup.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct naccs_arena;

/* An arena that hands out at most limit bytes. */
naccs_status naccs_arena_new(size_t limit, struct naccs_arena **ret, struct naccs_error *err);
void naccs_arena_free(struct naccs_arena *arena);
NACCS_DEFINE_CLEANUP(struct naccs_arena *, naccs_arena_free, arena)

/* Zeroed memory; NULL when memory or the limit is exhausted, which naccs_arena_is_exhausted() then says for good. */
void *naccs_arena_alloc(struct naccs_arena *arena, size_t size);
bool naccs_arena_is_exhausted(const struct naccs_arena *arena);

/* A copy of text as a string; NULL when exhausted. text NULL: "". */
char *naccs_arena_copy(struct naccs_arena *arena, const char *text, size_t length);
char *naccs_arena_string(struct naccs_arena *arena, const char *text);

/* Room for one more element behind (*array)[count]; the array doubles. false when exhausted. Use naccs_arena_push(). */
bool naccs_arena_grow(struct naccs_arena *arena, void *array_slot, size_t *capacity, size_t count, size_t element_size);

/* A growing array in an arena: struct { T *items; size_t count, capacity; }. Appends value; false when exhausted. */
#define naccs_arena_push(arena, list, value)                                                                                               \
	(naccs_arena_grow((arena), &(list)->items, &(list)->capacity, (list)->count, sizeof *(list)->items)                                \
		 ? ((list)->items[(list)->count++] = (value), true)                                                                        \
		 : false)

#endif
