/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: naccs-cert-store MODULE, the process in which one backend serves one store: others' code (NSS, vendors' PKCS#11 modules) crashes, hangs and keeps global state here,
 * not in naccs-cert. It is started by naccs-cert with a socket as descriptor 3, and ends with it.
 */
#include "module.h"
#include "process.h"
#include "serve.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ORPHAN_GRACE_SECONDS 10 /* to bring the call under way to its end when the host has died */

static void give_up_privileges(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)umask(077);
}

/* A call that never ends must not hold a store's lock for ever when nobody waits for it any more. */
static void *end_with_the_host(void *context)
{
	struct pollfd poller = {.fd = NACCS_WORKER_SOCKET, .events = POLLRDHUP};

	(void)context;
	while (poll(&poller, 1, -1) <= 0)
		continue;
	(void)sleep(ORPHAN_GRACE_SECONDS);
	_exit(1);
}

static void watch_the_host(void)
{
	pthread_t thread;
	sigset_t all, former;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former); /* signals are the main thread's */
	if (pthread_create(&thread, NULL, end_with_the_host, NULL) == 0)
		(void)pthread_detach(thread);
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
}

int main(int argc, char **argv)
{
	struct stat info;
	struct naccs_backend backend;
	struct naccs_error err = {0};

	if (argc != 2 || fstat(NACCS_WORKER_SOCKET, &info) != 0 || !S_ISSOCK(info.st_mode)) {
		(void)fputs("naccs-cert-store is started by naccs-cert: it serves one store over a socket. There is nothing to run by hand.\n", stderr);
		return 64;
	}
	give_up_privileges();
	watch_the_host();
	if (naccs_module_load(argv[1], &backend, &err) != NACCS_OK) {
		naccs_serve_failure(NACCS_WORKER_SOCKET, &err);
		return 1;
	}
	return naccs_serve(NACCS_WORKER_SOCKET, &backend);
}
