/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the host must come through whatever a worker does, tell it apart, and give it nothing that it does not need. */
#include "scratch.h"

#include "module.h"
#include "worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program, *module;

#define LABELS 64
struct session {
	struct naccs_backend shown; /* the module's own struct */
	struct naccs_worker_kind kind;
	struct naccs_backend backend;
	struct naccs_host host;
	struct naccs_store *store;
	const char *pin;
	int asked;
	bool wants_to_stop;
	uint32_t access, lock_timeout_ms;
	char labels[LABELS][256], log[256], progress[256], warning[256];
	size_t count;
};

static naccs_status take_label(void *context, const struct naccs_item *item)
{
	struct session *session = context;

	assert_true(session->count < LABELS);
	(void)snprintf(session->labels[session->count++], sizeof session->labels[0], "%s", item->label);
	return NACCS_OK;
}

static bool has_label(const struct session *session, const char *label)
{
	for (size_t i = 0; i < session->count; i++)
		if (strcmp(session->labels[i], label) == 0)
			return true;
	return false;
}

static void host_log(void *context, const char *line)
{
	struct session *session = context;

	(void)snprintf(session->log, sizeof session->log, "%s", line);
}

static void host_progress(void *context, const char *message)
{
	struct session *session = context;

	(void)snprintf(session->progress, sizeof session->progress, "%s", message);
}

static void host_warn(void *context, const char *id, const char *message)
{
	struct session *session = context;

	(void)snprintf(session->warning, sizeof session->warning, "%s|%s", id, message);
}

static naccs_status host_ask(void *context, const char *prompt, bool last_try, naccs_status (*answer)(void *, const uint8_t *, size_t), void *answer_context,
			     struct naccs_error *err)
{
	struct session *session = context;

	assert_false(last_try);
	assert_string_equal(prompt, "the PIN of trouble");
	session->asked++;
	if (session->pin == NULL)
		return naccs_error_set(err, NACCS_E_USAGE, 0, "nobody can be asked");
	return answer(answer_context, (const uint8_t *)session->pin, strlen(session->pin));
}

static bool host_cancelled(void *context)
{
	return ((struct session *)context)->wants_to_stop;
}

static naccs_status session_open(struct session *session, const char *uri, struct naccs_error *err)
{
	const struct naccs_open_options options = {
		.size = sizeof options, .access = session->access, .lock_timeout_ms = session->lock_timeout_ms};

	if (naccs_module_load(module, &session->shown, err) != NACCS_OK)
		return err->status;
	session->kind = (struct naccs_worker_kind){.settings = {.program = program, .deadline_ms = session->kind.settings.deadline_ms},
						   .module = module,
						   .backend = &session->shown};
	naccs_worker_backend(&session->kind, &session->backend);
	session->host = (struct naccs_host){.size = sizeof session->host,
					    .context = session,
					    .log = host_log,
					    .progress = host_progress,
					    .warn = host_warn,
					    .ask_secret = host_ask,
					    .cancelled = host_cancelled};
	return naccs_worker_open(&session->kind, &session->host, uri, &options, &session->store, err);
}

static naccs_status list(struct session *session, struct naccs_error *err)
{
	session->count = 0;
	return session->backend.list(session->store, take_label, session, err);
}

static void close_session(struct session *session)
{
	session->backend.close(session->store);
}

/* The call fails, says how, and so does every later one; closing works. */
static void check_trouble(const char *uri, uint32_t deadline_ms, const char *part)
{
	struct session session = {.kind.settings.deadline_ms = deadline_ms};
	struct naccs_error err = {0};

	assert_ok(session_open(&session, uri, &err));
	for (int i = 0; i < 2; i++) {
		assert_fails(NACCS_E_BACKEND_FAILED, list(&session, &err));
		assert_holds(err.message, uri);
		assert_holds(err.message, part);
		assert_true(err.hint[0] != '\0');
	}
	close_session(&session);
}

static void a_crash_is_told_with_its_signal(void **state)
{
	(void)state;
	check_trouble("trouble:crash", 0, "signal");
}

static void an_early_end_is_told_with_its_exit_code(void **state)
{
	(void)state;
	check_trouble("trouble:exit", 0, "exit code 7");
}

static void a_hang_ends_at_the_deadline(void **state)
{
	(void)state;
	check_trouble("trouble:hang", 300, "said nothing");
}

static void a_wait_for_other_programs_is_no_hang(void **state)
{
	struct session session = {.lock_timeout_ms = 60000}, impatient = {0};
	struct naccs_error err = {0};

	(void)state;
	assert_ok(session_open(&session, "trouble:wait-for-others", &err));
	session.kind.settings.deadline_ms = 100;
	assert_ok(list(&session, &err));
	close_session(&session);
	assert_ok(session_open(&impatient, "trouble:wait-for-others", &err));
	impatient.kind.settings.deadline_ms = 100;
	assert_fails(NACCS_E_BACKEND_FAILED, list(&impatient, &err));
	assert_holds(err.message, "said nothing");
	close_session(&impatient);
}

static void rubbish_is_not_believed(void **state)
{
	(void)state;
	check_trouble("trouble:rubbish", 0, "breaks the contract");
	check_trouble("trouble:endless-frame", 0, "breaks the contract");
}

static naccs_status no_part(void *context, const struct naccs_part *part)
{
	(void)context;
	(void)part;
	fail_msg("a part with an impossible role came through");
	return NACCS_OK;
}

static void values_out_of_range_are_not_believed(void **state)
{
	const struct naccs_installation installation = {.size = sizeof installation, .common_name = "x", .serial = "01"};
	struct session session = {0};
	struct naccs_error err = {0};

	(void)state;
	assert_ok(session_open(&session, "trouble:bad-role", &err));
	assert_fails(NACCS_E_BACKEND_FAILED, session.backend.plan(session.store, &installation, no_part, NULL, &err));
	close_session(&session);
}

static void a_crash_while_opening_leaves_nothing(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};

	(void)state;
	assert_fails(NACCS_E_BACKEND_FAILED, session_open(&session, "trouble:crash-at-open", &err));
	assert_null(session.store);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

static void a_worker_that_cannot_be_started_is_named(void **state)
{
	const char *real = program;
	struct session session = {0};
	struct naccs_error err = {0};

	(void)state;
	program = "/nowhere/naccs-cert-store";
	assert_fails(NACCS_E_BACKEND_FAILED, session_open(&session, "trouble:x", &err));
	assert_holds(err.message, "/nowhere/naccs-cert-store");
	program = real;
}

static void a_worker_has_the_environment_it_needs_and_no_other(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};

	(void)state;
	assert_int_equal(setenv("TROUBLE", "wanted", 1) | setenv("TROUBLE_TWO", "wanted too", 1) | setenv("TROUBLED", "not wanted", 1) |
				 setenv("SSL_CERT_FILE", "/etc/passwd", 1) | setenv("LD_PRELOAD_X", "x", 1) | setenv("PATH", "/evil", 1) |
				 setenv("HOME", "/somewhere", 1),
			 0);
	assert_ok(session_open(&session, "trouble:environment", &err));
	assert_ok(list(&session, &err));
	assert_true(has_label(&session, "TROUBLE=wanted"));
	assert_true(has_label(&session, "TROUBLE_TWO=wanted too"));
	assert_true(has_label(&session, "HOME=/somewhere"));
	assert_false(has_label(&session, "TROUBLED=not wanted"));
	assert_false(has_label(&session, "SSL_CERT_FILE=/etc/passwd"));
	assert_false(has_label(&session, "PATH=/evil"));
	close_session(&session);
}

static void a_worker_has_four_descriptors(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};
	int leaky = open("/etc/passwd", O_RDONLY), high = fcntl(leaky, F_DUPFD, 200); /* without O_CLOEXEC, as careless libraries do */

	(void)state;
	assert_ok(session_open(&session, "trouble:descriptors", &err));
	assert_ok(list(&session, &err));
	assert_int_equal(session.count, 4);
	assert_true(has_label(&session, "0") && has_label(&session, "1") && has_label(&session, "2") && has_label(&session, "3"));
	close_session(&session);
	(void)close(leaky);
	(void)close(high);
}

static void a_worker_gains_no_privileges_and_leaves_no_core(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};

	(void)state;
	assert_ok(session_open(&session, "trouble:privileges", &err));
	assert_ok(list(&session, &err));
	assert_true(has_label(&session, "no_new_privs=1 dumpable=0 core=0 session=1"));
	close_session(&session);
}

static void a_pin_is_asked_here_and_used_there(void **state)
{
	struct session session = {.pin = "right"};
	struct naccs_error err = {0};

	(void)state;
	assert_ok(session_open(&session, "trouble:pin", &err));
	assert_int_equal(session.asked, 1);
	close_session(&session);
	session = (struct session){.pin = "wrong"};
	assert_fails(NACCS_E_PIN_WRONG, session_open(&session, "trouble:pin", &err));
	assert_int_equal(session.asked, 1);
	session = (struct session){0};
	assert_fails(NACCS_E_USAGE, session_open(&session, "trouble:pin", &err));
	assert_string_equal(err.message, "nobody can be asked");
}

static void words_come_through_and_are_safe_to_show(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};

	(void)state;
	assert_ok(session_open(&session, "trouble:words", &err));
	assert_ok(list(&session, &err));
	assert_string_equal(session.log, "a line??[31m of a log");
	assert_string_equal(session.progress, "it goes on");
	assert_string_equal(session.warning, "trouble.ahead|something to know");
	close_session(&session);
}

static void a_cancel_reaches_the_worker(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};

	(void)state;
	assert_ok(session_open(&session, "trouble:wait-for-cancel", &err));
	session.wants_to_stop = true;
	assert_fails(NACCS_E_CANCELLED, list(&session, &err));
	assert_string_equal(err.message, "cancelled as asked");
	session.wants_to_stop = false;
	close_session(&session);
}

static void a_forked_child_gets_a_worker_of_its_own(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};
	char parents[256];
	int status = 0;

	(void)state;
	assert_ok(session_open(&session, "trouble:pid", &err));
	assert_ok(list(&session, &err));
	(void)snprintf(parents, sizeof parents, "%s", session.labels[0]);
	pid_t pid = fork();
	if (pid == 0) {
		bool is_good = list(&session, &err) == NACCS_OK && session.count == 1 && strcmp(session.labels[0], parents) != 0;
		close_session(&session);
		_exit(is_good ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_ok(list(&session, &err));
	assert_string_equal(session.labels[0], parents);
	close_session(&session);
}

static naccs_status take_bytes(void *context, const uint8_t *bytes, size_t length)
{
	assert_int_equal(length, 32);
	memcpy(context, bytes, length);
	return NACCS_OK;
}

static void bytes_come_back_as_they_went(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};
	uint8_t digest[32] = {0, 1, 255}, back[32] = {0};
	const struct naccs_sign_request request = {.size = sizeof request, .hash = NACCS_HASH_SHA256, .digest = {.data = digest, .length = sizeof digest}};

	(void)state;
	assert_ok(session_open(&session, "trouble:sign", &err));
	assert_ok(session.backend.sign(session.store, &request, take_bytes, back, &err));
	assert_memory_equal(digest, back, sizeof back);
	assert_null(session.backend.activate);
	assert_null(session.backend.verify);
	close_session(&session);
}

/* Its process is killed between two calls. */
static naccs_status sign_after_a_kill(struct session *session, naccs_status *ret_next)
{
	struct naccs_error err = {0};
	uint8_t digest[32] = {7}, back[32] = {0};
	const struct naccs_sign_request request = {
		.size = sizeof request, .hash = NACCS_HASH_SHA256, .digest = {.data = digest, .length = sizeof digest}};

	assert_ok(list(session, &err));
	assert_int_equal(kill((pid_t)strtol(session->labels[0], NULL, 10), SIGKILL), 0);
	naccs_status status = session->backend.sign(session->store, &request, take_bytes, back, &err);
	assert_holds(err.message, "signal 9");
	assert_fails(status, list(session, &err));
	*ret_next = session->backend.sign(session->store, &request, take_bytes, back, &err);
	assert_int_equal(memcmp(digest, back, sizeof back) == 0, *ret_next == NACCS_OK);
	return status;
}

static void a_key_outlives_its_process(void **state)
{
	struct session session = {0};
	struct naccs_error err = {0};
	char first[256];
	naccs_status next;

	(void)state;
	assert_ok(session_open(&session, "trouble:pid", &err));
	assert_ok(list(&session, &err));
	(void)snprintf(first, sizeof first, "%s", session.labels[0]);
	assert_int_equal(sign_after_a_kill(&session, &next), NACCS_E_BACKEND_FAILED);
	assert_int_equal(next, NACCS_OK);
	assert_ok(list(&session, &err));
	assert_string_not_equal(session.labels[0], first);
	close_session(&session);
}

static void a_store_that_was_being_changed_does_not_go_on(void **state)
{
	struct session session = {.access = NACCS_ACCESS_WRITE};
	struct naccs_error err = {0};
	naccs_status next;

	(void)state;
	assert_ok(session_open(&session, "trouble:pid", &err));
	assert_int_equal(sign_after_a_kill(&session, &next), NACCS_E_BACKEND_FAILED);
	assert_int_equal(next, NACCS_E_BACKEND_FAILED);
	close_session(&session);
}

static void a_key_whose_store_is_gone_for_a_while_comes_back(void **state)
{
	const char *real = program;
	struct session session = {0};
	struct naccs_error err = {0};
	naccs_status next;

	(void)state;
	assert_ok(session_open(&session, "trouble:pid", &err));
	session.kind.settings.program = "/nowhere/naccs-cert-store";
	assert_int_equal(sign_after_a_kill(&session, &next), NACCS_E_BACKEND_FAILED);
	assert_int_equal(next, NACCS_E_BACKEND_FAILED);
	session.kind.settings.program = real;
	assert_ok(list(&session, &err));
	close_session(&session);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_is_told_with_its_signal),
		cmocka_unit_test(an_early_end_is_told_with_its_exit_code),
		cmocka_unit_test(a_hang_ends_at_the_deadline),
		cmocka_unit_test(a_wait_for_other_programs_is_no_hang),
		cmocka_unit_test(rubbish_is_not_believed),
		cmocka_unit_test(values_out_of_range_are_not_believed),
		cmocka_unit_test(a_crash_while_opening_leaves_nothing),
		cmocka_unit_test(a_worker_that_cannot_be_started_is_named),
		cmocka_unit_test(a_worker_has_the_environment_it_needs_and_no_other),
		cmocka_unit_test(a_worker_has_four_descriptors),
		cmocka_unit_test(a_worker_gains_no_privileges_and_leaves_no_core),
		cmocka_unit_test(a_pin_is_asked_here_and_used_there),
		cmocka_unit_test(words_come_through_and_are_safe_to_show),
		cmocka_unit_test(a_cancel_reaches_the_worker),
		cmocka_unit_test(a_forked_child_gets_a_worker_of_its_own),
		cmocka_unit_test(bytes_come_back_as_they_went),
		cmocka_unit_test(a_key_outlives_its_process),
		cmocka_unit_test(a_store_that_was_being_changed_does_not_go_on),
		cmocka_unit_test(a_key_whose_store_is_gone_for_a_while_comes_back),
	};

	if (argc < 3)
		return 64;
	program = argv[1];
	module = argv[2];
	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
