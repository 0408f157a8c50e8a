/* SPDX-License-Identifier: Apache-2.0 */
/* Why: secrets are written only where nobody but root and ourselves can get in between, and what makes a way unsafe is named. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define STRANGER 12345

static void assert_safe(const struct scratch *s, const char *name)
{
	struct naccs_error err = {0};
	assert_ok(naccs_path_check_safe(scratch_path(s, name), &err));
}

/* Unsafe, and the message names the part that makes it so. */
static void assert_unsafe(const struct scratch *s, const char *name, const char *part)
{
	struct naccs_error err = {0};
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe(scratch_path(s, name), &err));
	naccs_auto(heap) char *named = naccs_format("%s:", scratch_path(s, part));
	assert_holds(err.message, named);
	assert_true(err.hint[0] != '\0' || err.native == ELOOP);
}

static void own_folders_are_safe_and_missing_parts_are_fine(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "a", 0755);
	scratch_mkdir(s, "a/b", 0700);
	assert_safe(s, "a/b");
	assert_safe(s, "a/b/");
	assert_safe(s, "a//./b");
	assert_safe(s, "a/b/missing");
	assert_safe(s, "a/b/missing/deeper");
	assert_ok(naccs_path_check_safe("/", &err));
	assert_ok(naccs_path_check_safe("/.//./", &err));
	assert_safe(s, "a/b/missing/..");
	assert_ok(naccs_path_check_safe("/usr/naccs-cert-does-not-exist", &err));
}

static void a_relative_path_is_not_judged(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	assert_fails(NACCS_E_USAGE, naccs_path_check_safe("a/b", &err));
	assert_fails(NACCS_E_USAGE, naccs_path_check_safe("", &err));
}

static void a_part_that_group_or_others_can_write_is_unsafe(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	static const mode_t modes[] = {0770, 0720, 0707, 0702, 0777};
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		scratch_mkdir(s, "open", modes[i]);
		scratch_mkdir(s, "open/b", 0700);
		assert_unsafe(s, "open", "open");
		assert_unsafe(s, "open/b", "open");
		assert_unsafe(s, "open/missing", "open");
		assert_int_equal(unlinkat(s->fd, "open/b", AT_REMOVEDIR), 0);
		assert_int_equal(unlinkat(s->fd, "open", AT_REMOVEDIR), 0);
	}
	scratch_mkdir(s, "open", 0770);
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe(scratch_path(s, "open"), &err));
	naccs_auto(heap) char *mend = naccs_format("chmod go-w %s", scratch_path(s, "open"));
	assert_string_equal(err.hint, mend);
}

static void tmp_is_fine_on_the_way_but_not_as_the_store_itself(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	struct stat about;
	assert_int_equal(stat("/tmp", &about), 0);
	if (about.st_uid != 0 || (about.st_mode & 07777) != 01777)
		skip(); /* an unusual /tmp */
	assert_safe(s, "");
	assert_ok(naccs_path_check_safe("/tmp/naccs-cert-does-not-exist", &err));
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe("/tmp", &err));
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe("/tmp/", &err));
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe("/tmp/.", &err));
}

/* Runs check in a child that became a stranger; its result is 0 when all is right. */
static void as_stranger(int (*check)(const struct scratch *s), const struct scratch *s)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(setresuid(STRANGER, STRANGER, STRANGER) == 0 ? check(s) : 2);
	int result = 0;
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
}

static int check_own_sticky(const struct scratch *s)
{
	struct naccs_error err = {0};
	return naccs_path_check_safe(scratch_path(s, "sticky/missing"), &err) == NACCS_E_STORE_UNSAFE ? 0 : 1;
}

static void a_sticky_folder_counts_only_if_it_is_roots(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "sticky", 01777);
	scratch_mkdir(s, "sticky/b", 0700);
	if (geteuid() != 0) {
		assert_unsafe(s, "sticky/b", "sticky");
		return;
	}
	assert_safe(s, "sticky/b");
	assert_int_equal(fchownat(s->fd, "sticky", STRANGER, (gid_t)-1, 0), 0);
	assert_unsafe(s, "sticky/b", "sticky");
	assert_int_equal(fchmodat(s->fd, ".", 0755, 0), 0);
	as_stranger(check_own_sticky, s);
}

static void the_last_part_must_not_be_a_link(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "a", 0700);
	scratch_link(s, "a", "link");
	scratch_link(s, "nowhere", "dangling");
	assert_unsafe(s, "link", "link");
	assert_unsafe(s, "link/", "link");
	assert_unsafe(s, "link/.", "link");
	assert_unsafe(s, "link/./", "link");
	assert_unsafe(s, "dangling", "dangling");
	scratch_link(s, "../link", "a/again");
	assert_unsafe(s, "a/again", "a/again");
}

static void own_links_among_the_parents_are_followed_and_their_way_is_checked(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "a", 0700);
	scratch_mkdir(s, "a/b", 0700);
	scratch_mkdir(s, "a/b/c", 0700);
	scratch_link(s, "a/b", "relative");
	scratch_link(s, scratch_path(s, "a/b"), "absolute");
	scratch_link(s, "../../a/./b", "a/b/dots");
	scratch_link(s, "relative/c", "twice");
	scratch_link(s, "a/b/../b/", "slash");
	assert_safe(s, "relative/c");
	assert_safe(s, "absolute/c");
	assert_safe(s, "a/b/dots/c");
	assert_safe(s, "twice/missing");
	assert_safe(s, "slash/c/missing/deeper");
	/* The link is ours, but it leads through a folder that others can write. */
	scratch_mkdir(s, "open", 0777);
	scratch_mkdir(s, "open/x", 0700);
	scratch_link(s, "open/x", "trap");
	assert_unsafe(s, "trap/c", "open");
	/* A link to /tmp: fine on the way, as /tmp itself is. */
	scratch_link(s, "/tmp", "tmp");
	struct stat about;
	if (stat("/tmp", &about) == 0 && about.st_uid == 0 && (about.st_mode & 07777) == 01777)
		assert_ok(naccs_path_check_safe(scratch_path(s, "tmp/naccs-cert-does-not-exist"), &err));
}

static void links_that_lead_in_circles_are_refused(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_link(s, "b", "a");
	scratch_link(s, "a", "b");
	scratch_link(s, "self/self", "self");
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe(scratch_path(s, "a/x"), &err));
	assert_int_equal(err.native, ELOOP);
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe(scratch_path(s, "self/x"), &err));
}

static void a_part_that_is_no_folder_is_named(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_write(s, "file", "x", 0600);
	scratch_link(s, "file", "link");
	assert_fails(NACCS_E_STORE_OPEN, naccs_path_check_safe(scratch_path(s, "file"), &err));
	assert_holds(err.message, scratch_path(s, "file"));
	assert_fails(NACCS_E_STORE_OPEN, naccs_path_check_safe(scratch_path(s, "file/x"), &err));
	assert_fails(NACCS_E_STORE_OPEN, naccs_path_check_safe(scratch_path(s, "link/x"), &err));
	assert_int_equal(mkfifoat(s->fd, "fifo", 0600), 0);
	assert_fails(NACCS_E_STORE_OPEN, naccs_path_check_safe(scratch_path(s, "fifo"), &err));
}

/* As somebody who may not search the folder: a child of root's that became a stranger, or ourselves after a chmod. */
static int check_without_search(const struct scratch *s)
{
	struct naccs_error err = {0};
	if (geteuid() == 0 && setresuid(STRANGER, STRANGER, STRANGER) != 0)
		return 2;
	return naccs_path_check_safe(scratch_path(s, "closed/x/y"), &err) == NACCS_E_STORE_OPEN && err.native == EACCES ? 0 : 1;
}

static void a_part_that_can_not_be_searched_is_named(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "closed", 0700);
	scratch_mkdir(s, "closed/x", 0700);
	assert_int_equal(fchmodat(s->fd, "closed", 0, 0), 0);
	assert_int_equal(fchmodat(s->fd, ".", 0755, 0), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(check_without_search(s));
	int result = 0;
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
}

static void what_belongs_to_a_stranger_is_unsafe(void **state)
{
	const struct scratch *s = *state;
	if (geteuid() != 0)
		skip(); /* only root can give files away */
	scratch_mkdir(s, "theirs", 0755);
	scratch_mkdir(s, "theirs/mine", 0700);
	scratch_mkdir(s, "a", 0700);
	assert_int_equal(fchownat(s->fd, "theirs", STRANGER, (gid_t)-1, 0), 0);
	assert_unsafe(s, "theirs", "theirs");
	assert_unsafe(s, "theirs/mine", "theirs");
	assert_unsafe(s, "theirs/missing", "theirs");
	scratch_link(s, "a", "link");
	assert_safe(s, "link/x");
	assert_int_equal(fchownat(s->fd, "link", STRANGER, (gid_t)-1, AT_SYMLINK_NOFOLLOW), 0);
	assert_unsafe(s, "link/x", "link");
	/* Our link, but it leads through theirs. */
	scratch_link(s, "theirs/mine", "through");
	assert_unsafe(s, "through/x", "theirs");
}

/* A user: what belongs to root is as good as one's own. */
static int check_roots_and_own(const struct scratch *s)
{
	struct naccs_error err = {0};
	bool is_right = naccs_path_check_safe(scratch_path(s, "roots/own/x"), &err) == NACCS_OK &&
			naccs_path_check_safe(scratch_path(s, "roots/other/x"), &err) == NACCS_E_STORE_UNSAFE;
	return is_right ? 0 : 1;
}

static void a_user_trusts_root_and_oneself_and_nobody_else(void **state)
{
	const struct scratch *s = *state;
	if (geteuid() != 0)
		skip(); /* needs two users */
	assert_int_equal(fchmodat(s->fd, ".", 0755, 0), 0);
	scratch_mkdir(s, "roots", 0755);
	scratch_mkdir(s, "roots/own", 0755);
	scratch_mkdir(s, "roots/other", 0755);
	assert_int_equal(fchownat(s->fd, "roots/own", STRANGER, (gid_t)-1, 0), 0);
	assert_int_equal(fchownat(s->fd, "roots/other", STRANGER + 1, (gid_t)-1, 0), 0);
	as_stranger(check_roots_and_own, s);
}

/* ---- absolute paths ---- */

static void assert_absolute(const char *path, const char *expected)
{
	struct naccs_error err = {0};
	naccs_auto(heap) char *absolute = NULL;
	assert_ok(naccs_path_absolute(path, &absolute, &err));
	assert_string_equal(absolute, expected);
}

static void dots_and_slashes_are_taken_out(void **state)
{
	(void)state;
	assert_absolute("/", "/");
	assert_absolute("//", "/");
	assert_absolute("/.", "/");
	assert_absolute("/..", "/");
	assert_absolute("/../../naccs-x", "/naccs-x");
	assert_absolute("//naccs-x//y/", "/naccs-x/y");
	assert_absolute("/naccs-x/./y/../z/.", "/naccs-x/z");
	assert_absolute("/naccs-x/y/../../z", "/z");
	assert_absolute("/naccs-x/...", "/naccs-x/...");
	assert_absolute("/naccs-x/..y/.z", "/naccs-x/..y/.z");
	assert_absolute("/証明書/x", "/証明書/x");
	struct naccs_error err = {0};
	char *absolute = NULL;
	assert_fails(NACCS_E_USAGE, naccs_path_absolute("", &absolute, &err));
	assert_null(absolute);
}

static void links_are_resolved_except_the_last_part(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "a", 0700);
	scratch_mkdir(s, "a/b", 0700);
	scratch_link(s, "a/b", "link");
	scratch_link(s, "nowhere", "dangling");
	scratch_link(s, "/", "root");
	assert_absolute(scratch_path(s, "link/c"), scratch_path(s, "a/b/c"));
	assert_absolute(scratch_path(s, "link/c/d/e"), scratch_path(s, "a/b/c/d/e"));
	assert_absolute(scratch_path(s, "link"), scratch_path(s, "link"));
	assert_absolute(scratch_path(s, "link/"), scratch_path(s, "link"));
	assert_absolute(scratch_path(s, "dangling"), scratch_path(s, "dangling"));
	assert_absolute(scratch_path(s, "dangling/x"), scratch_path(s, "dangling/x"));
	assert_absolute(scratch_path(s, "root/naccs-x"), "/naccs-x");
	assert_absolute(scratch_path(s, "missing/x/../y"), scratch_path(s, "missing/y"));
	scratch_write(s, "file", "x", 0600);
	assert_absolute(scratch_path(s, "file/x"), scratch_path(s, "file/x"));
	scratch_link(s, "../link/./", "a/again");
	scratch_link(s, "again", "a/twice");
	scratch_link(s, "file/..", "a/no-folder");
	scratch_link(s, "circle/x", "a/circle");
	scratch_link(s, scratch_path(s, "dangling/x"), "a/deep");
	assert_absolute(scratch_path(s, "a/twice/missing/x"), scratch_path(s, "a/b/missing/x"));
	assert_absolute(scratch_path(s, "a/no-folder/x"), scratch_path(s, "a/no-folder/x"));
	assert_absolute(scratch_path(s, "a/circle/x"), scratch_path(s, "a/circle/x"));
	assert_absolute(scratch_path(s, "a/deep/x"), scratch_path(s, "a/deep/x"));
}

static void assert_real(const char *path, const char *expected)
{
	struct naccs_error err = {0};
	naccs_auto(heap) char *real = NULL;
	assert_ok(naccs_path_real(path, &real, &err));
	assert_string_equal(real, expected);
}

static void the_real_path_resolves_the_last_part_too(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "a", 0700);
	scratch_mkdir(s, "a/b", 0700);
	scratch_link(s, "a/b", "link");
	scratch_link(s, "link", "a/up");
	scratch_link(s, "../link", "a/twice");
	scratch_link(s, "nowhere", "dangling");
	assert_real(scratch_path(s, "link/"), scratch_path(s, "a/b"));
	assert_real(scratch_path(s, "a/twice"), scratch_path(s, "a/b"));
	assert_real(scratch_path(s, "a/up"), scratch_path(s, "a/up"));
	assert_real(scratch_path(s, "dangling"), scratch_path(s, "dangling"));
	assert_real(scratch_path(s, "a/x/../b/y"), scratch_path(s, "a/b/y"));
}

static void give_link(const struct scratch *s, const char *target, const char *name, uid_t owner)
{
	scratch_link(s, target, name);
	assert_int_equal(fchownat(s->fd, name, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW), 0);
}

/* Neither form of the path is given, and the message names the link. */
static void assert_led_astray(const struct scratch *s, const char *name, const char *link)
{
	struct naccs_error err = {0};
	char *path = NULL;
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_absolute(scratch_path(s, name), &path, &err));
	naccs_auto(heap) char *named = naccs_format("%s:", scratch_path(s, link));
	assert_holds(err.message, named);
	assert_holds(err.hint, "name the folder");
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_real(scratch_path(s, name), &path, &err));
}

static void a_strangers_link_leads_only_to_what_is_the_strangers(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	char *path = NULL;
	if (geteuid() != 0)
		skip(); /* only root can give links away */
	scratch_mkdir(s, "mine", 0700);
	scratch_mkdir(s, "mine/x", 0700);
	scratch_mkdir(s, "theirs", 0755);
	scratch_mkdir(s, "theirs/own", 0755);
	assert_int_equal(fchownat(s->fd, "theirs", STRANGER, (gid_t)-1, 0), 0);
	assert_int_equal(fchownat(s->fd, "theirs/own", STRANGER, (gid_t)-1, 0), 0);
	give_link(s, "../mine", "theirs/link", STRANGER);
	give_link(s, "own", "theirs/good", STRANGER);
	give_link(s, "../mine/missing", "theirs/dangling", STRANGER);
	give_link(s, "theirs/link", "ours", 0);
	assert_led_astray(s, "theirs/link/x", "theirs/link");
	assert_led_astray(s, "theirs/link/missing/x", "theirs/link");
	assert_led_astray(s, "theirs/dangling/x", "theirs/dangling");
	assert_led_astray(s, "ours/x", "theirs/link"); /* by way of our own */
	assert_absolute(scratch_path(s, "theirs/good/x"), scratch_path(s, "theirs/own/x"));
	/* The last part is a matter of who opens it, or of the real path. */
	assert_absolute(scratch_path(s, "theirs/link"), scratch_path(s, "theirs/link"));
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_real(scratch_path(s, "theirs/link"), &path, &err));
	/* Of two strangers one would lead the other. */
	give_link(s, "theirs/good", "third", STRANGER + 1);
	assert_led_astray(s, "third/x", "theirs/good");
}

static void a_tilde_is_no_home(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	char *path = NULL;
	assert_fails(NACCS_E_USAGE, naccs_path_absolute("~/.pki/nssdb", &path, &err));
	assert_holds(err.hint, "./~/.pki/nssdb");
	assert_fails(NACCS_E_USAGE, naccs_path_real("~root/x", &path, &err));
}

static void what_is_safe_for_a_user_is_told_without_being_that_user(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	if (geteuid() != 0)
		skip(); /* only root can give files away */
	scratch_mkdir(s, "theirs", 0755);
	assert_int_equal(fchownat(s->fd, "theirs", STRANGER, (gid_t)-1, 0), 0);
	assert_ok(naccs_path_check_safe_for(scratch_path(s, "theirs/x"), STRANGER, &err));
	assert_fails(NACCS_E_STORE_UNSAFE, naccs_path_check_safe_for(scratch_path(s, "theirs/x"), STRANGER + 1, &err));
	naccs_auto(heap) char *mend = naccs_format("chown -h %d %s", STRANGER + 1, scratch_path(s, "theirs"));
	assert_holds(err.hint, mend);
}

static void a_relative_path_is_seen_from_the_current_folder(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "a", 0700);
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fchdir(s->fd), 0);
	assert_absolute("a/x", scratch_path(s, "a/x"));
	assert_absolute("./x/", scratch_path(s, "x"));
	assert_absolute("a/../x", scratch_path(s, "x"));
	assert_absolute(".", s->path);
	assert_absolute("../x", "/tmp/x");
	assert_int_equal(fchdir(here), 0);
	assert_int_equal(close(here), 0);
}

#define scratch_test(function) cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(own_folders_are_safe_and_missing_parts_are_fine),
		cmocka_unit_test(a_relative_path_is_not_judged),
		scratch_test(a_part_that_group_or_others_can_write_is_unsafe),
		scratch_test(tmp_is_fine_on_the_way_but_not_as_the_store_itself),
		scratch_test(a_sticky_folder_counts_only_if_it_is_roots),
		scratch_test(the_last_part_must_not_be_a_link),
		scratch_test(own_links_among_the_parents_are_followed_and_their_way_is_checked),
		scratch_test(links_that_lead_in_circles_are_refused),
		scratch_test(a_part_that_is_no_folder_is_named),
		scratch_test(a_part_that_can_not_be_searched_is_named),
		scratch_test(what_belongs_to_a_stranger_is_unsafe),
		scratch_test(a_user_trusts_root_and_oneself_and_nobody_else),
		cmocka_unit_test(dots_and_slashes_are_taken_out),
		scratch_test(links_are_resolved_except_the_last_part),
		scratch_test(the_real_path_resolves_the_last_part_too),
		scratch_test(a_strangers_link_leads_only_to_what_is_the_strangers),
		cmocka_unit_test(a_tilde_is_no_home),
		scratch_test(what_is_safe_for_a_user_is_told_without_being_that_user),
		scratch_test(a_relative_path_is_seen_from_the_current_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
