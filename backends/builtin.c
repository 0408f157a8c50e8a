/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which backends are part of the program for Windows, in the order in which stores are shown. Each entry is the one symbol of its
 * folder, renamed by its meson.build. */
#include "builtin_backends.h"

const struct naccs_backend *naccs_windows_backend_entry(void);
const struct naccs_backend *naccs_pem_backend_entry(void);

const struct naccs_builtin naccs_builtin_backends[] = {
	{"windows", naccs_windows_backend_entry},
	{"pem", naccs_pem_backend_entry},
	{NULL, NULL},
};
