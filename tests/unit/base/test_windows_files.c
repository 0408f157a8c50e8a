/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what core/base/windows promises of files and folders, which the rest of the program takes for granted as on POSIX systems. */
#include "scratch.h"

#include "windows/security.h"

#include <windows.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define JAPANESE "証明書パスワード"

#define assert_errno(expected, call)                                                                                                       \
	do {                                                                                                                               \
		errno = 0;                                                                                                                 \
		assert_int_equal((call), -1);                                                                                              \
		assert_int_equal(errno, (expected));                                                                                       \
	} while (0)

static void names_are_utf8_and_may_be_long(void **state)
{
	const struct scratch *s = *state;
	char name[80 * 3 + 1] = ""; /* what Wine can keep in a folder of Linux */
	for (int i = 0; i < 80; i++)
		strcat(name, "証");
	scratch_write(s, JAPANESE ".pem", "one", 0600);
	scratch_mkdir(s, name, 0700);
	naccs_auto(fd) int folder = openat(s->fd, name, O_RDONLY | O_DIRECTORY);
	assert_true(folder >= 0);
	for (int i = 0; i < 4; i++) { /* beyond MAX_PATH from the root */
		assert_int_equal(mkdirat(folder, name, 0700), 0);
		int inner = openat(folder, name, O_RDONLY | O_DIRECTORY);
		assert_true(inner >= 0);
		(void)close(folder);
		folder = inner;
	}
	naccs_auto(fd) int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(file >= 0);
	DIR *entries = opendir(s->path);
	assert_non_null(entries);
	bool has_japanese = false;
	bool has_long = false;
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		has_japanese |= strcmp(entry->d_name, JAPANESE ".pem") == 0;
		has_long |= strcmp(entry->d_name, name) == 0;
	}
	assert_int_equal(errno, 0);
	assert_int_equal(closedir(entries), 0);
	assert_true(has_japanese && has_long);
	char longer[256 * 3 + 1] = "";
	for (int i = 0; i < 256; i++)
		strcat(longer, "証");
	assert_errno(ENAMETOOLONG, mkdirat(s->fd, longer, 0700));
}

static void a_name_that_leads_elsewhere_is_refused(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "inner", 0700);
	naccs_auto(fd) int inner = openat(s->fd, "inner", O_RDONLY | O_DIRECTORY);
	assert_errno(EINVAL, openat(inner, "..", O_RDONLY | O_DIRECTORY));
	assert_errno(EINVAL, openat(inner, "../inner", O_RDONLY | O_DIRECTORY));
	assert_errno(EINVAL, openat(inner, "file:stream", O_WRONLY | O_CREAT, 0600));
	assert_errno(EINVAL, openat(inner, "dot.", O_WRONLY | O_CREAT, 0600));
	assert_errno(EINVAL, openat(inner, "blank ", O_WRONLY | O_CREAT, 0600));
	assert_errno(EINVAL, openat(inner, "a*", O_WRONLY | O_CREAT, 0600));
	assert_errno(EILSEQ, openat(inner, "\xff", O_WRONLY | O_CREAT, 0600));
	assert_int_equal(scratch_count(s, "inner"), 0);
}

static void opening_tells_files_and_folders_apart(void **state)
{
	const struct scratch *s = *state;
	scratch_write(s, "file", "x", 0600);
	scratch_mkdir(s, "folder", 0700);
	assert_errno(ENOENT, openat(s->fd, "missing", O_RDONLY));
	assert_errno(ENOENT, openat(s->fd, "missing/inner", O_RDONLY));
	assert_errno(ENOTDIR, openat(s->fd, "file", O_RDONLY | O_DIRECTORY));
	assert_errno(EEXIST, openat(s->fd, "file", O_WRONLY | O_CREAT | O_EXCL, 0600));
	assert_errno(EISDIR, openat(s->fd, "folder", O_WRONLY | O_CREAT, 0600));
	assert_errno(EEXIST, mkdirat(s->fd, "folder", 0700));
	naccs_auto(fd) int temporary = openat(s->fd, "folder", O_TMPFILE | O_WRONLY, 0600);
	assert_true(temporary >= 0);
	(void)close(naccs_take_fd(&temporary));
	assert_int_equal(scratch_count(s, "folder"), 0);
	naccs_auto(fd) int again = openat(s->fd, ".", O_RDONLY | O_DIRECTORY);
	struct stat ours, theirs;
	assert_int_equal(fstat(s->fd, &ours), 0);
	assert_int_equal(fstat(again, &theirs), 0);
	assert_true(ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino && S_ISDIR(theirs.st_mode));
}

/* Windows 10 renames over a file that is open, and a deleted one is gone at once; Wine 8 can't. */
static bool is_wine(void)
{
	return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

static void a_file_takes_the_place_of_another(void **state)
{
	const struct scratch *s = *state;
	scratch_write(s, "target", "old", 0600);
	scratch_write(s, "source", "new", 0600);
	assert_int_equal(renameat(s->fd, "source", s->fd, "target"), 0);
	scratch_assert_text(s, "target", "new");
	assert_false(scratch_exists(s, "source"));
	assert_int_equal(renameat(s->fd, "target", s->fd, "target"), 0);
	scratch_assert_text(s, "target", "new");
}

static void a_file_takes_the_place_of_an_open_one(void **state)
{
	const struct scratch *s = *state;
	if (is_wine())
		skip();
	scratch_write(s, "target", "old", 0600);
	scratch_write(s, "source", "new", 0600);
	naccs_auto(fd) int reader = openat(s->fd, "target", O_RDONLY);
	assert_int_equal(renameat(s->fd, "source", s->fd, "target"), 0);
	scratch_assert_text(s, "target", "new");
	assert_false(scratch_exists(s, "source"));
	char old[4] = {0};
	assert_int_equal(read(reader, old, 3), 3);
	assert_string_equal(old, "old");
}

static void a_name_that_is_taken_stays_where_that_was_asked(void **state)
{
	const struct scratch *s = *state;
	scratch_write(s, "target", "old", 0600);
	scratch_write(s, "source", "new", 0600);
	assert_errno(EEXIST, renameat2(s->fd, "source", s->fd, "target", RENAME_NOREPLACE));
	scratch_assert_text(s, "target", "old");
	assert_errno(EINVAL, renameat2(s->fd, "source", s->fd, "target", RENAME_EXCHANGE));
	assert_int_equal(renameat2(s->fd, "source", s->fd, "free", RENAME_NOREPLACE), 0);
	scratch_assert_text(s, "free", "new");
}

static void a_folder_is_renamed_with_what_is_in_it_but_never_over_another(void **state)
{
	const struct scratch *s = *state;
	scratch_mkdir(s, "full", 0700);
	scratch_write(s, "full/file", "x", 0600);
	scratch_mkdir(s, "taken", 0700);
	scratch_mkdir(s, "other", 0700);
	naccs_auto(fd) int other = openat(s->fd, "other", O_RDONLY | O_DIRECTORY);
	assert_errno(EEXIST, renameat(s->fd, "full", s->fd, "taken"));
	assert_int_equal(renameat2(s->fd, "full", other, "moved", RENAME_NOREPLACE), 0);
	scratch_assert_text(s, "other/moved/file", "x");
	assert_false(scratch_exists(s, "full"));
	assert_errno(ENOENT, renameat(s->fd, "full", s->fd, "again"));
}

static void what_is_deleted_is_gone(void **state)
{
	const struct scratch *s = *state;
	scratch_write(s, "file", "x", 0600);
	scratch_mkdir(s, "folder", 0700);
	scratch_write(s, "folder/inner", "x", 0600);
	assert_errno(ENOTEMPTY, unlinkat(s->fd, "folder", AT_REMOVEDIR));
	assert_errno(EISDIR, unlinkat(s->fd, "folder", 0));
	assert_errno(ENOTDIR, unlinkat(s->fd, "file", AT_REMOVEDIR));
	assert_int_equal(unlinkat(s->fd, "folder/inner", 0), 0);
	assert_int_equal(unlinkat(s->fd, "folder", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(s->fd, "file", 0), 0);
	assert_errno(ENOENT, unlinkat(s->fd, "file", 0));
	scratch_mkdir(s, "open", 0700);
	naccs_auto(fd) int open_folder = openat(s->fd, "open", O_RDONLY | O_DIRECTORY);
	assert_int_equal(unlinkat(s->fd, "open", AT_REMOVEDIR), 0);
	(void)close(naccs_take_fd(&open_folder)); /* then it is gone at the latest */
	assert_int_equal(scratch_count(s, "."), 0);
}

static void a_link_is_told_from_a_file_and_never_followed(void **state)
{
	const struct scratch *s = *state;
	char target[64] = {0};
	struct stat about;
	scratch_write(s, "file", "naccs-cert", 0600);
	scratch_link(s, "archive/20250101-0a", "live");
	assert_int_equal(readlinkat(s->fd, "live", target, sizeof target), (int)strlen("archive/20250101-0a"));
	assert_string_equal(target, "archive/20250101-0a");
	assert_int_equal(fstatat(s->fd, "live", &about, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISLNK(about.st_mode));
	assert_errno(ELOOP, openat(s->fd, "live", O_RDONLY | O_NOFOLLOW));
	assert_errno(ELOOP, openat(s->fd, "live", O_WRONLY | O_TRUNC));
	assert_errno(EEXIST, symlinkat("elsewhere", s->fd, "live"));
	assert_errno(EINVAL, readlinkat(s->fd, "file", target, sizeof target));
	assert_errno(ENOENT, readlinkat(s->fd, "missing", target, sizeof target));
	scratch_link(s, "archive/20260101-0b", "next");
	assert_int_equal(renameat(s->fd, "next", s->fd, "live"), 0);
	assert_int_equal(readlinkat(s->fd, "live", target, 9), 9);
	assert_memory_equal(target, "archive/2", 9);
}

static void a_mode_closes_a_file_to_all_but_its_owner(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *text = NULL;
	scratch_write(s, "closed", "x", 0600);
	scratch_write(s, "open", "x", 0644);
	scratch_mkdir(s, "folder", 0700);
	assert_int_equal(scratch_mode(s, "closed"), 0600);
	assert_int_equal(scratch_mode(s, "folder"), 0700);
	assert_int_equal(scratch_mode(s, "open") & 0077, 0004);
	assert_ok(naccs_file_read_private(scratch_path(s, "closed"), 100, &text, &err));
	assert_fails(NACCS_E_SECRETS_PERMISSIONS, naccs_file_read_private(scratch_path(s, "open"), 100, &text, &err));
	assert_holds(err.hint, "icacls \"");
	assert_holds(err.hint, "\"*S-1-5-18:F\" /remove \"*S-1-1-0\""); /* in the words of no language */
	assert_null(strchr(err.hint, '%'));				/* PowerShell does not know %USERNAME% */
	assert_int_equal(fchmodat(s->fd, "open", 0600, 0), 0);
	assert_int_equal(scratch_mode(s, "open"), 0600);
}

static void a_safe_folder_is_told_from_one_that_others_can_change(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "closed", 0700);
	assert_ok(naccs_path_check_safe(scratch_path(s, "closed"), &err));
	assert_ok(naccs_path_check_safe(scratch_path(s, "closed/missing/deeper"), &err));
	scratch_write(s, "file", "x", 0600);
	assert_fails(NACCS_E_STORE_OPEN, naccs_path_check_safe(scratch_path(s, "file"), &err));
	assert_fails(NACCS_E_USAGE, naccs_path_check_safe("relative", &err));
}

/* What users have on the root of a drive for data is "modify": they may delete it, which can't be done, but nothing that lies in it. */
static void a_drive_where_users_may_add_folders_is_on_the_way_to_a_safe_one(void **state)
{
	const ACCESS_MASK modify = FILE_GENERIC_READ | FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE | DELETE;
	(void)state;
	assert_int_equal(modify & naccs_security_forbidden(true, false), 0);
	assert_int_not_equal(modify & naccs_security_forbidden(false, false), 0);
	assert_int_not_equal(modify & naccs_security_forbidden(true, true), 0);
	assert_int_not_equal(FILE_DELETE_CHILD & naccs_security_forbidden(true, false), 0);
	assert_int_not_equal(WRITE_DAC & naccs_security_forbidden(true, false), 0);
}

static void what_others_could_write_is_mended_in_words_of_this_system(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_write(s, "hook.cmd", "x", 0600);
	assert_int_equal(fchmodat(s->fd, "hook.cmd", 0666, 0), 0);
	(void)naccs_fail(&err, NACCS_E_HOOK_FAILED, 0, "refused");
	naccs_path_hint_mend(scratch_path(s, "hook.cmd"), &err);
	assert_holds(err.hint, "hook.cmd\" /inheritance:r /grant:r \"*S-1-5-21-");
}

static void a_path_has_one_spelling(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	scratch_mkdir(s, "Folder", 0700);
	naccs_auto(heap) char *wanted = NULL;
	assert_ok(naccs_path_absolute(scratch_path(s, "Folder"), &wanted, &err));
	assert_true(wanted[0] >= 'A' && wanted[0] <= 'Z' && wanted[1] == ':' && wanted[2] == '/');
	assert_null(strchr(wanted, '\\'));
	static const char *const spellings[] = {"FOLDER", "folder/", "./folder/../Folder", "x/..//Folder"};
	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
		naccs_auto(heap) char *found = NULL;
		assert_ok(naccs_path_absolute(scratch_path(s, spellings[i]), &found, &err));
		assert_string_equal(found, wanted);
	}
	naccs_auto(heap) char *missing = NULL;
	assert_ok(naccs_path_absolute(scratch_path(s, "folder\\Not\\There"), &missing, &err));
	assert_int_equal(strncmp(missing, wanted, strlen(wanted)), 0);
	assert_string_equal(missing + strlen(wanted), "/Not/There");
	naccs_auto(heap) char *none = NULL;
	assert_fails(NACCS_E_USAGE, naccs_path_absolute("C:/folder/NUL", &none, &err));
	assert_fails(NACCS_E_USAGE, naccs_path_absolute("C:/folder/file:stream", &none, &err));
}

static void roots_are_known(void **state)
{
	(void)state;
	assert_int_equal(naccs_path_root("C:/a"), 3);
	assert_int_equal(naccs_path_root("C:\\a"), 3);
	assert_int_equal(naccs_path_root("C:"), 2);
	assert_int_equal(naccs_path_root("//server/share/a"), 15);
	assert_int_equal(naccs_path_root("a/b"), 0);
}

static void parents_are_made_and_a_tree_is_removed(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(fd) int made = -1;
	assert_ok(naccs_dir_make(scratch_path(s, "a/b/c"), 0700, &made, &err));
	assert_int_equal(scratch_mode(s, "a/b"), 0700);
	assert_ok(naccs_file_write(made, "file", "text", 4, 0600, &err));
	scratch_assert_text(s, "a/b/c/file", "text");
	assert_ok(naccs_file_write(made, "file", "later", 5, 0600, &err));
	scratch_assert_text(s, "a/b/c/file", "later");
	assert_int_equal(scratch_count(s, "a/b/c"), 1);
	(void)close(naccs_take_fd(&made));
	assert_ok(naccs_dir_remove(s->fd, "a", &err));
	assert_int_equal(scratch_count(s, "."), 0);
}

static void locks_keep_others_out_until_they_are_closed(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	naccs_auto(fd) int lock = -1;
	naccs_auto(fd) int other = -1;
	assert_ok(naccs_lock_file(s->fd, "run.lock", 0, &lock, &err));
	assert_fails(NACCS_E_RUN_LOCKED, naccs_lock_file(s->fd, "run.lock", 0, &other, &err));
	naccs_auto(heap) char *pid = naccs_format("process %d ", (int)getpid());
	assert_holds(err.message, pid);
	(void)close(naccs_take_fd(&lock));
	assert_ok(naccs_lock_file(s->fd, "run.lock", 0, &other, &err));

	naccs_auto(fd) int folder = openat(s->fd, ".", O_RDONLY | O_DIRECTORY);
	naccs_auto(fd) int again = openat(s->fd, ".", O_RDONLY | O_DIRECTORY);
	assert_ok(naccs_lock_fd(folder, s->path, 0, &err));
	assert_ok(naccs_lock_fd(folder, s->path, 0, &err)); /* held already */
	assert_fails(NACCS_E_RUN_LOCKED, naccs_lock_fd(again, s->path, 0, &err));
	(void)close(naccs_take_fd(&folder));
	assert_ok(naccs_lock_fd(again, s->path, 0, &err));
}

static void room_is_asked_for_and_contents_are_placed(void **state)
{
	const struct scratch *s = *state;
	char text[8] = {0};
	naccs_auto(fd) int fd = openat(s->fd, "file", O_RDWR | O_CREAT | O_EXCL, 0600);
	struct stat about;
	assert_int_equal(posix_fallocate(fd, 0, 64 * 1024), 0);
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(about.st_size, 64 * 1024);
	assert_int_equal(pwrite(fd, "abcdef\n", 7, 0), 7);
	assert_int_equal(pread(fd, text, 3, 2), 3);
	assert_string_equal(text, "cde");
	assert_int_equal(ftruncate(fd, 2), 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(about.st_size, 2);
	assert_true(S_ISREG(about.st_mode));
	assert_int_equal(about.st_uid, geteuid());
	assert_int_equal(pread(fd, text, 3, 2), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_are_utf8_and_may_be_long, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_name_that_leads_elsewhere_is_refused, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(opening_tells_files_and_folders_apart, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_file_takes_the_place_of_another, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_file_takes_the_place_of_an_open_one, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_name_that_is_taken_stays_where_that_was_asked, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_folder_is_renamed_with_what_is_in_it_but_never_over_another, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(what_is_deleted_is_gone, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_link_is_told_from_a_file_and_never_followed, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_mode_closes_a_file_to_all_but_its_owner, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_safe_folder_is_told_from_one_that_others_can_change, scratch_setup, scratch_teardown),
		cmocka_unit_test(a_drive_where_users_may_add_folders_is_on_the_way_to_a_safe_one),
		cmocka_unit_test_setup_teardown(what_others_could_write_is_mended_in_words_of_this_system, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_path_has_one_spelling, scratch_setup, scratch_teardown),
		cmocka_unit_test(roots_are_known),
		cmocka_unit_test_setup_teardown(parents_are_made_and_a_tree_is_removed, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(locks_keep_others_out_until_they_are_closed, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(room_is_asked_for_and_contents_are_placed, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
