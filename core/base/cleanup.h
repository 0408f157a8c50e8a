/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a resource is bound to its scope on the line that acquires it.
 *     naccs_auto(naccs_secret) password = NULL;     calls naccs_secret_free() through a generated cleanup
 *     return naccs_take(&password);                 hands it on, leaving NULL behind
 */
#ifndef NACCS_BASE_CLEANUP_H
#define NACCS_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/* Declare once per type, after its free function: NACCS_DEFINE_CLEANUP(struct naccs_secret *, naccs_secret_free, secret) */
#define NACCS_DEFINE_CLEANUP(type, free_function, name) \
	static inline void naccs_cleanup_##name(type *object) \
	{ \
		if (*object != NULL) \
			free_function(*object); \
	}

/* naccs_auto(name): the attribute that runs naccs_cleanup_<name> when the variable leaves its scope. */
#define naccs_auto(name) __attribute__((cleanup(naccs_cleanup_##name)))

/* Take the pointer out of *slot, leaving NULL, so that its cleanup does nothing. */
#define naccs_take(slot) \
	(__extension__({ \
		__typeof__(*(slot)) naccs_taken_ = *(slot); \
		*(slot) = NULL; \
		naccs_taken_; \
	}))

static inline void naccs_cleanup_heap(void *slot) /* naccs_auto(heap) char *text = NULL; */
{
	void *block;
	__builtin_memcpy(&block, slot, sizeof block);
	free(block);
}

static inline void naccs_cleanup_fd(const int *fd) /* naccs_auto(fd) int fd = -1; */
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Hand a file descriptor on, leaving -1. */
static inline int naccs_take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#endif
