/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: questions go to the terminal that the person sits at, whatever stdin and stdout are, and the terminal is left as it was found, also
 * when Ctrl-C, Ctrl-Z or a hangup comes in the middle.
 */
#ifndef NACCS_CLI_PROMPT_H
#define NACCS_CLI_PROMPT_H

#include "error.h"
#include "secret.h"

#include <stdbool.h>

/* The longest answer that is taken, in bytes. */
#define CLI_ANSWER_LIMIT 1024

/*
 * Show the question and read one line; has_echo false: without showing it. *ret is new, without the line end.
 * NACCS_E_USAGE when there is no terminal; NACCS_E_CANCELLED on Ctrl-C, Ctrl-D or a signal, which is raised again for the program's own
 * handler.
 */
naccs_status cli_prompt(const char *question, bool has_echo, struct naccs_secret **ret, struct naccs_error *err);

/* Does somebody sit there: has this process a terminal? */
bool cli_prompt_is_possible(void);

/* Is this answer a yes: "y", "yes", "はい" (also in full-width letters)? Anything else is no. */
bool cli_answer_is_yes(const char *answer);

#endif
