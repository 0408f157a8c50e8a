/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the JSON is the interface's, member by member and in its order; the text is aligned and harmless to a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "page.h"
#include "render_json.h"
#include "render_text.h"
#include "samples.h"

#include <stdlib.h>
#include <string.h>

#define CERTIFICATE                                                                                                                        \
	"\"subject\":\"CN=11110A,OU=NACCS Client CA,C=JP\",\"issuer\":\"CN=NACCS Client "                                                  \
	"CA,C=JP\",\"serial\":\"0a1b\",\"sha256\":\"00ff\","                                                                               \
	"\"not_before\":\"2026-11-22T19:03:12Z\",\"not_after\":\"2031-12-23T00:00:00Z\",\"renew_from\":\"2031-11-25T00:00:00Z\""

static void assert_json(const struct naccs_report *report, json_t *extra, const char *expected)
{
	char *text = cli_render_json(report, extra);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void json_of_a_run_is_the_interfaces(void **state)
{
	(void)state;
	struct samples samples;
	samples_fill(&samples);
	assert_json(&samples.run, NULL,
		    "{\"schema\":1,\"command\":\"install\",\"result\":\"partial\",\"certificate\":{" CERTIFICATE "},\"stores\":["
		    "{\"uri\":\"pem:/etc/naccs-cert/11110A\",\"result\":\"installed\",\"sha256\":\"00ff\","
		    "\"verified\":{\"key\":true,\"client_chain\":true,\"server_chain\":true,\"server_chain_basis\":\"recorded\",\"online\":"
		    "null,\"server_chain_as_of\":\"2026-11-21T19:03:12Z\"},"
		    "\"anchor\":{\"name\":\"Security Communication "
		    "RootCA2\",\"sha256\":\"513b\",\"not_after\":\"2029-05-29T05:00:49Z\"},\"error\":null},"
		    "{\"uri\":\"nss:/home/山田/.pki\",\"result\":\"failed\",\"sha256\":null,"
		    "\"verified\":{\"key\":null,\"client_chain\":null,\"server_chain\":null,\"server_chain_basis\":null,\"online\":null,"
		    "\"server_chain_as_of\":null},"
		    "\"anchor\":null,"
		    "\"error\":{\"id\":\"store.open\",\"message\":\"cannot open nss:/home/山田/.pki: permission denied\",\"hint\":\"Run it "
		    "as that user.\"}}],"
		    "\"warnings\":[{\"id\":\"anchor.ends\",\"message\":\"the TLS root \\\"ends\\\" first\"}],"
		    "\"error\":{\"id\":\"store.open\",\"message\":\"cannot open nss:/home/山田/.pki: permission denied\",\"hint\":\"Run it "
		    "as that user.\"}}\n");
}

static void json_of_status_lists_certificates_and_escrow(void **state)
{
	(void)state;
	struct samples samples;
	samples_fill(&samples);
	samples.status.inventory_count = 1;
	assert_json(
		&samples.status, NULL,
		"{\"schema\":1,\"command\":\"status\",\"result\":\"ok\",\"certificate\":null,\"stores\":[],\"certificates\":[{" CERTIFICATE
		",\"store\":\"pem:/etc/naccs-cert/11110A\",\"terminal\":\"11110A\",\"has_key\":true,\"current\":true,\"ours\":true,"
		"\"days_left\":1856,\"state\":\"valid\"}],"
		"\"escrow\":[{\"id\":\"e1\",\"command\":\"install\",\"state\":\"received\",\"terminal\":null,\"subject\":null,"
		"\"created_at\":\"2026-11-22T19:03:12Z\"}],\"warnings\":[],\"error\":null}\n");
	samples.status.inventory_count = samples.status.escrow_count = 0;
	assert_json(&samples.status, NULL,
		    "{\"schema\":1,\"command\":\"status\",\"result\":\"ok\",\"certificate\":null,\"stores\":[],\"certificates\":[],"
		    "\"escrow\":[],"
		    "\"warnings\":[],\"error\":null}\n");
}

static void json_of_stores_lists_places(void **state)
{
	(void)state;
	struct samples samples;
	samples_fill(&samples);
	assert_json(&samples.stores_list, NULL,
		    "{\"schema\":1,\"command\":\"stores\",\"result\":\"ok\",\"certificate\":null,\"stores\":["
		    "{\"uri\":\"nss:firefox\",\"kind\":\"nss\",\"label\":\"既定\",\"writable\":true,\"locked\":false,\"can\":[\"rsa\","
		    "\"trust\"]},"
		    "{\"uri\":\"pkcs11:token=x\",\"kind\":\"pkcs11\",\"label\":null,\"writable\":false,\"locked\":true,\"can\":[]}],"
		    "\"warnings\":[],\"error\":null}\n");
}

static void json_survives_text_that_is_not_utf8_and_takes_more_members(void **state)
{
	(void)state;
	char broken[] = "a\xff";
	struct naccs_report report = {.command = broken};
	json_t *extra = json_pack("{s:s}", "version", "1");
	assert_json(&report, extra,
		    "{\"schema\":1,\"command\":\"a?\",\"result\":\"ok\",\"certificate\":null,\"stores\":[],\"version\":\"1\",\"warnings\":["
		    "],\"error\":null}\n");
	json_decref(extra);
}

static void false_is_false_and_not_null(void **state)
{
	(void)state;
	struct samples samples;
	samples_fill(&samples);
	samples.stores[0].verified.key = 0;
	samples.stores[0].verified.online = 1;
	char *text = cli_render_json(&samples.run, NULL);
	assert_non_null(strstr(text, "\"key\":false"));
	assert_non_null(strstr(text, "\"online\":true"));
	free(text);
}

typedef void show_function(struct cli_page *page, const struct naccs_report *report, int64_t now);

static void assert_text(show_function *show, const struct naccs_report *report, const char *expected)
{
	struct cli_page page;
	cli_page_open(&page, false);
	show(&page, report, SAMPLE_NOW);
	char *text = cli_page_close(&page);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void a_run_reads_as_a_checklist(void **state)
{
	(void)state;
	struct samples samples;
	samples_fill(&samples);
	assert_text(cli_show_run, &samples.run,
		    "done in some stores, failed in others: 11110A\n"
		    "  certificate     CN=11110A,OU=NACCS Client CA,C=JP\n"
		    "  issued by       CN=NACCS Client CA,C=JP\n"
		    "  valid until     2031-12-23 09:00 JST (1856 days left)\n"
		    "  renewal from    2031-11-25 09:00 JST\n"
		    "  SHA-256         00ff\n"
		    "\n"
		    "pem:/etc/naccs-cert/11110A  installed\n"
		    "  key             ok        signs; the certificate in the store verifies it\n"
		    "  client chain    ok        leads to the client CA in the store\n"
		    "  server chain    ok        leads to Security Communication RootCA2 in the store (the server's chain as recorded on "
		    "2026-11-22 04:03 JST)\n"
		    "  TLS root        Security Communication RootCA2, ends 2029-05-29 14:00 JST\n"
		    "\n"
		    "nss:/home/山田/.pki  failed [store.open]\n");
}

static void show_errors(struct cli_page *page, const struct naccs_report *report, int64_t now)
{
	(void)now;
	cli_show_warnings(page, report);
	cli_show_errors(page, report);
}

static void errors_say_message_id_and_hint_once(void **state)
{
	(void)state;
	struct samples samples;
	samples_fill(&samples);
	assert_text(show_errors, &samples.run,
		    "Warning: the TLS root \"ends\" first [anchor.ends]\n"
		    "naccs-cert: cannot open nss:/home/山田/.pki: permission denied\n"
		    "  error           store.open\n"
		    "  what to do      Run it as that user.\n");
	struct naccs_report report = {.error = {.status = NACCS_E_INTERNAL, .message = "a\x1b[31mb"}};
	assert_text(show_errors, &report, "naccs-cert: a?[31mb\n  error           internal\n");
}

static void tables_are_aligned_by_columns_on_the_screen(void **state)
{
	(void)state;
	struct samples samples;
	samples_fill(&samples);
	assert_text(cli_show_status, &samples.status,
		    "TERMINAL  STATE    DAYS LEFT  ENDS                  KEY  USE      SERIAL  STORE\n"
		    "11110A    valid    1856       2031-12-23 09:00 JST  yes  current  0a1b    pem:/etc/naccs-cert/11110A\n"
		    "端末      expired  -3         2031-12-23 09:00 JST  no   kept     0a1b    pem:/etc/naccs-cert/11110A\n"
		    "\n"
		    "IN ESCROW  STATE     TERMINAL  SINCE                 CERTIFICATE\n"
		    "e1         received  -         2026-11-23 04:03 JST  -\n"
		    "Finish it with: naccs-cert resume\n");
	assert_text(cli_show_places, &samples.stores_list,
		    "STORE           KIND    STATE     CAN        LABEL\n"
		    "nss:firefox     nss     writable  rsa trust  既定\n"
		    "pkcs11:token=x  pkcs11  locked    -          -\n");
}

static void width_counts_columns_in_any_locale(void **state)
{
	(void)state;
	assert_int_equal(cli_width(""), 0);
	assert_int_equal(cli_width("abc"), 3);
	assert_int_equal(cli_width("日本語"), 6);
	assert_int_equal(cli_width("ﾃﾞ"), 2);
	assert_int_equal(cli_width("e\xCC\x81"), 1);
	assert_int_equal(cli_width("a\xff"), 2);
}

static void colours_come_only_when_asked_for(void **state)
{
	(void)state;
	struct cli_page page;
	cli_page_open(&page, true);
	cli_page_word(&page, CLI_GOOD, 4, "ok");
	char *text = cli_page_close(&page);
	assert_string_equal(text, "\033[32mok\033[0m  ");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_of_a_run_is_the_interfaces),
		cmocka_unit_test(json_of_status_lists_certificates_and_escrow),
		cmocka_unit_test(json_of_stores_lists_places),
		cmocka_unit_test(json_survives_text_that_is_not_utf8_and_takes_more_members),
		cmocka_unit_test(false_is_false_and_not_null),
		cmocka_unit_test(a_run_reads_as_a_checklist),
		cmocka_unit_test(errors_say_message_id_and_hint_once),
		cmocka_unit_test(tables_are_aligned_by_columns_on_the_screen),
		cmocka_unit_test(width_counts_columns_in_any_locale),
		cmocka_unit_test(colours_come_only_when_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
