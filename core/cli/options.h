/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what a command line says, read once by one table. Every option is spelled in full; what a command does not take is refused by name.
 * No message repeats a value, for it may be a secret that was put there by mistake.
 */
#ifndef NACCS_CLI_OPTIONS_H
#define NACCS_CLI_OPTIONS_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_command;

enum cli_option_id {
	CLI_CONFIG,
	CLI_STATE_DIR,
	CLI_BACKEND_DIR,
	CLI_TERMINAL,
	CLI_JSON,
	CLI_NON_INTERACTIVE,
	CLI_QUIET,
	CLI_VERBOSE,
	CLI_LANG,
	CLI_AT,
	CLI_TIMEOUT,
	CLI_ANCHOR,
	CLI_PORTAL,
	CLI_PROXY,
	CLI_PROXY_AUTH,
	CLI_CONNECT_TO,
	CLI_HELP,
	CLI_VERSION,
	CLI_LAST_COMMON = CLI_VERSION, /* what follows is taken only by commands that say so */
	CLI_TO,
	CLI_FROM,
	CLI_STORE,
	CLI_CERT,
	CLI_GROUP,
	CLI_PIN_FILE,
	CLI_USER,
	CLI_CODES,
	CLI_PASSWORD_FILE,
	CLI_CLIENT_CA_SHA256,
	CLI_TRUST_CLIENT_CA,
	CLI_ALL_OR_NOTHING,
	CLI_PRUNE,
	CLI_ONLINE,
	CLI_HOST,
	CLI_CHECK,
	CLI_METRICS,
	CLI_SYSTEMD,
	CLI_SCHEDULED_TASK,
	CLI_OUTPUT,
	CLI_BACKUP,
	CLI_PASSPHRASE_FILE,
	CLI_CONFIG_TO,
	CLI_DUE,
	CLI_DETAILED_EXITCODE,
	CLI_RANDOM_DELAY,
	CLI_APPLY_AGAIN,
	CLI_OPTION_COUNT,
};

#define CLI_BIT(id) (UINT64_C(1) << (id))
#define CLI_COMMON_BITS (CLI_BIT(CLI_LAST_COMMON + 1) - 1)

/* NULL-terminated; strings are argv's. */
struct cli_list {
	const char **items;
	size_t count;
};

struct cli_options {
	const struct cli_command *command; /* NULL: none was named */
	struct cli_list arguments;	   /* after the command */
	uint64_t given;			   /* CLI_BIT of every option that was given */
	const char *config, *state_dir, *backend_dir, *terminal, *lang;
	const char *portal, *proxy, *proxy_auth;
	struct cli_list anchors, connect_to;
	struct cli_list to, from, store;
	const char *certificate, *group, *pin_file, *user, *codes, *password_file, *client_ca_sha256, *host;
	bool json, non_interactive, quiet, help, version;
	bool trust_client_ca, all_or_nothing, prune;
	bool online; /* verify */
	bool check, metrics; /* status */
	bool systemd, scheduled_task;	     /* config */
	const char *output;
	const char *backup, *passphrase_file, *config_to;
	bool due, detailed_exitcode, apply_again;
	uint32_t random_delay; /* seconds */
	int verbose;
	int64_t at;	     /* when CLI_AT is given */
	uint32_t timeout_ms; /* when CLI_TIMEOUT is given */
};

struct cli_option {
	const char *name;     /* without "--" */
	const char *argument; /* "FILE"; NULL: it takes none */
	const char *help;     /* to be translated */
	char letter;	      /* '\0': none */
};

/* By enum cli_option_id. */
extern const struct cli_option cli_option_table[CLI_OPTION_COUNT];

/* What must be known before anything can be refused: --json and --check anywhere, and the language (--lang, else the locale's environment). */
void cli_options_glance(int argc, char *const *argv, struct cli_options *options);

/* Read argv into options (zeroed, or as left by cli_options_glance()), to be cleared by the caller also after a failure. NACCS_E_USAGE. */
naccs_status cli_options_parse(int argc, char **argv, struct cli_options *options, struct naccs_error *err);
void cli_options_clear(struct cli_options *options);

#endif
