/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the folder is often a browser's profile. What lies there is left alone; what we made goes again, unless others have moved in. */
#include "nss_test.h"

#include "crash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *path)
{
	struct stat about;

	return lstat(path, &about) == 0;
}

/* A profile folder with a stranger's things and no database. */
static struct ground profile(struct suite *suite)
{
	struct ground ground = nss_ground(suite);

	check(mkdir(nss_dir(&ground), 0700) == 0 && mkdir(nss_path(&ground, "extensions"), 0755) == 0, "%s: %s", nss_dir(&ground),
	      strerror(errno));
	run_program(PROGRAM("sh", "-c",
			    text_of("echo mine >%s; ln -s /nonexistent %s", nss_path(&ground, "prefs.js"), nss_path(&ground, "lock"))));
	return ground;
}

static void reading_changes_no_byte(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	(void)install(&ground, input);
	char *before = picture_of_tree(nss_dir(&ground));
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	(void)session_plan(&session, inputs_get(suite->inputs, INPUT_RENEWED));
	session_close(&session);
	char *after = picture_of_tree(nss_dir(&ground));
	check_picture(before, after);
}

static void a_folder_without_a_database_is_not_read(struct suite *suite)
{
	struct ground ground = profile(suite);
	struct session session;
	char *before = picture_of_tree(nss_dir(&ground));

	check_status(session_try(&session, &ground, NACCS_ACCESS_READ, 0), NACCS_E_STORE_OPEN, &session.err);
	char *after = picture_of_tree(nss_dir(&ground));
	check_picture(before, after);
}

static void a_database_that_we_made_goes_and_strangers_things_stay(struct suite *suite)
{
	struct ground ground = profile(suite);
	char *before = picture_of_tree(nss_dir(&ground));
	struct ledger ledger = install(&ground, inputs_get(suite->inputs, INPUT_EC));

	check(exists(nss_path(&ground, "cert9.db")) && !exists(nss_path(&ground, ".naccs-tmp-nssdb")), "the database was not made well");
	remove_all(&ground, &ledger);
	char *after = picture_of_tree(nss_dir(&ground));
	check_picture(before, after);
}

static void missing_folders_go_again(struct suite *suite)
{
	struct ground ground = {.suite = suite, .uri = text_of("nss:%s/a/b/store", suite->work)};
	struct ledger ledger = install(&ground, inputs_get(suite->inputs, INPUT_EC));

	remove_all(&ground, &ledger);
	check(!exists(text_of("%s/a", suite->work)), "the folders that we made are still there");
}

static void a_database_that_others_use_stays(struct suite *suite)
{
	struct ground ground = nss_ground(suite);
	struct ledger ledger = install(&ground, inputs_get(suite->inputs, INPUT_EC));

	/* certutil opens it for writing, and leaves its list of modules. */
	certutil(&ground, "-M", "-n", CA_NAME, "-t", "T,,");
	check(exists(nss_path(&ground, "pkcs11.txt")), "certutil left no list of modules");
	char *empty = nss_listing(&ground);
	check(strstr(empty, CA_NAME) != NULL, "certutil does not show the CA");
	remove_all(&ground, &ledger);
	char *after = nss_listing(&ground);
	check(strstr(after, "NACCS") == NULL && strstr(after, ANCHOR_NAME) == NULL, "something of ours is left:\n%s", after);
}

static void a_database_with_others_certificates_stays(struct suite *suite)
{
	struct ground ground = nss_ground(suite);
	struct ledger ledger = install(&ground, inputs_get(suite->inputs, INPUT_EC));

	add_certificate(&ground, "a friend", "P,,", inputs_get(suite->inputs, INPUT_STRANGER)->installation.certificate);
	check(unlink(nss_path(&ground, "pkcs11.txt")) == 0, "%s", strerror(errno));
	remove_all(&ground, &ledger);
	check_flags(&ground, "a friend", "P,,");
}

/* Both states that a run may leave that dies while it makes a database or takes it away. */
static void a_half_made_database_is_taken_up(struct suite *suite)
{
	struct ground ground = nss_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	for (int is_both = 0; is_both < 2; is_both++) {
		run_program(PROGRAM("mkdir", "-p", "-m", "0700", nss_dir(&ground), nss_path(&ground, ".naccs-tmp-nssdb")));
		certutil(&ground, "-N", "--empty-password");
		check(unlink(nss_path(&ground, "pkcs11.txt")) == 0, "%s", strerror(errno));
		check(rename(nss_path(&ground, "cert9.db"), nss_path(&ground, ".naccs-tmp-nssdb/cert9.db")) == 0, "%s", strerror(errno));
		if (is_both)
			check(rename(nss_path(&ground, "key4.db"), nss_path(&ground, ".naccs-tmp-nssdb/key4.db")) == 0, "%s",
			      strerror(errno));
		check_status(session_try(&session, &ground, NACCS_ACCESS_READ, 0), NACCS_E_STORE_OPEN, &session.err);
		(void)install(&ground, input);
		check(!exists(nss_path(&ground, ".naccs-tmp-nssdb")), "the leftover is still there");
		session_open(&session, &ground, NACCS_ACCESS_READ);
		session_check_installed(&session, input, true);
		session_close(&session);
		run_program(PROGRAM("rm", "-r", nss_dir(&ground)));
	}
}

/* Nothing that list does not show may be left either: certutil looks. */
static void nothing_is_left_of_a_killed_run(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	char *before = nss_listing(&ground);

	struct crash crash = {.ground = &ground, .input = input};
	crash_prepare(&crash);
	bool is_killed = true;
	for (uint64_t at = 5; is_killed && at < MANY_CALLS; at += 23) {
		crash.kind = NACCS_FAULTS_KILL_AFTER;
		crash.at = at;
		is_killed = crash_install(&crash);
		crash_recover(&crash, NACCS_RECOVERY_UNDO);
		if (!is_killed)
			crash_must(crash_actor_remove, &crash, "remove");
		int status = 0;
		char *after = nss_listing(&ground),
		     *keys = words_of(PROGRAM("certutil", "-K", "-d", text_of("sql:%s", nss_dir(&ground))), &status);
		check_picture(before, after);
		check(strstr(keys, "NACCS") == NULL, "a key is left after call %ju: %s", (uintmax_t)at, keys);
	}
}

static void an_uninitialised_database_is_set_up(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	/* As NSS leaves it when a program opens a new database and sets no password. */
	run_program(PROGRAM("sqlite3", nss_path(&ground, "key4.db"), "DELETE FROM metaData WHERE id='password'"));
	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
}

const struct test nss_tests_folder[] = {
	{"reading and planning change no byte", reading_changes_no_byte},
	{"a folder without a database is not read", a_folder_without_a_database_is_not_read},
	{"a database that we made goes again, strangers' things stay", a_database_that_we_made_goes_and_strangers_things_stay},
	{"missing folders are made and go again", missing_folders_go_again},
	{"a database that others use stays", a_database_that_others_use_stays},
	{"a database with others' certificates stays", a_database_with_others_certificates_stays},
	{"a half-made database is taken up", a_half_made_database_is_taken_up},
	{"nothing is left of a killed run", nothing_is_left_of_a_killed_run},
	{"a database that nobody has set up is set up", an_uninitialised_database_is_set_up},
	{NULL, NULL},
};
