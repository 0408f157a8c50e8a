/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a monitoring system understands one line and one number; which finding weighs how much is a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One certificate in use with so many days left. */
static struct naccs_report sample(struct samples *samples, const char *state, int64_t days_left)
{
	samples_fill(samples);
	samples->stores[0].error.status = NACCS_OK;
	samples->items[0].is_in_use = true;
	samples->items[0].state = state;
	samples->items[0].days_left = days_left;
	return (struct naccs_report){.inventory = samples->items, .inventory_count = 1, .stores = samples->stores, .store_count = 1};
}

static void assert_check(const struct naccs_report *report, enum cli_check_state state, const char *expected)
{
	char *line = NULL;

	assert_int_equal(cli_check_judge(report, &line), state);
	assert_non_null(line);
	assert_string_equal(line, expected);
	free(line);
}

static void a_valid_certificate_is_ok(void **state)
{
	struct samples samples;
	struct naccs_report report = sample(&samples, "valid", 28);

	(void)state;
	assert_check(&report, CLI_CHECK_OK,
		     "NACCS OK - certificates in use: 1; 11110A ends first, on 2031-12-23 09:00 JST, days left: 28 | '11110A'=28;28:;7:\n");
}

static void a_due_one_is_a_warning_and_one_in_its_last_week_critical(void **state)
{
	struct samples samples;
	struct naccs_report report = sample(&samples, "due", 7);

	(void)state;
	assert_check(&report, CLI_CHECK_WARNING, "NACCS WARNING - 11110A is due for renewal, 7 days left | '11110A'=7;28:;7:\n");
	report = sample(&samples, "due", 6);
	assert_check(&report, CLI_CHECK_CRITICAL, "NACCS CRITICAL - 11110A ends in 6 days | '11110A'=6;28:;7:\n");
	report = sample(&samples, "expired", -1);
	assert_check(&report, CLI_CHECK_CRITICAL,
		     "NACCS CRITICAL - 11110A has expired in pem:/etc/naccs-cert/11110A | '11110A'=-1;28:;7:\n");
}

static void what_is_not_in_use_alarms_nobody(void **state)
{
	struct samples samples;
	struct naccs_report report = sample(&samples, "valid", 100);

	(void)state;
	samples.items[1].has_key = false; /* expired, and the store keeps it beside */
	report.inventory_count = 2;
	assert_check(
		&report, CLI_CHECK_OK,
		"NACCS OK - certificates in use: 1; 11110A ends first, on 2031-12-23 09:00 JST, days left: 100 | '11110A'=100;28:;7:\n");
}

static void a_broken_store_is_critical_and_one_that_cannot_be_opened_without_a_pin_unknown(void **state)
{
	struct samples samples;
	struct naccs_report report = sample(&samples, "valid", 100);

	(void)state;
	report.store_count = 2;
	report.error = samples.stores[1].error;
	assert_check(&report, CLI_CHECK_CRITICAL, "NACCS CRITICAL - nss:/home/山田/.pki [store.open] | '11110A'=100;28:;7:\n");
	samples.stores[1].error.status = NACCS_E_USAGE;
	assert_check(&report, CLI_CHECK_UNKNOWN, "NACCS UNKNOWN - nss:/home/山田/.pki [usage.invalid] | '11110A'=100;28:;7:\n");
	samples.items[0].state = "due";
	samples.items[0].days_left = 20;
	assert_check(&report, CLI_CHECK_UNKNOWN,
		     "NACCS UNKNOWN - nss:/home/山田/.pki [usage.invalid], 11110A is due for renewal, 20 days left | '11110A'=20;28:;7:\n");
	report = sample(&samples, "valid", 100);
	samples.items[0].has_key = false;
	assert_check(&report, CLI_CHECK_CRITICAL,
		     "NACCS CRITICAL - 11110A has no key in pem:/etc/naccs-cert/11110A | '11110A'=100;28:;7:\n");
	report = sample(&samples, "valid", 100);
	report.inventory_count = 0;
	samples.stores[0].result = NACCS_RESULT_REMOVED;
	assert_check(&report, CLI_CHECK_CRITICAL, "NACCS CRITICAL - pem:/etc/naccs-cert/11110A holds no current certificate\n");
}

static void nothing_installed_is_unknown(void **state)
{
	struct naccs_report report = {0};
	struct naccs_error err = {.status = NACCS_E_CONFIG, .message = "a.conf:3: a | b\nc"};
	char *line = cli_check_unknown(&err);

	(void)state;
	assert_check(&report, CLI_CHECK_UNKNOWN, "NACCS UNKNOWN - no certificate is installed\n");
	assert_string_equal(line, "NACCS UNKNOWN - a.conf:3: a / b?c [config.invalid]\n");
	free(line);
}

static void warnings_that_want_somebody_are_told_and_the_others_not(void **state)
{
	struct samples samples;
	struct naccs_report report = sample(&samples, "valid", 100);
	char waiting[] = "escrow.waiting";

	(void)state;
	report.warnings = &samples.warning;
	report.warning_count = 1;
	assert_check(
		&report, CLI_CHECK_OK,
		"NACCS OK - certificates in use: 1; 11110A ends first, on 2031-12-23 09:00 JST, days left: 100 | '11110A'=100;28:;7:\n");
	samples.warning.id = waiting;
	assert_check(&report, CLI_CHECK_WARNING, "NACCS WARNING - escrow.waiting | '11110A'=100;28:;7:\n");
}

static void many_findings_stay_one_line_and_a_certificate_counts_once(void **state)
{
	struct samples samples;
	struct naccs_inventory_item items[8];
	struct naccs_certificate_info infos[8];
	char names[8][16];
	struct naccs_report report = sample(&samples, "due", 10);

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		infos[i] = samples.certificate;
		(void)snprintf(names[i], sizeof names[i], i < 6 ? "a'%zu|=" : "same", i);
		infos[i].common_name = names[i];
		items[i] = samples.items[0];
		items[i].terminal = NULL;
		items[i].certificate = &infos[i];
	}
	items[7].days_left = 9;
	report.inventory = items;
	report.inventory_count = 8;
	assert_check(&report, CLI_CHECK_WARNING,
		     "NACCS WARNING - a'0/= is due for renewal, 10 days left, a'1/= is due for renewal, 10 days left, a'2/= is due for "
		     "renewal, 10 days "
		     "left, a'3/= is due for renewal, 10 days left and 3 more | 'a_0__'=10;28:;7: 'a_1__'=10;28:;7: 'a_2__'=10;28:;7: "
		     "'a_3__'=10;28:;7: "
		     "'a_4__'=10;28:;7: 'a_5__'=10;28:;7: 'same'=9;28:;7:\n");
}

static void metrics_have_one_head_a_family_and_escaped_labels(void **state)
{
	struct samples samples;
	struct naccs_report report = sample(&samples, "due", 10);
	char store[] = "pem:/a \"b\"\\c", *text;

	(void)state;
	report.inventory_count = 2;
	samples.items[0].store = store;
	report.warnings = &samples.warning;
	report.warning_count = 1;
	text = cli_metrics(&report, SAMPLE_NOW);
	assert_non_null(text);
	assert_non_null(strstr(text, "\n# TYPE naccs_cert_not_after_timestamp_seconds gauge\n"
				     "naccs_cert_not_after_timestamp_seconds{terminal=\"11110A\",store=\"pem:/a "
				     "\\\"b\\\"\\\\c\",serial=\"0a1b\",in_use=\"true\"} "
				     "1955750400\nnaccs_cert_not_after_timestamp_seconds{terminal=\"端末\""));
	assert_non_null(strstr(text, "in_use=\"false\"} -3\n"));
	assert_non_null(strstr(text, "\nnaccs_cert_status_timestamp_seconds 1795374192\n"));
	assert_non_null(strstr(text, "\nnaccs_cert_store_up{store=\"pem:/etc/naccs-cert/11110A\"} 1\n"));
	assert_non_null(strstr(text, "\nnaccs_cert_warnings{id=\"anchor.ends\"} 1\n"));
	free(text);

	samples.items[1].is_watched = false; /* somebody else's */
	text = cli_metrics(&report, SAMPLE_NOW);
	assert_non_null(text);
	assert_non_null(strstr(text, "terminal=\"11110A\""));
	assert_null(strstr(text, "端末"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_valid_certificate_is_ok),
		cmocka_unit_test(a_due_one_is_a_warning_and_one_in_its_last_week_critical),
		cmocka_unit_test(what_is_not_in_use_alarms_nobody),
		cmocka_unit_test(a_broken_store_is_critical_and_one_that_cannot_be_opened_without_a_pin_unknown),
		cmocka_unit_test(nothing_installed_is_unknown),
		cmocka_unit_test(warnings_that_want_somebody_are_told_and_the_others_not),
		cmocka_unit_test(many_findings_stay_one_line_and_a_certificate_counts_once),
		cmocka_unit_test(metrics_have_one_head_a_family_and_escaped_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
