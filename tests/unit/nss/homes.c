/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see homes.h. */
#include "homes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void keep_log(void *context, const char *line)
{
	struct told *told = context;
	size_t length = strlen(told->log);

	(void)snprintf(told->log + length, sizeof told->log - length, "%s\n", line);
}

static void keep_warning(void *context, const char *id, const char *message)
{
	struct told *told = context;

	(void)snprintf(told->warning_id, sizeof told->warning_id, "%s", id);
	(void)snprintf(told->warning, sizeof told->warning, "%s", message);
}

void told_init(struct told *told)
{
	*told = (struct told){.host = {.size = sizeof told->host, .log = keep_log, .warn = keep_warning}};
	told->host.context = told;
}

naccs_status receive(void *context, const struct naccs_place *place)
{
	struct received *received = context;

	assert_true(received->count < 64);
	(void)snprintf(received->uri[received->count], sizeof received->uri[0], "%s", place->uri);
	(void)snprintf(received->kind[received->count], sizeof received->kind[0], "%s", place->kind);
	(void)snprintf(received->label[received->count], sizeof received->label[0], "%s", place->label);
	received->is_writable[received->count] = place->is_writable;
	received->capabilities[received->count] = place->capabilities;
	received->count++;
	return NACCS_OK;
}

static size_t find(const struct received *received, const struct scratch *scratch, const char *name)
{
	naccs_auto(heap) char *uri = naccs_format("nss:%s/%s", scratch->path, name);
	size_t i = 0;

	assert_non_null(uri);
	while (i < received->count && strcmp(received->uri[i], uri) != 0)
		i++;
	return i;
}

size_t received_at(const struct received *received, const struct scratch *scratch, const char *name)
{
	size_t found = find(received, scratch, name);

	if (found == received->count) {
		for (size_t i = 0; i < received->count; i++)
			print_message("there is %s\n", received->uri[i]);
		fail_msg("%s was not found", name);
	}
	return found;
}

bool has_received(const struct received *received, const struct scratch *scratch, const char *name)
{
	return find(received, scratch, name) < received->count;
}

void make_folder(const struct scratch *scratch, const char *name)
{
	naccs_auto(heap) char *path = strdup(name);

	assert_non_null(path);
	for (char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
		if (slash != NULL)
			*slash = '\0';
		(void)mkdirat(scratch->fd, path, 0700);
		if (slash == NULL)
			break;
		*slash = '/';
	}
}

void make_file(const struct scratch *scratch, const char *name, const char *text)
{
	const char *slash = strrchr(name, '/');
	naccs_auto(heap) char *folder = strndup(name, (size_t)(slash - name));

	make_folder(scratch, folder);
	scratch_write(scratch, name, text, 0600);
}

void set_time(const struct scratch *scratch, const char *name, int64_t seconds)
{
	const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	assert_int_equal(utimensat(scratch->fd, name, times, 0), 0);
}

struct nss_surroundings surroundings(const struct scratch *scratch, struct told *told)
{
	static char home[300], system[300];

	make_folder(scratch, "home");
	(void)snprintf(home, sizeof home, "%s/home", scratch->path);
	(void)snprintf(system, sizeof system, "%s/system", scratch->path);
	return (struct nss_surroundings){.home = home, .system = system, .log = told->host.log, .log_context = told};
}

void search(const struct scratch *scratch, const struct nss_surroundings *here, struct received *ret)
{
	struct nss_places places = {0};
	struct naccs_error err = {0};

	(void)scratch;
	*ret = (struct received){0};
	assert_ok(nss_places_find(here, &places, &err));
	for (size_t i = 0; i < places.count; i++)
		if (nss_place_counts(&places.items[i]))
			assert_ok(nss_place_give(&places.items[i], receive, ret, &err));
	nss_places_clear(&places);
}

void make_usual_home(const struct scratch *scratch)
{
	make_file(scratch, CLASSIC "/profiles.ini",
		  "[Install4F96D1932A9F858E]\nDefault=abcd.default-release\nLocked=1\n\n"
		  "[Profile1]\nName=default\nIsRelative=1\nPath=efgh.default\nDefault=1\n\n"
		  "[Profile0]\nName=default-release\nIsRelative=1\nPath=abcd.default-release\n\n"
		  "[General]\nStartWithLastProfile=1\nVersion=2\n");
	make_folder(scratch, CLASSIC "/abcd.default-release");
	make_folder(scratch, CLASSIC "/efgh.default");
}
