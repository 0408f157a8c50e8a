/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a browser may be writing just now. Then it is waited for, and when that takes too long, named. */
#include "nss_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Another program with a database open for writing, until it is told or killed. */
struct holder {
	pid_t pid;
	int release; /* close to let it go */
};

static void hold(const char *path, int is_held, int release)
{
	sqlite3 *database = NULL;
	char byte = 0;

	(void)prctl(PR_SET_NAME, "some-browser");
	check(sqlite3_open(path, &database) == SQLITE_OK && sqlite3_exec(database, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK,
	      "%s: %s", path, sqlite3_errmsg(database));
	check(write(is_held, "h", 1) == 1, "pipe: %s", strerror(errno));
	check(read(release, &byte, 1) == 0, "pipe: %s", strerror(errno));
	(void)sqlite3_close(database);
	_exit(0);
}

static struct holder start_holder(const struct ground *ground, const char *name)
{
	int held[2], release[2];
	char byte = 0;

	check(pipe2(held, O_CLOEXEC) == 0 && pipe2(release, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
	pid_t pid = fork();
	check(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		(void)close(release[1]);
		hold(nss_path(ground, name), held[1], release[0]);
	}
	(void)close(held[1]);
	(void)close(release[0]);
	check(read(held[0], &byte, 1) == 1, "the other program did not get its lock");
	(void)close(held[0]);
	return (struct holder){pid, release[1]};
}

static void stop_holder(struct holder *holder)
{
	int status = 0;

	if (holder->release >= 0)
		(void)close(holder->release);
	holder->release = -1;
	check(waitpid(holder->pid, &status, 0) == holder->pid && status == 0, "the other program ended with %d", status);
}

static void check_names(const struct naccs_error *err, const struct holder *holder)
{
	check(strstr(err->message, text_of("process %jd (some-browser)", (intmax_t)holder->pid)) != NULL,
	      "the message does not name process %jd: %s", (intmax_t)holder->pid, err->message);
}

static void who_locks_it_is_named(struct suite *suite)
{
	static const char *const names[] = {"cert9.db", "key4.db"};
	static const enum naccs_access accesses[] = {NACCS_ACCESS_WRITE, NACCS_ACCESS_READ};
	struct ground ground = nss_ground_made(suite);
	struct session session;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct holder holder = start_holder(&ground, names[i]);
		for (size_t j = 0; j < sizeof accesses / sizeof *accesses; j++) {
			check_status(session_try(&session, &ground, accesses[j], 50), NACCS_E_RUN_LOCKED, &session.err);
			check_names(&session.err, &holder);
		}
		stop_holder(&holder);
	}
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
}

/* The backend asks now and then whether the run should end: that is when the other program lets go. */
static bool release_when_asked(void *context)
{
	struct holder *holder = context;

	if (holder->release >= 0)
		(void)close(holder->release);
	holder->release = -1;
	return false;
}

static naccs_status no_secret(void *context, const char *prompt, bool last_try,
			      naccs_status (*answer)(void *answer_context, const uint8_t *secret, size_t length), void *answer_context,
			      struct naccs_error *err)
{
	(void)context;
	(void)last_try;
	(void)answer;
	(void)answer_context;
	return naccs_error_set(err, NACCS_E_CANCELLED, 0, "nobody knows \"%s\"", prompt);
}

static void quiet(void *context, const char *line)
{
	(void)context;
	(void)line;
}

static naccs_status open_patiently(const struct ground *ground, bool (*cancelled)(void *context), void *context, struct naccs_store **ret,
				   struct naccs_error *err)
{
	static struct naccs_host host; /* valid until close */
	const struct naccs_open_options options = {.size = sizeof options, .access = NACCS_ACCESS_WRITE, .lock_timeout_ms = 60000};

	host = (struct naccs_host){
		.size = sizeof host,
		.context = context,
		.log = quiet,
		.progress = quiet,
		.ask_secret = no_secret,
		.cancelled = cancelled,
	};
	return ground->suite->backend->open(&host, ground->uri, &options, ret, err);
}

static void it_is_waited_for(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	struct holder holder = start_holder(&ground, "key4.db");
	struct naccs_store *store = NULL;
	struct naccs_error err = {0};

	check_ok(open_patiently(&ground, release_when_asked, &holder, &store, &err), &err);
	check(holder.release < 0, "the database opened while another program wrote into it");
	suite->backend->close(store);
	stop_holder(&holder);
}

static bool want_the_end(void *context)
{
	(void)context;
	return true;
}

static void waiting_is_called_off(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	struct naccs_store *store = NULL;
	struct naccs_error err = {0};
	int folder = open(nss_dir(&ground), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	check(folder >= 0 && flock(folder, LOCK_EX) == 0, "%s: %s", nss_dir(&ground), strerror(errno));
	check_status(open_patiently(&ground, want_the_end, NULL, &store, &err), NACCS_E_CANCELLED, &err);
	(void)close(folder);
	struct holder holder = start_holder(&ground, "cert9.db");
	err = (struct naccs_error){0};
	check_status(open_patiently(&ground, want_the_end, NULL, &store, &err), NACCS_E_CANCELLED, &err);
	stop_holder(&holder);
}

static void a_lock_in_the_middle_of_an_install_undoes_it(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;
	char *before = nss_listing(&ground);

	check(session_try(&session, &ground, NACCS_ACCESS_WRITE, 50) == NACCS_OK, "%s", session.err.message);
	struct ledger ledger = session_plan(&session, input);
	struct holder holder =
		start_holder(&ground, "key4.db"); /* CAs go into the other file: they are written, and have to be taken back */
	check_status(suite->backend->stage(session.store, &input->installation, ledger.part, ledger.count, &session.err),
		     NACCS_E_RUN_LOCKED, &session.err);
	check_names(&session.err, &holder);
	stop_holder(&holder);
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	session_close(&session);
	char *after = nss_listing(&ground);
	check_picture(before, after);
	(void)install(&ground, input);
}

/* Killed in the middle of writing, after the first changed page had gone to the file. */
static void die_writing(const char *path)
{
	sqlite3 *database = NULL;

	check(sqlite3_open(path, &database) == SQLITE_OK &&
		      sqlite3_exec(database, "BEGIN IMMEDIATE; DELETE FROM nssPublic", NULL, NULL, NULL) == SQLITE_OK &&
		      sqlite3_db_cacheflush(database) == SQLITE_OK,
	      "%s: %s", path, sqlite3_errmsg(database));
	(void)raise(SIGKILL);
}

static void die_writing_certificates(void *context)
{
	die_writing(nss_path(context, "cert9.db"));
}

static void what_another_program_left_half_written_is_taken_back(struct suite *suite)
{
	static const enum naccs_access accesses[] = {NACCS_ACCESS_READ, NACCS_ACCESS_WRITE};
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	(void)install(&ground, input);
	for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
		struct session session;
		check(was_killed(in_child(die_writing_certificates, &ground)), "the other program was not killed");
		check(access(nss_path(&ground, "cert9.db-journal"), F_OK) == 0, "the other program left no journal");
		session_open(&session, &ground, accesses[i]);
		session_check_installed(&session, input, true);
		session_close(&session);
	}
}

static void install_stranger(void *context)
{
	const struct ground *ground = context;

	(void)install(ground, inputs_get(ground->suite->inputs, INPUT_STRANGER));
}

static void many_at_once_take_turns(struct suite *suite)
{
	enum { MANY = 8 };
	struct ground ground = nss_ground_made(suite);
	pid_t pids[MANY];
	struct session session;

	(void)inputs_get(suite->inputs, INPUT_STRANGER);
	(void)fflush(NULL);
	for (int i = 0; i < MANY; i++) {
		pids[i] = fork();
		check(pids[i] >= 0, "fork: %s", strerror(errno));
		if (pids[i] == 0) {
			install_stranger(&ground);
			_exit(0);
		}
	}
	for (int i = 0; i < MANY; i++) {
		int status = 0;
		check(waitpid(pids[i], &status, 0) == pids[i] && status == 0, "one of many installs ended with %d", status);
	}
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, inputs_get(suite->inputs, INPUT_STRANGER), true);
	session_close(&session);
	char *keys = certutil(&ground, "-K");
	const char *first = strstr(keys, "NACCS 22220B");
	check(first != NULL && strstr(first + 1, "NACCS 22220B") == NULL, "there is not exactly one key: %s", keys);
}

const struct test nss_tests_busy[] = {
	{"who locks it is named", who_locks_it_is_named},
	{"it is waited for", it_is_waited_for},
	{"waiting is called off", waiting_is_called_off},
	{"a lock in the middle of an install undoes it", a_lock_in_the_middle_of_an_install_undoes_it},
	{"what another program left half written is taken back, also for a reader", what_another_program_left_half_written_is_taken_back},
	{"many at once take turns", many_at_once_take_turns},
	{NULL, NULL},
};
