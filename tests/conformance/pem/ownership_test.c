/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a service reads the key by group or owner; a renewal that forgets that is an outage, one that opens it wider is a leak. */
#include "pem_test.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A group that this user may give files to: any for root, else one of its own. */
static const struct group *some_group(void)
{
	gid_t groups[256];
	int count = getgroups(256, groups);
	const struct group *group = NULL;

	if (geteuid() == 0)
		group = getgrnam("daemon");
	for (int i = 0; group == NULL && i < count; i++) {
		if (groups[i] != getegid())
			group = getgrgid(groups[i]);
	}
	if (group == NULL)
		group = getgrgid(getegid());
	if (group == NULL)
		test_skip("this user is in no group that has a name");
	return group;
}

static void check_mode(const struct ground *ground, const char *name, mode_t mode, gid_t group)
{
	struct stat status;

	check(stat(pem_path(ground, "%s", name), &status) == 0, "%s: %s", name, strerror(errno));
	check((status.st_mode & 07777) == mode && status.st_gid == group, "%s: mode %04o, group %d; wanted %04o, %d", name,
	      (unsigned)status.st_mode & 07777, (int)status.st_gid, (unsigned)mode, (int)group);
}

static void check_open_for(const struct ground *ground, gid_t group)
{
	check_mode(ground, ".", 0750, group);
	check_mode(ground, "archive", 0750, group);
	check_mode(ground, "live/.", 0750, group);
	check_mode(ground, "live/privkey.pem", 0640, group);
	check_mode(ground, "live/credential.pem", 0640, group);
	check_mode(ground, "live/cert.pem", 0644, group);
}

static void a_group_may_read_and_keeps_that(struct suite *suite)
{
	const struct group *group = some_group();
	struct ground ground = pem_ground(suite);

	ground.group = text_of("%s", group->gr_name);
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	check_open_for(&ground, group->gr_gid);
	ground.group = NULL; /* the renewal is not told again */
	(void)install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	check_open_for(&ground, group->gr_gid);
}

static void a_group_given_later_changes_and_can_be_undone(struct suite *suite)
{
	const struct group *group = some_group();
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	(void)install(&ground, input);
	char *before = picture(&ground);
	ground.group = text_of("%s", group->gr_name);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	check(part_named(&ledger, ".")->action == NACCS_PART_CHANGE && part_named(&ledger, "archive")->action == NACCS_PART_CHANGE &&
		      part_named(&ledger, "live")->action == NACCS_PART_ADOPT,
	      "the folders are not changed");
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	check_open_for(&ground, group->gr_gid);
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	session_close(&session);
	ground.group = NULL;
	char *after = picture(&ground);
	check_picture(before, after);
	ground.group = text_of("%s", group->gr_name);
	(void)install(&ground, input);
	check_open_for(&ground, group->gr_gid);
	ledger = install(&ground, input);
	check(ledger_is_all(&ledger, NACCS_PART_ADOPT), "the same group again is not all adopted");
}

static void an_unknown_group_is_a_usage_error(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct session session;

	ground.group = "no-such-group-anywhere";
	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_USAGE, &session.err);
}

static void a_group_that_cannot_be_given_is_refused_early(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct session session;

	if (geteuid() == 0)
		test_skip("root can give any group");
	ground.group = "root";
	char *before = picture_of_tree(ground.tree);
	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_STORE_OPEN, &session.err);
	char *after = picture_of_tree(ground.tree);
	check_picture(before, after);
}

static void a_renewal_keeps_modes_that_people_set(struct suite *suite)
{
	struct ground ground = pem_ground(suite);

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	check(chmod(pem_path(&ground, "live/privkey.pem"), 0440) == 0 && chmod(pem_path(&ground, "live/cert.pem"), 0600) == 0 &&
		      chmod(pem_path(&ground, "live/."), 0755) == 0 && chmod(pem_path(&ground, "live/credential.pem"), 0666) == 0,
	      "chmod: %s", strerror(errno));
	(void)install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	check_mode(&ground, "live/privkey.pem", 0440, getegid());
	check_mode(&ground, "live/cert.pem", 0600, getegid());
	/* Never a key that everybody reads, nor a file that others write. */
	check_mode(&ground, "live/.", 0750, getegid());
	check_mode(&ground, "live/credential.pem", 0640, getegid());
}

/* Root renews what it gave to a service's user. */
static void a_renewal_by_root_keeps_the_owner(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct passwd *user = getpwnam("nobody");
	struct stat status;
	char owner[64];

	if (geteuid() != 0 || user == NULL)
		test_skip("only root can give files away");
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	check(chown(pem_path(&ground, "live/privkey.pem"), user->pw_uid, user->pw_gid) == 0, "chown: %s", strerror(errno));
	(void)install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	check(stat(pem_path(&ground, "live/privkey.pem"), &status) == 0 && status.st_uid == user->pw_uid && status.st_gid == user->pw_gid,
	      "the key's owner was not kept");
	check(stat(pem_path(&ground, "live/cert.pem"), &status) == 0 && status.st_uid == 0, "the certificate's owner was not kept");
	/* All of it given away: the store as a whole goes on. */
	(void)snprintf(owner, sizeof owner, "%d:%d", (int)user->pw_uid, (int)user->pw_gid);
	run_program((const char *const[]){"chown", "-Rh", owner, pem_dir(&ground), NULL});
	struct ledger ledger = install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	check(ledger_is_all(&ledger, NACCS_PART_ADOPT), "a store that was given away is not adopted as it is");
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC384));
	check(lstat(pem_path(&ground, "live"), &status) == 0 && status.st_uid == user->pw_uid, "the link's owner was not kept");
	check(stat(pem_path(&ground, "live/."), &status) == 0 && status.st_uid == user->pw_uid, "the set's owner was not kept");
	check(stat(pem_path(&ground, "live/privkey.pem"), &status) == 0 && status.st_uid == user->pw_uid, "the key's owner was not kept");
}

const struct test pem_tests_ownership[] = {
	{"a group may read, and keeps that over a renewal", a_group_may_read_and_keeps_that},
	{"a group given later changes modes, and that can be undone", a_group_given_later_changes_and_can_be_undone},
	{"an unknown group is a usage error", an_unknown_group_is_a_usage_error},
	{"a group that can't be given is refused early", a_group_that_cannot_be_given_is_refused_early},
	{"a renewal keeps modes that people set", a_renewal_keeps_modes_that_people_set},
	{"a renewal by root keeps the owner", a_renewal_by_root_keeps_the_owner},
	{NULL, NULL},
};
