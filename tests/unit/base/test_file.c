/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a file is read within its limit and written whole or not at all, with exactly the mode that was asked for. */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

/* What the code under test asked of the disk, in order; fsync can be made to fail. The linker's --wrap leads the calls here. */
static char calls[256];
static int fsync_errno;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);

static void note(const char *call)
{
	size_t length = strlen(calls);
	(void)snprintf(calls + length, sizeof calls - length, "%s ", call);
}

int __wrap_fsync(int fd)
{
	struct stat about;
	assert_int_equal(fstat(fd, &about), 0);
	note(S_ISDIR(about.st_mode) ? "sync-folder" : "sync-file");
	if (fsync_errno != 0) {
		errno = fsync_errno;
		return -1;
	}
	return __real_fsync(fd);
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	note("rename");
	return __real_renameat(from_dir, from, to_dir, to);
}

static int setup(void **state)
{
	calls[0] = '\0';
	fsync_errno = 0;
	return scratch_setup(state);
}

/* ---- reading ---- */

static void a_file_is_read_whole_and_by_any_path(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_write(s, "f", "contents", 0644);
	scratch_link(s, "f", "link");
	naccs_auto(secret) struct naccs_secret *relative = NULL;
	naccs_auto(secret) struct naccs_secret *absolute = NULL;
	naccs_auto(secret) struct naccs_secret *linked = NULL;
	assert_ok(naccs_file_read(s->fd, "f", 100, &relative, &err));
	assert_ok(naccs_file_read(AT_FDCWD, scratch_path(s, "f"), 100, &absolute, &err));
	assert_ok(naccs_file_read(s->fd, "link", 100, &linked, &err));
	assert_string_equal(naccs_secret_text(relative), "contents");
	assert_string_equal(naccs_secret_text(absolute), "contents");
	assert_string_equal(naccs_secret_text(linked), "contents");
}

static void a_file_at_the_limit_is_read_and_one_byte_more_is_refused(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *got = NULL;
	scratch_write(s, "f", "12345678", 0600);
	scratch_write(s, "empty", "", 0600);
	assert_fails(NACCS_E_FILE_IO, naccs_file_read(s->fd, "f", 7, &got, &err));
	assert_holds(err.message, "larger than 7 bytes");
	assert_null(got);
	assert_ok(naccs_file_read(s->fd, "f", 8, &got, &err));
	assert_int_equal(naccs_secret_length(got), 8);
	naccs_auto(secret) struct naccs_secret *empty = NULL;
	assert_ok(naccs_file_read(s->fd, "empty", 0, &empty, &err));
	assert_int_equal(naccs_secret_length(empty), 0);
}

static void a_file_that_claims_no_size_is_held_to_the_limit_too(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *got = NULL;
	naccs_auto(secret) struct naccs_secret *whole = NULL;
	assert_fails(NACCS_E_FILE_IO, naccs_file_read(AT_FDCWD, "/proc/self/status", 16, &got, &err));
	assert_null(got);
	assert_ok(naccs_file_read(AT_FDCWD, "/proc/self/status", 65536, &whole, &err));
	assert_holds(naccs_secret_text(whole), "Name:");
}

static void what_is_no_file_is_refused_without_waiting(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *got = NULL;
	assert_int_equal(mkfifoat(s->fd, "fifo", 0600), 0);
	scratch_mkdir(s, "d", 0700);
	assert_fails(NACCS_E_FILE_IO, naccs_file_read(s->fd, "fifo", 100, &got, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_file_read(s->fd, "d", 100, &got, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_file_read(AT_FDCWD, "/dev/zero", 100, &got, &err));
	assert_fails(NACCS_E_FILE_MISSING, naccs_file_read(s->fd, "missing", 100, &got, &err));
	assert_holds(err.message, "missing");
	assert_int_equal(err.native, ENOENT);
	assert_null(got);
}

static void a_pipe_is_read_to_its_end_within_the_limit(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	for (size_t limit = 9; limit <= 11; limit++) {
		int ends[2];
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], "0123456789", 10), 10);
		assert_int_equal(close(ends[1]), 0);
		naccs_auto(secret) struct naccs_secret *got = NULL;
		if (limit < 10) {
			assert_fails(NACCS_E_FILE_IO, naccs_file_read_fd(ends[0], "standard input", limit, &got, &err));
			assert_holds(err.message, "standard input");
			assert_null(got);
		} else {
			assert_ok(naccs_file_read_fd(ends[0], "standard input", limit, &got, &err));
			assert_string_equal(naccs_secret_text(got), "0123456789");
		}
		assert_int_equal(close(ends[0]), 0);
	}
	naccs_auto(secret) struct naccs_secret *got = NULL;
	assert_fails(NACCS_E_FILE_IO, naccs_file_read_fd(-1, "x", 1, &got, &err));
}

/* ---- secrets files ---- */

static void a_secrets_file_that_others_can_read_is_refused(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	static const mode_t closed[] = {0600, 0400, 0700};
	static const mode_t open_modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0644, 0666, 0777};
	for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
		naccs_auto(secret) struct naccs_secret *got = NULL;
		scratch_write(s, "f", "code1 = x", 0600);
		assert_int_equal(fchmodat(s->fd, "f", closed[i], 0), 0);
		assert_ok(naccs_file_read_private(scratch_path(s, "f"), 100, &got, &err));
		assert_string_equal(naccs_secret_text(got), "code1 = x");
		assert_int_equal(unlinkat(s->fd, "f", 0), 0);
	}
	for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
		naccs_auto(secret) struct naccs_secret *got = NULL;
		scratch_write(s, "f", "code1 = x", open_modes[i]);
		assert_fails(NACCS_E_SECRETS_PERMISSIONS, naccs_file_read_private(scratch_path(s, "f"), 100, &got, &err));
		assert_holds(err.message, scratch_path(s, "f"));
		assert_holds(err.hint, "chmod");
		assert_holds_not(err.message, "code1");
		assert_null(got);
	}
}

static void a_secrets_file_of_somebody_else_is_refused(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *got = NULL;
	if (geteuid() != 0)
		skip(); /* only root can give files away */
	scratch_write(s, "f", "x", 0600);
	assert_int_equal(fchownat(s->fd, "f", 12345, (gid_t)-1, 0), 0);
	assert_fails(NACCS_E_SECRETS_PERMISSIONS, naccs_file_read_private(scratch_path(s, "f"), 100, &got, &err));
	assert_holds(err.message, "12345");
	assert_holds(err.hint, "chown");
	/* The link is followed, the file counts. */
	scratch_link(s, "f", "link");
	assert_fails(NACCS_E_SECRETS_PERMISSIONS, naccs_file_read_private(scratch_path(s, "link"), 100, &got, &err));
	assert_null(got);
}

static void a_missing_or_large_secrets_file_is_told_apart(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *got = NULL;
	scratch_write(s, "f", "12345678", 0600);
	assert_fails(NACCS_E_FILE_MISSING, naccs_file_read_private(scratch_path(s, "missing"), 100, &got, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_file_read_private(scratch_path(s, "f"), 7, &got, &err));
}

/* An access ACL as the kernel stores it: owner r, one named entry r, group -, mask r, others -. */
#define NOBODY_NAMED UINT32_MAX
static bool set_acl(const char *path, uint16_t tag, uint32_t id)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} acl = {
		.header = {POSIX_ACL_XATTR_VERSION},
		.entries = {{ACL_USER_OBJ, ACL_READ, NOBODY_NAMED}},
	};
	const struct posix_acl_xattr_entry named = {tag, ACL_READ, id};
	const struct posix_acl_xattr_entry group = {ACL_GROUP_OBJ, 0, NOBODY_NAMED};
	acl.entries[1] = tag == ACL_USER ? named : group;
	acl.entries[2] = tag == ACL_USER ? group : named;
	acl.entries[3] = (struct posix_acl_xattr_entry){ACL_MASK, ACL_READ, NOBODY_NAMED};
	acl.entries[4] = (struct posix_acl_xattr_entry){ACL_OTHER, 0, NOBODY_NAMED};
	return setxattr(path, "system.posix_acl_access", &acl, sizeof acl, 0) == 0;
}

static void an_acl_counts_by_whom_it_lets_in(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *got = NULL;
	naccs_auto(secret) struct naccs_secret *foreign = NULL;
	scratch_write(s, "f", "x", 0400);
	const char *path = scratch_path(s, "f");
	if (!set_acl(path, ACL_USER, geteuid()))
		skip();				      /* this file system has no ACLs */
	assert_int_equal(scratch_mode(s, "f"), 0440); /* how systemd's credentials look to their service */
	assert_ok(naccs_file_read_private(path, 100, &got, &err));
	assert_true(set_acl(path, ACL_USER, 12345));
	assert_fails(NACCS_E_SECRETS_PERMISSIONS, naccs_file_read_private(path, 100, &foreign, &err));
	assert_true(set_acl(path, ACL_GROUP, 0));
	assert_fails(NACCS_E_SECRETS_PERMISSIONS, naccs_file_read_private(path, 100, &foreign, &err));
	assert_null(foreign);
}

/* ---- writing ---- */

static void a_written_file_has_its_contents_and_its_mode_whatever_the_umask(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	static const mode_t umasks[] = {0, 022, 077, 0777};
	static const mode_t modes[] = {0600, 0640, 0644, 0400};
	mode_t before = umask(022);
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < 4; k++) {
			(void)umask(umasks[i]);
			assert_ok(naccs_file_write(s->fd, "written", "abc", 3, modes[k], &err));
			assert_ok(naccs_file_create(s->fd, "created", "def", 3, modes[k], &err));
			assert_int_equal(scratch_mode(s, "written"), modes[k]);
			assert_int_equal(scratch_mode(s, "created"), modes[k]);
			assert_int_equal(unlinkat(s->fd, "created", 0), 0);
		}
	}
	(void)umask(before);
	assert_int_equal(fchmodat(s->fd, "written", 0600, 0), 0);
	scratch_assert_text(s, "written", "abc");
	assert_int_equal(scratch_count(s, "."), 1); /* nothing temporary is left */
}

static void a_reader_keeps_the_old_file_while_it_is_replaced(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_write(s, "f", "old contents", 0600);
	int fd = openat(s->fd, "f", O_RDONLY | O_CLOEXEC);
	assert_ok(naccs_file_write(s->fd, "f", "new", 3, 0600, &err));
	char found[32] = {0};
	assert_true(read(fd, found, sizeof found - 1) > 0);
	assert_string_equal(found, "old contents");
	assert_int_equal(close(fd), 0);
	scratch_assert_text(s, "f", "new");
}

static void writing_syncs_the_file_before_it_is_named_and_the_folder_after(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	assert_ok(naccs_file_write(s->fd, "f", "x", 1, 0600, &err));
	assert_string_equal(calls, "sync-file rename sync-folder ");
	calls[0] = '\0';
	assert_ok(naccs_file_create(s->fd, "g", "x", 1, 0600, &err));
	assert_string_equal(calls, "sync-file ");
	calls[0] = '\0';
	assert_ok(naccs_dir_sync(s->fd, "folder", &err));
	assert_string_equal(calls, "sync-folder ");
}

static void a_file_that_can_not_be_made_durable_is_not_published(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_write(s, "f", "old", 0600);
	fsync_errno = EIO;
	assert_fails(NACCS_E_FILE_IO, naccs_file_write(s->fd, "f", "new", 3, 0600, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_file_create(s->fd, "g", "new", 3, 0600, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_dir_sync(s->fd, "the folder", &err));
	assert_holds(err.message, "the folder");
	fsync_errno = ENOSPC;
	assert_fails(NACCS_E_STORE_FULL, naccs_file_write(s->fd, "f", "new", 3, 0600, &err));
	scratch_assert_text(s, "f", "old");
	assert_int_equal(scratch_count(s, "."), 1);
}

static void a_folder_that_knows_no_sync_is_accepted(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	fsync_errno = EINVAL;
	assert_ok(naccs_dir_sync(s->fd, "folder", &err));
}

/* Runs in a child, whose files may not grow beyond 4096 bytes: the disk is full as far as it can see. */
static int write_on_a_full_disk(const struct scratch *s)
{
	static const char large[65536];
	const struct rlimit limit = {4096, 4096};
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 2;
	struct naccs_error err = {0};
	bool is_right = naccs_file_write(s->fd, "f", large, sizeof large, 0600, &err) == NACCS_E_STORE_FULL && err.native == EFBIG &&
			naccs_file_create(s->fd, "g", large, sizeof large, 0600, &err) == NACCS_E_STORE_FULL;
	return is_right ? 0 : 1;
}

static void a_full_disk_leaves_the_old_file_and_no_rest(void **state)
{
	const struct scratch *s = *state;
	scratch_write(s, "f", "old", 0600);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(write_on_a_full_disk(s));
	int result = 0;
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
	scratch_assert_text(s, "f", "old");
	assert_int_equal(scratch_count(s, "."), 1);
}

static void a_link_in_the_files_place_is_replaced_not_followed(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_write(s, "victim", "precious", 0600);
	scratch_link(s, "victim", "f");
	scratch_link(s, "nowhere", "g");
	assert_ok(naccs_file_write(s->fd, "f", "new", 3, 0600, &err));
	scratch_assert_text(s, "victim", "precious");
	scratch_assert_text(s, "f", "new");
	assert_int_equal(unlinkat(s->fd, "f", 0), 0);
	scratch_link(s, "victim", "f");
	assert_fails(NACCS_E_FILE_IO, naccs_file_create(s->fd, "f", "new", 3, 0600, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_file_create(s->fd, "g", "new", 3, 0600, &err));
	scratch_assert_text(s, "victim", "precious");
	assert_false(scratch_exists(s, "nowhere"));
}

static void an_existing_file_is_not_created_again(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_write(s, "f", "old", 0600);
	assert_fails(NACCS_E_FILE_IO, naccs_file_create(s->fd, "f", "new", 3, 0600, &err));
	assert_int_equal(err.native, EEXIST);
	scratch_assert_text(s, "f", "old");
}

static size_t count_leftovers(const struct scratch *s)
{
	DIR *dir = opendir(s->path);
	assert_non_null(dir);
	size_t count = 0;
	for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		count += strncmp(entry->d_name, ".naccs-tmp-", strlen(".naccs-tmp-")) == 0 ? 1 : 0;
	assert_int_equal(closedir(dir), 0);
	return count;
}

static void a_leftover_of_a_crash_is_known_by_its_name_and_in_nobodys_way(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	/* Killed while it writes: the child dies in its write, the temporary file stays. */
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct rlimit limit = {4096, 4096};
		static const char large[65536];
		(void)signal(SIGXFSZ, SIG_DFL);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		(void)naccs_file_write(s->fd, "f", large, sizeof large, 0644, &err);
		_exit(0);
	}
	int result = 0;
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFSIGNALED(result));
	assert_int_equal(scratch_count(s, "."), 1);
	assert_false(scratch_exists(s, "f"));
	assert_ok(naccs_file_write(s->fd, "f", "new", 3, 0644, &err));
	scratch_assert_text(s, "f", "new");
	assert_int_equal(count_leftovers(s), 1);
	assert_int_equal(scratch_count(s, "."), 2);
}

static void writing_by_path_needs_no_descriptor(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "d", 0700);
	assert_ok(naccs_file_write(AT_FDCWD, scratch_path(s, "d/f"), "abs", 3, 0600, &err));
	assert_ok(naccs_file_write(s->fd, "d/g", "rel", 3, 0600, &err));
	scratch_assert_text(s, "d/f", "abs");
	scratch_assert_text(s, "d/g", "rel");
	int path_only = openat(s->fd, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_ok(naccs_file_write(path_only, "h", "path", 4, 0600, &err));
	assert_int_equal(close(path_only), 0);
	scratch_assert_text(s, "d/h", "path");
	assert_int_equal(scratch_count(s, "d"), 3);
}

static void a_missing_folder_or_a_folder_of_that_name_is_reported(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	assert_fails(NACCS_E_FILE_MISSING, naccs_file_write(s->fd, "missing/f", "x", 1, 0600, &err));
	assert_fails(NACCS_E_FILE_MISSING, naccs_file_create(s->fd, "missing/f", "x", 1, 0600, &err));
	scratch_mkdir(s, "d", 0700);
	assert_fails(NACCS_E_FILE_IO, naccs_file_write(s->fd, "d", "x", 1, 0600, &err));
	assert_holds(err.message, "d: ");
	assert_int_equal(scratch_count(s, "."), 1);
}

#define scratch_test(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_file_is_read_whole_and_by_any_path),
		scratch_test(a_file_at_the_limit_is_read_and_one_byte_more_is_refused),
		cmocka_unit_test(a_file_that_claims_no_size_is_held_to_the_limit_too),
		scratch_test(what_is_no_file_is_refused_without_waiting),
		cmocka_unit_test(a_pipe_is_read_to_its_end_within_the_limit),
		scratch_test(a_secrets_file_that_others_can_read_is_refused),
		scratch_test(a_secrets_file_of_somebody_else_is_refused),
		scratch_test(a_missing_or_large_secrets_file_is_told_apart),
		scratch_test(an_acl_counts_by_whom_it_lets_in),
		scratch_test(a_written_file_has_its_contents_and_its_mode_whatever_the_umask),
		scratch_test(a_reader_keeps_the_old_file_while_it_is_replaced),
		scratch_test(writing_syncs_the_file_before_it_is_named_and_the_folder_after),
		scratch_test(a_file_that_can_not_be_made_durable_is_not_published),
		scratch_test(a_folder_that_knows_no_sync_is_accepted),
		scratch_test(a_full_disk_leaves_the_old_file_and_no_rest),
		scratch_test(a_link_in_the_files_place_is_replaced_not_followed),
		scratch_test(an_existing_file_is_not_created_again),
		scratch_test(a_leftover_of_a_crash_is_known_by_its_name_and_in_nobodys_way),
		scratch_test(writing_by_path_needs_no_descriptor),
		scratch_test(a_missing_folder_or_a_folder_of_that_name_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
