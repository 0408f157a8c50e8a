/* SPDX-License-Identifier: Apache-2.0 */
/* Why: tests run other people's tools (openssl, certtool, pk12util, keytool) without a shell and with an environment of their own. */
#ifndef NACCS_TEST_CREDENTIAL_TOOL_H
#define NACCS_TEST_CREDENTIAL_TOOL_H

#include <stdbool.h>

/* Is this program in PATH? */
bool has_tool(const char *name);

/* Run argv (found in PATH, NULL at the end) in folder, its HOME too. What it prints goes to folder/tool.log, shown when it fails.
 * Returns its exit status, -1 when it could not run or was killed. */
int run_tool(const char *folder, const char *const *argv);
#define run(folder, ...) run_tool(folder, (const char *const[]){__VA_ARGS__, NULL})

#endif
