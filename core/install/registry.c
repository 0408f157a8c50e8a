/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see registry.h. */
#include "registry.h"

#include "text.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEME_LIMIT 31 /* longest scheme */
#define MODULE_SUFFIX ".so"

struct folder {
	char *path;
	bool is_explicit; /* given by the user: its permissions are checked */
	bool is_nested;   /* a build tree: <scheme>/<scheme>.so */
};

struct naccs_registry {
	struct folder folders[2];
	size_t folder_count;
	struct loaded {
		char *path;
		const struct naccs_backend *backend;
	} *loaded;
	size_t loaded_count;
};

static naccs_status fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* backends/ beside the running program, when that is a build tree; NULL otherwise. */
static char *build_tree_folder(void)
{
	char program[PATH_MAX];
	struct stat info;
	ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
	char *slash, *path;

	if (length <= 0)
		return NULL;
	program[length] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	path = naccs_format("%s/backends", program);
	if (path != NULL && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return path;
	free(path);
	return NULL;
}

naccs_status naccs_registry_new(const char *explicit_dir, const char *installed_dir, struct naccs_registry **ret, struct naccs_error *err)
{
	naccs_auto(registry) struct naccs_registry *registry = calloc(1, sizeof *registry);
	char *beside;

	if (registry == NULL)
		return fail_memory(err);
	if (explicit_dir != NULL) {
		char *path = strdup(explicit_dir);

		if (path == NULL)
			return fail_memory(err);
		registry->folders[registry->folder_count++] = (struct folder){.path = path, .is_explicit = true};
	}
	beside = build_tree_folder();
	if (beside == NULL && installed_dir != NULL)
		registry->folders[registry->folder_count++] = (struct folder){.path = strdup(installed_dir)};
	else if (beside != NULL)
		registry->folders[registry->folder_count++] = (struct folder){.path = beside, .is_nested = true};
	*ret = naccs_take(&registry);
	return NACCS_OK;
}

void naccs_registry_free(struct naccs_registry *registry)
{
	if (registry == NULL)
		return;
	for (size_t i = 0; i < registry->folder_count; i++)
		free(registry->folders[i].path);
	for (size_t i = 0; i < registry->loaded_count; i++)
		free(registry->loaded[i].path);
	free(registry->loaded);
	free(registry);
}

static naccs_status check_writers(const char *path, struct naccs_error *err)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return naccs_fail_errno(err, NACCS_E_BACKEND, errno, _("cannot look at %s"), path);
	if ((info.st_uid == 0 || info.st_uid == geteuid()) && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load code from %s: others than root and you can write it"), path);
	return naccs_error_hint(err, _("Take it into your hands: chown to root or yourself, then chmod go-w %s"), path);
}

/* abi and size are read before anything else: what follows them is known only when they are right. */
static naccs_status check_contract(const char *path, const struct naccs_backend *backend, struct naccs_error *err)
{
	if (backend == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: it offers nothing"), path);
	if (backend->abi != NACCS_BACKEND_ABI) {
		(void)naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: its abi is %u, this program needs %u"), path, backend->abi,
				 NACCS_BACKEND_ABI);
		return naccs_error_hint(err, _("Build it again with the header <naccscert/backend.h> of this version."));
	}
	if (backend->size < sizeof *backend)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: its size is %u bytes, less than the %zu of abi %u"), path,
				  backend->size, sizeof *backend, NACCS_BACKEND_ABI);
	if (backend->scheme == NULL || backend->open == NULL || backend->close == NULL || backend->describe == NULL || backend->list == NULL ||
	    backend->plan == NULL || backend->stage == NULL || backend->commit == NULL || backend->abort == NULL || backend->recover == NULL ||
	    backend->remove == NULL || backend->sign == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: an operation is missing that every backend has"), path);
	return NACCS_OK;
}

static naccs_status load_module(const char *path, const struct naccs_backend **ret, struct naccs_error *err)
{
	naccs_backend_entry_function *entry;
	const struct naccs_backend *backend;
	void *symbol, *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	naccs_status status;

	if (module == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: %s"), path, dlerror());
	symbol = dlsym(module, NACCS_BACKEND_ENTRY);
	if (symbol == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot load the backend %s: it does not export %s"), path, NACCS_BACKEND_ENTRY);
	memcpy(&entry, &symbol, sizeof entry);
	backend = entry();
	status = check_contract(path, backend, err);
	if (status == NACCS_OK)
		*ret = backend;
	return status;
}

/* Load path once; later calls give the same backend. */
static naccs_status load_once(struct naccs_registry *registry, const struct folder *folder, const char *path,
			      const struct naccs_backend **ret, struct naccs_error *err)
{
	struct loaded *grown;
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < registry->loaded_count; i++) {
		if (strcmp(registry->loaded[i].path, path) == 0) {
			*ret = registry->loaded[i].backend;
			return NACCS_OK;
		}
	}
	if (folder->is_explicit)
		status = check_writers(folder->path, err);
	if (status == NACCS_OK && folder->is_explicit)
		status = check_writers(path, err);
	if (status == NACCS_OK)
		status = load_module(path, ret, err);
	if (status != NACCS_OK)
		return status;
	grown = reallocarray(registry->loaded, registry->loaded_count + 1, sizeof *grown);
	if (grown == NULL)
		return fail_memory(err);
	registry->loaded = grown;
	grown[registry->loaded_count] = (struct loaded){.path = strdup(path), .backend = *ret};
	if (grown[registry->loaded_count].path == NULL)
		return fail_memory(err);
	registry->loaded_count++;
	return NACCS_OK;
}

static char *module_path(const struct folder *folder, const char *scheme)
{
	return folder->is_nested ? naccs_format("%s/%s/%s" MODULE_SUFFIX, folder->path, scheme, scheme)
				 : naccs_format("%s/%s" MODULE_SUFFIX, folder->path, scheme);
}

/* Every scheme for which a folder has a module; sink returning true ends the walk. */
static void each_scheme(const struct folder *folder, bool (*sink)(void *context, const char *scheme), void *context)
{
	struct dirent **names;
	int count = scandir(folder->path, &names, NULL, alphasort);
	bool stop = false;

	for (int i = 0; i < count; i++) {
		char scheme[SCHEME_LIMIT + 1];
		size_t length = strlen(names[i]->d_name);
		size_t suffix = folder->is_nested ? 0 : strlen(MODULE_SUFFIX);

		if (!stop && names[i]->d_name[0] != '.' && length > suffix && length - suffix <= SCHEME_LIMIT &&
		    strcmp(names[i]->d_name + length - suffix, folder->is_nested ? "" : MODULE_SUFFIX) == 0) {
			naccs_auto(heap) char *path = NULL;

			memcpy(scheme, names[i]->d_name, length - suffix);
			scheme[length - suffix] = '\0';
			path = module_path(folder, scheme);
			stop = path != NULL && access(path, F_OK) == 0 && sink(context, scheme);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static bool append_scheme(void *context, const char *scheme)
{
	char **list = context;
	char *longer = *list == NULL ? naccs_format("%s:", scheme) : naccs_format("%s, %s:", *list, scheme);

	if (longer != NULL) {
		free(*list);
		*list = longer;
	}
	return false;
}

static naccs_status fail_unknown_scheme(const struct naccs_registry *registry, const char *uri, struct naccs_error *err)
{
	naccs_auto(heap) char *known = NULL;
	naccs_auto(heap) char *shown = naccs_text_printable(uri, strlen(uri));

	for (size_t i = 0; i < registry->folder_count; i++)
		each_scheme(&registry->folders[i], append_scheme, &known);
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot open the store \"%s\": no backend serves it"), shown != NULL ? shown : "");
	if (known == NULL)
		return naccs_error_hint(err, _("No backend is installed in %s."),
					registry->folder_count > 0 ? registry->folders[registry->folder_count - 1].path : "(nowhere)");
	return naccs_error_hint(err, _("A store is named by a URI such as pem:/etc/naccs-cert/11110A. Backends here: %s"), known);
}

naccs_status naccs_registry_find(struct naccs_registry *registry, const char *uri, const struct naccs_backend **ret, struct naccs_error *err)
{
	size_t length = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789");
	char scheme[SCHEME_LIMIT + 1];

	if (length == 0 || length > SCHEME_LIMIT || uri[length] != ':')
		return fail_unknown_scheme(registry, uri, err);
	memcpy(scheme, uri, length);
	scheme[length] = '\0';
	for (size_t i = 0; i < registry->folder_count; i++) {
		const struct folder *folder = &registry->folders[i];
		naccs_auto(heap) char *path = module_path(folder, scheme);
		const struct naccs_backend *backend;
		naccs_status status;

		if (path == NULL)
			return fail_memory(err);
		if (access(path, F_OK) != 0)
			continue;
		status = load_once(registry, folder, path, &backend, err);
		if (status != NACCS_OK)
			return status;
		if (strcmp(backend->scheme, scheme) != 0)
			return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot use the backend %s: it serves \"%s:\", not \"%s:\""), path,
					  backend->scheme, scheme);
		*ret = backend;
		return NACCS_OK;
	}
	return fail_unknown_scheme(registry, uri, err);
}

struct each {
	struct naccs_registry *registry;
	const struct folder *folder;
	void (*loaded)(void *context, const struct naccs_backend *backend);
	void (*failed)(void *context, const struct naccs_error *err);
	void *context;
};

static bool load_for_each(void *context, const char *scheme)
{
	const struct each *each = context;
	naccs_auto(heap) char *path = module_path(each->folder, scheme);
	const struct naccs_backend *backend;
	struct naccs_error err = {0};

	if (path == NULL)
		return true;
	if (load_once(each->registry, each->folder, path, &backend, &err) == NACCS_OK)
		each->loaded(each->context, backend);
	else
		each->failed(each->context, &err);
	return false;
}

void naccs_registry_each(struct naccs_registry *registry, void (*loaded)(void *context, const struct naccs_backend *backend),
			 void (*failed)(void *context, const struct naccs_error *err), void *context)
{
	for (size_t i = 0; i < registry->folder_count; i++) {
		struct each each = {.registry = registry, .folder = &registry->folders[i], .loaded = loaded, .failed = failed, .context = context};

		each_scheme(&registry->folders[i], load_for_each, &each);
	}
}
