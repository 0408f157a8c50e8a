/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a backend whose store does what others' code does on bad days, by the name after "trouble:". Its list shows what its process has. */
#include <naccscert/backend.h>

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

extern char **environ;

struct naccs_store {
	const struct naccs_host *host;
	char *uri;
	char secret[64];
};

static bool is(const struct naccs_store *store, const char *trouble)
{
	return strcmp(store->uri, trouble) == 0;
}

static naccs_status keep_secret(void *context, const uint8_t *secret, size_t length)
{
	struct naccs_store *store = context;

	(void)snprintf(store->secret, sizeof store->secret, "%.*s", (int)length, (const char *)secret);
	return strcmp(store->secret, "right") == 0 ? NACCS_OK : NACCS_E_PIN_WRONG;
}

static naccs_status open_store(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
			       struct naccs_error *err)
{
	struct naccs_store *store = calloc(1, sizeof *store);
	naccs_status status = NACCS_OK;

	(void)options;
	if (store == NULL || strncmp(uri, "trouble:", 8) != 0) {
		free(store);
		return naccs_error_set(err, NACCS_E_USAGE, 0, "no trouble");
	}
	store->host = host;
	store->uri = strdup(uri + 8);
	if (is(store, "pin"))
		status = host->ask_secret(host->context, "the PIN of trouble", false, keep_secret, store, err);
	if (status == NACCS_E_PIN_WRONG)
		(void)naccs_error_set(err, status, 0, "the PIN is wrong");
	if (is(store, "crash-at-open"))
		(void)raise(SIGKILL);
	if (status != NACCS_OK) {
		free(store->uri);
		free(store);
		return status;
	}
	*ret = store;
	return NACCS_OK;
}

static void close_store(struct naccs_store *store)
{
	free(store->uri);
	free(store);
}

static naccs_status describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	char uri[256];
	const struct naccs_place place = {.size = sizeof place, .uri = uri, .kind = "trouble", .label = store->secret, .is_writable = true};

	(void)err;
	(void)snprintf(uri, sizeof uri, "trouble:%s", store->uri);
	return sink(context, &place);
}

static naccs_status tell(naccs_item_sink *sink, void *context, const char *label)
{
	const struct naccs_item item = {.size = sizeof item, .role = NACCS_ROLE_CLIENT, .label = label};

	return sink(context, &item);
}

static naccs_status tell_descriptors(naccs_item_sink *sink, void *context)
{
	DIR *folder = opendir("/proc/self/fd");
	naccs_status status = NACCS_OK;

	for (const struct dirent *entry; status == NACCS_OK && folder != NULL && (entry = readdir(folder)) != NULL;)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
			status = tell(sink, context, entry->d_name);
	if (folder != NULL)
		(void)closedir(folder);
	return status;
}

static naccs_status tell_privileges(naccs_item_sink *sink, void *context)
{
	struct rlimit core = {1, 1};
	char line[200];

	(void)getrlimit(RLIMIT_CORE, &core);
	(void)snprintf(line, sizeof line, "no_new_privs=%d dumpable=%d core=%ju session=%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
		       prctl(PR_GET_DUMPABLE), (uintmax_t)core.rlim_cur, getsid(0) == getpid());
	return tell(sink, context, line);
}

static naccs_status list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	if (is(store, "crash"))
		(void)raise(SIGABRT);
	if (is(store, "exit"))
		_exit(7);
	if (is(store, "hang"))
		for (;;)
			(void)pause();
	if (is(store, "rubbish"))
		(void)!write(3, "\0\0\0\4\377rubb", 9);
	if (is(store, "endless-frame"))
		(void)!write(3, "\377\377\377\377\2", 5);
	if (is(store, "wait-for-cancel")) {
		while (!store->host->cancelled(store->host->context))
			(void)usleep(1000);
		return naccs_error_set(err, NACCS_E_CANCELLED, 0, "cancelled as asked");
	}
	if (is(store, "wait-for-others"))
		(void)poll(NULL, 0, 300); /* in silence, as for a lock */
	if (is(store, "words")) {
		store->host->log(store->host->context, "a line\n\033[31m of a log");
		store->host->progress(store->host->context, "it goes on");
		store->host->warn(store->host->context, "trouble.ahead", "something to know");
		return NACCS_OK;
	}
	if (is(store, "descriptors"))
		return tell_descriptors(sink, context);
	if (is(store, "privileges"))
		return tell_privileges(sink, context);
	for (char **variable = environ; is(store, "environment") && status == NACCS_OK && *variable != NULL; variable++)
		status = tell(sink, context, *variable);
	char pid[32];
	(void)snprintf(pid, sizeof pid, "%d", (int)getpid());
	return status == NACCS_OK && is(store, "pid") ? tell(sink, context, pid) : status;
}

static naccs_status plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
			 struct naccs_error *err)
{
	const struct naccs_part part = {.size = sizeof part, .role = is(store, "bad-role") ? 99 : NACCS_ROLE_CLIENT, .action = NACCS_PART_CREATE,
					.identity = "x"};

	(void)installation;
	(void)err;
	return sink(context, &part);
}

static naccs_status install(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts, size_t count,
			    struct naccs_error *err)
{
	(void)installation;
	(void)parts;
	(void)count;
	if (is(store, "crash-in-stage"))
		(void)raise(SIGABRT);
	if (is(store, "rubbish-in-stage"))
		(void)!write(3, "\0\0\0\4\377rubb", 9);
	return naccs_error_set(err, NACCS_E_STORE_UNSUPPORTED, 0, "trouble installs nothing");
}

static naccs_status undo(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	return install(store, NULL, parts, count, err);
}

static naccs_status recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	(void)store;
	(void)direction;
	(void)parts;
	(void)count;
	(void)err;
	return NACCS_OK; /* nothing was ever staged */
}

static naccs_status sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context, struct naccs_error *err)
{
	(void)store;
	(void)err;
	return sink(context, request->digest.data, request->digest.length); /* an echo */
}

static const char *const environment[] = {"TROUBLE", "TROUBLE_*", NULL};

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.isolated = true,
	.scheme = "trouble",
	.summary = "whatever can go wrong",
	.open = open_store,
	.close = close_store,
	.describe = describe,
	.list = list,
	.plan = plan,
	.stage = install,
	.commit = install,
	.abort = undo,
	.recover = recover,
	.remove = undo,
	.sign = sign,
	.environment = environment,
};

const struct naccs_backend *naccs_backend_entry(void)
{
	return &backend;
}
