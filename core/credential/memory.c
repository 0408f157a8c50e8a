/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: OpenSSL leaves copies of a private key in freed heap memory (the PKCS#8 bytes that its decoders pass along). These allocation
 * functions wipe whatever is given back, so that neither a core file nor a later allocation shows it. Each block is preceded by its size.
 */
#include "crypto_internal.h"

#include <openssl/crypto.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

union block {
	size_t size;
	max_align_t alignment; /* what follows is aligned for every type */
};

static void *wiping_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	union block *block = size > 0 && size <= SIZE_MAX - sizeof *block ? malloc(sizeof *block + size) : NULL;
	if (block == NULL)
		return NULL;
	block->size = size;
	return block + 1;
}

static void wiping_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory == NULL)
		return;
	union block *block = (union block *)memory - 1;
	naccs_wipe(memory, block->size);
	free(block);
}

static void *wiping_realloc(void *memory, size_t size, const char *file, int line)
{
	if (memory == NULL)
		return wiping_malloc(size, file, line);
	if (size == 0) {
		wiping_free(memory, file, line);
		return NULL;
	}
	size_t old_size = ((union block *)memory - 1)->size;
	void *larger = wiping_malloc(size, file, line);
	if (larger == NULL)
		return NULL;
	memcpy(larger, memory, old_size < size ? old_size : size);
	wiping_free(memory, file, line);
	return larger;
}

bool naccs_crypto_use_wiping_memory(void)
{
	return CRYPTO_set_mem_functions(wiping_malloc, wiping_realloc, wiping_free) == 1;
}
