/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see pages.h. */
#include "pages.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int naccs_pages_map(size_t size, uint8_t **ret, size_t *ret_capacity)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	if (size > SIZE_MAX - page)
		return ENOMEM;
	size_t capacity = (size + page - 1) / page * page;
	void *memory = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return errno;
	/* Both may fail (RLIMIT_MEMLOCK, an old kernel): a secret that can be swapped is better than no certificate. */
	(void)mlock(memory, capacity);
	(void)madvise(memory, capacity, MADV_DONTDUMP);
	*ret = memory;
	*ret_capacity = capacity;
	return 0;
}

void naccs_pages_unmap(uint8_t *bytes, size_t capacity)
{
	(void)munmap(bytes, capacity);
}
