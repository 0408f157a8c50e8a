/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: finding backends. A backend is a module <scheme>.so in one of the folders; it is loaded when a URI of its scheme is met (or all, for `stores`), and never unloaded.
 * What could not be loaded is named with its reason. Not thread-safe.
 */
#ifndef NACCS_INSTALL_REGISTRY_H
#define NACCS_INSTALL_REGISTRY_H

#include "cleanup.h"
#include "error.h"

#include <naccscert/backend.h>

struct naccs_registry;

/*
 * explicit_dir: --backend-dir, searched first (may be NULL). Its modules, and the folder itself, must be writable by nobody but root and the user.
 * Then the build tree's backends/ beside the program where there is one, else installed_dir (may be NULL).
 */
naccs_status naccs_registry_new(const char *explicit_dir, const char *installed_dir, struct naccs_registry **ret, struct naccs_error *err);
void naccs_registry_free(struct naccs_registry *registry);
NACCS_DEFINE_CLEANUP(struct naccs_registry *, naccs_registry_free, registry)

/* The backend that serves uri ("pem:/etc/…"). No scheme, or none that a module serves: NACCS_E_USAGE; a module that can't be loaded: NACCS_E_BACKEND. *ret is borrowed. */
naccs_status naccs_registry_find(struct naccs_registry *registry, const char *uri, const struct naccs_backend **ret, struct naccs_error *err);

/* Every module that there is, by name: loaded is called with each backend, failed with each error. */
void naccs_registry_each(struct naccs_registry *registry, void (*loaded)(void *context, const struct naccs_backend *backend),
			 void (*failed)(void *context, const struct naccs_error *err), void *context);

#endif
