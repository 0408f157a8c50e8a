/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the PEM backend promises on Windows: the folder current, and access control lists in place of modes. */
#include "crash.h"

#include <windows.h>

#include <aclapi.h>
#include <errno.h>
#include <fcntl.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const files[] = {"privkey.pem",    "cert.pem",      "chain.pem",	"fullchain.pem",
				    "credential.pem", "client-ca.pem", "server-ca.pem", "server-intermediates.pem"};

/* DIR/…, for the life of the test. */
static char *path_of(const struct ground *ground, const char *folder, const char *name)
{
	size_t size = strlen(ground->uri) + strlen(folder) + strlen(name) + 3;
	char *path = malloc(size);

	check(path != NULL, "memory is short");
	(void)snprintf(path, size, "%s/%s%s%s", ground->uri + strlen("pem:"), folder, name[0] != '\0' ? "/" : "", name);
	return path;
}

/* NULL: there is no such file. */
static char *read_file(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	check(fstat(fd, &status) == 0, "%s: %s", path, strerror(errno));
	char *text = calloc(1, (size_t)status.st_size + 1);
	check(text != NULL && read(fd, text, (size_t)status.st_size) == status.st_size, "%s: %s", path, strerror(errno));
	(void)close(fd);
	return text;
}

/* The folder that live names. */
static char *live_of(const struct ground *ground)
{
	char target[256] = "";
	ssize_t length = readlinkat(AT_FDCWD, path_of(ground, "live", ""), target, sizeof target - 1);

	check(length > 0, "live: %s", strerror(errno));
	return strdup(target);
}

static void check_current_is_live(const struct ground *ground)
{
	const char *live = live_of(ground);

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const char *wanted = read_file(path_of(ground, live, files[i]));
		const char *there = read_file(path_of(ground, "current", files[i]));
		check(wanted != NULL && there != NULL && strcmp(wanted, there) == 0, "current/%s is not that of live", files[i]);
	}
}

static struct ground ground_of(struct suite *suite)
{
	return ground_make(suite, "fresh");
}

static void current_follows_live(struct suite *suite)
{
	struct ground ground = ground_of(suite);
	const struct input *first = inputs_get(suite->inputs, INPUT_EC);
	const struct input *second = inputs_get(suite->inputs, INPUT_RENEWED);
	struct session session;

	(void)install(&ground, first);
	check_current_is_live(&ground);
	const char *first_live = live_of(&ground);
	struct ledger renewal = install(&ground, second);
	check_current_is_live(&ground);
	check(strcmp(first_live, live_of(&ground)) != 0, "live did not move");

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger removal = ledger_without_adopted(&renewal);
	session_remove(&session, &removal);
	session_close(&session);
	check(strcmp(first_live, live_of(&ground)) == 0, "live is not what it was before the renewal");
	check_current_is_live(&ground);
}

static void current_goes_with_the_last_set(struct suite *suite)
{
	struct ground ground = ground_of(suite);
	struct ledger ledger = install(&ground, inputs_get(suite->inputs, INPUT_EC));
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &ledger);
	session_close(&session);
	struct stat status;
	check(lstat(path_of(&ground, "current", ""), &status) != 0 && errno == ENOENT, "current is still there");
}

static void a_damaged_current_is_repaired(struct suite *suite)
{
	struct ground ground = ground_of(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	(void)install(&ground, input);
	char *path = path_of(&ground, "current", "credential.pem");
	int fd = open(path, O_WRONLY | O_TRUNC);
	check(fd >= 0 && close(fd) == 0, "%s: %s", path, strerror(errno));
	check(unlinkat(AT_FDCWD, path_of(&ground, "current", "cert.pem"), 0) == 0, "cert.pem: %s", strerror(errno));
	struct ledger again = install(&ground, input);
	check(!ledger_is_all(&again, NACCS_PART_ADOPT), "an install that repairs says that it changes nothing");
	check_current_is_live(&ground);
	again = install(&ground, input);
	check(ledger_is_all(&again, NACCS_PART_ADOPT), "what is whole is changed again");
}

/* Whenever the process dies: the credential that programs find is that of one set or the other. */
static void current_never_holds_a_mixed_credential(struct suite *suite)
{
	struct ground ground = ground_of(suite);
	struct crash crash = {.ground = &ground, .input = inputs_get(suite->inputs, INPUT_RENEWED), .after = STEP_NEVER};
	char *path = path_of(&ground, "current", "credential.pem");
	struct ledger first = install(&ground, inputs_get(suite->inputs, INPUT_EC));
	const char *before = read_file(path);

	(void)first;
	crash_prepare(&crash);
	check(!crash_install(&crash), "killed without a reason");
	const char *after = read_file(path);
	crash_recover(&crash, NACCS_RECOVERY_UNDO);
	check(before != NULL && after != NULL && strcmp(before, after) != 0, "the renewal has the same credential");
	bool is_killed = true;
	bool was_old = false, was_new = false;
	for (uint64_t at = 1; is_killed; at = crash_next_call(at)) {
		crash.kind = NACCS_FAULTS_KILL_AFTER;
		crash.at = at;
		is_killed = crash_install(&crash);
		const char *now = read_file(path);
		check(now != NULL && (strcmp(now, before) == 0 || strcmp(now, after) == 0), "after call %u the credential is mixed",
		      (unsigned)at);
		was_old |= strcmp(now, before) == 0;
		was_new |= strcmp(now, after) == 0;
		crash_recover(&crash, NACCS_RECOVERY_UNDO);
		now = read_file(path);
		check(now != NULL && strcmp(now, before) == 0, "after call %u recover did not bring the credential back", (unsigned)at);
	}
	check(was_old && was_new, "no switch was struck");
}

static void everything_is_closed_to_others(struct suite *suite)
{
	struct ground ground = ground_of(suite);
	static const char *const folders[] = {"", "archive", "current"};
	struct stat status;

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		check(lstat(path_of(&ground, folders[i], ""), &status) == 0 && (status.st_mode & 07777) == 0700, "%s has mode %04o",
		      folders[i], (unsigned)(status.st_mode & 07777));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const char *const places[] = {"current", live_of(&ground)};
		for (size_t j = 0; j < 2; j++)
			check(lstat(path_of(&ground, places[j], files[i]), &status) == 0 && (status.st_mode & 07777) == 0600,
			      "%s/%s has mode %04o", places[j], files[i], (unsigned)(status.st_mode & 07777));
	}
}

/* Grant somebody else something, as an administrator would. */
static void grant(const char *path, const wchar_t *list)
{
	wchar_t wide[MAX_PATH];
	PSECURITY_DESCRIPTOR descriptor = NULL;
	PACL entries = NULL;
	BOOL is_present, is_default;

	check(MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH) > 0 &&
		      ConvertStringSecurityDescriptorToSecurityDescriptorW(list, SDDL_REVISION_1, &descriptor, NULL) &&
		      GetSecurityDescriptorDacl(descriptor, &is_present, &entries, &is_default) &&
		      SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL,
					    NULL, entries, NULL) == ERROR_SUCCESS,
	      "%s: the list can't be set", path);
	(void)LocalFree(descriptor);
}

static void a_folder_that_others_can_write_is_refused(struct suite *suite)
{
	struct ground ground = ground_of(suite);
	struct session session;

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	char *dir = path_of(&ground, "", "");
	dir[strlen(dir) - 1] = '\0';
	grant(dir, L"D:P(A;OICI;FA;;;OW)(A;OICI;FA;;;SY)(A;OICI;FA;;;WD)");
	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_STORE_UNSAFE, &session.err);
	check(strstr(session.err.hint, "icacls") != NULL, "the hint is \"%s\"", session.err.hint);
}

static void who_may_read_current_may_read_its_successor(struct suite *suite)
{
	struct ground ground = ground_of(suite);
	char *path = path_of(&ground, "current", "credential.pem");
	struct stat status;

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	grant(path, L"D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FR;;;WD)");
	check(lstat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0, "reading was not granted");
	(void)install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	check_current_is_live(&ground);
	check(lstat(path, &status) == 0 && (status.st_mode & 07777) == 0604, "after the renewal the mode is %04o",
	      (unsigned)(status.st_mode & 07777));
	check(lstat(path_of(&ground, "current", "privkey.pem"), &status) == 0 && (status.st_mode & 07777) == 0600,
	      "the key was opened too");
}

static const struct test tests[] = {
	{"current follows live to a renewal and back", current_follows_live},
	{"current goes with the last set", current_goes_with_the_last_set},
	{"a damaged current is repaired by the next install", a_damaged_current_is_repaired},
	{"current never holds a mixed credential, whenever the process dies", current_never_holds_a_mixed_credential},
	{"everything is closed to others", everything_is_closed_to_others},
	{"a folder that others can write is refused", a_folder_that_others_can_write_is_refused},
	{"who may read current may read its successor", who_may_read_current_may_read_its_successor},
	{NULL, NULL},
};

const struct test *const test_groups[] = {tests, NULL};
