/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the memory that secrets lie in is the system's matter. Only for secret.c. */
#ifndef NACCS_BASE_PAGES_H
#define NACCS_BASE_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* Whole pages, zeroed, for at least size bytes, as safe from swap and core files as the system allows. 0 or an errno. */
int naccs_pages_map(size_t size, uint8_t **ret, size_t *ret_capacity);

/* Give them back; the caller has wiped them. */
void naccs_pages_unmap(uint8_t *bytes, size_t capacity);

#endif
