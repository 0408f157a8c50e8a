/* SPDX-License-Identifier: Apache-2.0 */
/* Why: root works for users. What it leaves must be theirs, closed to others; and nobody may lead root elsewhere by a link. */
#include "nss_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOMEBODY "daemon" /* on every Debian */

static void check_entry(const char *path, uid_t owner, gid_t group, mode_t mode)
{
	struct stat about;

	check(lstat(path, &about) == 0, "%s: %s", path, strerror(errno));
	check(about.st_uid == owner && about.st_gid == group && (about.st_mode & 07777) == mode, "%s: %d:%d %04o, wanted %d:%d %04o", path,
	      (int)about.st_uid, (int)about.st_gid, (unsigned)about.st_mode & 07777, (int)owner, (int)group, (unsigned)mode);
}

static void new_things_are_closed_to_others(struct suite *suite)
{
	struct ground ground = {.suite = suite, .uri = text_of("nss:%s/.pki/nssdb", suite->work)};
	mode_t former = umask(0);

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	(void)umask(former);
	check_entry(text_of("%s/.pki", suite->work), geteuid(), getegid(), 0700);
	check_entry(nss_dir(&ground), geteuid(), getegid(), 0700);
	check_entry(nss_path(&ground, "cert9.db"), geteuid(), getegid(), 0600);
	check_entry(nss_path(&ground, "key4.db"), geteuid(), getegid(), 0600);
}

/* A home that belongs to somebody; the test's folder has to be passable for that. */
static const struct passwd *make_home(struct suite *suite, const char **ret_home)
{
	if (geteuid() != 0)
		test_skip("only root works for others");
	const struct passwd *somebody = getpwnam(SOMEBODY);
	if (somebody == NULL)
		test_skip("there is no user " SOMEBODY);
	*ret_home = text_of("%s/home", suite->work);
	check(chmod(suite->work, 0711) == 0 && mkdir(*ret_home, 0700) == 0 && chown(*ret_home, somebody->pw_uid, somebody->pw_gid) == 0,
	      "%s: %s", *ret_home, strerror(errno));
	return somebody;
}

struct working {
	struct ground ground;
	const struct input *input;
};

static void install_there(void *context)
{
	const struct working *working = context;

	(void)install(&working->ground, working->input);
}

static void root_leaves_everything_to_the_user(struct suite *suite)
{
	const char *home = NULL;
	const struct passwd *somebody = make_home(suite, &home);
	uid_t uid = somebody->pw_uid;
	gid_t gid = somebody->pw_gid;
	struct working working = {{.suite = suite, .uri = text_of("nss:%s/.local/share/pki/nssdb", home)},
				  inputs_get(suite->inputs, INPUT_EC)};

	check(in_child(install_there, &working) == 0, "the install failed");
	check_entry(text_of("%s/.local", home), uid, gid, 0700);
	check_entry(nss_dir(&working.ground), uid, gid, 0700);
	check_entry(nss_path(&working.ground, "cert9.db"), uid, gid, 0600);
	check_entry(nss_path(&working.ground, "key4.db"), uid, gid, 0600);
	check(access(nss_path(&working.ground, "pkcs11.txt"), F_OK) != 0, "a list of modules was made");
	/* A renewal into what is there. */
	working.input = inputs_get(suite->inputs, INPUT_RENEWED);
	check(in_child(install_there, &working) == 0, "the renewal failed");
	check_entry(nss_path(&working.ground, "cert9.db"), uid, gid, 0600);
	check_entry(nss_path(&working.ground, "key4.db"), uid, gid, 0600);
}

static void check_unsafe(struct suite *suite, const char *path, const char *word)
{
	struct ground ground = {.suite = suite, .uri = text_of("nss:%s", path)};
	struct session session;

	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_STORE_UNSAFE, &session.err);
	check(strstr(session.err.message, word) != NULL, "the message is: %s", session.err.message);
}

static void a_users_link_leads_root_nowhere(struct suite *suite)
{
	const char *home = NULL;
	const struct passwd *somebody = make_home(suite, &home);
	const char *system = text_of("%s/system", suite->work), *link = text_of("%s/.pki", home), *own = text_of("%s/own", home);

	check(mkdir(system, 0755) == 0 && mkdir(text_of("%s/nssdb", system), 0755) == 0, "%s: %s", system, strerror(errno));
	check(symlink(system, link) == 0 && lchown(link, somebody->pw_uid, somebody->pw_gid) == 0, "%s: %s", link, strerror(errno));
	check_unsafe(suite, text_of("%s/nssdb", link), "symbolic link");
	/* To a folder of the same user it may lead. */
	struct working working = {{.suite = suite, .uri = text_of("nss:%s/nssdb", link)}, inputs_get(suite->inputs, INPUT_EC)};
	check(unlink(link) == 0 && mkdir(own, 0700) == 0 && chown(own, somebody->pw_uid, somebody->pw_gid) == 0 &&
		      symlink(own, link) == 0 && lchown(link, somebody->pw_uid, somebody->pw_gid) == 0,
	      "%s: %s", link, strerror(errno));
	check(in_child(install_there, &working) == 0, "the install through a link of the user failed");
	check_entry(text_of("%s/nssdb/key4.db", own), somebody->pw_uid, somebody->pw_gid, 0600);
}

static void what_others_can_write_is_refused(struct suite *suite)
{
	struct ground ground = nss_ground_made(suite);

	check(chmod(nss_dir(&ground), 0777) == 0, "%s", strerror(errno));
	check_unsafe(suite, nss_dir(&ground), nss_dir(&ground));
	check(chmod(nss_dir(&ground), 0700) == 0 && chmod(nss_path(&ground, "key4.db"), 0666) == 0, "%s", strerror(errno));
	check_unsafe(suite, nss_dir(&ground), "key4.db");
	check(chmod(nss_path(&ground, "key4.db"), 0600) == 0, "%s", strerror(errno));
	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
}

static naccs_status check_kind(void *context, const struct naccs_place *place)
{
	check(strcmp(place->uri, context) == 0, "the URI is %s, wanted %s", place->uri, (const char *)context);
	check(strstr(place->kind, "system-wide") != NULL, "the kind is \"%s\"", place->kind);
	return NACCS_OK;
}

static void a_system_wide_database_trusts_no_client_ca(struct suite *suite)
{
	static const char below_etc[] = "/etc/skel"; /* in this test's own mount namespace */
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	const char *folder = text_of("%s/pki", suite->work);
	struct session session;

	if (geteuid() != 0 || access(below_etc, F_OK) != 0)
		test_skip("only root can mount something on %s", below_etc);
	check(mkdir(folder, 0755) == 0, "%s: %s", folder, strerror(errno));
	if (mount(folder, below_etc, NULL, MS_BIND, NULL) != 0)
		test_skip("mounting is not allowed here: %s", strerror(errno));
	/* By whatever name it is reached. */
	const char *link = text_of("%s/link", suite->work), *real = text_of("nss:%s/nssdb", below_etc);
	check(mkdir(text_of("%s/nssdb", below_etc), 0755) == 0 && symlink(below_etc, link) == 0, "%s: %s", link, strerror(errno));
	struct ground ground = {.suite = suite, .uri = text_of("nss:sql:%s/nssdb", link)},
		      plain = {.suite = suite, .uri = text_of("%s", real)};
	(void)install(&ground, input);
	check_flags(&plain, CA_NAME, ",,");
	check_flags(&plain, ANCHOR_NAME, "C,,");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	check_ok(suite->backend->describe(session.store, check_kind, text_of("%s", real), &session.err), &session.err);
	session_check_installed(&session, input, true);
	struct naccs_verify_request request = {.size = sizeof request, .time = input->installation.not_before + 86400};
	struct naccs_verify_answer answer = {.size = sizeof answer};
	memcpy(request.certificate, input->installation.sha256, sizeof request.certificate);
	check_ok(suite->backend->verify(session.store, &request, &answer, &session.err), &session.err);
	check(answer.client_chain == -1, "NSS judged a client chain whose root has no trust: %d %s", answer.client_chain, answer.reason);
	session_close(&session);
	struct ledger ledger = install(&ground, input);
	check(ledger_is_all(&ledger, NACCS_PART_ADOPT), "the same again is not all adopted");
}

const struct test nss_tests_owner[] = {
	{"new folders and files are closed to others", new_things_are_closed_to_others},
	{"root leaves everything to the user", root_leaves_everything_to_the_user},
	{"a user's link leads root nowhere", a_users_link_leads_root_nowhere},
	{"what others can write is refused", what_others_can_write_is_refused},
	{"a system-wide database trusts no client CA", a_system_wide_database_trusts_no_client_ca},
	{NULL, NULL},
};
