/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what every command needs before it begins (configuration, the chosen terminal, the library's context), and what becomes of its
 * options. */
#ifndef NACCS_CLI_SESSION_H
#define NACCS_CLI_SESSION_H

#include "command.h"
#include "secret.h"

/* Find the paths, read the configuration, choose the terminal. */
naccs_status cli_session_configure(struct cli *cli, struct naccs_error *err);

/* The same, and make the library's context. */
naccs_status cli_session_open(struct cli *cli, struct naccs_error *err);

void cli_clear(struct cli *cli);

/* The stores that a command works on: those of its option, else the terminal's. */
struct cli_targets {
	struct naccs_target *items;
	size_t count;
};

/* chosen: --to, --from or --store. --pin-file goes to the one store that needs it, else NACCS_E_USAGE. Caller frees items. */
naccs_status cli_targets_make(const struct cli *cli, const struct cli_list *chosen, struct cli_targets *ret, struct naccs_error *err);

/* The same where at least one is needed: NACCS_E_USAGE naming the option otherwise. */
naccs_status cli_targets_need(const struct cli *cli, const char *option, const struct cli_list *chosen, struct cli_targets *ret,
			      struct naccs_error *err);

/* What install and resume share: group, hooks, consent, switches. Everything is borrowed from cli and targets. */
struct naccs_install_options cli_install_options(const struct cli *cli, const struct cli_targets *targets);

/* --backup of install and obtain, with its passphrase (*ret_passphrase, which options borrow). */
naccs_status cli_backup_options(const struct cli *cli, struct naccs_secret **ret_passphrase, struct naccs_install_options *options,
				struct naccs_error *err);

/* The first line of a file that is closed to others. NACCS_E_SECRETS_PERMISSIONS; NACCS_E_CONFIG when it has more lines than one. */
naccs_status cli_read_password_file(const char *path, struct naccs_secret **ret, struct naccs_error *err);

#endif
