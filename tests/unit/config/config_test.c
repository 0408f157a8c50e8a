/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a configuration means what it says, or is refused with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"
#include "error.h"
#include "text.h"
#include "uri.h"

#include <stdlib.h>
#include <string.h>

static struct naccs_config *parse_text(const char *text)
{
	struct naccs_config *config = NULL;
	struct naccs_error err = {0};
	naccs_status status = naccs_config_parse(text, strlen(text), "test.conf", "/etc/naccs-cert", &config, &err);
	if (status != NACCS_OK)
		fail_msg("refused: %s", err.message);
	return config;
}

/* The text is refused, at this line, with these words in the message or hint. */
static void assert_refused(const char *text, const char *where, const char *words)
{
	struct naccs_config *config = NULL;
	struct naccs_error err = {0};
	assert_int_equal(naccs_config_parse(text, strlen(text), "test.conf", "/etc/naccs-cert", &config, &err), NACCS_E_CONFIG);
	assert_null(config);
	assert_int_equal(err.status, NACCS_E_CONFIG);
	if (strncmp(err.message, where, strlen(where)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", err.message, where);
	if (strstr(err.message, words) == NULL && strstr(err.hint, words) == NULL)
		fail_msg("\"%s\" (\"%s\") does not say \"%s\"", err.message, err.hint, words);
}

static void config_reads_every_key(void **state)
{
	(void)state;
	struct naccs_config *config = parse_text("# ours\n"
						 "[portal]\r\n"
						 "proxy = http://proxy.example:8080\n"
						 "proxy-auth = proxy.secret\n"
						 "anchor = /etc/a.pem\nanchor = b.pem\n"
						 "portal=naccs.ini\n"
						 "connect-to = cert.nac.naccs.jp:443:127.0.0.1:8443\n"
						 "connect-to = ::[::1]:1\n"
						 "\n"
						 "[terminal 11110A]\n"
						 "codes = 11110A.codes\n"
						 "store = pem:/etc/naccs-cert/11110A\n"
						 "store = nss:/etc/pki/日本語\n"
						 "deploy-hook = systemctl reload netapi; true\n"
						 "deploy-hook = second\n"
						 "renew-before = 14d\n"
						 "group = netapi\n"
						 "client-ca-sha256 = AA:BB00112233445566778899aabbccddeeff00112233445566778899aabbccdd\n"
						 "[terminal 22220B]\n");
	assert_string_equal(config->proxy, "http://proxy.example:8080");
	assert_string_equal(config->proxy_auth, "/etc/naccs-cert/proxy.secret");
	assert_string_equal(config->anchors[0], "/etc/a.pem");
	assert_string_equal(config->anchors[1], "/etc/naccs-cert/b.pem");
	assert_null(config->anchors[2]);
	assert_string_equal(config->portal, "/etc/naccs-cert/naccs.ini");
	assert_string_equal(config->connect_to[0], "cert.nac.naccs.jp:443:127.0.0.1:8443");
	assert_string_equal(config->connect_to[1], "::[::1]:1");
	assert_int_equal(config->terminal_count, 2);
	const struct naccs_terminal_config *terminal = &config->terminals[0];
	assert_string_equal(terminal->name, "11110A");
	assert_string_equal(terminal->codes, "/etc/naccs-cert/11110A.codes");
	assert_string_equal(terminal->stores[0], "pem:/etc/naccs-cert/11110A");
	assert_string_equal(terminal->stores[1], "nss:/etc/pki/日本語");
	assert_null(terminal->stores[2]);
	assert_string_equal(terminal->deploy_hooks[0], "systemctl reload netapi; true");
	assert_string_equal(terminal->deploy_hooks[1], "second");
	assert_int_equal(terminal->renew_before_seconds, 14 * 24 * 60 * 60);
	assert_string_equal(terminal->group, "netapi");
	assert_string_equal(terminal->client_ca_sha256, "aabb00112233445566778899aabbccddeeff00112233445566778899aabbccdd");
	assert_string_equal(config->terminals[1].name, "22220B");
	naccs_config_free(config);
}

static void config_may_be_empty_or_begin_with_a_byte_order_mark(void **state)
{
	(void)state;
	struct naccs_config *config = parse_text("");
	assert_null(config->path);
	assert_int_equal(config->terminal_count, 0);
	naccs_config_free(config);
	config = parse_text("\xEF\xBB\xBF[terminal A]\ngroup = g");
	assert_string_equal(config->terminals[0].group, "g");
	naccs_config_free(config);
}

static void lines_that_inih_would_change_are_refused(void **state)
{
	(void)state;
	char text[400];
	memset(text, 'x', sizeof text);
	static const char head[] = "[portal]\nportal = /";
	memcpy(text, head, sizeof head - 1);
	size_t first = strlen("[portal]\n");
	text[first + 190] = '\0';
	struct naccs_config *config = parse_text(text);
	assert_int_equal(strlen(config->portal), 190 - strlen("portal = "));
	naccs_config_free(config);
	text[first + 190] = 'x';
	text[first + 191] = '\0';
	assert_refused(text, "test.conf:2:", "191 bytes");

	config = parse_text("[terminal 123456789012345678901234567890123456789]\n");
	assert_int_equal(strlen(config->terminals[0].name), 39);
	naccs_config_free(config);
	assert_refused("[terminal 1234567890123456789012345678901234567890]\n", "test.conf:1:", "49 bytes");
	assert_refused("[terminal A]\nstore = pem:/a\n  pem:/b\n", "test.conf:3:", "indented");
	assert_refused("[terminal A]\n\tstore = pem:/a\n", "test.conf:2:", "indented");
	assert_refused("[terminal A]\ngroup = g ; ours\n", "test.conf:2:", "comment");
	assert_refused("[terminal A]\ngroup = g\t; ours\n", "test.conf:2:", "comment");
	assert_refused("[terminal A]\ngroup = g # ours\n", "test.conf:2:", "comment");
	assert_refused("[terminal A] # ours\n", "test.conf:1:", "comment");
	assert_refused("[terminal A] group = g\n", "test.conf:1:", "']'");
	assert_refused("[terminal A\n", "test.conf:1:", "']'");
}

static void lines_that_are_no_text_are_refused(void **state)
{
	(void)state;
	assert_refused("[terminal A]\ngroup = g\x1b[2J\n", "test.conf:2:", "control");
	assert_refused("[terminal A]\ngroup = \x83\x65\n", "test.conf:2:", "UTF-8");
	assert_refused("[terminal A]\ngroup = a\rb\n", "test.conf:2:", "control");
	assert_refused("[terminal A]\ngroup = a\tb\n", "test.conf:2:", "tab");
	struct naccs_config *config = NULL;
	struct naccs_error err = {0};
	assert_int_equal(naccs_config_parse("[portal]\n\0[x]\n", 14, "c", "/", &config, &err), NACCS_E_CONFIG);
}

static void what_is_unknown_is_refused_and_the_nearest_named(void **state)
{
	(void)state;
	assert_refused("[portl]\n", "test.conf:1:", "[portal]");
	assert_refused("[terminals A]\n", "test.conf:1:", "[terminal NAME]");
	assert_refused("[zzz]\n", "test.conf:1:", "[terminal NAME]");
	assert_refused("[]\n", "test.conf:1:", "unknown section");
	assert_refused("[terminal A]\nstroe = pem:/a\n", "test.conf:2:", "Did you mean store?");
	assert_refused("[terminal A]\nqqqqqqq = pem:/a\n", "test.conf:2:", "deploy-hook");
	assert_refused("[portal]\nstore = pem:/a\n", "test.conf:2:", "proxy-auth");
	assert_refused("store = pem:/a\n", "test.conf:1:", "before any section");
	assert_refused("\n\n[portal]\nproxy\n", "test.conf:4:", "key = value");
	assert_refused("[portal]\n\nproxy =\n", "test.conf:3:", "no value");
	assert_refused("[portal]\n= x\n", "test.conf:2:", "no key");
}

static void what_stands_twice_is_refused(void **state)
{
	(void)state;
	assert_refused("[portal]\n[portal]\n", "test.conf:2:", "already");
	assert_refused("[terminal A]\n[terminal B]\n[terminal  A]\n", "test.conf:3:", "already");
	assert_refused("[portal]\nportal = a\nportal = a\n", "test.conf:3:", "already");
	assert_refused("[terminal A]\nrenew-before = 1d\nrenew-before = 2d\n", "test.conf:3:", "already");
}

static void values_are_checked(void **state)
{
	(void)state;
	assert_refused("[terminal A]\nrenew-before = 29d\n", "test.conf:2:", "28d");
	assert_refused("[terminal A]\nrenew-before = 0d\n", "test.conf:2:", "28d");
	assert_refused("[terminal A]\nrenew-before = 14\n", "test.conf:2:", "28d");
	assert_refused("[terminal A]\nrenew-before = -1d\n", "test.conf:2:", "28d");
	assert_refused("[terminal A]\nrenew-before = 99999999999999999999d\n", "test.conf:2:", "28d");
	assert_refused("[terminal A]\nclient-ca-sha256 = abcd\n", "test.conf:2:", "64");
	assert_refused("[terminal A]\nstore = /etc/naccs\n", "test.conf:2:", "pem:");
	assert_refused("[terminal A]\nstore = pem:\n", "test.conf:2:", "pem:");
	assert_refused("[terminal A]\ncodes = ~/codes\n", "test.conf:2:", "'~'");
	assert_refused("[terminal ]\n", "test.conf:1:", "11110A");
	assert_refused("[terminal A B]\n", "test.conf:1:", "A B");
	assert_refused("[terminal ../x]\n", "test.conf:1:", "no name");
}

static void secrets_in_a_configuration_are_refused_and_not_repeated(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"[portal]\nproxy = http://user:hunter2@proxy:8080/\n",
		"[portal]\nproxy = user:hunter2@proxy:8080\n",
		"[terminal A]\nstore = pkcs11:token=x?pin-value=hunter2\n",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct naccs_config *config = NULL;
		struct naccs_error err = {0};
		assert_int_equal(naccs_config_parse(texts[i], strlen(texts[i]), "c", "/", &config, &err), NACCS_E_CONFIG);
		assert_null(strstr(err.message, "hunter2"));
		assert_null(strstr(err.hint, "hunter2"));
	}
	assert_false(naccs_proxy_has_user("http://proxy:8080/a@b"));
	assert_false(naccs_proxy_has_user("proxy:8080"));
}

static void a_missing_terminal_is_answered_with_those_there_are(void **state)
{
	(void)state;
	struct naccs_config *config = parse_text("[terminal 11110A]\n[terminal 22220B]\n");
	const struct naccs_terminal_config *terminal = NULL;
	struct naccs_error err = {0};
	assert_int_equal(naccs_config_terminal(config, "22220B", &terminal, &err), NACCS_OK);
	assert_ptr_equal(terminal, &config->terminals[1]);
	config->path = strdup("/etc/x.conf");
	assert_int_equal(naccs_config_terminal(config, "3", &terminal, &err), NACCS_E_CONFIG);
	assert_non_null(strstr(err.hint, "11110A, 22220B"));
	naccs_config_free(config);
}

static void what_is_run_and_who_is_trusted_needs_one_writer(void **state)
{
	(void)state;
	struct naccs_config *config = parse_text("[terminal A]\nstore = pem:/a\n");
	assert_false(naccs_config_steers(config));
	naccs_config_free(config);
	config = parse_text("[terminal A]\n[terminal B]\ndeploy-hook = true\n");
	assert_true(naccs_config_steers(config));
	naccs_config_free(config);
	config = parse_text("[terminal A]\nstore = pkcs11:token=x?module-path=/usr/lib/x.so\n");
	assert_true(naccs_config_steers(config));
	naccs_config_free(config);
	static const char *const servers[] = {"[portal]\nanchor = /a.pem\n", "[portal]\nconnect-to = ::127.0.0.1:1\n", "[portal]\nportal = /p.ini\n"};
	for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
		config = parse_text(servers[i]);
		assert_true(naccs_config_steers(config));
		naccs_config_free(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_reads_every_key),
		cmocka_unit_test(config_may_be_empty_or_begin_with_a_byte_order_mark),
		cmocka_unit_test(lines_that_inih_would_change_are_refused),
		cmocka_unit_test(lines_that_are_no_text_are_refused),
		cmocka_unit_test(what_is_unknown_is_refused_and_the_nearest_named),
		cmocka_unit_test(what_stands_twice_is_refused),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(secrets_in_a_configuration_are_refused_and_not_repeated),
		cmocka_unit_test(a_missing_terminal_is_answered_with_those_there_are),
		cmocka_unit_test(what_is_run_and_who_is_trusted_needs_one_writer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
