/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: to the conformance suite this is a backend like any other. Each store that it opens is a process under Wine that runs the real one
 * (store_worker.c); both speak core/worker's messages. A worker that was struck dead takes the process of the suite with it, as a backend
 * that runs in it would.
 *
 * From the environment: NACCS_UNDER_WINE (the script under-wine), NACCS_WINDOWS_WORKER (windows-store-worker.exe), WINEPREFIX.
 */
#include "strikes.h"

#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* The suite loads one module, once, before its tests begin; a backend's open has no room for a pointer to it. */
static struct {
	struct naccs_backend face;    /* what the real one says of itself */
	struct naccs_backend backend; /* what the suite sees */
	struct naccs_worker_kind kind;
	char scheme[64], summary[512];
} the;

static void ended(void *context, int wait_status)
{
	(void)context;
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == STRIKES_EXIT_CODE)
		(void)raise(SIGKILL);
}

static naccs_status open_store(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options,
			       struct naccs_store **ret, struct naccs_error *err)
{
	return naccs_worker_open(&the.kind, host, uri, options, ret, err);
}

static naccs_status places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	return naccs_worker_places(&the.kind, host, home, sink, context, err);
}

/* Stand for operations that are there; never called. */
static naccs_status some_verify(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer,
				struct naccs_error *err)
{
	(void)store;
	(void)request;
	(void)answer;
	(void)err;
	abort();
}

static naccs_status some_export(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink,
				void *context, struct naccs_error *err)
{
	(void)store;
	(void)certificate;
	(void)sink;
	(void)context;
	(void)err;
	abort();
}

static naccs_status some_archive(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	(void)store;
	(void)certificate;
	(void)err;
	abort();
}

static bool copy(const char *line, const char *key, char *ret, size_t size)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length) != 0)
		return false;
	(void)snprintf(ret, size, "%.*s", (int)strcspn(line + length, "\r\n"), line + length);
	return true;
}

static void read_line(const char *line)
{
	char number[32], can[256];

	if (copy(line, "abi=", number, sizeof number))
		the.face.abi = (uint32_t)strtoul(number, NULL, 10);
	else if (copy(line, "size=", number, sizeof number))
		the.face.size = (uint32_t)strtoul(number, NULL, 10);
	else if (copy(line, "flags=", number, sizeof number))
		the.face.flags = (uint32_t)strtoul(number, NULL, 10);
	else if (copy(line, "scheme=", the.scheme, sizeof the.scheme))
		the.face.scheme = the.scheme;
	else if (copy(line, "summary=", the.summary, sizeof the.summary))
		the.face.summary = the.summary;
	else if (copy(line, "can=", can, sizeof can)) {
		the.face.verify = strstr(can, "verify,") != NULL ? some_verify : NULL;
		the.face.export_key = strstr(can, "export_key,") != NULL ? some_export : NULL;
		the.face.archive = strstr(can, "archive,") != NULL ? some_archive : NULL;
		the.face.places = strstr(can, "places,") != NULL ? places : NULL;
	}
}

static void read_face(const char *under_wine, const char *program)
{
	char command[8192], line[1024];

	(void)snprintf(command, sizeof command, "'%s' '%s' face", under_wine, program);
	FILE *output = popen(command, "re");
	while (output != NULL && fgets(line, sizeof line, output) != NULL)
		read_line(line);
	if (output == NULL || pclose(output) != 0 || the.face.scheme == NULL) {
		(void)fprintf(stderr, "%s did not say what it is\n", program);
		exit(1);
	}
}

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

const struct naccs_backend *naccs_backend_entry(void)
{
	static const char *const environment[] = {"WINEPREFIX", "WINEDEBUG", NULL};
	const char *under_wine = getenv("NACCS_UNDER_WINE"), *program = getenv("NACCS_WINDOWS_WORKER");

	if (under_wine == NULL || program == NULL || getenv("WINEPREFIX") == NULL) {
		(void)fputs("NACCS_UNDER_WINE, NACCS_WINDOWS_WORKER and WINEPREFIX have to be set\n", stderr);
		exit(64);
	}
	read_face(under_wine, program);
	the.face.environment = environment;
	the.kind = (struct naccs_worker_kind){
		.settings = {.program = under_wine, .keeps_stderr = true, .ended = ended}, .module = program, .backend = &the.face};
	naccs_worker_backend(&the.kind, &the.backend);
	the.backend.abi = the.face.abi;
	the.backend.size = the.face.size;
	the.backend.isolated = false; /* the suite shall not put a worker in front of it */
	the.backend.open = open_store;
	the.backend.places = the.face.places;
	return &the.backend;
}
