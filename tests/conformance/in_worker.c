/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see in_worker.h. */
#include "in_worker.h"

#include "suite.h"

#include "faults.h"
#include "worker.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

/* A test's own process has one of these; a backend's open has no room for a pointer to it. */
static struct {
	struct naccs_worker_kind kind;
	struct naccs_backend backend;
	char counter[4096], at[64], fault[64], counter_variable[4200];
	const char *environment[5];
	bool is_struck;		 /* a fault is armed in the workers */
	bool is_struck_by_store; /* … by the store's own library */
} the;

static const char *kind_name(enum naccs_faults_kind kind)
{
	static const char *const names[] = {
		[NACCS_FAULTS_NONE] = "none",	 [NACCS_FAULTS_KILL_BEFORE] = "kill-before", [NACCS_FAULTS_KILL_AFTER] = "kill-after",
		[NACCS_FAULTS_ENOSPC] = "enospc", [NACCS_FAULTS_EIO] = "eio",		       [NACCS_FAULTS_EACCES] = "eacces",
	};

	return names[kind];
}

/* What is armed here strikes there. */
static void hand_over_faults(void)
{
	uint64_t at;
	enum naccs_faults_kind kind = naccs_faults_armed(&at);
	size_t used = 0;

	the.is_struck = kind != NACCS_FAULTS_NONE || the.is_struck_by_store;
	(void)snprintf(the.at, sizeof the.at, "NACCS_FAULT_AT=%" PRIu64, at);
	(void)snprintf(the.fault, sizeof the.fault, "NACCS_FAULT_KIND=%s", kind_name(kind));
	(void)snprintf(the.counter_variable, sizeof the.counter_variable, "NACCS_FAULT_COUNTER=%s", the.counter);
	the.environment[used++] = the.at;
	the.environment[used++] = the.fault;
	the.environment[used++] = the.counter_variable;
	if (naccs_faults_renameat2(1) != 0)
		the.environment[used++] = "NACCS_FAULT_NO_RENAMEAT2=1";
	the.environment[used] = NULL;
	the.kind.settings.extra_environment = the.environment;
}

static void ended(void *context, int wait_status)
{
	(void)context;
	if (the.is_struck && was_killed(wait_status))
		(void)raise(SIGKILL);
	check(wait_status == 0, "a worker ended with wait status 0x%x", (unsigned)wait_status);
}

static naccs_status open_store(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
			       struct naccs_error *err)
{
	hand_over_faults();
	return naccs_worker_open(&the.kind, host, uri, options, ret, err);
}

static naccs_status places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	hand_over_faults();
	return naccs_worker_places(&the.kind, host, home, sink, context, err);
}

static naccs_status resolve(const struct naccs_host *host, const char *home, const char *uri, naccs_place_sink *sink, void *context,
			    struct naccs_error *err)
{
	hand_over_faults();
	return naccs_worker_resolve(&the.kind, host, home, uri, sink, context, err);
}

const struct naccs_backend *backend_in_worker(const char *program, const char *module, const struct naccs_backend *backend)
{
	the.kind = (struct naccs_worker_kind){
		.settings = {.program = program, .keeps_stderr = true, .ended = ended},
		.module = module,
		.backend = backend,
	};
	naccs_worker_backend(&the.kind, &the.backend);
	the.backend.open = open_store;
	the.backend.places = backend->places != NULL ? places : NULL;
	the.backend.resolve = backend->resolve != NULL ? resolve : NULL;
	return &the.backend;
}

void in_worker_expect_kill(bool is_expected)
{
	the.is_struck_by_store = is_expected;
}

void in_worker_begin_test(const char *work)
{
	if (the.kind.backend == NULL)
		return;
	(void)snprintf(the.counter, sizeof the.counter, "%s.counter", work);
	check(naccs_faults_strike_elsewhere(the.counter), "cannot make %s", the.counter);
}
