/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see pem_test.h. */
#include "pem_test.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

const struct test *const test_groups[] = {
	pem_tests_layout, pem_tests_ownership, pem_tests_unsafe, pem_tests_repair, pem_tests_readers, NULL,
};

const char *pem_dir(const struct ground *ground)
{
	return ground->uri + strlen("pem:");
}

__attribute__((format(printf, 1, 0))) static char *format_list(const char *format, va_list args)
{
	char text[8192];

	check((size_t)vsnprintf(text, sizeof text, format, args) < sizeof text, "a text of the test is too long");
	char *copy = strdup(text);
	check(copy != NULL, "memory is short");
	return copy;
}

char *text_of(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *text = format_list(format, args);
	va_end(args);
	return text;
}

const char *pem_path(const struct ground *ground, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *rest = format_list(format, args);
	va_end(args);
	return text_of("%s/%s", pem_dir(ground), rest);
}

struct ground pem_ground(struct suite *suite)
{
	char *tree = text_of("%s/tree", suite->work);

	check(mkdir(tree, 0755) == 0 || errno == EEXIST, "%s: %s", tree, strerror(errno));
	return (struct ground){.suite = suite, .uri = text_of("pem:%s/store", tree), .tree = tree, .has_one_subject = true};
}

const char *pem_set_of(const struct input *input)
{
	time_t time = (time_t)input->installation.not_before;
	struct tm parts;
	char date[16];

	check(gmtime_r(&time, &parts) != NULL && strftime(date, sizeof date, "%Y%m%d", &parts) == 8, "cannot write a date");
	return text_of("%s-%s", date, input->installation.serial);
}

char *read_text(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	check(fd >= 0 && fstat(fd, &status) == 0, "%s: %s", path, strerror(errno));
	char *text = calloc(1, (size_t)status.st_size + 1);
	check(text != NULL && read(fd, text, (size_t)status.st_size) == status.st_size, "%s: %s", path, strerror(errno));
	(void)close(fd);
	return text;
}

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s", path, strerror(errno));
	(void)close(fd);
}

void run_program(const char *const arguments[])
{
	char *copies[16] = {NULL};
	pid_t pid;
	int status = 0;

	for (size_t i = 0; arguments[i] != NULL && i < 15; i++)
		copies[i] = text_of("%s", arguments[i]);
	int errnum = posix_spawnp(&pid, copies[0], NULL, NULL, copies, environ);
	check(errnum == 0, "%s: %s", copies[0], strerror(errnum));
	while (waitpid(pid, &status, 0) < 0)
		check(errno == EINTR, "waitpid: %s", strerror(errno));
	check(status == 0, "%s ended with %d", copies[0], status);
}

void check_unsafe(const struct ground *ground)
{
	char *before = picture_of_tree(ground->tree);
	struct session session;

	check_status(session_try(&session, ground, NACCS_ACCESS_WRITE, 0), NACCS_E_STORE_UNSAFE, &session.err);
	char *after = picture_of_tree(ground->tree);
	check_picture(before, after);
}

const struct naccs_part *part_named(const struct ledger *ledger, const char *identity)
{
	for (size_t i = 0; i < ledger->count; i++) {
		if (strcmp(ledger->part[i].identity, identity) == 0)
			return &ledger->part[i];
	}
	test_fail(__FILE__, __LINE__, "there is no part %s", identity);
}
