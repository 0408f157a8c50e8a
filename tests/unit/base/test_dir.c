/* SPDX-License-Identifier: Apache-2.0 */
/* Why: folders are made durable with the mode that was asked for, and removed without ever leaving them. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The folders that were synced, by inode, in order. The linker's --wrap leads fsync() here. */
static ino_t synced[16];
static size_t synced_count;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	struct stat about;
	assert_int_equal(fstat(fd, &about), 0);
	assert_true(synced_count < 16);
	synced[synced_count++] = about.st_ino;
	return __real_fsync(fd);
}

static int setup(void **state)
{
	synced_count = 0;
	return scratch_setup(state);
}

static ino_t inode(const struct scratch *s, const char *name)
{
	struct stat about;
	assert_int_equal(fstatat(s->fd, name, &about, AT_SYMLINK_NOFOLLOW), 0);
	return about.st_ino;
}

static void assert_is(int fd, const struct scratch *s, const char *name)
{
	struct stat about;
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(about.st_ino, inode(s, name));
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fsync(fd), 0); /* not merely O_PATH */
	synced_count--;
	assert_int_equal(close(fd), 0);
}

static void missing_parents_are_made_with_the_mode_whatever_the_umask(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "old", 0711);
	int fd = -1;
	mode_t before = umask(0777);
	assert_ok(naccs_dir_make(scratch_path(s, "old/a/b/c"), 0750, &fd, &err));
	(void)umask(before);
	assert_is(fd, s, "old/a/b/c");
	assert_int_equal(scratch_mode(s, "old/a"), 0750);
	assert_int_equal(scratch_mode(s, "old/a/b"), 0750);
	assert_int_equal(scratch_mode(s, "old/a/b/c"), 0750);
	assert_int_equal(scratch_mode(s, "old"), 0711);
}

static void each_new_folder_is_made_durable_in_its_parent(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int fd = -1;
	scratch_mkdir(s, "old", 0700);
	assert_ok(naccs_dir_make(scratch_path(s, "old/a/b"), 0700, &fd, &err));
	assert_int_equal(synced_count, 2);
	assert_int_equal(synced[0], inode(s, "old"));
	assert_int_equal(synced[1], inode(s, "old/a"));
	assert_int_equal(close(fd), 0);
}

static void an_existing_folder_is_opened_and_left_as_it_is(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int fd = -1;
	scratch_mkdir(s, "d", 0711);
	assert_ok(naccs_dir_make(scratch_path(s, "d"), 0700, &fd, &err));
	assert_is(fd, s, "d");
	assert_int_equal(synced_count, 0);
	assert_int_equal(scratch_mode(s, "d"), 0711);
	assert_ok(naccs_dir_make(scratch_path(s, ".//d///"), 0700, &fd, &err));
	assert_is(fd, s, "d");
	assert_ok(naccs_dir_make("/", 0700, &fd, &err));
	assert_int_equal(close(fd), 0);
}

static void a_relative_path_begins_at_the_current_folder(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fchdir(s->fd), 0);
	int fd = -1;
	naccs_status status = naccs_dir_make("a/b", 0700, &fd, &err);
	assert_int_equal(fchdir(here), 0);
	assert_int_equal(close(here), 0);
	assert_int_equal(status, NACCS_OK);
	assert_is(fd, s, "a/b");
}

static void a_link_is_followed_among_the_parents_but_not_at_the_end(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int fd = -1;
	scratch_mkdir(s, "real", 0700);
	scratch_link(s, "real", "link");
	assert_ok(naccs_dir_make(scratch_path(s, "link/a"), 0700, &fd, &err));
	assert_is(fd, s, "real/a");
	fd = -1;
	assert_fails(NACCS_E_FILE_IO, naccs_dir_make(scratch_path(s, "link"), 0700, &fd, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_dir_make(scratch_path(s, "link/"), 0700, &fd, &err));
	assert_int_equal(fd, -1);
}

static void what_stands_in_the_way_is_reported(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int fd = -1;
	scratch_write(s, "file", "x", 0600);
	scratch_link(s, "nowhere", "dangling");
	assert_fails(NACCS_E_FILE_IO, naccs_dir_make(scratch_path(s, "file"), 0700, &fd, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_dir_make(scratch_path(s, "file/a"), 0700, &fd, &err));
	assert_holds(err.message, scratch_path(s, "file/a"));
	assert_fails(NACCS_E_FILE_MISSING, naccs_dir_make(scratch_path(s, "dangling/a"), 0700, &fd, &err));
	assert_fails(NACCS_E_FILE_MISSING, naccs_dir_make("", 0700, &fd, &err));
	assert_false(scratch_exists(s, "nowhere"));
	assert_int_equal(fd, -1);
}

static void a_folder_that_may_not_be_made_says_so(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int fd = -1;
	if (geteuid() == 0)
		skip(); /* root may write everywhere */
	scratch_mkdir(s, "closed", 0500);
	assert_fails(NACCS_E_FILE_IO, naccs_dir_make(scratch_path(s, "closed/a"), 0700, &fd, &err));
	assert_int_equal(err.native, EACCES);
}

static void a_tree_is_removed_and_what_its_links_point_to_stays(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "outside", 0700);
	scratch_write(s, "outside/file", "precious", 0600);
	scratch_mkdir(s, "d", 0700);
	scratch_mkdir(s, "d/inner", 0700);
	scratch_mkdir(s, "d/inner/empty", 0700);
	scratch_write(s, "d/inner/f", "x", 0400);
	scratch_write(s, "d/.naccs-tmp-0123", "x", 0600);
	scratch_link(s, "../outside", "d/to-folder");
	scratch_link(s, "../../outside/file", "d/inner/to-file");
	scratch_link(s, "..", "d/inner/up");
	scratch_link(s, "/", "d/to-root");
	for (int i = 0; i < 300; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "d/many-%03d", i);
		scratch_write(s, name, "x", 0600);
	}
	assert_ok(naccs_dir_remove(s->fd, "d", &err));
	assert_false(scratch_exists(s, "d"));
	scratch_assert_text(s, "outside/file", "precious");
	assert_int_equal(scratch_count(s, "."), 1);
}

static void a_link_in_the_folders_place_is_removed_itself(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "outside", 0700);
	scratch_write(s, "outside/file", "precious", 0600);
	scratch_link(s, "outside", "d");
	assert_ok(naccs_dir_remove(s->fd, "d", &err));
	assert_false(scratch_exists(s, "d"));
	scratch_assert_text(s, "outside/file", "precious");
}

static void removing_what_is_missing_is_fine(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	assert_ok(naccs_dir_remove(s->fd, "missing", &err));
	assert_ok(naccs_dir_remove(s->fd, "missing/deeper", &err));
	scratch_write(s, "file", "x", 0600);
	assert_fails(NACCS_E_FILE_IO, naccs_dir_remove(s->fd, "file/x", &err));
	assert_int_equal(err.native, ENOTDIR);
	assert_ok(naccs_dir_remove(s->fd, "file", &err));
	assert_false(scratch_exists(s, "file"));
}

static void a_tree_deeper_than_we_make_is_refused(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	char name[256] = "d";
	scratch_mkdir(s, name, 0700);
	for (int i = 0; i < 60; i++) {
		(void)strncat(name, "/d", sizeof name - strlen(name) - 1);
		scratch_mkdir(s, name, 0700);
	}
	assert_fails(NACCS_E_FILE_IO, naccs_dir_remove(s->fd, "d", &err));
	assert_holds(err.message, "d: ");
	assert_true(scratch_exists(s, name));
}

static void a_folder_that_may_not_be_emptied_says_so(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	if (geteuid() == 0)
		skip(); /* root may remove everything */
	scratch_mkdir(s, "d", 0700);
	scratch_write(s, "d/f", "x", 0600);
	assert_int_equal(fchmodat(s->fd, "d", 0500, 0), 0);
	assert_fails(NACCS_E_FILE_IO, naccs_dir_remove(s->fd, "d", &err));
	assert_int_equal(err.native, EACCES);
}

/* In a child with mounts of its own. Returns 0 when right, 1 when wrong, 77 when no mount can be made here. */
static int remove_around_a_mount(struct scratch s)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", scratch_path(&s, "d/mount"), "tmpfs", 0, "size=64k") != 0)
		return 77;
	s.fd = open(s.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* the old descriptor still sees the old mounts */
	int fd = openat(s.fd, "d/mount/precious", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct naccs_error err = {0};
	bool is_right = fd >= 0 && naccs_dir_remove(s.fd, "d", &err) == NACCS_E_FILE_IO && err.native == EXDEV &&
			scratch_exists(&s, "d/mount/precious");
	return is_right ? 0 : 1;
}

static void another_file_system_is_not_entered(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "d", 0700);
	scratch_mkdir(s, "d/mount", 0700);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(remove_around_a_mount(*s));
	int result = 0;
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	if (WEXITSTATUS(result) == 77)
		skip(); /* needs the right to mount */
	assert_int_equal(WEXITSTATUS(result), 0);
}

#define scratch_test(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(missing_parents_are_made_with_the_mode_whatever_the_umask),
		scratch_test(each_new_folder_is_made_durable_in_its_parent),
		scratch_test(an_existing_folder_is_opened_and_left_as_it_is),
		scratch_test(a_relative_path_begins_at_the_current_folder),
		scratch_test(a_link_is_followed_among_the_parents_but_not_at_the_end),
		scratch_test(what_stands_in_the_way_is_reported),
		scratch_test(a_folder_that_may_not_be_made_says_so),
		scratch_test(a_tree_is_removed_and_what_its_links_point_to_stays),
		scratch_test(a_link_in_the_folders_place_is_removed_itself),
		scratch_test(removing_what_is_missing_is_fine),
		scratch_test(a_tree_deeper_than_we_make_is_refused),
		scratch_test(a_folder_that_may_not_be_emptied_says_so),
		scratch_test(another_file_system_is_not_entered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
