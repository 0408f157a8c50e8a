/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the contract of core/include/naccscert/backend.h as tests that run over any backend. Each test is a function that runs in a process
 * of its own, so that a backend that crashes, or is killed on purpose, takes nothing else with it; it ends by returning (passed), check()
 * or test_skip(). The main process never calls into the backend: what was called before a fork would be broken after it (NSS, PKCS#11).
 */
#ifndef NACCS_CONFORMANCE_SUITE_H
#define NACCS_CONFORMANCE_SUITE_H

#include "inputs.h"

#include <naccscert/backend.h>

#include <stdnoreturn.h>
#include <sys/types.h>

struct suite {
	const struct naccs_backend *backend;
	const char *fixture; /* a program; NULL: uri_template */
	const char *uri;     /* with {} for an empty folder; NULL: fixture */
	const char *line[8]; /* what a fixture would say of uri, from the command line */
	size_t line_count;
	const char *work;    /* folder of this test, empty */
	struct inputs *inputs;
	bool is_verbose;
};

struct test {
	const char *name;
	void (*run)(struct suite *suite);
};
/* What main.c runs: groups.c has the contract's tests; a backend may link its own. Each list ends with a test without a name, the whole
 * with NULL. */
extern const struct test *const test_groups[];

/* check(): the rest of the test makes no sense when this does not hold. */
noreturn void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(__printf__, 3, 4)));
noreturn void test_skip(const char *format, ...) __attribute__((format(__printf__, 1, 2)));
#define check(condition, ...)                                                                                                              \
	do {                                                                                                                               \
		if (!(condition))                                                                                                          \
			test_fail(__FILE__, __LINE__, __VA_ARGS__);                                                                        \
	} while (0)
/* Calls that must succeed, or fail with one status. err is the struct naccs_error they were given. */
#define check_ok(call, err) check((call) == NACCS_OK, "%s: status %d: %s", #call, (int)(err)->status, (err)->message)
#define check_status(call, wanted, err)                                                                                                    \
	do {                                                                                                                               \
		naccs_status got_ = (call);                                                                                                \
		check(got_ == (wanted) && (err)->status == got_ && (err)->message[0] != '\0',                                              \
		      "%s: returned %d, err says %d \"%s\", wanted %s", #call, (int)got_, (int)(err)->status, (err)->message, #wanted);    \
	} while (0)

/* What the fixture says of a store that it made. */
struct ground {
	struct suite *suite;
	char *uri;
	char *tree;	    /* folder that holds everything the store writes; NULL: can't be compared byte by byte */
	char *secret;	    /* PIN or password */
	char *wrong_secret; /* one that is refused and does not lock */
	char *inventory;    /* program whose output shows what the store holds beyond what list can show without a secret */
	char *faults;	    /* file that tells the store's library where to fail (crash.h); NULL: system calls are struck */
	bool has_one_subject;
	const char *group; /* for naccs_open_options */
};
/* kind: fresh, read-only, full, locked. Skips the test when the fixture can't make it. */
struct ground ground_make(struct suite *suite, const char *kind);

/* A copy of parts, as the host's ledger would keep them. */
struct ledger {
	size_t count;
	struct naccs_part part[32];
	bool is_staged, is_committed; /* crash tests: how far it came */
};
naccs_part_sink ledger_add;
bool ledger_is_all(const struct ledger *ledger, uint32_t action);
/* Without what the host never hands to remove. */
struct ledger ledger_without_adopted(const struct ledger *ledger);
/* The part of this role whose identity ends so. */
const struct naccs_part *part_of(const struct ledger *ledger, uint32_t role, const char *identity_end);
/* Through a pipe, so that it survives the process: whole or not at all. */
void ledger_send(const struct ledger *ledger, int fd);
void ledger_send_progress(int fd, char progress);
bool ledger_receive(struct ledger *ret, int fd);

/* An open store, with a host that answers for it. */
struct session {
	const struct ground *ground;
	struct naccs_host host;
	struct naccs_store *store;
	struct naccs_error err;
	const char *secret;
	int asked;
	bool was_last_try; /* the last question was for a PIN whose wrong answer locks */
	char prompt[256];  /* of the last question */
	char warned[512];  /* ids of warnings, each followed by a blank */
};
naccs_status session_try(struct session *session, const struct ground *ground, enum naccs_access access, uint32_t lock_timeout_ms);
void session_open(struct session *session, const struct ground *ground, enum naccs_access access);
void session_close(struct session *session);

struct ledger session_plan(struct session *session, const struct input *input);
void session_stage(struct session *session, const struct input *input, const struct ledger *ledger);
void session_commit(struct session *session, const struct input *input, const struct ledger *ledger);
/* open, plan, stage, commit, close. */
struct ledger install(const struct ground *ground, const struct input *input);
void session_recover(struct session *session, enum naccs_recovery direction, const struct ledger *ledger);
void session_remove(struct session *session, const struct ledger *ledger);
/* Plan in a session of its own, without anything following; the status, and the parts or the error. */
naccs_status plan_once(const struct ground *ground, const struct input *input, struct ledger *ret, struct naccs_error *err);
/* open, remove, close. */
void remove_all(const struct ground *ground, const struct ledger *ledger);

/* What a store shows of one certificate. */
struct sight {
	bool is_there, has_key, is_pending, is_current;
	size_t client_cas, client_intermediates, server_anchors, server_intermediates; /* that equal the input's */
};
struct sight session_look(struct session *session, const struct input *input);
/* Everything is there as it was given, committed. */
void session_check_installed(struct session *session, const struct input *input, bool is_current);
/* Sign with the key of input and verify with its public key. Returns the status; a bad signature fails the test. */
naccs_status session_sign(struct session *session, const struct input *input, uint32_t hash, uint32_t padding, uint32_t salt_length);
/* The way of the challenge: whatever the key's type needs. */
void session_check_signs(struct session *session, const struct input *input);

/* A picture of the store: what list shows, sorted, and where the fixture allows it every file's bytes, mode and owner. free(). */
char *picture(const struct ground *ground);
char *picture_of_tree(const char *folder);
/* The same, at two times. */
#define check_picture(before, after)                                                                                                       \
	check(strcmp((before), (after)) == 0, "the store is not as it was.\n--- before\n%s--- after\n%s", (before), (after))

/* Run a program to its end: its standard output (free()) and its wait status. */
char *program_output(const char *const arguments[], int *ret_status);

/* process.c, process_windows.c. Run in a child: returns its exit status as waitpid gives it. */
int in_child(void (*run)(void *context), void *context);
bool was_killed(int status);
int child_exit_code(int status); /* -1: it did not exit */
/* In a child: end it, or let it die as if it had been killed. */
noreturn void child_exit(int code);
noreturn void child_die(void);

bool can(const struct suite *suite, const struct ground *ground, uint64_t capability);
/* Skip the test unless the store can do all of this. */
void need(const struct suite *suite, const struct ground *ground, uint64_t capabilities, const char *what);
/* The input to use where any will do, and its renewal: EC if the store takes it, else RSA; skips the test when it takes neither. */
const struct input *any_input(const struct suite *suite, const struct ground *ground);
const struct input *renewal_of(const struct suite *suite, const struct input *input);

#endif
