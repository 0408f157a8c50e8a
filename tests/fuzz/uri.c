/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a store's URI comes from anybody's command line, configuration or ledger, and its path goes to the file system. Whatever it is: no
 * crash, a message that a terminal can show for every refusal, no module loaded for a scheme that has none, and opening to read writes
 * nothing.
 */
#include "uri.h"
#include "registry.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <naccscert/backend.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URI_LIMIT 4096
#define SET "archive/20250101-0a1b"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
const struct naccs_backend *naccs_backend_entry(void); /* the PEM directory's, linked in */

static char scratch[] = "/tmp/naccs-fuzz-uri-XXXXXX"; /* made once, for speed */
static struct timespec scratch_changed;
static struct naccs_registry *registry;

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)kind;
	(void)where;
	return remove(path);
}

static void end(void)
{
	naccs_registry_free(registry);
	(void)nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* When anything was last made, renamed or deleted in the scratch folder itself. */
static struct timespec changed(void)
{
	struct stat about;
	if (stat(scratch, &about) != 0)
		abort();
	return about.st_mtim;
}

/* A store with one damaged set in it, so that more than a missing folder is met. */
static void make_store(void)
{
	int fd = -1;
	bool is_made = mkdtemp(scratch) != NULL && chdir(scratch) == 0 && mkdir("s", 0700) == 0 && mkdir("s/archive", 0700) == 0 &&
		       mkdir("s/" SET, 0700) == 0 && symlink(SET, "s/live") == 0 && symlink("s", "link") == 0 &&
		       (fd = open("s/" SET "/cert.pem", O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) >= 0 &&
		       write(fd, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", 59) > 0;
	if (!is_made || close(fd) != 0)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct naccs_error err = {0};
	(void)argc;
	(void)argv;
	make_store();
	if (naccs_registry_new(&(struct naccs_registry_settings){.explicit_dir = scratch}, &registry, &err) != NACCS_OK || atexit(end) != 0)
		abort();
	scratch_changed = changed();
	return 0;
}

static void check_refusal(const struct naccs_error *err, naccs_status status)
{
	if (err->status != status || err->message[0] == '\0' || !naccs_text_is_clean(err->message, strlen(err->message), NULL) ||
	    !naccs_text_is_clean(err->hint, strlen(err->hint), NULL))
		abort();
}

static void check_flaw(const char *uri)
{
	enum naccs_uri_flaw flaw = naccs_store_uri_flaw(uri);
	bool shows_pin = strcasestr(uri, "pin-value=") != NULL;
	if (shows_pin != (flaw == NACCS_URI_PIN_VALUE) || (flaw == NACCS_URI_FINE && strchr(uri, ':') == NULL))
		abort();
	if (naccs_proxy_has_user(uri) && strchr(uri, '@') == NULL)
		abort();
}

/* No folder of the registry holds a module. */
static void check_registry(const char *uri)
{
	const struct naccs_served *found = NULL;
	struct naccs_error err = {0};
	naccs_status status = naccs_registry_find(registry, uri, &found, &err);
	if (status == NACCS_OK || found != NULL)
		abort();
	check_refusal(&err, status);
}

static naccs_status check_place(void *context, const struct naccs_place *place)
{
	(void)context;
	if (strncmp(place->uri, "pem:/", 5) != 0 || strstr(place->uri, "/../") != NULL || strstr(place->uri, "//") != NULL)
		abort();
	return NACCS_OK;
}

static naccs_status take_item(void *context, const struct naccs_item *item)
{
	(void)context;
	(void)item;
	return NACCS_OK;
}

static void check_backend(const char *uri)
{
	const struct naccs_backend *backend = naccs_backend_entry();
	const struct naccs_host host = {.size = sizeof host};
	const struct naccs_open_options options = {.size = sizeof options, .access = NACCS_ACCESS_READ};
	struct naccs_store *store = NULL;
	struct naccs_error err = {0};
	naccs_status status = backend->open(&host, uri, &options, &store, &err);
	if (status != NACCS_OK) {
		check_refusal(&err, status);
		return;
	}
	if (backend->describe(store, check_place, NULL, &err) != NACCS_OK)
		abort();
	status = backend->list(store, take_item, NULL, &err);
	if (status != NACCS_OK)
		check_refusal(&err, status);
	backend->close(store);
}

/* As it is, unless it leads away from the scratch folder; and below it. */
static void check_paths(const char *uri)
{
	const char *colon = strchr(uri, ':');
	if (strncmp(uri, "pem:/", 5) != 0)
		check_backend(uri);
	char *below = naccs_format("pem:%s/%s", scratch, colon != NULL ? colon + 1 : uri);
	if (below != NULL)
		check_backend(below);
	free(below);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length == 0 || length > URI_LIMIT)
		return 0;
	char *uri = strndup((const char *)bytes, length);
	if (uri == NULL)
		return 0;
	check_flaw(uri);
	check_registry(uri);
	check_paths(uri);
	free(uri);
	struct timespec now = changed();
	if (now.tv_sec != scratch_changed.tv_sec || now.tv_nsec != scratch_changed.tv_nsec)
		abort();
	return 0;
}
