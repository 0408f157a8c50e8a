/* SPDX-License-Identifier: Apache-2.0 */
/* Why: install, recover and remove in processes that are killed or meet a failing call, and the host's answer to it. */
#ifndef NACCS_CONFORMANCE_CRASH_H
#define NACCS_CONFORMANCE_CRASH_H

#include "suite.h"

#include "faults.h"

enum step { STEP_OPEN, STEP_PLAN, STEP_STAGE, STEP_COMMIT, STEP_NEVER };
#define MANY_CALLS 100000

struct crash {
	const struct ground *ground;
	const struct input *input;
	enum step after; /* die after this step */
	enum naccs_faults_kind kind;
	uint64_t at;
	enum naccs_recovery direction;
	struct ledger ledger;	  /* what plan said */
	char *before, *installed; /* pictures */
	/* Bring the ground back to `before` after a finished install; NULL: by remove. */
	void (*reset)(struct crash *crash);
	int fd; /* the ledger's way out of the process */
};

/*
 * Strike from now on in this process: at its durable system calls or, where the fixture says faults=FILE, at the calls into the store's library, which reads FILE
 * when it starts: "* N kill-before", "* N kill-after", "* N full", "* N error"; when it strikes it makes FILE.met.
 */
void crash_arm(const struct crash *crash);
/* Was the fault met by a process that was armed? */
bool crash_was_met(const struct crash *crash);
void crash_disarm(const struct crash *crash);

/* Install once to see what it looks like, and take it away again. */
void crash_prepare(struct crash *crash);
/* Run the install with its fault; what was planned comes back in ledger. Was it killed? */
bool crash_install(struct crash *crash);
/* What the host does after a crash: undo, or finish what was judged good. Twice, then back to `before`. */
void crash_recover(struct crash *crash, enum naccs_recovery direction);
/* Kill (or let fail) at every durable call in turn, recover each time. */
void crash_killed_at_every_call(struct crash *crash, enum naccs_faults_kind kind, enum naccs_recovery direction);
void crash_failed_at_every_call(struct crash *crash, enum naccs_faults_kind kind);
/* Most stores make a few dozen calls: all are tried. Where there are thousands, the steps grow. */
uint64_t crash_next_call(uint64_t at);
/* --stride: every n-th call only, where each of them costs much (processes under sanitizers). */
void crash_set_stride(uint64_t stride);

/* For in_child(): context is the crash. */
void crash_actor_recover(void *context);
void crash_actor_remove(void *context);
/* Run without a fault; it must succeed. */
void crash_must(void (*run)(void *context), struct crash *crash, const char *what);
void crash_check_is(const struct crash *crash, const char *wanted);

#endif
