/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see pkcs11_test.h. */
#include "pkcs11_test.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct test *const test_groups[] = {pkcs11_tests_calls, pkcs11_tests_pin,	    pkcs11_tests_find, pkcs11_tests_uri,
					  pkcs11_tests_protect, pkcs11_tests_adopt, NULL};

const char *of_over(const char *name)
{
	const char *value = getenv(name);

	check(value != NULL, "%s is not set: these tests run below over.sh", name);
	return value;
}

bool is_module(const char *kind)
{
	return strcmp(of_over("TOKEN_KIND"), kind) == 0;
}

char *text_of(const char *format, ...)
{
	static char *kept[512]; /* so that a leak check sees them as what they are */
	static size_t count;
	va_list args;

	check(count < sizeof kept / sizeof *kept, "too many texts");
	va_start(args, format);
	check(vasprintf(&kept[count], format, args) >= 0, "memory is short");
	va_end(args);
	return kept[count++];
}

void write_file(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "we");

	check(file != NULL, "%s: %s", path, strerror(errno));
	check(fwrite(bytes, 1, length, file) == length, "%s: %s", path, strerror(errno));
	check(fclose(file) == 0, "%s: %s", path, strerror(errno));
}

char *run_program(const char *const arguments[])
{
	int status = 0;
	char *text = program_output(arguments, &status);

	check(status == 0, "%s ended with wait status 0x%x: %s", arguments[0], (unsigned)status, text);
	return text;
}

void set_faults(const struct ground *ground, const char *lines)
{
	check(ground->faults != NULL, "the fixture names no file for faults");
	write_file(ground->faults, lines, strlen(lines));
}

static const char *calls_file(void)
{
	return text_of("%s/counting.calls", of_over("TOKEN_HOME"));
}

void calls_begin(void)
{
	write_file(calls_file(), "", 0);
}

size_t calls_of(const char *function)
{
	FILE *file = fopen(calls_file(), "re");
	char line[256];
	size_t count = 0, length = function != NULL ? strlen(function) : 0;

	check(file != NULL, "%s: %s", calls_file(), strerror(errno));
	while (fgets(line, sizeof line, file) != NULL)
		count += function == NULL || (strncmp(line, function, length) == 0 && line[length] == ' ');
	(void)fclose(file);
	return count;
}

static const char *input_file(struct suite *suite, const struct input *input, struct naccs_bytes bytes, const char *suffix)
{
	const char *path = text_of("%s/%s.%s", suite->work, input->serial, suffix);

	write_file(path, bytes.data, bytes.length);
	return path;
}

const char *key_file(struct suite *suite, const struct input *input)
{
	return input_file(suite, input, input->installation.private_key, "key.der");
}

const char *certificate_file(struct suite *suite, const struct input *input)
{
	return input_file(suite, input, input->installation.certificate, "cert.der");
}

void pkcs11_tool(const struct ground *ground, ...)
{
	const char *arguments[32] = {"pkcs11-tool", "--module", of_over("TOKEN_REAL_MODULE"), "--login", "--pin", ground->secret};
	size_t count = 6;
	va_list more;

	va_start(more, ground);
	while (count < 31 && (arguments[count] = va_arg(more, const char *)) != NULL)
		count++;
	va_end(more);
	arguments[count] = NULL;
	(void)run_program(arguments);
}

const struct naccs_part *part_of_role(const struct ledger *ledger, uint32_t role)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->part[i].role == role)
			return &ledger->part[i];
	test_fail(__FILE__, __LINE__, "there is no part of role %u", role);
}
