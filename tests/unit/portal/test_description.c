/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a description of one's own works or says which line is wrong; the built-in one says what the manual says. */
#include "page_fixture.h"

#include <string.h>

#define REST                                                                                                                               \
	"[labels]\ncode1=a1\ncode2=a2\ncode3=a3\npassword=p\nconfirmation=c\n[buttons]\nlogin=l\nsubmit=s\ndownload=d\nlogout=o\n"         \
	"[messages]\nsession-ended=x\nmaintenance=x\nlocked=x\nlogin-refused=x\ncode-refused=x\npassword-refused=x\n"
#define GOOD "[portal]\nhost=a.example\n[obtain]\nstart=https://a.example/x\nmenu=m\n" REST

static void expect(const char *text, const char *complaint)
{
	struct naccs_portal_description *description = NULL;
	struct naccs_error err = {0};
	naccs_status status = naccs_portal_description_parse(text, strlen(text), "my.ini", &description, &err);

	if (complaint == NULL) {
		if (status != NACCS_OK)
			fail_msg("%s", err.message);
	} else {
		assert_int_equal(status, NACCS_E_CONFIG);
		assert_null(description);
		if (strstr(err.message, complaint) == NULL || strstr(err.message, "my.ini") == NULL)
			fail_msg("“%s” is not in “%s”", complaint, err.message);
	}
	naccs_portal_description_free(description);
}

static void a_mistake_is_named(void **state)
{
	char long_line[400];

	(void)state;
	expect(GOOD, NULL);
	expect("; comment\n# another\n" GOOD, NULL);
	expect("", "[portal] host is missing");
	expect("[portal]\nhost=a.example\n" REST, "[obtain] start is missing");
	expect("[portal]\nhost=a.example\n[obtain]\nstart=https://a.example/x\n" REST, "[obtain] menu is missing");
	expect("[portal]\nhost=http://a.example\n", "not a host name");
	expect("[obtain]\nstart=http://a.example/\n", "https");
	expect("[obtain]\nstart=https://a.example/\nstart=https://a.example/\n", "twice");
	expect("[portal]\nanchor=\n", "empty");
	expect("[labels]\ncode4=x\n", "no such key");
	expect("[nonsense]\nx=y\n", "no such key");
	expect("x=y\n", "no such key");
	expect("[labels]\ncode1=：\n", "nothing to compare by");
	expect("[labels]\ncode1=!x\n", "must appear");
	expect("[labels]\nnonsense\n", "line 2");
	expect("[labels\n", "line 1");
	memset(long_line, 'a', sizeof long_line - 1);
	long_line[sizeof long_line - 1] = '\0';
	memcpy(long_line, "[labels]\ncode1=", 15);
	expect(long_line, "line 2 is longer than 190 bytes");
	long_line[150] = '\0';
	memcpy(long_line, "[labels]aaaaaaa", 15);
	expect(long_line, "line 1 is longer than 45 bytes");
}

static void a_nul_is_refused(void **state)
{
	struct naccs_portal_description *description = NULL;

	(void)state;
	assert_int_equal(naccs_portal_description_parse("[portal]\0x", 10, "my.ini", &description, NULL), NACCS_E_CONFIG);
}

static void several_texts_and_hosts_are_kept(void **state)
{
	static const char text[] = "[portal]\nhost=b.example:8443\nanchor=/etc/a.pem\nanchor=system\n" GOOD "[labels]\ncode1=別名\n";
	struct naccs_portal_description *description = NULL;
	const char *const *hosts, *const *anchors;

	(void)state;
	assert_int_equal(naccs_portal_description_parse(text, strlen(text), "my.ini", &description, NULL), NACCS_OK);
	hosts = naccs_portal_hosts(description);
	assert_string_equal(hosts[0], "b.example:8443");
	assert_string_equal(hosts[1], "a.example");
	assert_null(hosts[2]);
	anchors = naccs_portal_anchors(description);
	assert_string_equal(anchors[0], "/etc/a.pem");
	assert_string_equal(anchors[1], "system");
	assert_null(anchors[2]);
	assert_true(naccs_phrases_equal(naccs_portal_texts(description, NACCS_TEXT_CODE1), "別名"));
	assert_true(naccs_phrases_equal(naccs_portal_texts(description, NACCS_TEXT_CODE1), "a1"));
	assert_null(naccs_portal_renew_start(description));
	naccs_portal_description_free(description);
}

static void the_built_in_one_is_the_manuals(void **state)
{
	struct naccs_portal_description *description = NULL;

	(void)state;
	assert_int_equal(naccs_portal_description_builtin(&description, NULL), NACCS_OK);
	assert_string_equal(naccs_portal_obtain_start(description),
			    "https://cert.nac.naccs.jp/NACCSClientCA/pages/ee/index.jsp?s=Site1&p=CA1/NACCS&lan=ja");
	assert_string_equal(naccs_portal_renew_start(description),
			    "https://cert.nac.naccs.jp/NACCSClientCA/pages/renew/index.jsp?s=Site1&lan=ja");
	assert_string_equal(naccs_portal_hosts(description)[0], "cert.nac.naccs.jp");
	assert_null(naccs_portal_hosts(description)[1]);
	assert_string_equal(naccs_portal_anchors(description)[0], "rootca2");
	for (int key = 0; key < NACCS_TEXT_COUNT; key++)
		assert_true(naccs_portal_texts(description, (enum naccs_text_key)key)->count > 0);
	naccs_portal_description_free(description);
}

static void a_file_is_read_and_a_missing_one_is_named(void **state)
{
	char path[] = "/tmp/naccs-description-XXXXXX";
	int fd = mkstemp(path);
	struct naccs_portal_description *description = NULL;
	struct naccs_error err = {0};

	(void)state;
	assert_int_equal(write(fd, GOOD, strlen(GOOD)), strlen(GOOD));
	close(fd);
	assert_int_equal(naccs_portal_description_read(path, &description, &err), NACCS_OK);
	naccs_portal_description_free(description);
	description = NULL;
	unlink(path);
	assert_int_not_equal(naccs_portal_description_read(path, &description, &err), NACCS_OK);
	assert_non_null(strstr(err.message, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mistake_is_named),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(several_texts_and_hosts_are_kept),
		cmocka_unit_test(the_built_in_one_is_the_manuals),
		cmocka_unit_test(a_file_is_read_and_a_missing_one_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
