/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see registry.h. */
#include "registry.h"

#include "module.h"
#include "text.h"

#include <dirent.h>
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
	struct naccs_worker_settings worker;
	char *worker_program; /* NULL: none */
	struct loaded {
		char *path;
		struct naccs_served *served;
	} *loaded;
	size_t loaded_count;
};

static naccs_status fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

#define WORKER_NAME "naccs-cert-store"

/* The folder of the running program, when that is a build tree (backends/ lies in it); NULL otherwise. */
static char *build_tree(void)
{
	char program[PATH_MAX];
	struct stat info;
	ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
	naccs_auto(heap) char *backends = NULL;
	char *slash;

	if (length <= 0)
		return NULL;
	program[length] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	backends = naccs_format("%s/backends", program);
	return backends != NULL && stat(backends, &info) == 0 && S_ISDIR(info.st_mode) ? strdup(program) : NULL;
}

static bool add_folder(struct naccs_registry *registry, const struct folder *folder)
{
	if (folder->path != NULL)
		registry->folders[registry->folder_count++] = *folder;
	return folder->path != NULL;
}

static bool copy_settings(struct naccs_registry *registry, const struct naccs_registry_settings *settings)
{
	naccs_auto(heap) char *tree = settings->is_own_program ? build_tree() : NULL;
	const char *program = settings->worker_program;

	registry->worker = settings->worker;
	if (tree != NULL)
		registry->worker_program = naccs_format("%s/" WORKER_NAME, tree);
	else if (program != NULL)
		registry->worker_program = strdup(program);
	if ((tree != NULL || program != NULL) && registry->worker_program == NULL)
		return false;
	registry->worker.program = registry->worker_program;
	if (settings->explicit_dir != NULL && !add_folder(registry, &(struct folder){.path = strdup(settings->explicit_dir), .is_explicit = true}))
		return false;
	if (tree != NULL)
		return add_folder(registry, &(struct folder){.path = naccs_format("%s/backends", tree), .is_nested = true});
	return settings->installed_dir == NULL || add_folder(registry, &(struct folder){.path = strdup(settings->installed_dir)});
}

naccs_status naccs_registry_new(const struct naccs_registry_settings *settings, struct naccs_registry **ret, struct naccs_error *err)
{
	naccs_auto(registry) struct naccs_registry *registry = calloc(1, sizeof *registry);

	if (registry == NULL || !copy_settings(registry, settings))
		return fail_memory(err);
	*ret = naccs_take(&registry);
	return NACCS_OK;
}

void naccs_registry_free(struct naccs_registry *registry)
{
	if (registry == NULL)
		return;
	for (size_t i = 0; i < registry->folder_count; i++)
		free(registry->folders[i].path);
	for (size_t i = 0; i < registry->loaded_count; i++) {
		free(registry->loaded[i].path);
		free(registry->loaded[i].served);
	}
	free(registry->loaded);
	free(registry->worker_program);
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

/* Decide where it runs. path is the loaded module's, kept as long as served. */
static naccs_status serve(const struct naccs_registry *registry, const char *path, struct naccs_served *served, struct naccs_error *err)
{
	naccs_status status = naccs_module_load(path, &served->module, err);

	served->operations = served->module;
	if (status != NACCS_OK || !served->module.isolated)
		return status;
	if (registry->worker_program == NULL)
		return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot use the backend %s: it needs the program %s, which is not known here"), path, WORKER_NAME);
	served->is_isolated = true;
	served->worker = (struct naccs_worker_kind){.settings = registry->worker, .module = path, .backend = &served->module};
	naccs_worker_backend(&served->worker, &served->operations);
	return NACCS_OK;
}

/* Load path once; later calls give the same backend. */
static naccs_status load_once(struct naccs_registry *registry, const struct folder *folder, const char *path, const struct naccs_served **ret,
			      struct naccs_error *err)
{
	naccs_auto(heap) struct naccs_served *served = NULL;
	naccs_auto(heap) char *kept = NULL;
	struct loaded *grown;
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < registry->loaded_count; i++) {
		if (strcmp(registry->loaded[i].path, path) == 0) {
			*ret = registry->loaded[i].served;
			return NACCS_OK;
		}
	}
	if (folder->is_explicit)
		status = check_writers(folder->path, err);
	if (status == NACCS_OK && folder->is_explicit)
		status = check_writers(path, err);
	if (status != NACCS_OK)
		return status;
	served = calloc(1, sizeof *served);
	kept = strdup(path);
	grown = reallocarray(registry->loaded, registry->loaded_count + 1, sizeof *grown);
	if (grown != NULL)
		registry->loaded = grown;
	if (served == NULL || kept == NULL || grown == NULL)
		return fail_memory(err);
	status = serve(registry, kept, served, err);
	if (status != NACCS_OK)
		return status;
	*ret = served;
	grown[registry->loaded_count++] = (struct loaded){.path = naccs_take(&kept), .served = naccs_take(&served)};
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

naccs_status naccs_registry_find(struct naccs_registry *registry, const char *uri, const struct naccs_served **ret, struct naccs_error *err)
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
		const struct naccs_served *served;
		naccs_status status;

		if (path == NULL)
			return fail_memory(err);
		if (access(path, F_OK) != 0)
			continue;
		status = load_once(registry, folder, path, &served, err);
		if (status != NACCS_OK)
			return status;
		if (strcmp(served->module.scheme, scheme) != 0)
			return naccs_fail(err, NACCS_E_BACKEND, 0, _("cannot use the backend %s: it serves \"%s:\", not \"%s:\""), path,
					  served->module.scheme, scheme);
		*ret = served;
		return NACCS_OK;
	}
	return fail_unknown_scheme(registry, uri, err);
}

struct each {
	struct naccs_registry *registry;
	const struct folder *folder;
	void (*loaded)(void *context, const struct naccs_served *served);
	void (*failed)(void *context, const struct naccs_error *err);
	void *context;
};

static bool load_for_each(void *context, const char *scheme)
{
	const struct each *each = context;
	naccs_auto(heap) char *path = module_path(each->folder, scheme);
	const struct naccs_served *served;
	struct naccs_error err = {0};

	if (path == NULL)
		return true;
	if (load_once(each->registry, each->folder, path, &served, &err) == NACCS_OK)
		each->loaded(each->context, served);
	else
		each->failed(each->context, &err);
	return false;
}

void naccs_registry_each(struct naccs_registry *registry, void (*loaded)(void *context, const struct naccs_served *served),
			 void (*failed)(void *context, const struct naccs_error *err), void *context)
{
	for (size_t i = 0; i < registry->folder_count; i++) {
		struct each each = {.registry = registry, .folder = &registry->folders[i], .loaded = loaded, .failed = failed, .context = context};

		each_scheme(&registry->folders[i], load_for_each, &each);
	}
}
