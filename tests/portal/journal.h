/* SPDX-License-Identifier: Apache-2.0 */
/* Why: tests ask afterwards who connected, what was requested, and which secret reached whom. One JSON object a line, flushed at once.
 * Thread-safe. */
#ifndef PORTAL_JOURNAL_H
#define PORTAL_JOURNAL_H

#include "clock.h"

#include <jansson.h>

struct journal;

struct journal *journal_open(const char *path, struct sim_clock *clock);
void journal_close(struct journal *journal);
/* Appends "sequence" and "time", writes the line, takes over event. */
void journal_write(struct journal *journal, json_t *event);
/* All lines so far, malloc'ed; *ret_size its length. NULL when it cannot be read. */
char *journal_read(struct journal *journal, size_t *ret_size);

#endif
