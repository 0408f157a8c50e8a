/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the portal's rules about time, at the moments where they change. */
#include "scratch.h"

#include "clock.h"

#include <string.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <sys/mman.h>
#endif
#include <time.h>

#define HOUR ((int64_t)3600)

static int64_t at(const char *text)
{
	struct naccs_error err = {0};
	int64_t time = -1;
	assert_ok(naccs_time_parse(text, &time, &err));
	return time;
}

static void assert_window(const char *when, bool is_inside, const char *from, const char *until)
{
	int64_t got_from = 0;
	int64_t got_until = 0;
	char text[NACCS_TIME_TEXT_SIZE];
	bool got_inside = naccs_maintenance_window(at(when), &got_from, &got_until);
	naccs_time_format_japan(got_from, text);
	assert_string_equal(text, from);
	naccs_time_format_japan(got_until, text);
	assert_string_equal(text, until);
	assert_int_equal(got_inside, is_inside);
}

static void maintenance_begins_at_22_and_ends_at_08_in_japan(void **state)
{
	(void)state;
	const char *from = "2026-11-17 22:00 JST";
	const char *until = "2026-11-18 08:00 JST";
	assert_window("2026-11-17T21:59:59+09:00", false, from, until);
	assert_window("2026-11-17T22:00:00+09:00", true, from, until);
	assert_window("2026-11-18T00:00:00+09:00", true, from, until);
	assert_window("2026-11-18T07:59:59+09:00", true, from, until);
	assert_window("2026-11-18T08:00:00+09:00", false, "2026-12-15 22:00 JST", "2026-12-16 08:00 JST");
}

static void maintenance_is_on_the_third_tuesday_in_japan_whatever_utc_says(void **state)
{
	(void)state;
	/* A month that begins on a Tuesday (earliest: 15th), on a Wednesday (latest: 21st), a leap year's February. */
	assert_window("2026-12-01T00:00:00+09:00", false, "2026-12-15 22:00 JST", "2026-12-16 08:00 JST");
	assert_window("2026-07-01T00:00:00+09:00", false, "2026-07-21 22:00 JST", "2026-07-22 08:00 JST");
	assert_window("2028-02-29T12:00:00+09:00", false, "2028-03-21 22:00 JST", "2028-03-22 08:00 JST");
	assert_window("2028-02-01T12:00:00+09:00", false, "2028-02-15 22:00 JST", "2028-02-16 08:00 JST");
	/* In Japan it is December already, in UTC still November. */
	assert_window("2026-11-30T15:00:00Z", false, "2026-12-15 22:00 JST", "2026-12-16 08:00 JST");
	/* The next one lies in the next year. */
	assert_window("2026-12-31T23:59:59+09:00", false, "2027-01-19 22:00 JST", "2027-01-20 08:00 JST");
}

/* What the manual says, read off a calendar hour by hour: an independent way to the same answer. */
static void maintenance_agrees_with_the_calendar_for_eighty_years(void **state)
{
	(void)state;
	int64_t end = at("2050-01-01T00:00:00Z");
	for (int64_t now = at("1970-01-01T00:00:00Z"); now < end; now += HOUR) {
		time_t shifted = (time_t)(now + 9 * HOUR);
		struct tm japan;
		(void)gmtime_r(&shifted, &japan);
		bool is_evening = japan.tm_wday == 2 && japan.tm_mday >= 15 && japan.tm_mday <= 21 && japan.tm_hour >= 22;
		bool is_morning = japan.tm_wday == 3 && japan.tm_mday >= 16 && japan.tm_mday <= 22 && japan.tm_hour < 8;
		int64_t from = 0;
		int64_t until = 0;
		bool is_inside = naccs_maintenance_window(now, &from, &until);
		if (is_inside != (is_evening || is_morning) || is_inside != (from <= now) || now >= until || until - from != 10 * HOUR)
			fail_msg("wrong at %jd", (intmax_t)now);
	}
}

static void a_certificate_is_locked_from_midnight_in_japan(void **state)
{
	(void)state;
	int64_t midnight = at("2026-11-23T00:00:00+09:00");
	assert_int_equal(midnight, at("2026-11-22T15:00:00Z"));
	assert_int_equal(naccs_japan_day_end(midnight - 1), midnight);
	assert_int_equal(naccs_japan_day_end(midnight), midnight + NACCS_DAY_SECONDS);
	assert_int_equal(naccs_japan_day_end(midnight - NACCS_DAY_SECONDS), midnight);
	assert_int_equal(naccs_japan_day_end(at("2028-02-29T12:00:00+09:00")), at("2028-03-01T00:00:00+09:00"));
	assert_int_equal(naccs_japan_day_end(at("1969-12-31T14:59:59Z")), at("1970-01-01T00:00:00+09:00"));
}

static void midnight_in_japan_is_near_within_the_margin_only(void **state)
{
	(void)state;
	int64_t midnight = at("2026-11-23T00:00:00+09:00");
	assert_false(naccs_is_near_japan_midnight(midnight - 600, 600));
	assert_true(naccs_is_near_japan_midnight(midnight - 599, 600));
	assert_true(naccs_is_near_japan_midnight(midnight - 1, 600));
	assert_false(naccs_is_near_japan_midnight(midnight, 600));
	assert_false(naccs_is_near_japan_midnight(midnight - 1, 0));
}

static void a_renewal_opens_28_times_24_hours_before_the_end(void **state)
{
	(void)state;
	int64_t end = at("2031-03-31T14:59:59Z");
	int64_t opens = at("2031-03-03T14:59:59Z");
	assert_int_equal(naccs_renewal_opens(end), opens);
	assert_int_equal(naccs_renewal_opens(end), end - 28 * 24 * HOUR);
	assert_false(naccs_is_renewal_open(opens - 1, end, NACCS_RENEWAL_WINDOW_SECONDS));
	assert_true(naccs_is_renewal_open(opens, end, NACCS_RENEWAL_WINDOW_SECONDS));
	assert_true(naccs_is_renewal_open(end - 1, end, NACCS_RENEWAL_WINDOW_SECONDS));
	assert_false(naccs_is_renewal_open(end, end, NACCS_RENEWAL_WINDOW_SECONDS));
}

static void two_months_are_calendar_months_in_japan(void **state)
{
	(void)state;
	assert_int_equal(naccs_two_months_after(at("2026-11-23T04:03:12+09:00")), at("2027-01-23T04:03:12+09:00"));
	assert_int_equal(naccs_two_months_after(at("2026-10-31T23:30:00Z")), at("2027-01-01T08:30:00+09:00"));
	/* the last day of a shorter month */
	assert_int_equal(naccs_two_months_after(at("2026-12-31T12:00:00+09:00")), at("2027-02-28T12:00:00+09:00"));
	assert_int_equal(naccs_two_months_after(at("2027-12-30T12:00:00+09:00")), at("2028-02-29T12:00:00+09:00"));
	assert_int_equal(naccs_two_months_after(at("2027-01-31T00:00:00+09:00")), at("2027-03-31T00:00:00+09:00"));
}

static void the_renewal_window_can_be_shortened_but_not_lengthened(void **state)
{
	(void)state;
	int64_t end = at("2031-03-31T14:59:59Z");
	assert_false(naccs_is_renewal_open(end - 7 * NACCS_DAY_SECONDS - 1, end, 7 * NACCS_DAY_SECONDS));
	assert_true(naccs_is_renewal_open(end - 7 * NACCS_DAY_SECONDS, end, 7 * NACCS_DAY_SECONDS));
	assert_false(naccs_is_renewal_open(end - 29 * NACCS_DAY_SECONDS, end, 60 * NACCS_DAY_SECONDS));
	assert_false(naccs_is_renewal_open(end - 1, end, 0));
	assert_false(naccs_is_renewal_open(end - 1, end, -5));
}

static void days_left_are_whole_days_and_negative_after_the_end(void **state)
{
	(void)state;
	int64_t end = at("2031-03-31T14:59:59Z");
	assert_int_equal(naccs_days_left(end - 2 * NACCS_DAY_SECONDS, end), 2);
	assert_int_equal(naccs_days_left(end - 2 * NACCS_DAY_SECONDS + 1, end), 1);
	assert_int_equal(naccs_days_left(end - 1, end), 0);
	assert_int_equal(naccs_days_left(end, end), 0);
	assert_int_equal(naccs_days_left(end + 1, end), -1);
	assert_int_equal(naccs_days_left(end + NACCS_DAY_SECONDS, end), -1);
	assert_int_equal(naccs_days_left(end + NACCS_DAY_SECONDS + 1, end), -2);
}

static void rfc3339_is_read(void **state)
{
	(void)state;
	assert_int_equal(at("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(at("2026-11-22T19:03:12Z"), 1795374192);
	assert_int_equal(at("2026-11-23T04:03:12+09:00"), 1795374192);
	assert_int_equal(at("2026-11-22T09:33:12-09:30"), 1795374192);
	assert_int_equal(at("2026-11-22t19:03:12z"), 1795374192);
	assert_int_equal(at("2026-11-22T19:03:12.999999999999999999999Z"), 1795374192);
	assert_int_equal(at("2026-11-23T04:03:12.5+09:00"), 1795374192);
	assert_int_equal(at("2026-11-22T19:03:12-00:00"), 1795374192);
	assert_int_equal(at("2028-02-29T00:00:00Z"), 1835395200);
	assert_int_equal(at("2000-02-29T00:00:00Z"), 951782400);
	assert_int_equal(at("1969-12-31T23:59:59Z"), -1);
	assert_int_equal(at("9999-12-31T23:59:59Z"), INT64_C(253402300799));
	assert_int_equal(at("0000-01-01T00:00:00Z"), INT64_C(-62167219200));
}

static const char *const rubbish[] = {
	"",
	"Z",
	"now",
	"2026",
	"2026-11-22",
	"2026-11-22T19:03Z",
	"2026-11-22T19:03:12",
	"2026-11-22 19:03:12Z",
	" 2026-11-22T19:03:12Z",
	"2026-11-22T19:03:12Z ",
	"2026-11-22T19:03:12ZZ",
	"2026-11-22T19:03:12.Z",
	"2026-11-22T19:03:12,5Z",
	"2026-11-22T19:03:12+0900",
	"2026-11-22T19:03:12+9:00",
	"2026-11-22T19:03:12+09",
	"2026-11-22T19:03:12+24:00",
	"2026-11-22T19:03:12+09:60",
	"2026-11-22T19:03:12+09:00x",
	"2026-11-22T19:03:12JST",
	"2026-13-01T00:00:00Z",
	"2026-00-01T00:00:00Z",
	"2026-01-00T00:00:00Z",
	"2026-02-29T00:00:00Z",
	"2100-02-29T00:00:00Z",
	"2026-04-31T00:00:00Z",
	"2026-11-22T24:00:00Z",
	"2026-11-22T23:60:00Z",
	"2026-11-22T23:59:60Z",
	"2026-11-22T10:10:60Z",
	"2026-11-22T10:60:00Z",
	"2026-11-22T+1:00:00Z",
	"-026-11-22T00:00:00Z",
	"2026-+1-22T00:00:00Z",
	"2026- 1-22T00:00:00Z",
	"20261122T190312Z",
	"1795374192",
	"２０２６-11-22T19:03:12Z",
	"2026-11-22T19:03:12Z\n",
};

static void rubbish_is_no_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
		struct naccs_error err = {0};
		int64_t time = 4711;
		if (naccs_time_parse(rubbish[i], &time, &err) != NACCS_E_USAGE)
			fail_msg("\"%s\" was read as a time", rubbish[i]);
		assert_int_equal(time, 4711);
		assert_int_equal(err.status, NACCS_E_USAGE);
		assert_true(err.hint[0] != '\0');
	}
	assert_int_equal(naccs_time_parse("no", &(int64_t){0}, NULL), NACCS_E_USAGE);
}

/* Kept until the test ends. */
static char *page_before_a_closed_one(size_t *ret_size)
{
#ifdef _WIN32
	SYSTEM_INFO system;
	GetSystemInfo(&system);
	size_t page = system.dwPageSize;
	char *pages = VirtualAlloc(NULL, 2 * page, MEM_RESERVE, PAGE_NOACCESS);
	assert_non_null(pages);
	assert_non_null(VirtualAlloc(pages, page, MEM_COMMIT, PAGE_READWRITE));
#else
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(pages != MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
#endif
	*ret_size = page;
	return pages;
}

static void parsing_stops_at_the_nul(void **state)
{
	(void)state;
	/* Each beginning of a time ends right before a page that must not be touched. */
	static const char *const texts[] = {"2026-11-22T19:03:12.123+09:00", "2026-11-22T19:03:12Z"};
	size_t page = 0;
	char *pages = page_before_a_closed_one(&page);
	for (size_t i = 0; i < 2; i++) {
		size_t whole = strlen(texts[i]);
		for (size_t length = 0; length <= whole; length++) {
			char *text = pages + page - length - 1;
			memcpy(text, texts[i], length);
			text[length] = '\0';
			int64_t time = 0;
			assert_int_equal(naccs_time_parse(text, &time, NULL), length == whole ? NACCS_OK : NACCS_E_USAGE);
		}
	}
}

static void times_are_written_for_programs_people_and_folders(void **state)
{
	(void)state;
	char text[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_utc(1795374192, text);
	assert_string_equal(text, "2026-11-22T19:03:12Z");
	naccs_time_format_japan(1795374192, text);
	assert_string_equal(text, "2026-11-23 04:03 JST");
	naccs_time_format_date(1795374192, text);
	assert_string_equal(text, "20261122");
	naccs_time_format_utc(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
}

static void the_process_time_zone_changes_nothing(void **state)
{
	(void)state;
	char text[NACCS_TIME_TEXT_SIZE];
	assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
	tzset();
	assert_int_equal(at("2026-07-01T00:00:00Z"), 1782864000);
	naccs_time_format_japan(1782864000, text);
	assert_string_equal(text, "2026-07-01 09:00 JST");
	assert_window("2026-07-01T00:00:00Z", false, "2026-07-21 22:00 JST", "2026-07-22 08:00 JST");
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

static void absurd_times_do_not_overflow(void **state)
{
	(void)state;
	char text[NACCS_TIME_TEXT_SIZE];
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX};
	for (size_t i = 0; i < 4; i++) {
		int64_t from = 0;
		int64_t until = 0;
		naccs_time_format_utc(times[i], text);
		naccs_time_format_japan(times[i], text);
		naccs_time_format_date(times[i], text);
		(void)naccs_maintenance_window(times[i], &from, &until);
		assert_int_equal(until - from, 10 * HOUR);
		(void)naccs_japan_day_end(times[i]);
		(void)naccs_two_months_after(times[i]);
		(void)naccs_is_near_japan_midnight(times[i], INT64_MAX);
		assert_false(naccs_is_renewal_open(times[i], -times[i] - 1, INT64_MAX) && times[i] > 0);
	}
	assert_int_equal(naccs_renewal_opens(INT64_MIN), INT64_MIN);
	assert_true(naccs_days_left(INT64_MIN, INT64_MAX) > 0);
	assert_true(naccs_days_left(INT64_MAX, INT64_MIN) < 0);
	naccs_time_format_utc(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void the_real_clock_runs_in_this_century(void **state)
{
	(void)state;
	int64_t now = naccs_clock_now();
	assert_true(now > at("2020-01-01T00:00:00Z"));
	assert_true(now - (int64_t)time(NULL) <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maintenance_begins_at_22_and_ends_at_08_in_japan),
		cmocka_unit_test(maintenance_is_on_the_third_tuesday_in_japan_whatever_utc_says),
		cmocka_unit_test(maintenance_agrees_with_the_calendar_for_eighty_years),
		cmocka_unit_test(a_certificate_is_locked_from_midnight_in_japan),
		cmocka_unit_test(midnight_in_japan_is_near_within_the_margin_only),
		cmocka_unit_test(a_renewal_opens_28_times_24_hours_before_the_end),
		cmocka_unit_test(two_months_are_calendar_months_in_japan),
		cmocka_unit_test(the_renewal_window_can_be_shortened_but_not_lengthened),
		cmocka_unit_test(days_left_are_whole_days_and_negative_after_the_end),
		cmocka_unit_test(rfc3339_is_read),
		cmocka_unit_test(rubbish_is_no_time),
		cmocka_unit_test(parsing_stops_at_the_nul),
		cmocka_unit_test(times_are_written_for_programs_people_and_folders),
		cmocka_unit_test(the_process_time_zone_changes_nothing),
		cmocka_unit_test(absurd_times_do_not_overflow),
		cmocka_unit_test(the_real_clock_runs_in_this_century),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
