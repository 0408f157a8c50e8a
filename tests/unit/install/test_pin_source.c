/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a PIN's file is named in a URI; what would show or run something instead is refused, and the URI that is left is the store's own. */
#include "scratch.h"

#include "pin_source.h"

#include <stdlib.h>
#include <string.h>

static void check_split(const char *uri, const char *left, const char *file)
{
	naccs_auto(heap) char *got_uri = NULL, *got_file = NULL;
	struct naccs_error err = {0};

	assert_ok(naccs_pin_source_split(uri, &got_uri, &got_file, &err));
	assert_string_equal(got_uri, left);
	if (file == NULL)
		assert_null(got_file);
	else
		assert_string_equal(got_file, file);
}

static void a_uri_without_one_stays_as_it_is(void **state)
{
	(void)state;
	check_split("pem:/etc/x", "pem:/etc/x", NULL);
	check_split("nss:/a?b", "nss:/a?b", NULL);
	check_split("pkcs11:token=a;object=b?module-name=c&x=d", "pkcs11:token=a;object=b?module-name=c&x=d", NULL);
}

static void the_file_is_taken_out(void **state)
{
	(void)state;
	check_split("nss:/dir?pin-source=file:/etc/pin", "nss:/dir", "/etc/pin");
	check_split("nss:/dir?pin-source=file:///etc/pin", "nss:/dir", "/etc/pin");
	check_split("nss:/dir?pin-source=/etc/pin", "nss:/dir", "/etc/pin");
	check_split("pkcs11:token=a?pin-source=file:/etc/p%20n&module-name=c", "pkcs11:token=a?module-name=c", "/etc/p n");
	check_split("pkcs11:token=a?module-name=c&pin-source=file:/etc/pin", "pkcs11:token=a?module-name=c", "/etc/pin");
}

static void what_is_no_file_is_refused(void **state)
{
	static const char *const uris[] = {
		"nss:/d?pin-source=|cat /etc/pin", "nss:/d?pin-source=%7ccat",	   "nss:/d?pin-source=%7Ccat",		 "nss:/d?pin-source=",
		"nss:/d?pin-source=file:pin",	   "nss:/d?pin-source=file://host/pin", "nss:/d?pin-source=pin",		 "nss:/d?pin-source=file:/a%0",
		"nss:/d?pin-source=file:/a%00b",   "nss:/d?pin-source=file:/a%zz",	   "nss:/d?pin-source=/a&pin-source=/b", "nss:/d?pin-value=1234",
	};
	struct naccs_error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
		char *uri = NULL, *file = NULL;

		assert_fails(NACCS_E_USAGE, naccs_pin_source_split(uris[i], &uri, &file, &err));
		assert_null(uri);
		assert_null(file);
		assert_null(strstr(err.message, "1234"));
		assert_true(err.hint[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uri_without_one_stays_as_it_is),
		cmocka_unit_test(the_file_is_taken_out),
		cmocka_unit_test(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests_name("pin-source", tests, NULL, NULL);
}
