/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see prompt.h. Signals are held back except while waiting for input, so none is missed between a look and a wait. */
#include "prompt.h"

#include "cleanup.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
#define CAUGHT_COUNT (sizeof caught / sizeof caught[0])

/* A signal handler reaches nothing but static memory: the last signal that came during a prompt. */
static volatile sig_atomic_t last_signal;

static void note_signal(int number)
{
	last_signal = number;
}

struct prompt {
	int fd;
	struct termios before;
	sigset_t mask_before;
	struct sigaction actions_before[CAUGHT_COUNT];
};

static void hold_signals(struct prompt *prompt)
{
	sigset_t held;
	struct sigaction action = {.sa_handler = note_signal};
	(void)sigemptyset(&held);
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CAUGHT_COUNT; i++)
		(void)sigaddset(&held, caught[i]);
	(void)sigprocmask(SIG_BLOCK, &held, &prompt->mask_before);
	last_signal = 0;
	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		(void)sigaction(caught[i], NULL, &prompt->actions_before[i]);
		if (prompt->actions_before[i].sa_handler != SIG_IGN)
			(void)sigaction(caught[i], &action, NULL);
	}
}

/* Put everything back, then let the signal that interrupted us do what it would have done. */
static void release_signals(const struct prompt *prompt, int pending)
{
	for (size_t i = 0; i < CAUGHT_COUNT; i++)
		(void)sigaction(caught[i], &prompt->actions_before[i], NULL);
	if (pending != 0)
		(void)raise(pending); /* still blocked: delivered by the next line */
	(void)sigprocmask(SIG_SETMASK, &prompt->mask_before, NULL);
}

static bool is_stop(int number)
{
	return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* Wait for a line's bytes with the signals let through. 0: the end of input; -1 with errno. */
static ssize_t wait_and_read(const struct prompt *prompt, uint8_t *bytes, size_t size)
{
	struct pollfd wait = {.fd = prompt->fd, .events = POLLIN};
	if (ppoll(&wait, 1, NULL, &prompt->mask_before) < 0)
		return -1;
	return read(prompt->fd, bytes, size);
}

/* Read until the line ends. The terminal edits the line itself (canonical mode), Japanese characters included. */
static naccs_status read_line(const struct prompt *prompt, struct naccs_secret *answer, struct naccs_error *err)
{
	for (;;) {
		uint8_t *room = NULL;
		naccs_status status = naccs_secret_reserve(answer, 64, &room, err);
		if (status != NACCS_OK)
			return naccs_fail(err, NACCS_E_USAGE, 0, _("the answer is longer than %d bytes"), CLI_ANSWER_LIMIT);
		ssize_t count = wait_and_read(prompt, room, 64);
		if (last_signal != 0)
			return naccs_fail(err, NACCS_E_CANCELLED, EINTR, _("interrupted while waiting for an answer"));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot read from the terminal"));
		if (count == 0)
			return naccs_fail(err, NACCS_E_CANCELLED, 0, _("no answer was given"));
		naccs_secret_added(answer, (size_t)count);
		size_t length = naccs_secret_length(answer);
		if (naccs_secret_data(answer)[length - 1] == '\n') {
			naccs_secret_truncate(answer, length - 1);
			return NACCS_OK;
		}
	}
}

static void say(int fd, const char *text)
{
	size_t length = strlen(text);
	while (length > 0) {
		ssize_t written = write(fd, text, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return; /* the read that follows will tell */
		text += written;
		length -= (size_t)written;
	}
}

/* A job in the background must not touch the terminal: it stops, as if it had read, until the shell brings it forward. */
static bool come_to_foreground(int fd)
{
	if (tcgetpgrp(fd) != getpgrp())
		(void)kill(0, SIGTTIN);
	return tcgetpgrp(fd) == getpgrp();
}

/* One go, from echo off to echo as before. *ret_stop: the signal that stopped us (Ctrl-Z): ask again after it. */
static naccs_status ask_once(int fd, const char *question, bool has_echo, struct naccs_secret *answer, int *ret_stop,
			     struct naccs_error *err)
{
	struct prompt prompt = {.fd = fd};
	if (!come_to_foreground(fd))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot ask: this program is not in the foreground of its terminal"));
	if (tcgetattr(fd, &prompt.before) != 0)
		return naccs_fail_errno(err, NACCS_E_USAGE, errno, _("cannot ask: there is no terminal"));
	hold_signals(&prompt);
	struct termios quiet = prompt.before;
	quiet.c_lflag |= ICANON | ISIG;
	if (!has_echo)
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	naccs_status status = NACCS_OK;
	if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
		status = naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot switch the terminal's echo off"));
	if (status == NACCS_OK) {
		say(fd, question);
		status = read_line(&prompt, answer, err);
		if (!has_echo)
			say(fd, "\n");
	}
	(void)tcsetattr(fd, TCSAFLUSH, &prompt.before);
	int pending = last_signal;
	*ret_stop = is_stop(pending) ? pending : 0;
	release_signals(&prompt, pending);
	return status;
}

naccs_status cli_prompt(const char *question, bool has_echo, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_auto(fd) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return naccs_fail_errno(err, NACCS_E_USAGE, errno, _("cannot ask: there is no terminal"));
	naccs_status status = naccs_secret_new(CLI_ANSWER_LIMIT, &answer, err);
	int stop = SIGTSTP;
	while (status == NACCS_OK && stop != 0) {
		naccs_secret_clear(answer);
		status = ask_once(fd, question, has_echo, answer, &stop, err);
		if (stop != 0)
			status = NACCS_OK;
	}
	if (status == NACCS_OK)
		*ret = naccs_take(&answer);
	return status;
}

bool cli_prompt_is_possible(void)
{
	naccs_auto(fd) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	return fd >= 0;
}
