/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see builder.h. */
#include "builder.h"

#include "secret.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE ((size_t)256)

/* Room for length more bytes and the NUL. */
static bool make_room(struct naccs_builder *builder, size_t length)
{
	if (builder->has_failed || length > SIZE_MAX / 4 || builder->length > SIZE_MAX / 4) {
		builder->has_failed = true;
		return false;
	}
	if (builder->size - builder->length > length)
		return true;
	size_t size = builder->size < FIRST_SIZE ? FIRST_SIZE : 2 * builder->size;
	while (size - builder->length <= length)
		size *= 2;
	char *grown = malloc(size);
	if (grown == NULL) {
		builder->has_failed = true;
		return false;
	}
	if (builder->text != NULL) {
		memcpy(grown, builder->text, builder->length);
		naccs_wipe(builder->text, builder->size);
		free(builder->text);
	}
	grown[builder->length] = '\0';
	builder->text = grown;
	builder->size = size;
	return true;
}

void naccs_builder_add_bytes(struct naccs_builder *builder, const char *bytes, size_t length)
{
	if (!make_room(builder, length))
		return;
	if (length > 0)
		memcpy(builder->text + builder->length, bytes, length);
	builder->length += length;
	builder->text[builder->length] = '\0';
}

void naccs_builder_add(struct naccs_builder *builder, const char *text)
{
	naccs_builder_add_bytes(builder, text, strlen(text));
}

void naccs_builder_add_char(struct naccs_builder *builder, char character)
{
	naccs_builder_add_bytes(builder, &character, 1);
}

void naccs_builder_print(struct naccs_builder *builder, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0) {
		builder->has_failed = true;
		return;
	}
	if (!make_room(builder, (size_t)length))
		return;
	va_start(args, format);
	(void)vsnprintf(builder->text + builder->length, (size_t)length + 1, format, args);
	va_end(args);
	builder->length += (size_t)length;
}

char *naccs_builder_take(struct naccs_builder *builder)
{
	if (!make_room(builder, 0)) {
		naccs_builder_clear(builder);
		return NULL;
	}
	char *text = builder->text;
	*builder = (struct naccs_builder){0};
	return text;
}

void naccs_builder_clear(struct naccs_builder *builder)
{
	if (builder->text != NULL)
		naccs_wipe(builder->text, builder->size);
	free(builder->text);
	*builder = (struct naccs_builder){0};
}
