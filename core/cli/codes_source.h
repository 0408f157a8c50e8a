/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where the three codes come from: --codes, the terminal's section, the service manager's credentials, or a person. */
#ifndef NACCS_CLI_CODES_SOURCE_H
#define NACCS_CLI_CODES_SOURCE_H

#include "command.h"

/* For the library; borrows cli. */
struct naccs_code_source cli_code_source(struct cli *cli);

#endif
