/* SPDX-License-Identifier: Apache-2.0 */
/* Why: finding a secret in a line in every spelling that it travels in. Only for log.c. */
#ifndef NACCS_BASE_MASK_H
#define NACCS_BASE_MASK_H

#include "error.h"

#include <stddef.h>

/* A list of secrets to hide; NULL is the empty list. It keeps copies in secret memory. */
struct naccs_mask;

naccs_status naccs_mask_add(struct naccs_mask **list, const void *secret, size_t length, struct naccs_error *err);
void naccs_mask_free(struct naccs_mask *list);

/* A copy of line with "****" in place of each secret. Caller frees; NULL when memory is short. */
char *naccs_mask_apply(const struct naccs_mask *list, const char *line);

#endif
