/* SPDX-License-Identifier: Apache-2.0 */
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)fprintf(stderr, "%s: ", program_invocation_short_name);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(1);
}

void *need(size_t count, size_t size)
{
	void *block = calloc(count, size);
	if (block == NULL)
		die("out of memory");
	return block;
}

char *need_text(const char *text)
{
	char *copy = strdup(text);
	if (copy == NULL)
		die("out of memory");
	return copy;
}

char *need_format(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = NULL;
	int length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		die("out of memory");
	return text;
}

uint64_t chance_next(struct chance *chance)
{
	uint64_t z = (chance->state += 0x9e3779b97f4a7c15U);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

unsigned chance_below(struct chance *chance, unsigned bound)
{
	return (unsigned)(chance_next(chance) % bound);
}

void chance_text(struct chance *chance, const char *alphabet, char *text, size_t length)
{
	unsigned count = (unsigned)strlen(alphabet);
	for (size_t i = 0; i < length; i++)
		text[i] = alphabet[chance_below(chance, count)];
	text[length] = '\0';
}
