/* SPDX-License-Identifier: Apache-2.0 */
/* Why: nothing is written through somebody else's link or into a folder that others can change. */
#include "pem_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_folder(const char *path, mode_t mode)
{
	check(mkdir(path, 0700) == 0 && chmod(path, mode) == 0, "%s: %s", path, strerror(errno));
}

static void make_link(const char *target, const char *path)
{
	(void)unlink(path);
	check(symlink(target, path) == 0, "%s: %s", path, strerror(errno));
}

static const char *elsewhere(const struct ground *ground)
{
	const char *path = pem_path(ground, "../elsewhere");

	(void)mkdir(path, 0700);
	return path;
}

static void the_folder_is_a_link(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct session session;

	make_link(elsewhere(&ground), pem_dir(&ground));
	check_unsafe(&ground);
	check_status(session_try(&session, &ground, NACCS_ACCESS_READ, 0), NACCS_E_STORE_UNSAFE, &session.err);
}

static void others_can_write_to_the_folder(struct suite *suite)
{
	static const mode_t modes[] = {0777, 0770, 01777, 0702};
	struct ground ground = pem_ground(suite);

	make_folder(pem_dir(&ground), 0700);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		check(chmod(pem_dir(&ground), modes[i]) == 0, "chmod: %s", strerror(errno));
		check_unsafe(&ground);
	}
	check(chmod(pem_dir(&ground), 0700) == 0 && chmod(ground.tree, 0777) == 0, "chmod: %s", strerror(errno));
	check_unsafe(&ground);
}

static void the_archive_is_not_ours(struct suite *suite)
{
	struct ground ground = pem_ground(suite);

	make_folder(pem_dir(&ground), 0700);
	make_link(elsewhere(&ground), pem_path(&ground, "archive"));
	check_unsafe(&ground);
	check(unlink(pem_path(&ground, "archive")) == 0, "unlink: %s", strerror(errno));
	write_text(pem_path(&ground, "archive"), "a file");
	check_unsafe(&ground);
	check(unlink(pem_path(&ground, "archive")) == 0, "unlink: %s", strerror(errno));
	make_folder(pem_path(&ground, "archive"), 0777);
	check_unsafe(&ground);
}

static void live_leads_elsewhere(struct suite *suite)
{
	static const char *const targets[] = {"/etc",	     "../elsewhere",	   "archive", "archive/", "archive/..",
					      "archive/a/b", "archive/.pending-x", "x"};
	struct ground ground = pem_ground(suite);

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	(void)elsewhere(&ground);
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		make_link(targets[i], pem_path(&ground, "live"));
		check_unsafe(&ground);
	}
	check(unlink(pem_path(&ground, "live")) == 0, "unlink: %s", strerror(errno));
	write_text(pem_path(&ground, "live"), "a file");
	check_unsafe(&ground);
	check(unlink(pem_path(&ground, "live")) == 0, "unlink: %s", strerror(errno));
	make_folder(pem_path(&ground, "live"), 0700);
	check_unsafe(&ground);
}

static void check_plan_unsafe(const struct ground *ground, const struct input *input)
{
	char *before = picture_of_tree(ground->tree);
	struct ledger ledger;
	struct naccs_error err;

	check_status(plan_once(ground, input, &ledger, &err), NACCS_E_STORE_UNSAFE, &err);
	char *after = picture_of_tree(ground->tree);
	check_picture(before, after);
}

static void something_is_in_the_way_of_the_set(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RENEWED);
	const char *set = pem_path(&ground, "archive/%s", pem_set_of(input));

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	make_link(elsewhere(&ground), set);
	check_plan_unsafe(&ground, input);
	check(unlink(set) == 0, "unlink: %s", strerror(errno));
	make_folder(set, 0777);
	check_plan_unsafe(&ground, input);
	check(chmod(set, 0700) == 0, "chmod: %s", strerror(errno));
	write_text(pem_path(&ground, "../elsewhere/key"), "precious");
	make_link(pem_path(&ground, "../elsewhere/key"), pem_path(&ground, "archive/%s/privkey.pem", pem_set_of(input)));
	check_plan_unsafe(&ground, input);
}

static void a_pending_folder_is_a_link(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RENEWED);
	const char *pending = pem_path(&ground, "archive/.pending-%s", pem_set_of(input));
	struct session session;

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	make_link(elsewhere(&ground), pending);
	char *before = picture_of_tree(ground.tree);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	check_status(suite->backend->stage(session.store, &input->installation, ledger.part, ledger.count, &session.err),
		     NACCS_E_STORE_UNSAFE, &session.err);
	session_close(&session);
	char *after = picture_of_tree(ground.tree);
	check_picture(before, after);
}

static void another_user_owns_it(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct passwd *user = getpwnam("nobody");

	if (geteuid() != 0 || user == NULL)
		test_skip("only root can give files away");
	make_folder(pem_dir(&ground), 0700);
	check(chown(pem_dir(&ground), user->pw_uid, user->pw_gid) == 0, "chown: %s", strerror(errno));
	check_unsafe(&ground); /* a fresh folder of somebody else's */
	check(chown(pem_dir(&ground), 0, 0) == 0, "chown: %s", strerror(errno));
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	check(lchown(pem_path(&ground, "live"), user->pw_uid, user->pw_gid) == 0, "lchown: %s", strerror(errno));
	check_unsafe(&ground);
	check(lchown(pem_path(&ground, "live"), 0, 0) == 0, "lchown: %s", strerror(errno));
	check(chown(pem_path(&ground, "archive"), user->pw_uid, user->pw_gid) == 0, "chown: %s", strerror(errno));
	check_unsafe(&ground);
}

/* Two runs find nothing; one is quicker. The other one must not take the winner's away. */
static void a_lost_race_harms_nobody(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session slow;

	session_open(&slow, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&slow, input);
	(void)install(&ground, input);
	char *before = picture(&ground);
	check_status(suite->backend->stage(slow.store, &input->installation, ledger.part, ledger.count, &slow.err), NACCS_E_RUN_LOCKED,
		     &slow.err);
	check_ok(suite->backend->abort(slow.store, ledger.part, ledger.count, &slow.err), &slow.err);
	session_close(&slow);
	char *after = picture(&ground);
	check_picture(before, after);
}

/* The winner has made the folder, and no more yet. */
static void a_race_lost_by_a_hair_harms_nobody(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session slow;

	session_open(&slow, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&slow, input);
	make_folder(pem_dir(&ground), 0700);
	check_status(suite->backend->stage(slow.store, &input->installation, ledger.part, ledger.count, &slow.err), NACCS_E_RUN_LOCKED,
		     &slow.err);
	check_ok(suite->backend->abort(slow.store, ledger.part, ledger.count, &slow.err), &slow.err);
	session_close(&slow);
	check(access(pem_dir(&ground), F_OK) == 0, "the winner's folder was taken away");
}

/* Is DIR open in that process? */
static bool has_open(pid_t pid, const char *path)
{
	char folder[64], target[4096];
	(void)snprintf(folder, sizeof folder, "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(folder);
	bool is_open = false;

	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
		target[length > 0 ? length : 0] = '\0';
		is_open = is_open || strcmp(target, path) == 0;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return is_open;
}

/* Who waited for the lock of a folder that is then taken away starts from nothing. */
static void the_folder_goes_while_somebody_waits(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct ledger ledger = install(&ground, input);
	struct session session;
	int status = 0, ready[2];
	char byte = 0;

	check(pipe(ready) == 0, "pipe: %s", strerror(errno));
	(void)fflush(NULL);
	pid_t waiter = fork();
	check(waiter >= 0, "fork: %s", strerror(errno));
	if (waiter == 0) {
		check(read(ready[0], &byte, 1) == 1, "pipe: %s", strerror(errno));
		(void)install(&ground, input);
		_exit(0);
	}
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check(write(ready[1], &byte, 1) == 1, "pipe: %s", strerror(errno));
	while (!has_open(waiter, pem_dir(&ground))) {
		check(waitpid(waiter, &status, WNOHANG) == 0, "the one who waits ended with %d", status);
		(void)sched_yield();
	}
	session_remove(&session, &ledger);
	session_close(&session);
	check(waitpid(waiter, &status, 0) == waiter && status == 0, "the one who waited ended with %d", status);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
}

static void a_link_in_a_set_is_not_followed(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	const char *key = pem_path(&ground, "live/privkey.pem");
	struct session session;

	(void)install(&ground, input);
	(void)elsewhere(&ground);
	check(rename(key, pem_path(&ground, "../elsewhere/key")) == 0, "rename: %s", strerror(errno));
	make_link(pem_path(&ground, "../elsewhere/key"), key);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	check_status(session_sign(&session, input, NACCS_HASH_SHA256, NACCS_PADDING_NONE, 0), NACCS_E_STORE_UNSAFE, &session.err);
	session_close(&session);
}

static void a_full_disk_is_noticed_when_opening(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct session session;

	if (geteuid() != 0)
		test_skip("only root can mount a small tmpfs");
	make_folder(pem_dir(&ground), 0700);
	if (mount("naccs-test", pem_dir(&ground), "tmpfs", MS_NODEV, "size=32k,mode=0700") != 0)
		test_skip("mounting a small tmpfs is not allowed here: %s", strerror(errno));
	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_STORE_FULL, &session.err);
}

const struct test pem_tests_unsafe[] = {
	{"the folder is a symbolic link", the_folder_is_a_link},
	{"others can write to the folder", others_can_write_to_the_folder},
	{"the archive is not ours", the_archive_is_not_ours},
	{"live leads elsewhere", live_leads_elsewhere},
	{"something is in the way of the set", something_is_in_the_way_of_the_set},
	{"a pending folder is a symbolic link", a_pending_folder_is_a_link},
	{"another user owns it", another_user_owns_it},
	{"a lost race harms nobody", a_lost_race_harms_nobody},
	{"a race lost by a hair harms nobody", a_race_lost_by_a_hair_harms_nobody},
	{"the folder goes while somebody waits for its lock", the_folder_goes_while_somebody_waits},
	{"a link in a set is not followed", a_link_in_a_set_is_not_followed},
	{"a full disk is noticed when opening", a_full_disk_is_noticed_when_opening},
	{NULL, NULL},
};
