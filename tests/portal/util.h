/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the few helpers that every part of the simulator needs: stopping at start-up, memory that is there, chance that a seed repeats. */
#ifndef PORTAL_UTIL_H
#define PORTAL_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Print "PROGRAM: …" on stderr and end with status 1: start-up and out of memory only. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory or die(). */
void *need(size_t count, size_t size);
char *need_text(const char *text);
char *need_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Repeatable chance (splitmix64): no secret is made of it but simulated ones. */
struct chance {
	uint64_t state;
};
uint64_t chance_next(struct chance *chance);
unsigned chance_below(struct chance *chance, unsigned bound);
/* length characters out of alphabet, and a NUL: text holds length + 1. */
void chance_text(struct chance *chance, const char *alphabet, char *text, size_t length);

#endif
