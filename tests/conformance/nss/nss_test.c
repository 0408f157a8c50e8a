/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see nss_test.h. */
#include "pki.h" /* first: suite.h makes a keyword of noreturn */

#include "nss_test.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

const struct test *const test_groups[] = {
	nss_tests_trust,  nss_tests_names, nss_tests_damage, nss_tests_busy, nss_tests_owner,
	nss_tests_folder, nss_tests_tools, nss_tests_verify, NULL,
};

/* malloc called from here, so that a leak check can tell whose it is. */
char *text_of(const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	char *text = length >= 0 ? malloc((size_t)length + 1) : NULL;
	check(text != NULL && vsnprintf(text, (size_t)length + 1, format, again) == length, "memory is short");
	va_end(again);
	va_end(args);
	return text;
}

const char *nss_dir(const struct ground *ground)
{
	return ground->uri + strlen("nss:");
}

const char *nss_path(const struct ground *ground, const char *name)
{
	return text_of("%s/%s", nss_dir(ground), name);
}

struct ground nss_ground(struct suite *suite)
{
	return (struct ground){.suite = suite, .uri = text_of("nss:%s/store", suite->work)};
}

struct ground nss_ground_made(struct suite *suite)
{
	struct ground ground = nss_ground(suite);

	check(mkdir(nss_dir(&ground), 0700) == 0, "%s: %s", nss_dir(&ground), strerror(errno));
	certutil(&ground, "-N", "--empty-password");
	return ground;
}

char *words_of(const char *const arguments[], int *ret_status)
{
	char *copies[32] = {NULL};
	posix_spawn_file_actions_t actions;
	struct stat about;
	pid_t pid;
	int fd = memfd_create("output", MFD_CLOEXEC);

	check(fd >= 0, "memfd_create: %s", strerror(errno));
	for (size_t i = 0; arguments[i] != NULL && i < 31; i++)
		copies[i] = text_of("%s", arguments[i]);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
	int errnum = posix_spawnp(&pid, copies[0], &actions, NULL, copies, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (errnum == ENOENT)
		test_skip("there is no %s", copies[0]);
	check(errnum == 0, "%s: %s", copies[0], strerror(errnum));
	while (waitpid(pid, ret_status, 0) < 0)
		check(errno == EINTR, "waitpid: %s", strerror(errno));
	check(fstat(fd, &about) == 0, "fstat: %s", strerror(errno));
	char *text = calloc(1, (size_t)about.st_size + 1);
	check(text != NULL && pread(fd, text, (size_t)about.st_size, 0) == about.st_size, "the output can't be read");
	(void)close(fd);
	return text;
}

char *run_program(const char *const arguments[])
{
	int status = 0;
	char *text = words_of(arguments, &status);

	check(status == 0, "%s %s … ended with %d: %s", arguments[0], arguments[3] != NULL ? arguments[3] : "", status, text);
	return text;
}

const char *flags_of(const struct ground *ground, const char *nickname)
{
	char *listing = certutil(ground, "-L");

	for (char *line; (line = strsep(&listing, "\n")) != NULL;) {
		size_t length = strlen(nickname);
		if (strncmp(line, nickname, length) != 0 || line[length] != ' ' || line[length + strspn(line + length, " ")] == '#' ||
		    line[length + strspn(line + length, " ")] == '(')
			continue;
		char *flags = line + length + strspn(line + length, " ");
		flags[strcspn(flags, " ")] = '\0';
		return text_of("%s", flags);
	}
	return NULL;
}

void check_flags(const struct ground *ground, const char *nickname, const char *wanted)
{
	const char *flags = flags_of(ground, nickname);

	check(flags != NULL && strcmp(flags, wanted) == 0, "the flags of %s are %s, wanted %s\n%s", nickname,
	      flags != NULL ? flags : "missing", wanted, certutil(ground, "-L"));
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *nss_listing(const struct ground *ground)
{
	char *rest = certutil(ground, "-L");
	char *lines[256];
	size_t count = 0;
	char *text = text_of("%s", "");

	for (char *line; (line = strsep(&rest, "\n")) != NULL && count < 256;)
		lines[count++] = line;
	qsort(lines, count, sizeof *lines, compare);
	for (size_t i = 0; i < count; i++)
		text = text_of("%s%s\n", text, lines[i]);
	return text;
}

const char *write_der(const struct ground *ground, const char *name, struct naccs_bytes der)
{
	const char *path = text_of("%s/%s.der", ground->suite->work, name);

	pki_write_file(path, der.data, der.length);
	return path;
}

void add_certificate(const struct ground *ground, const char *nickname, const char *flags, struct naccs_bytes der)
{
	certutil(ground, "-A", "-n", nickname, "-t", flags, "-i", write_der(ground, "added", der));
}

const char *nss_name_of(const struct input *input)
{
	time_t end = (time_t)input->installation.not_after;
	struct tm parts;
	char month[16];

	check(gmtime_r(&end, &parts) != NULL && strftime(month, sizeof month, "%Y-%m", &parts) > 0, "cannot write a month");
	return text_of("NACCS %s (%s)", input->installation.common_name, month);
}
