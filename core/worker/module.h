/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: host and worker load a backend's module by the same rules: abi and size are read before anything else, a missing symbol shows at load, nothing leaks into other
 * modules, nothing is ever unloaded.
 */
#ifndef NACCS_WORKER_MODULE_H
#define NACCS_WORKER_MODULE_H

#include "error.h"

#include <naccscert/backend.h>

/* Load the module at path and fill *ret with what it offers; members that an older module does not have are NULL. Failures: NACCS_E_BACKEND that names path and reason. */
naccs_status naccs_module_load(const char *path, struct naccs_backend *ret, struct naccs_error *err);

#endif
