/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see windows_test.h. */
#include "pki.h" /* first: suite.h makes a keyword of noreturn */

#include "windows_test.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

const struct test *const test_groups[] = {windows_tests_key, windows_tests_trust, windows_tests_verify, NULL};

char *text_of(const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	check(vasprintf(&text, format, args) >= 0, "memory is short");
	va_end(args);
	return text;
}

struct ground windows_ground(struct suite *suite)
{
	return ground_make(suite, "fresh");
}

struct ground windows_ground_by(const struct ground *ground, const char *uri)
{
	struct ground other = *ground;

	other.uri = text_of("%s", uri);
	return other;
}

char *windows_words(const char *const arguments[], int *ret_status)
{
	int status = 0;
	char *text = program_output(arguments, &status);

	check(WIFEXITED(status), "%s ended with wait status 0x%x", arguments[1], (unsigned)status);
	*ret_status = WEXITSTATUS(status);
	return text;
}

static char *tool(const char *const arguments[])
{
	int status = 0;
	char *text = windows_words(arguments, &status);

	check(status == 0, "windows-store-tool %s ended with %d: %s", arguments[2], status, text);
	return text;
}

char *windows_listing(void)
{
	return tool(WINDOWS(getenv("NACCS_WINDOWS_TOOL"), "show", "user"));
}

const char *thumbprint_of(struct naccs_bytes der)
{
	uint8_t sha1[20];
	char *hex = calloc(2 * sizeof sha1 + 1, 1);

	check(hex != NULL && EVP_Digest(der.data, der.length, sha1, NULL, EVP_sha1(), NULL) == 1, "cannot compute a SHA-1");
	for (size_t i = 0; i < sizeof sha1; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", sha1[i]);
	return hex;
}

const char *windows_line(const char *store, struct naccs_bytes der)
{
	const char *wanted = text_of("%s %s", store, thumbprint_of(der));
	char *rest = windows_listing();

	for (char *line; (line = strsep(&rest, "\r\n")) != NULL;)
		if (strncmp(line, wanted, strlen(wanted)) == 0)
			return line;
	return NULL;
}

void windows_put(const struct ground *ground, const char *store, struct naccs_bytes der, const char *purpose)
{
	const char *path = text_of("%s/put.der", ground->suite->work);

	pki_write_file(path, der.data, der.length);
	(void)tool(WINDOWS(getenv("NACCS_WINDOWS_TOOL"), "put", "user", store, text_of("Z:%s", path), purpose));
}

void windows_strike(const char *order)
{
	const char *path = text_of("%s/naccs-faults", getenv("WINEPREFIX"));

	(void)unlink(text_of("%s.met", path));
	if (order == NULL)
		check(unlink(path) == 0, "%s: %s", path, strerror(errno));
	else
		pki_write_file(path, (const uint8_t *)order, strlen(order));
}
