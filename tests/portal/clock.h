/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the portal's idea of time can be fixed, shifted and moved while it runs, so that "the next day in Japan" needs no waiting.
 * The TLS certificates of the servers follow the real clock, as real clients judge them by theirs. Thread-safe. */
#ifndef PORTAL_CLOCK_H
#define PORTAL_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_TEXT 32
#define JAPAN_SECONDS (9 * 3600)
#define DAY_SECONDS 86400

struct sim_clock {
	_Atomic bool is_fixed;
	_Atomic int64_t value; /* the time itself when fixed, else what is added to the real one */
};

/* text: RFC 3339 (fixed), "+SECONDS" or "-SECONDS" (offset to the real clock), or "real". */
bool clock_set(struct sim_clock *clock, const char *text);
void clock_advance(struct sim_clock *clock, int64_t seconds);
int64_t clock_now(struct sim_clock *clock);
/* RFC 3339 in UTC. */
void clock_text(int64_t time, char text[CLOCK_TEXT]);
/* Number of the day in Japan that holds time. */
int64_t clock_japan_day(int64_t time);
/* "%Y年%m月%d日 …": strftime in Japan time. */
void clock_format_japan(int64_t time, const char *format, char *text, unsigned long size);
/* The regular maintenance (third Tuesday 22:00 to 08:00, Japan) that holds time, or the next one; returns whether time is inside. */
bool clock_maintenance(int64_t time, int64_t *ret_from, int64_t *ret_until);

#endif
