/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the portal's rules about time, as arithmetic on a given moment: no time zone database, no environment, no overflow. */
#include "clock.h"

#include "text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HOUR ((int64_t)60 * 60)
#define JAPAN_OFFSET (9 * HOUR)
#define MAINTENANCE_START (22 * HOUR)
#define MAINTENANCE_LENGTH (10 * HOUR)
#define TUESDAY 2

/* Years 0 to 9999: what RFC 3339 can write. Times outside are drawn to these ends before calendar arithmetic. */
#define EARLIEST INT64_C(-62167219200)
#define LATEST INT64_C(253402300799)

int64_t naccs_clock_now(void)
{
	struct timespec now;
	return clock_gettime(CLOCK_REALTIME, &now) == 0 ? (int64_t)now.tv_sec : 0;
}

static int64_t clamp(int64_t time)
{
	return time < EARLIEST ? EARLIEST : time > LATEST ? LATEST : time;
}

static int64_t subtract(int64_t a, int64_t b)
{
	int64_t difference;
	if (__builtin_sub_overflow(a, b, &difference))
		return b > 0 ? INT64_MIN : INT64_MAX;
	return difference;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static struct tm calendar(int64_t time)
{
	time_t seconds = (time_t)clamp(time);
	struct tm parts = {0};
	(void)gmtime_r(&seconds, &parts);
	return parts;
}

/* Does text begin with this shape ('0' stands for any digit)? Stops at the first difference, so it never reads past a NUL. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++) {
		bool matches = *shape == '0' ? *text >= '0' && *text <= '9' : *text == *shape;
		if (!matches)
			return false;
	}
	return true;
}

/* "Z" or "+09:00" and then the end → seconds east of UTC. */
static bool parse_offset(const char *text, int64_t *ret)
{
	if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0') {
		*ret = 0;
		return true;
	}
	int hours = 0;
	int minutes = 0;
	if ((text[0] != '+' && text[0] != '-') || !has_shape(text + 1, "00:00") || text[6] != '\0' ||
	    sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2 || hours > 23 || minutes > 59)
		return false;
	int64_t offset = hours * HOUR + minutes * (int64_t)60;
	*ret = text[0] == '-' ? -offset : offset;
	return true;
}

static bool parse_time(const char *text, int64_t *ret)
{
	if (!has_shape(text, "0000-00-00") || (text[10] != 'T' && text[10] != 't') || !has_shape(text + 11, "00:00:00"))
		return false;
	struct tm given = {0};
	if (sscanf(text, "%4d-%2d-%2d", &given.tm_year, &given.tm_mon, &given.tm_mday) != 3 ||
	    sscanf(text + 11, "%2d:%2d:%2d", &given.tm_hour, &given.tm_min, &given.tm_sec) != 3)
		return false;
	given.tm_year -= 1900;
	given.tm_mon -= 1;

	const char *rest = text + 19;
	if (*rest == '.') {
		size_t digits = strspn(rest + 1, "0123456789");
		if (digits == 0)
			return false;
		rest += 1 + digits;
	}
	int64_t offset = 0;
	if (!parse_offset(rest, &offset))
		return false;

	/* timegm() turns 30 February into 1 March: what it changed was no date. */
	struct tm normal = given;
	int64_t time = (int64_t)timegm(&normal);
	if (normal.tm_year != given.tm_year || normal.tm_mon != given.tm_mon || normal.tm_mday != given.tm_mday ||
	    normal.tm_hour != given.tm_hour || normal.tm_min != given.tm_min || normal.tm_sec != given.tm_sec)
		return false;
	*ret = time - offset;
	return true;
}

naccs_status naccs_time_parse(const char *text, int64_t *ret, struct naccs_error *err)
{
	if (parse_time(text, ret))
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot read the time \"%.60s\": it is not in the form of RFC 3339"), text);
	return (void)naccs_error_hint(err, _("write it like 2026-11-22T19:03:12Z or 2026-11-23T04:03:12+09:00")), NACCS_E_USAGE;
}

void naccs_time_format_utc(int64_t time, char text[NACCS_TIME_TEXT_SIZE])
{
	struct tm t = calendar(time);
	(void)snprintf(text, NACCS_TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
		       t.tm_min, t.tm_sec);
}

void naccs_time_format_japan(int64_t time, char text[NACCS_TIME_TEXT_SIZE])
{
	struct tm t = calendar(clamp(time) + JAPAN_OFFSET);
	(void)snprintf(text, NACCS_TIME_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d JST", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
		       t.tm_min);
}

void naccs_time_format_date(int64_t time, char text[NACCS_TIME_TEXT_SIZE])
{
	struct tm t = calendar(time);
	(void)snprintf(text, NACCS_TIME_TEXT_SIZE, "%04d%02d%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

int64_t naccs_renewal_opens(int64_t not_after)
{
	return subtract(not_after, NACCS_RENEWAL_WINDOW_SECONDS);
}

bool naccs_is_renewal_open(int64_t now, int64_t not_after, int64_t window_seconds)
{
	int64_t window = window_seconds > NACCS_RENEWAL_WINDOW_SECONDS ? NACCS_RENEWAL_WINDOW_SECONDS : window_seconds;
	return window > 0 && now >= subtract(not_after, window) && now < not_after;
}

int64_t naccs_days_left(int64_t now, int64_t not_after)
{
	return floor_divide(subtract(not_after, now), NACCS_DAY_SECONDS);
}

int64_t naccs_japan_day_end(int64_t time)
{
	int64_t day = floor_divide(clamp(time) + JAPAN_OFFSET, NACCS_DAY_SECONDS);
	return (day + 1) * NACCS_DAY_SECONDS - JAPAN_OFFSET;
}

int64_t naccs_two_months_after(int64_t time)
{
	struct tm japan = calendar(clamp(time) + JAPAN_OFFSET);
	struct tm last = {
		.tm_year = japan.tm_year, .tm_mon = japan.tm_mon + 3, .tm_mday = 0}; /* the day before the first of the month after */
	(void)timegm(&last);
	japan.tm_mon += 2;
	if (japan.tm_mday > last.tm_mday)
		japan.tm_mday = last.tm_mday;
	return (int64_t)timegm(&japan) - JAPAN_OFFSET;
}

bool naccs_is_near_japan_midnight(int64_t time, int64_t margin_seconds)
{
	return naccs_japan_day_end(time) - clamp(time) < margin_seconds;
}

/* Start of the maintenance in the month (tm_mon may be 12: January of the next year). */
static int64_t maintenance_start(int year, int month)
{
	struct tm first = {.tm_year = year, .tm_mon = month, .tm_mday = 1};
	int64_t midnight = (int64_t)timegm(&first); /* sets first.tm_wday, too */
	int64_t third_tuesday = (TUESDAY - first.tm_wday + 7) % 7 + 2 * 7;
	return midnight + third_tuesday * NACCS_DAY_SECONDS + MAINTENANCE_START - JAPAN_OFFSET;
}

bool naccs_maintenance_window(int64_t time, int64_t *ret_from, int64_t *ret_until)
{
	int64_t moment = clamp(time);
	struct tm japan = calendar(moment + JAPAN_OFFSET);
	int64_t from = maintenance_start(japan.tm_year, japan.tm_mon);
	/* It ends on the 22nd at the latest, so a window never reaches into the next month. */
	if (moment >= from + MAINTENANCE_LENGTH)
		from = maintenance_start(japan.tm_year, japan.tm_mon + 1);
	*ret_from = from;
	*ret_until = from + MAINTENANCE_LENGTH;
	return moment >= from;
}
