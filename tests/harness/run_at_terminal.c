/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: prompts need a terminal and a person. run-at-terminal gives a command a terminal of its own, waits for what it shows, types the
 * answers: run-at-terminal --expect 'Password' --type 'secret' --expect '[y/N]' --type 'y' -- naccs-cert install client.p12 --to pem:store
 * Everything that was shown goes to standard output; the exit code is the command's (128 + n when signal n ended it; 97 when an expected
 * text never came). What is typed ends with Enter; "^C" alone is Ctrl-C, "^D" alone is Ctrl-D.
 */
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define SHOWN_MAX (256 * 1024)
#define NEVER_CAME 97

struct terminal {
	int master;
	char shown[SHOWN_MAX + 1];
	size_t length, seen; /* seen: what earlier expectations have used up */
};

static bool watch(struct terminal *terminal)
{
	if (terminal->length == SHOWN_MAX)
		return false;
	ssize_t count = read(terminal->master, terminal->shown + terminal->length, SHOWN_MAX - terminal->length);
	if (count <= 0)
		return false;
	terminal->length += (size_t)count;
	terminal->shown[terminal->length] = '\0';
	return true;
}

static bool expect(struct terminal *terminal, const char *text)
{
	const char *found;
	while ((found = strstr(terminal->shown + terminal->seen, text)) == NULL)
		if (!watch(terminal))
			return false;
	terminal->seen = (size_t)(found - terminal->shown) + strlen(text);
	return true;
}

static bool type(const struct terminal *terminal, const char *text)
{
	bool is_interrupt = strcmp(text, "^C") == 0, is_end = strcmp(text, "^D") == 0;
	const char *keys = is_interrupt ? "\x03" : is_end ? "\x04" : text;
	bool is_typed = write(terminal->master, keys, strlen(keys)) == (ssize_t)strlen(keys);
	return is_typed && (is_interrupt || is_end || write(terminal->master, "\n", 1) == 1);
}

/* Steps are pairs of words up to "--". Returns the index of the command; 0 when the words are wrong. */
static int find_command(int argc, char **argv)
{
	int i = 1;
	for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2)
		if (strcmp(argv[i], "--expect") != 0 && strcmp(argv[i], "--type") != 0)
			return 0;
	return i + 1 < argc ? i + 1 : 0;
}

static int finish(struct terminal *terminal, pid_t child)
{
	int status = 0;
	while (watch(terminal))
		;
	(void)fwrite(terminal->shown, 1, terminal->length, stdout);
	(void)fflush(stdout);
	if (waitpid(child, &status, 0) != child)
		return NEVER_CAME;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	static struct terminal terminal;
	int command = find_command(argc, argv);
	if (command == 0) {
		(void)fputs("Usage: run-at-terminal [--expect TEXT | --type TEXT]… -- COMMAND [ARGUMENTS]\n", stderr);
		return 64;
	}
	struct winsize size = {.ws_row = 50, .ws_col = 160};
	pid_t child = forkpty(&terminal.master, NULL, NULL, &size);
	if (child == 0) {
		(void)execvp(argv[command], argv + command);
		_exit(127);
	}
	if (child < 0)
		return NEVER_CAME;
	for (int i = 1; i < command - 1; i += 2) {
		bool is_expectation = strcmp(argv[i], "--expect") == 0;
		if (is_expectation ? expect(&terminal, argv[i + 1]) : type(&terminal, argv[i + 1]))
			continue;
		(void)fprintf(stderr, "run-at-terminal: \"%s\" never came\n", argv[i + 1]);
		(void)finish(&terminal, child);
		return NEVER_CAME;
	}
	return finish(&terminal, child);
}
