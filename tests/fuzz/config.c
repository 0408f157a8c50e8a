/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a configuration may come from anybody's editor, and inih changes what does not fit. Whatever the bytes are: no crash, a message with
 * the line for every refusal, no value that is longer than a line, and nothing of a codes file in a message.
 */
#include "config.h"
#include "codes.h"
#include "lines.h"
#include "uri.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define FOLDER "/f"

static void check_text(const char *text)
{
	if (text != NULL && strlen(text) > NACCS_CONFIG_LINE_LIMIT + sizeof FOLDER)
		abort();
}

static void check_list(char *const *list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		check_text(list[i]);
}

static void check_failure(const struct naccs_error *err, naccs_status status)
{
	if (err->status != status || strncmp(err->message, "name:", 5) != 0)
		abort();
}

static void parse_config(const char *text, size_t length)
{
	struct naccs_config *config = NULL;
	struct naccs_error err = {0};
	naccs_status status = naccs_config_parse(text, length, "name", FOLDER, &config, &err);
	if (status != NACCS_OK) {
		check_failure(&err, status);
		return;
	}
	if (config->proxy != NULL && naccs_proxy_has_user(config->proxy))
		abort();
	check_text(config->proxy_auth);
	check_text(config->portal);
	check_list(config->anchors);
	check_list(config->connect_to);
	for (size_t i = 0; i < config->terminal_count; i++) {
		const struct naccs_terminal_config *terminal = &config->terminals[i];
		const struct naccs_terminal_config *found = NULL;
		if (strlen(terminal->name) > NACCS_CONFIG_SECTION_LIMIT ||
		    naccs_config_terminal(config, terminal->name, &found, NULL) != NACCS_OK || found != terminal ||
		    terminal->renew_before_seconds > INT64_C(28) * 86400)
			abort();
		check_list(terminal->stores);
		check_list(terminal->deploy_hooks);
	}
	naccs_config_free(config);
}

static void parse_codes(const char *text, size_t length)
{
	struct naccs_codes codes = {0};
	struct naccs_error err = {0};
	naccs_status status = naccs_codes_parse(text, length, "name", &codes, &err);
	if (status != NACCS_OK) {
		check_failure(&err, status);
		if (codes.code1 != NULL || codes.code2 != NULL || codes.code3 != NULL)
			abort();
	}
	naccs_codes_clear(&codes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const char *text = (const char *)bytes;
	if (length == 0)
		return 0;
	parse_config(text, length);
	parse_codes(text, length);
	return 0;
}
