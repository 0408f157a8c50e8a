/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see output.h. */
#include "output.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void do_nothing(int number)
{
	(void)number;
}

void cli_output_guard(void)
{
	/* A handler, not SIG_IGN: that one would be inherited by hooks. */
	struct sigaction before, action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGPIPE, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		(void)sigaction(SIGPIPE, &action, NULL);
	/* Opened the wrong way round: reading from 0 and writing to 1 or 2 still fails, as it would on a closed descriptor. */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

naccs_status cli_output_write(int fd, const char *name, const char *text, struct naccs_error *err)
{
	size_t length = strlen(text);
	while (length > 0) {
		ssize_t written = write(fd, text, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN) { /* a pipe that its other end made non-blocking */
			struct pollfd wait = {.fd = fd, .events = POLLOUT};
			(void)poll(&wait, 1, -1);
			continue;
		}
		if (written < 0)
			return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot write to %s"), name);
		text += written;
		length -= (size_t)written;
	}
	return NACCS_OK;
}

bool cli_output_is_terminal(int fd)
{
	return isatty(fd) == 1;
}

bool cli_output_has_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");
	return cli_output_is_terminal(fd) && (no_colour == NULL || no_colour[0] == '\0') && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

bool cli_output_is_journal(int fd, const char *journal_stream)
{
	struct stat info;
	char own[64];

	if (journal_stream == NULL || fstat(fd, &info) != 0)
		return false;
	(void)snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
	return strcmp(own, journal_stream) == 0;
}
