/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: finding backends. A backend is a module <scheme>.so in one of the folders; it is loaded when a URI of its scheme is met (or all, for `stores`), and never unloaded.
 * One that calls itself isolated is only looked at here: its operations run in worker processes. What could not be loaded is named with its reason. Not thread-safe.
 */
#ifndef NACCS_INSTALL_REGISTRY_H
#define NACCS_INSTALL_REGISTRY_H

#include "cleanup.h"
#include "worker.h"
#include "error.h"

#include <naccscert/backend.h>

struct naccs_registry;

struct naccs_registry_settings {
	/* --backend-dir, searched first (may be NULL). Its modules, and the folder itself, must be writable by nobody but root and the user. */
	const char *explicit_dir;
	/* Searched next (may be NULL). */
	const char *installed_dir;
	/* naccs-cert-store (may be NULL: isolated backends can't be used). */
	const char *worker_program;
	/* The running program is ours: where it lies in a build tree, backends/ and naccs-cert-store beside it take the place of the two above. */
	bool is_own_program;
	/* What workers are started with, besides the program. */
	struct naccs_worker_settings worker;
};

/* Strings are copied; what worker refers to is borrowed. */
naccs_status naccs_registry_new(const struct naccs_registry_settings *settings, struct naccs_registry **ret, struct naccs_error *err);
void naccs_registry_free(struct naccs_registry *registry);
NACCS_DEFINE_CLEANUP(struct naccs_registry *, naccs_registry_free, registry)

/* A backend as the registry found it; good as long as the registry. */
struct naccs_served {
	struct naccs_backend module;     /* what the module offers */
	struct naccs_backend operations; /* on open stores: the module's own, or those of the wire */
	bool is_isolated;
	struct naccs_worker_kind worker; /* is_isolated */
};

/* The backend that serves uri ("pem:/etc/…"). No scheme, or none that a module serves: NACCS_E_USAGE; a module that can't be loaded: NACCS_E_BACKEND. *ret is borrowed. */
naccs_status naccs_registry_find(struct naccs_registry *registry, const char *uri, const struct naccs_served **ret, struct naccs_error *err);

/* Every module that there is, by name: loaded is called with each backend, failed with each error. */
void naccs_registry_each(struct naccs_registry *registry, void (*loaded)(void *context, const struct naccs_served *served),
			 void (*failed)(void *context, const struct naccs_error *err), void *context);

/* ---- served.c: the operations that need no open store, in process or in a worker; as backend.h says of them ---- */

naccs_status naccs_served_open(const struct naccs_served *served, const struct naccs_host *host, const char *uri, const struct naccs_open_options *options,
			       struct naccs_store **ret, struct naccs_error *err);
/* Without the operation: none are found. */
naccs_status naccs_served_places(const struct naccs_served *served, const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context,
				 struct naccs_error *err);
/* Without the operation: the URI itself. */
naccs_status naccs_served_resolve(const struct naccs_served *served, const struct naccs_host *host, const char *home, const char *uri,
				  naccs_place_sink *sink, void *context, struct naccs_error *err);

#endif
