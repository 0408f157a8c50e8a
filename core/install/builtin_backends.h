/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where no modules are loaded (Windows), the backends are linked into the program. The table is backends/builtin.c. */
#ifndef NACCS_INSTALL_BUILTIN_BACKENDS_H
#define NACCS_INSTALL_BUILTIN_BACKENDS_H

#include <naccscert/backend.h>

struct naccs_builtin {
	const char *scheme; /* NULL: the end of the table */
	naccs_backend_entry_function *entry;
};
extern const struct naccs_builtin naccs_builtin_backends[];

#endif
