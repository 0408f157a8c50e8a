/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a worker is a process of its own that has nothing it does not need: one socket (descriptor 3), /dev/null for input and output, a short environment, no terminal, no
 * signal mask, a session of its own (Ctrl-C is the host's to pass on). Starting it is cheap (posix_spawn), so that it can be started anew after a fork.
 */
#ifndef NACCS_WORKER_PROCESS_H
#define NACCS_WORKER_PROCESS_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NACCS_WORKER_SOCKET 3 /* the descriptor that a worker finds its socket at */

/* How workers are started. Everything is borrowed as long as the stores opened with it. */
struct naccs_worker_settings {
	const char *program;                 /* naccs-cert-store, absolute */
	const char *const *extra_environment; /* "NAME=value", NULL-terminated; NULL: none. For tests */
	uint32_t deadline_ms;                /* how long a worker may say nothing during a call, beside the store's lock_timeout_ms; 0: NACCS_WORKER_DEADLINE_MS */
	bool keeps_stderr;                   /* what others' code writes there is shown (-v), not thrown away */
	void (*ended)(void *context, int wait_status); /* told how each worker ended; may be NULL */
	void *context;
};
#define NACCS_WORKER_DEADLINE_MS (2u * 60 * 1000)

struct naccs_worker_process {
	pid_t pid;    /* 0: none */
	pid_t parent; /* who started it: after a fork it is not ours */
	int fd;       /* -1: none */
};

/* Start `settings->program module`. variables: names of environment variables, or beginnings of names that end in '*', that it gets besides the usual ones (may be
 * NULL). Failures: NACCS_E_BACKEND_FAILED. */
naccs_status naccs_worker_process_start(const struct naccs_worker_settings *settings, const char *module, const char *const *variables,
					struct naccs_worker_process *ret, struct naccs_error *err);

/* Close the socket and wait until it has ended, at most grace_ms; then it is killed. Returns the wait status; 0 when there was none. After a fork only the descriptor is closed. */
int naccs_worker_process_end(const struct naccs_worker_settings *settings, struct naccs_worker_process *process, uint32_t grace_ms);

/* "was killed by signal 11 (Segmentation fault)", "ended with exit code 99". Translated; caller frees; NULL when memory is short. */
char *naccs_worker_process_obituary(int wait_status);

#endif
