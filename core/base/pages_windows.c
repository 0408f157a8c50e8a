/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see pages.h. */
#include "pages.h"

#include <windows.h>

#include <errno.h>

int naccs_pages_map(size_t size, uint8_t **ret, size_t *ret_capacity)
{
	SYSTEM_INFO system;
	GetSystemInfo(&system);
	size_t page = system.dwPageSize;
	if (size > SIZE_MAX - page)
		return ENOMEM;
	size_t capacity = (size + page - 1) / page * page;
	void *memory = VirtualAlloc(NULL, capacity, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	if (memory == NULL)
		return ENOMEM;
	/* May fail (the working set is small at first): a secret that can be swapped is better than no certificate. */
	(void)VirtualLock(memory, capacity);
	*ret = memory;
	*ret_capacity = capacity;
	return 0;
}

void naccs_pages_unmap(uint8_t *bytes, size_t capacity)
{
	(void)capacity;
	(void)VirtualFree(bytes, 0, MEM_RELEASE);
}
