/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: text that is put together piece by piece, without a file behind it. It grows by new-copy-wipe and is wiped when it is cleared, since
 * pages of the portal go through it. A failure for want of memory is remembered and told once, by naccs_builder_take().
 *
 *     naccs_auto(builder) struct naccs_builder builder = {0};
 */
#ifndef NACCS_BASE_BUILDER_H
#define NACCS_BASE_BUILDER_H

#include "cleanup.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct naccs_builder {
	char *text; /* NUL-terminated; NULL while empty */
	size_t length, size;
	bool has_failed;
};

void naccs_builder_add(struct naccs_builder *builder, const char *text);
void naccs_builder_add_bytes(struct naccs_builder *builder, const char *bytes, size_t length);
void naccs_builder_add_char(struct naccs_builder *builder, char character);
void naccs_builder_print(struct naccs_builder *builder, const char *format, ...) NACCS_PRINTF(2, 3);

/* The text ("" when nothing was added), which the caller frees; NULL when memory was short. The builder is empty afterwards. */
char *naccs_builder_take(struct naccs_builder *builder);
/* Wipe and free. */
void naccs_builder_clear(struct naccs_builder *builder);

static inline void naccs_cleanup_builder(struct naccs_builder *builder)
{
	naccs_builder_clear(builder);
}

#endif
