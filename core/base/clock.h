/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every rule of the portal that depends on time, as pure functions of a given time. Times are seconds since 1970-01-01T00:00:00Z (int64_t);
 * Japan time is UTC+9 without summer time. Sources: certificate-manual Ver-202506 (chapters 1.2, 3.1 (6), 6.1, 7.3).
 */
#ifndef NACCS_BASE_CLOCK_H
#define NACCS_BASE_CLOCK_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

#define NACCS_DAY_SECONDS ((int64_t)24 * 60 * 60)
#define NACCS_RENEWAL_WINDOW_SECONDS (28 * NACCS_DAY_SECONDS) /* chapter 1.2: 28 days before the end */

/* The real clock, in seconds. */
int64_t naccs_clock_now(void);

/* "2026-11-22T19:03:12Z", "2026-11-23T04:03:12+09:00" (a fraction is read and dropped) → seconds. Anything else: NACCS_E_USAGE. */
naccs_status naccs_time_parse(const char *text, int64_t *ret, struct naccs_error *err);

/* Large enough for every text of the two functions below. */
#define NACCS_TIME_TEXT_SIZE 40

/* RFC 3339 in UTC: "2026-11-22T19:03:12Z". */
void naccs_time_format_utc(int64_t time, char text[NACCS_TIME_TEXT_SIZE]);

/* For people, Japan time: "2026-11-23 04:03 JST". */
void naccs_time_format_japan(int64_t time, char text[NACCS_TIME_TEXT_SIZE]);

/* UTC date as "20261122" (archive folder names). */
void naccs_time_format_date(int64_t time, char text[NACCS_TIME_TEXT_SIZE]);

/* When the renewal of a certificate that ends at not_after opens: 28 × 24 h before. */
int64_t naccs_renewal_opens(int64_t not_after);

/* Is now within [opens, not_after)? window_seconds ≤ 28 days may shorten the window (renew-before). */
bool naccs_is_renewal_open(int64_t now, int64_t not_after, int64_t window_seconds);

/* Whole days left, rounded down; negative after the end (-1 on the first day after). */
int64_t naccs_days_left(int64_t now, int64_t not_after);

/* The end of the day in Japan that holds time: the midnight from which a certificate first acquired at `time` is locked. */
int64_t naccs_japan_day_end(int64_t time);

/* Two calendar months later at the same time of day in Japan (on the last day of a shorter month): the operator suspends a certificate that is not obtained within two months of
 * its start, not renewed within two months of its end, or not taken up within two months of a reissue. */
int64_t naccs_two_months_after(int64_t time);

/* Less than margin_seconds before that midnight: an obtain begun now may lose its same-day safety net. */
bool naccs_is_near_japan_midnight(int64_t time, int64_t margin_seconds);

/* The regular maintenance, third Tuesday of a month 22:00 to 08:00 next day Japan time: the window that holds time, or else the next one.
 * Returns whether time lies inside [from, until). */
bool naccs_maintenance_window(int64_t time, int64_t *ret_from, int64_t *ret_until);

#endif
