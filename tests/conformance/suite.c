/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what every test leans on: how it ends, its fixture, its child processes. */
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

noreturn void test_fail(const char *file, int line, const char *format, ...)
{
	va_list args;
	const char *name = strrchr(file, '/');

	va_start(args, format);
	(void)fprintf(stderr, "%s:%d: ", name != NULL ? name + 1 : file, line);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	(void)fflush(stderr);
	child_exit(1);
}

noreturn void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)fprintf(stderr, "skipped: ");
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	(void)fflush(stderr);
	child_exit(SKIPPED);
}

/* Run the fixture; its standard output comes back whole. 77 skips with the first line as the reason. */
static char *run_fixture(const struct suite *suite, const char *kind)
{
	int status = 0;
	char program[4096], kind_copy[64], work[4096];

	(void)snprintf(program, sizeof program, "%s", suite->fixture);
	(void)snprintf(kind_copy, sizeof kind_copy, "%s", kind);
	(void)snprintf(work, sizeof work, "%s", suite->work);
	const char *const arguments[] = {program, kind_copy, work, NULL};
	char *text = program_output(arguments, &status);
	if (child_exit_code(status) == SKIPPED)
		test_skip("the fixture has no store that is %s: %.*s", kind, (int)strcspn(text, "\n"), text);
	check(child_exit_code(status) == 0, "the fixture failed for %s: %s", kind, text);
	return text;
}

/* Lines after the first: key=value. */
static void read_ground_line(struct ground *ground, const char *line)
{
	const struct {
		const char *key;
		char **value;
	} keys[] = {{"tree=", &ground->tree}, {"secret=", &ground->secret}, {"wrong-secret=", &ground->wrong_secret}, {"inventory=", &ground->inventory},
		    {"faults=", &ground->faults}};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strncmp(line, keys[i].key, strlen(keys[i].key)) == 0) {
			*keys[i].value = strdup(line + strlen(keys[i].key));
			return;
		}
	}
	if (strcmp(line, "one-subject") == 0)
		ground->has_one_subject = true;
	else
		check(line[0] == '\0', "the fixture said something unknown: %s", line);
}

/* What --ground said, as a fixture would have printed it. */
static void read_given_lines(const struct suite *suite, struct ground *ground)
{
	for (size_t i = 0; i < suite->line_count; i++)
		read_ground_line(ground, suite->line[i]);
}

static struct ground ground_from_template(struct suite *suite, const char *kind)
{
	struct ground ground = {.suite = suite};
	const char *hole = strstr(suite->uri, "{}");
	char uri[8192];

	if (strcmp(kind, "fresh") != 0)
		test_skip("only a fixture can make a store that is %s", kind);
	(void)snprintf(uri, sizeof uri, "%.*s%s/store%s", hole != NULL ? (int)(hole - suite->uri) : (int)strlen(suite->uri), suite->uri,
		       hole != NULL ? suite->work : "", hole != NULL ? hole + 2 : "");
	ground.uri = strdup(uri);
	ground.tree = hole != NULL ? strdup(suite->work) : NULL;
	read_given_lines(suite, &ground);
	return ground;
}

struct ground ground_make(struct suite *suite, const char *kind)
{
	struct ground ground = {.suite = suite};

	if (suite->fixture == NULL)
		return ground_from_template(suite, kind);
	char *text = run_fixture(suite, kind);
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (ground.uri == NULL)
			ground.uri = strdup(line);
		else
			read_ground_line(&ground, line);
	}
	free(text);
	check(ground.uri != NULL && ground.uri[0] != '\0', "the fixture printed no URI for %s", kind);
	return ground;
}

/* ---- what the store can do: asked in a child, so that this process stays untouched ---- */

struct question {
	const struct ground *ground;
	uint64_t capability;
};

static naccs_status has_capability(void *context, const struct naccs_place *place)
{
	const struct question *question = context;

	return (place->capabilities & question->capability) == question->capability ? NACCS_OK : NACCS_E_CANCELLED;
}

static void ask(void *context)
{
	struct question *question = context;
	struct session session;

	session_open(&session, question->ground, NACCS_ACCESS_WRITE);
	naccs_status status = session.ground->suite->backend->describe(session.store, has_capability, question, &session.err);
	session_close(&session);
	child_exit(status == NACCS_OK ? 0 : 3);
}

bool can(const struct suite *suite, const struct ground *ground, uint64_t capability)
{
	struct question question = {ground, capability};
	int status = in_child(ask, &question);

	(void)suite;
	check(child_exit_code(status) == 0 || child_exit_code(status) == 3, "the store could not be asked what it can do");
	return child_exit_code(status) == 0;
}

void need(const struct suite *suite, const struct ground *ground, uint64_t capabilities, const char *what)
{
	if (!can(suite, ground, capabilities))
		test_skip("this store can't: %s", what);
}

const struct input *any_input(const struct suite *suite, const struct ground *ground)
{
	bool takes_ec = can(suite, ground, NACCS_CAN_EC);

	if (!takes_ec && !can(suite, ground, NACCS_CAN_RSA))
		test_skip("this store takes no keys");
	return inputs_get(suite->inputs, takes_ec ? INPUT_EC : INPUT_RSA);
}

const struct input *renewal_of(const struct suite *suite, const struct input *input)
{
	return inputs_get(suite->inputs, input == inputs_get(suite->inputs, INPUT_EC) ? INPUT_RENEWED : INPUT_RSA_RENEWED);
}
