/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see include/string.h and include/stdlib.h. */
#include <windows.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *reallocarray(void *memory, size_t count, size_t size)
{
	size_t bytes = 0;
	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(memory, bytes);
}

char *strndup(const char *text, size_t limit)
{
	size_t length = strnlen(text, limit);
	char *copy = malloc(length + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void *memrchr(const void *memory, int byte, size_t size)
{
	const unsigned char *bytes = memory;
	for (size_t i = size; i > 0; i--) {
		if (bytes[i - 1] == (unsigned char)byte)
			return (void *)(uintptr_t)(bytes + i - 1);
	}
	return NULL;
}

void *memmem(const void *memory, size_t size, const void *wanted, size_t wanted_size)
{
	const unsigned char *bytes = memory;
	for (size_t i = 0; wanted_size <= size && i <= size - wanted_size; i++) {
		if (memcmp(bytes + i, wanted, wanted_size) == 0)
			return (void *)(uintptr_t)(bytes + i);
	}
	return NULL;
}

void *mempcpy(void *to, const void *from, size_t size)
{
	return (char *)memcpy(to, from, size) + size;
}

char *strcasestr(const char *text, const char *wanted)
{
	size_t length = strlen(wanted);
	for (;; text++) {
		if (strncasecmp(text, wanted, length) == 0)
			return (char *)(uintptr_t)text;
		if (*text == '\0')
			return NULL;
	}
}

char *strchrnul(const char *text, int byte)
{
	const char *found = strchr(text, byte);
	return (char *)(uintptr_t)(found != NULL ? found : text + strlen(text));
}

char *strsep(char **text, const char *separators)
{
	char *part = *text;
	if (part == NULL)
		return NULL;
	char *end = part + strcspn(part, separators);
	*text = *end == '\0' ? NULL : end + 1;
	*end = '\0';
	return part;
}

void explicit_bzero(void *memory, size_t size)
{
	(void)SecureZeroMemory(memory, size);
}
