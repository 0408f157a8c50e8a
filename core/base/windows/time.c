/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see include/time.h. The calendar as arithmetic on days since 1 March of year 0, where a leap day is the last day of its year. */
#include <stdint.h>
#include <string.h>
#include <time.h>

#define DAY 86400
#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970 719468

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

/* Days from 1970-01-01 to the first of month (0 to 11) of year. */
static int64_t days_to(int64_t year, int64_t month)
{
	int64_t shifted = month < 2 ? year - 1 : year;
	int64_t era = floor_divide(shifted, 400);
	int64_t of_era = shifted - era * 400;
	int64_t of_year = (153 * ((month + 10) % 12) + 2) / 5;
	return era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

struct tm *naccs_windows_gmtime_r(const time_t *time, struct tm *ret)
{
	int64_t days = floor_divide(*time, DAY);
	int64_t second = *time - days * DAY;
	int64_t shifted = days + DAYS_TO_1970;
	int64_t era = floor_divide(shifted, DAYS_OF_400_YEARS);
	int64_t of_era = shifted - era * DAYS_OF_400_YEARS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t day = of_year - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 2 : month - 10;
	year += era * 400 + (month < 2 ? 1 : 0);
	memset(ret, 0, sizeof *ret);
	ret->tm_year = (int)(year - 1900);
	ret->tm_mon = (int)month;
	ret->tm_mday = (int)day;
	ret->tm_hour = (int)(second / 3600);
	ret->tm_min = (int)(second / 60 % 60);
	ret->tm_sec = (int)(second % 60);
	ret->tm_wday = (int)(((days + 4) % 7 + 7) % 7);
	ret->tm_yday = (int)(days - days_to(year, 0));
	return ret;
}

time_t timegm(struct tm *parts)
{
	int64_t year = (int64_t)parts->tm_year + 1900 + floor_divide(parts->tm_mon, 12);
	int64_t month = parts->tm_mon - floor_divide(parts->tm_mon, 12) * 12;
	time_t time = (days_to(year, month) + parts->tm_mday - 1) * DAY + (int64_t)parts->tm_hour * 3600 + (int64_t)parts->tm_min * 60 +
		      parts->tm_sec;
	(void)naccs_windows_gmtime_r(&time, parts);
	return time;
}
