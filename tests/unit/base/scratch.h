/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the tests of base share: a folder of one's own per test, and asserts that show the error's message. */
#ifndef TESTS_UNIT_BASE_SCRATCH_H
#define TESTS_UNIT_BASE_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"
#include "text.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* A fresh folder, 0700, below /tmp (whose way from "/" is safe on any sane machine) or, on Windows, %TEMP%; path without links. */
struct scratch {
	char path[260];
	int fd;
};

int scratch_setup(void **state);
int scratch_teardown(void **state);

/* path/name. Static memory, good until the fourth call after. */
const char *scratch_path(const struct scratch *scratch, const char *name);

/* Without the code under test: */
void scratch_write(const struct scratch *scratch, const char *name, const char *text, mode_t mode);
void scratch_mkdir(const struct scratch *scratch, const char *name, mode_t mode);
void scratch_link(const struct scratch *scratch, const char *target, const char *name);
void scratch_assert_text(const struct scratch *scratch, const char *name, const char *text);
mode_t scratch_mode(const struct scratch *scratch, const char *name);
bool scratch_exists(const struct scratch *scratch, const char *name);
size_t scratch_count(const struct scratch *scratch, const char *name); /* entries of a folder, "." and ".." left out */

/* assert_ok(naccs_…(…, &err)); assert_fails(NACCS_E_…, naccs_…(…, &err)); both need a `struct naccs_error err = {0};` in scope. */
#define assert_ok(call)                                                                                                                    \
	do {                                                                                                                               \
		err = (struct naccs_error){0};                                                                                             \
		if ((call) != NACCS_OK)                                                                                                    \
			fail_msg("%s: %s", #call, err.message);                                                                            \
	} while (0)

#define assert_fails(expected, call)                                                                                                       \
	do {                                                                                                                               \
		err = (struct naccs_error){0};                                                                                             \
		naccs_status got_ = (call);                                                                                                \
		if (got_ != (expected))                                                                                                    \
			fail_msg("%s: status %s instead of %s (%s)", #call, naccs_status_id(got_), naccs_status_id(expected),              \
				 err.message);                                                                                             \
		assert_int_equal(err.status, (expected));                                                                                  \
		assert_true(err.message[0] != '\0');                                                                                       \
	} while (0)

#define assert_holds(text, part)                                                                                                           \
	do {                                                                                                                               \
		if (strstr((text), (part)) == NULL)                                                                                        \
			fail_msg("\"%s\" does not hold \"%s\"", (text), (part));                                                           \
	} while (0)

#define assert_holds_not(text, part)                                                                                                       \
	do {                                                                                                                               \
		if (strstr((text), (part)) != NULL)                                                                                        \
			fail_msg("\"%s\" holds \"%s\"", (text), (part));                                                                   \
	} while (0)

#endif
