/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool clock_set(struct sim_clock *clock, const char *text)
{
	if (strcmp(text, "real") == 0 || text[0] == '+' || text[0] == '-') {
		char *end = NULL;
		errno = 0;
		int64_t offset = text[0] == 'r' ? 0 : strtoll(text, &end, 10);
		if (errno != 0 || (end != NULL && (*end != '\0' || end == text)))
			return false;
		clock->value = offset;
		clock->is_fixed = false;
		return true;
	}
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S%z", &tm);
	if (end == NULL || *end != '\0')
		return false;
	long east = tm.tm_gmtoff;
	clock->value = (int64_t)timegm(&tm) - east;
	clock->is_fixed = true;
	return true;
}

void clock_advance(struct sim_clock *clock, int64_t seconds)
{
	clock->value += seconds;
}

int64_t clock_now(struct sim_clock *clock)
{
	return clock->is_fixed ? clock->value : (int64_t)time(NULL) + clock->value;
}

void clock_text(int64_t time, char text[CLOCK_TEXT])
{
	time_t seconds = (time_t)time;
	struct tm tm;
	(void)gmtime_r(&seconds, &tm);
	if (strftime(text, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		text[0] = '\0';
}

int64_t clock_japan_day(int64_t time)
{
	int64_t local = time + JAPAN_SECONDS;
	return local / DAY_SECONDS - (local % DAY_SECONDS < 0);
}

void clock_format_japan(int64_t time, const char *format, char *text, unsigned long size)
{
	time_t seconds = (time_t)(time + JAPAN_SECONDS);
	struct tm tm;
	(void)gmtime_r(&seconds, &tm);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (strftime(text, size, format, &tm) == 0)
		text[0] = '\0';
#pragma GCC diagnostic pop
}

/* 22:00 of the third Tuesday of the month that lies `months` after the one of time, in UTC seconds. */
static int64_t third_tuesday(int64_t time, int months)
{
	time_t local = (time_t)(time + JAPAN_SECONDS);
	struct tm tm;
	(void)gmtime_r(&local, &tm);
	struct tm first = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon + months, .tm_mday = 1, .tm_hour = 22};
	time_t start = timegm(&first); /* normalises and fills tm_wday */
	int until_tuesday = (2 - first.tm_wday + 7) % 7;
	return (int64_t)start - JAPAN_SECONDS + (int64_t)(until_tuesday + 14) * DAY_SECONDS;
}

bool clock_maintenance(int64_t time, int64_t *ret_from, int64_t *ret_until)
{
	int64_t from = third_tuesday(time, 0);
	if (time >= from + 10 * 3600)
		from = third_tuesday(time, 1);
	*ret_from = from;
	*ret_until = from + 10 * 3600;
	return time >= from;
}
