/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the configuration file's reading apart from the file, for tests and fuzzing. The public functions (naccs_config_load, …) are
 * declared in naccscert.h.
 *
 * A relative path in the file (codes, proxy-auth, anchor, portal) is relative to the folder of the file; a store's URI stands as it is.
 */
#ifndef NACCS_CONFIG_CONFIG_H
#define NACCS_CONFIG_CONFIG_H

#include <naccscert/naccscert.h>

#include <stdbool.h>
#include <stddef.h>

/* Read text as a configuration. name is for messages; folder is what relative paths start from. Caller frees with naccs_config_free(). */
naccs_status naccs_config_parse(const char *text, size_t length, const char *name, const char *folder, struct naccs_config **ret,
				struct naccs_error *err);

/* Does it say what code is run (hooks, modules), or to which servers codes go (anchor, connect-to, portal)? Then only its owner may write it. */
bool naccs_config_steers(const struct naccs_config *config);

#endif
