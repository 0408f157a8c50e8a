/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Ctrl-C, a hangup and a termination finish the present step and then undo; the second one ends at once. */
#ifndef NACCS_CLI_CANCEL_H
#define NACCS_CLI_CANCEL_H

#include <stdbool.h>

/* From now on they are noted. */
void cli_cancel_catch(void);
/* Has one come? */
bool cli_cancel_is_wanted(void);

#endif
