/* SPDX-License-Identifier: Apache-2.0 */
/* Why: NSS makes a missing file anew and may loop for ever over a damaged one. Both are refused before NSS sees them, with nothing touched.
 */
#include "nss_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

static off_t size_of(const char *path)
{
	struct stat about;

	check(stat(path, &about) == 0, "%s: %s", path, strerror(errno));
	return about.st_size;
}

/* Neither read nor written, and every byte as it was. */
static void check_refused(const struct ground *ground, naccs_status wanted, const char *word)
{
	char *before = picture_of_tree(nss_dir(ground));
	struct session session;

	check_status(session_try(&session, ground, NACCS_ACCESS_WRITE, 0), wanted, &session.err);
	check(strstr(session.err.message, nss_dir(ground)) != NULL && strstr(session.err.message, word) != NULL,
	      "the message is \"%s\", without \"%s\"", session.err.message, word);
	check(session.err.hint[0] != '\0', "there is no hint beside \"%s\"", session.err.message);
	check_status(session_try(&session, ground, NACCS_ACCESS_READ, 0), wanted, &session.err);
	char *after = picture_of_tree(nss_dir(ground));
	check_picture(before, after);
}

static struct ground ground_installed(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	return ground;
}

static void zero_page(const char *path, off_t page)
{
	static const uint8_t zeros[PAGE];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	check(fd >= 0 && pwrite(fd, zeros, sizeof zeros, page * PAGE) == PAGE, "%s: %s", path, strerror(errno));
	(void)close(fd);
}

static void each_zeroed_page_is_found(struct suite *suite)
{
	static const char *const names[] = {"cert9.db", "key4.db"};
	struct ground ground = ground_installed(suite);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *path = nss_path(&ground, names[i]), *copy = text_of("%s/copy", suite->work);
		run_program(PROGRAM("cp", "-p", path, copy));
		for (off_t page = 0; page < size_of(path) / PAGE; page++) {
			zero_page(path, page);
			check_refused(&ground, NACCS_E_STORE_DAMAGED, names[i]);
			run_program(PROGRAM("cp", "-p", copy, path));
		}
	}
	struct session session;
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, inputs_get(suite->inputs, INPUT_EC), true);
	session_close(&session);
}

static void a_truncated_file_is_refused(struct suite *suite)
{
	static const char *const names[] = {"cert9.db", "key4.db"};
	struct ground ground = ground_installed(suite);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *path = nss_path(&ground, names[i]), *copy = text_of("%s/copy", suite->work);
		run_program(PROGRAM("cp", "-p", path, copy));
		const off_t sizes[] = {size_of(path) - PAGE, size_of(path) / 2, 100};
		for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
			check(truncate(path, sizes[j]) == 0, "%s: %s", path, strerror(errno));
			check_refused(&ground, NACCS_E_STORE_DAMAGED, names[i]);
		}
		check(truncate(path, 0) == 0, "%s: %s", path, strerror(errno));
		check_refused(&ground, NACCS_E_STORE_DAMAGED, "is empty");
		run_program(PROGRAM("cp", "-p", copy, path));
	}
}

static void half_of_a_database_is_refused(struct suite *suite)
{
	static const char *const names[] = {"cert9.db", "key4.db"};
	struct ground ground = ground_installed(suite);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *path = nss_path(&ground, names[i]), *away = text_of("%s/away", suite->work);
		check(rename(path, away) == 0, "%s: %s", path, strerror(errno));
		check_refused(&ground, NACCS_E_STORE_DAMAGED, text_of("%s is missing", names[i]));
		check(rename(away, path) == 0, "%s: %s", path, strerror(errno));
	}
}

static void another_kind_of_file_is_refused(struct suite *suite)
{
	struct ground ground = ground_installed(suite);

	run_program(PROGRAM("sh", "-c", text_of("echo 'no database, but some text' >%s", nss_path(&ground, "cert9.db"))));
	check_refused(&ground, NACCS_E_STORE_DAMAGED, "cert9.db");
	run_program(PROGRAM("cp", nss_path(&ground, "key4.db"), nss_path(&ground, "cert9.db")));
	check_refused(&ground, NACCS_E_STORE_DAMAGED, "cert9.db");
}

static void the_old_format_is_refused_and_its_migration_works(struct suite *suite)
{
	struct ground ground = nss_ground(suite);
	struct session session;
	int status = 0;

	check(mkdir(nss_dir(&ground), 0700) == 0, "%s: %s", nss_dir(&ground), strerror(errno));
	char *said = words_of(PROGRAM("certutil", "-N", "-d", text_of("dbm:%s", nss_dir(&ground)), "--empty-password"), &status);
	if (status != 0 || access(nss_path(&ground, "cert8.db"), F_OK) != 0)
		test_skip("this NSS makes no databases of the old format any more: %s", said);
	check_refused(&ground, NACCS_E_STORE_UNSUPPORTED, "old format");
	(void)session_try(&session, &ground, NACCS_ACCESS_WRITE, 0);
	/* What the hint says, as it stands. */
	run_program(PROGRAM("sh", "-c", text_of("%s || :", session.err.hint)));
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	struct ground old = {.suite = suite, .uri = text_of("nss:dbm:%s", nss_dir(&ground))};
	check_status(session_try(&session, &old, NACCS_ACCESS_READ, 0), NACCS_E_STORE_UNSUPPORTED, &session.err);
}

const struct test nss_tests_damage[] = {
	{"each zeroed page is found, in bounded time", each_zeroed_page_is_found},
	{"a truncated file is refused", a_truncated_file_is_refused},
	{"half of a database is refused", half_of_a_database_is_refused},
	{"another kind of file is refused", another_kind_of_file_is_refused},
	{"the old format is refused, and its migration works as the hint says", the_old_format_is_refused_and_its_migration_works},
	{NULL, NULL},
};
