/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a secret is asked for on the terminal, is not shown, and the terminal is left as it was. Each test sits at a terminal of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cancel.h"
#include "prompt.h"
#include "ui.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define TRANSCRIPT_SIZE 8192

struct terminal {
	int master;
	pid_t child;
	char transcript[TRANSCRIPT_SIZE];
	size_t length;
};

/* Let a function run at a new terminal, as a process of its own; what it returns is its exit code. */
static void sit_down(struct terminal *terminal, int (*function)(void))
{
	memset(terminal, 0, sizeof *terminal);
	terminal->child = forkpty(&terminal->master, NULL, NULL, NULL);
	assert_true(terminal->child >= 0);
	if (terminal->child == 0)
		_exit(function());
}

/* Read what the screen shows; false at its end. */
static bool watch(struct terminal *terminal)
{
	assert_true(terminal->length < TRANSCRIPT_SIZE - 1);
	ssize_t count = read(terminal->master, terminal->transcript + terminal->length, TRANSCRIPT_SIZE - 1 - terminal->length);
	if (count <= 0)
		return false;
	terminal->length += (size_t)count;
	return true;
}

/* Wait until text has been shown, then forget what was shown up to here. */
static void wait_for(struct terminal *terminal, const char *text)
{
	while (strstr(terminal->transcript, text) == NULL)
		if (!watch(terminal))
			fail_msg("\"%s\" was not shown, but \"%s\"", text, terminal->transcript);
	memset(terminal->transcript, 0, sizeof terminal->transcript);
	terminal->length = 0;
}

static void type(const struct terminal *terminal, const char *keys)
{
	assert_int_equal(write(terminal->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

/* Read to the end, and return the exit status as waitpid() tells it. */
static int leave(struct terminal *terminal)
{
	while (watch(terminal))
		;
	int status = 0;
	assert_int_equal(waitpid(terminal->child, &status, 0), terminal->child);
	assert_int_equal(close(terminal->master), 0);
	return status;
}

static void assert_exit(int status, int code)
{
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
}

/* 0: the answer was "geheim日本"; else the status, or 99. */
static int ask_for_secret(void)
{
	struct naccs_secret *answer = NULL;
	struct naccs_error err = {0};
	naccs_status status = cli_prompt("PIN: ", false, &answer, &err);
	int code = status != NACCS_OK ? (int)status : strcmp(naccs_secret_text(answer), "geheim日本") == 0 ? 0 : 99;
	naccs_secret_free(answer);
	return code;
}

static void a_secret_is_read_and_not_shown(void **state)
{
	(void)state;
	struct terminal terminal;
	sit_down(&terminal, ask_for_secret);
	wait_for(&terminal, "PIN: ");
	type(&terminal, "geheim日本\n");
	assert_exit(leave(&terminal), 0);
	assert_string_equal(terminal.transcript, "\r\n");
}

static void the_end_of_input_is_no_answer(void **state)
{
	(void)state;
	struct terminal terminal;
	sit_down(&terminal, ask_for_secret);
	wait_for(&terminal, "PIN: ");
	type(&terminal, "\x04");
	assert_exit(leave(&terminal), NACCS_E_CANCELLED);
}

static void an_endless_answer_is_refused(void **state)
{
	(void)state;
	struct terminal terminal;
	char line[1501];
	memset(line, 'x', sizeof line);
	line[sizeof line - 2] = '\n';
	line[sizeof line - 1] = '\0';
	sit_down(&terminal, ask_for_secret);
	wait_for(&terminal, "PIN: ");
	type(&terminal, line);
	assert_exit(leave(&terminal), NACCS_E_USAGE);
}

static void ctrl_c_ends_the_program_as_if_nothing_had_caught_it(void **state)
{
	(void)state;
	struct terminal terminal;
	sit_down(&terminal, ask_for_secret);
	wait_for(&terminal, "PIN: ");
	type(&terminal, "gehe\x03");
	int status = leave(&terminal);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

/* With the program's own handler: says how it went and stays, so that the terminal can be looked at. */
static int ask_and_stay(void)
{
	struct cli_ui ui = {.can_ask = true};
	struct naccs_ui callbacks = cli_ui_callbacks(&ui);
	cli_cancel_catch();
	int code = ask_for_secret();
	bool is_right = code == NACCS_E_CANCELLED && callbacks.cancelled(callbacks.context);
	(void)!write(STDOUT_FILENO, is_right ? "CANCELLED" : "WRONG", is_right ? 9 : 5);
	while (pause() == -1 && errno == EINTR)
		;
	return 0;
}

static void after_ctrl_c_the_terminal_is_as_it_was(void **state)
{
	(void)state;
	struct terminal terminal;
	struct termios settings;
	sit_down(&terminal, ask_and_stay);
	wait_for(&terminal, "PIN: ");
	assert_int_equal(tcgetattr(terminal.master, &settings), 0);
	assert_int_equal(settings.c_lflag & ECHO, 0);
	type(&terminal, "gehe\x03");
	wait_for(&terminal, "CANCELLED");
	assert_int_equal(tcgetattr(terminal.master, &settings), 0);
	assert_int_not_equal(settings.c_lflag & ECHO, 0);
	assert_int_equal(kill(terminal.child, SIGKILL), 0);
	(void)leave(&terminal);
}

static void ctrl_z_asks_again_afterwards(void **state)
{
	(void)state;
	struct terminal terminal;
	sit_down(&terminal, ask_for_secret);
	wait_for(&terminal, "PIN: ");
	type(&terminal, "gehe\x1a"); /* an orphaned session is not really stopped */
	wait_for(&terminal, "PIN: ");
	type(&terminal, "geheim日本\n");
	assert_exit(leave(&terminal), 0);
}

static void without_a_terminal_nobody_is_asked(void **state)
{
	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)setsid();
		_exit(ask_for_secret());
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_exit(status, NACCS_E_USAGE);
}

static int confirm_ca(void)
{
	static char subject[] = "CN=NACCS Client CA";
	static char sha256[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	static char sha1[] = "00112233445566778899aabbccddeeff00112233";
	struct naccs_certificate_info ca = {.subject = subject, .sha256 = sha256, .sha1 = sha1};
	struct cli_ui ui = {.can_ask = true};
	struct naccs_ui callbacks = cli_ui_callbacks(&ui);
	struct naccs_error err = {0};
	return (int)callbacks.confirm_client_ca(callbacks.context, &ca, &err);
}

static void a_client_ca_is_shown_by_both_fingerprints(void **state)
{
	(void)state;
	static const struct {
		const char *keys;
		naccs_status status;
	} answers[] = {{"はい\n", NACCS_OK}, {"Y\n", NACCS_OK}, {"\n", NACCS_E_CA_REFUSED}, {"no\n", NACCS_E_CA_REFUSED}};
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct terminal terminal;
		sit_down(&terminal, confirm_ca);
		while (strstr(terminal.transcript, "[y/N] ") == NULL)
			assert_true(watch(&terminal));
		assert_non_null(strstr(terminal.transcript,
				       "00112233 44556677 8899AABB CCDDEEFF\r\n            00112233 44556677 8899AABB CCDDEEFF\r\n"));
		assert_non_null(strstr(terminal.transcript, "00112233 44556677 8899AABB CCDDEEFF 00112233\r\n"));
		type(&terminal, answers[i].keys);
		assert_exit(leave(&terminal), (int)answers[i].status);
	}
}

static void non_interactive_names_the_way_without_a_prompt(void **state)
{
	(void)state;
	struct cli_ui ui = {.can_ask = false};
	struct naccs_ui callbacks = cli_ui_callbacks(&ui);
	struct naccs_certificate_info ca = {0};
	struct naccs_secret *answer = NULL;
	struct naccs_error err = {0};
	assert_int_equal(callbacks.ask_secret(callbacks.context, NACCS_ASK_PKCS12_PASSWORD, "Password", &answer, &err), NACCS_E_USAGE);
	assert_non_null(strstr(err.hint, "--password-file"));
	assert_int_equal(callbacks.ask_secret(callbacks.context, NACCS_ASK_STORE_PIN, "PIN", &answer, &err), NACCS_E_USAGE);
	assert_non_null(strstr(err.hint, "--pin-file"));
	assert_int_equal(callbacks.confirm_client_ca(callbacks.context, &ca, &err), NACCS_E_USAGE);
	assert_non_null(strstr(err.hint, "--client-ca-sha256"));
	assert_int_equal(callbacks.confirm(callbacks.context, "Sure?", &err), NACCS_E_USAGE);
	assert_null(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_read_and_not_shown),
		cmocka_unit_test(the_end_of_input_is_no_answer),
		cmocka_unit_test(an_endless_answer_is_refused),
		cmocka_unit_test(ctrl_c_ends_the_program_as_if_nothing_had_caught_it),
		cmocka_unit_test(after_ctrl_c_the_terminal_is_as_it_was),
		cmocka_unit_test(ctrl_z_asks_again_afterwards),
		cmocka_unit_test(without_a_terminal_nobody_is_asked),
		cmocka_unit_test(a_client_ca_is_shown_by_both_fingerprints),
		cmocka_unit_test(non_interactive_names_the_way_without_a_prompt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
