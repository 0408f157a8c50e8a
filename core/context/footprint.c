/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: an unattended renewal runs in a sandbox that lets it write nowhere but where it must. This file tells where that is, from what the
 * configuration and the ledger name, so that nobody has to list folders by hand and forget one.
 */
#include "context.h"

#include "file.h"
#include "selection.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

NACCS_DEFINE_CLEANUP(struct naccs_footprint *, naccs_footprint_free, footprint)

static void free_list(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

void naccs_footprint_free(struct naccs_footprint *footprint)
{
	if (footprint == NULL)
		return;
	for (size_t i = 0; i < footprint->path_count; i++) {
		free(footprint->paths[i].path);
		free(footprint->paths[i].store);
	}
	free_list(footprint->credentials);
	free_list(footprint->unknown);
	free_list(footprint->unmade);
	free(footprint->paths);
	free(footprint->state_dir);
	free(footprint);
}

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* Append to a NULL-terminated list what is not in it yet. */
static naccs_status add_name(char ***list, const char *name, size_t length, struct naccs_error *err)
{
	size_t count = 0;
	char **longer;

	for (; *list != NULL && (*list)[count] != NULL; count++)
		if (strlen((*list)[count]) == length && strncmp((*list)[count], name, length) == 0)
			return NACCS_OK;
	longer = reallocarray(*list, count + 2, sizeof *longer);
	if (longer == NULL)
		return no_memory(err);
	*list = longer;
	longer[count] = strndup(name, length);
	longer[count + 1] = NULL;
	return longer[count] != NULL ? NACCS_OK : no_memory(err);
}

struct survey {
	struct naccs *context;
	struct naccs_footprint *footprint;
	const char *credentials_dir;
	struct naccs_error *err;
};

/* A file that the service manager is to provide: its name, when it lies in the credentials' folder. text may go on after the path ('&'). */
static naccs_status note_credential(struct survey *survey, const char *file)
{
	const char *folder = survey->credentials_dir;
	size_t length = folder != NULL ? strlen(folder) : 0;
	const char *name;

	if (file == NULL || folder == NULL || strncmp(file, folder, length) != 0 || file[length] != '/')
		return NACCS_OK;
	name = file + length + 1;
	length = strcspn(name, "/?&;");
	return length > 0 ? add_name(&survey->footprint->credentials, name, length, survey->err) : NACCS_OK;
}

/* The nearest part of path that is there; path itself when it is. Shortens path. */
static bool climb_to_existing(char *path)
{
	size_t root = naccs_path_root(path);
	struct stat info;

	while (stat(path, &info) != 0) {
		char *slash = strrchr(path, '/');

		if (slash == NULL || strlen(path) <= root)
			return false;
		path[slash < path + root ? root : (size_t)(slash - path)] = '\0';
	}
	return S_ISDIR(info.st_mode);
}

static bool is_inside(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0' || folder[length - 1] == '/');
}

static void note_home(struct naccs_footprint *footprint, const char *path)
{
	if (is_inside(path, "/home") || is_inside(path, "/root") || is_inside(path, "/run/user"))
		footprint->needs_home = true;
}

static naccs_status add_path(struct survey *survey, char **path, bool is_parent, const char *uri)
{
	struct naccs_footprint *footprint = survey->footprint;
	struct naccs_footprint_path *grown;

	for (size_t i = 0; i < footprint->path_count; i++)
		if (strcmp(footprint->paths[i].path, *path) == 0)
			return NACCS_OK;
	grown = reallocarray(footprint->paths, footprint->path_count + 1, sizeof *grown);
	if (grown == NULL)
		return no_memory(survey->err);
	footprint->paths = grown;
	grown = &grown[footprint->path_count++];
	*grown = (struct naccs_footprint_path){.path = naccs_take(path), .store = strdup(uri), .is_parent = is_parent};
	note_home(footprint, grown->path);
	return grown->store != NULL ? NACCS_OK : no_memory(survey->err);
}

/* The folder of a store. One that is to be made needs its parent writable, but not all of /etc. */
static naccs_status note_folder(struct survey *survey, const char *folder, const char *uri)
{
	naccs_auto(heap) char *whole = NULL;
	naccs_auto(heap) char *path = NULL;
	naccs_status status = naccs_path_absolute(folder, &whole, survey->err);

	if (status != NACCS_OK)
		return status;
	path = strdup(whole);
	if (path == NULL)
		return no_memory(survey->err);
	if (!climb_to_existing(path))
		return naccs_fail(survey->err, NACCS_E_STORE_OPEN, 0, _("%s: %s is no folder"), uri, path);
	if (strcmp(path, whole) != 0 && strchr(path + 1, '/') == NULL)
		return add_name(&survey->footprint->unmade, whole, strlen(whole), survey->err);
	return add_path(survey, &path, strcmp(path, whole) != 0, uri);
}

/* A store by its canonical URI: "pem:/dir", "nss:/dir", "pkcs11:token=…". */
static naccs_status note_store(void *context, const struct naccs_place *place)
{
	struct survey *survey = context;
	const char *rest = strchr(place->uri, ':');
	bool is_token = strncmp(place->uri, "pkcs11:", 7) == 0;
	naccs_auto(heap) char *folder = rest != NULL ? strndup(rest + 1, strcspn(rest + 1, "?")) : NULL;

	if (folder == NULL)
		return no_memory(survey->err);
	if (!is_token && (folder[0] == '/' || strncmp(place->uri, "pem:", 4) == 0))
		return note_folder(survey, folder, place->uri);
	survey->footprint->needs_devices = survey->footprint->needs_devices || is_token;
	return add_name(&survey->footprint->unknown, place->uri, strcspn(place->uri, "?"), survey->err);
}

/* Aliases ("nss:firefox") mean other stores; the backend knows which. */
static naccs_status survey_uri(struct survey *survey, const char *home, const char *uri)
{
	struct naccs_place as_given = {.size = sizeof as_given, .uri = uri};
	const struct naccs_served *served = NULL;
	struct naccs_registry *registry = NULL;
	struct naccs_error ignored = {0};
	const char *pin = strstr(uri, "pin-source=file:");
	naccs_status status = pin != NULL ? note_credential(survey, pin + strlen("pin-source=file:")) : NACCS_OK;

	if (status == NACCS_OK)
		status = naccs_context_registry(survey->context, &registry, survey->err);
	if (status != NACCS_OK)
		return status;
	if (naccs_registry_find(registry, uri, &served, &ignored) == NACCS_OK) {
		struct naccs_host host = naccs_host_of(&survey->context->asker);

		status = naccs_served_resolve(served, &host, home, uri, note_store, survey, survey->err);
		if (status != NACCS_E_STORE_OPEN)
			return status;
		/* An alias that means nothing yet (no profile was made) is no reason to leave the others out. */
		return add_name(&survey->footprint->unknown, uri, strcspn(uri, "?"), survey->err);
	}
	return note_store(survey, &as_given);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct naccs_footprint_path *)a)->path, ((const struct naccs_footprint_path *)b)->path);
}

/* What lies inside another path is writable with it. */
static void fold_paths(struct naccs_footprint *footprint)
{
	size_t kept = 0;

	if (footprint->path_count > 1)
		qsort(footprint->paths, footprint->path_count, sizeof *footprint->paths, by_path);
	for (size_t i = 0; i < footprint->path_count; i++) {
		struct naccs_footprint_path *path = &footprint->paths[i];
		bool is_covered = false;

		for (size_t j = 0; j < kept && !is_covered; j++)
			is_covered = is_inside(path->path, footprint->paths[j].path);
		if (is_covered) {
			free(path->path);
			free(path->store);
		} else {
			footprint->paths[kept++] = *path;
		}
	}
	footprint->path_count = kept;
}

static naccs_status survey_config(struct survey *survey, const char *home, const struct naccs_config *config)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; status == NACCS_OK && i < config->terminal_count; i++) {
		const struct naccs_terminal_config *terminal = &config->terminals[i];

		status = note_credential(survey, terminal->codes);
		for (size_t j = 0; status == NACCS_OK && terminal->stores != NULL && terminal->stores[j] != NULL; j++)
			status = survey_uri(survey, home, terminal->stores[j]);
	}
	return status;
}

static naccs_status survey_ledger(struct survey *survey, const char *home)
{
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	naccs_status status = naccs_ground_open(survey->context, false, &ground, survey->err);

	for (size_t i = 0; status == NACCS_OK && i < ground.ledger->count; i++) {
		status = survey_uri(survey, home, ground.ledger->entries[i].store);
		if (status == NACCS_OK)
			status = note_credential(survey, ground.ledger->entries[i].pin_file);
	}
	naccs_ground_close(&ground);
	return status;
}

naccs_status naccs_footprint_make(struct naccs *context, const struct naccs_config *config, const char *credentials_dir,
				  struct naccs_footprint **ret, struct naccs_error *err)
{
	naccs_auto(footprint) struct naccs_footprint *footprint = calloc(1, sizeof *footprint);
	struct survey survey = {.context = context, .footprint = footprint, .credentials_dir = credentials_dir, .err = err};
	naccs_status status = footprint != NULL ? NACCS_OK : no_memory(err);

	if (status == NACCS_OK)
		status = naccs_path_absolute(context->state_dir, &footprint->state_dir, err);
	if (status == NACCS_OK)
		status = survey_config(&survey, context->home, config);
	if (status == NACCS_OK)
		status = survey_ledger(&survey, context->home);
	if (status != NACCS_OK)
		return status;
	note_home(footprint, footprint->state_dir);
	if (config->path != NULL)
		note_home(footprint, config->path);
	fold_paths(footprint);
	*ret = naccs_take(&footprint);
	return NACCS_OK;
}
