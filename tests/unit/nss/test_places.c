/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what is found decides what `stores` shows and where an alias leads: homes as they are, and as an attacker would make them. */
#include "homes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void finds_profiles_in_every_folder_where_firefox_keeps_them(void **state)
{
	static const char *const folders[] = {
		"home/.mozilla/firefox",
		"home/.config/mozilla/firefox",
		"home/snap/firefox/common/.mozilla/firefox",
		"home/.var/app/org.mozilla.firefox/.mozilla/firefox",
		"home/.var/app/org.mozilla.firefox/config/mozilla/firefox",
	};
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		naccs_auto(heap) char *ini = naccs_format("%s/profiles.ini", folders[i]);
		naccs_auto(heap) char *profile = naccs_format("%s/p.x", folders[i]);

		make_file(scratch, ini, "[Profile0]\nName=x\nIsRelative=1\nPath=p.x\n");
		make_folder(scratch, profile);
	}
	search(scratch, &here, &received);
	assert_int_equal(received.count, sizeof folders / sizeof folders[0]);
	for (size_t i = 0; i < received.count; i++) {
		naccs_auto(heap) char *profile = naccs_format("%s/p.x", folders[i]);

		assert_int_equal(received_at(&received, scratch, profile), i); /* in this order */
		assert_string_equal(received.kind[i], "Firefox profile");
		assert_string_equal(received.label[i], "x, in use");
		assert_true(received.is_writable[i]);
		assert_true((received.capabilities[i] & NACCS_CAN_WRITE) != 0);
	}
}

static void finds_thunderbird_and_chromium_and_the_systems_database(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	make_file(scratch, "home/.thunderbird/profiles.ini", "[Profile0]\nName=mail\nPath=m.mail\n");
	make_folder(scratch, "home/.thunderbird/m.mail");
	make_folder(scratch, "home/.pki/nssdb");
	make_folder(scratch, "home/snap/chromium/7/.pki/nssdb");
	scratch_link(scratch, "7", "home/snap/chromium/current");
	make_folder(scratch, "system");
	search(scratch, &here, &received);
	assert_int_equal(received.count, 4);
	assert_string_equal(received.kind[received_at(&received, scratch, "home/.thunderbird/m.mail")], "Thunderbird profile");
	assert_string_equal(received.kind[received_at(&received, scratch, "home/.pki/nssdb")], "Chromium database");
	/* "current" stays in the name: the number changes with every update of the snap */
	assert_string_equal(received.kind[received_at(&received, scratch, "home/snap/chromium/current/.pki/nssdb")], "Chromium database");
	assert_string_equal(received.kind[received_at(&received, scratch, "system")], "system-wide NSS database");
}

static void finds_nothing_in_an_empty_home(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	search(scratch, &here, &received);
	assert_int_equal(received.count, 0);
}

static void shows_chromiums_database_before_it_is_made_where_chromium_is_used(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	make_folder(scratch, "home/.config/google-chrome");
	search(scratch, &here, &received);
	assert_int_equal(received.count, 1);
	assert_string_equal(received.label[received_at(&received, scratch, "home/.local/share/pki/nssdb")], "not made yet");
	assert_false(scratch_exists(scratch, "home/.local"));
}

static void follows_the_xdg_variables_that_were_given(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	naccs_auto(heap) char *config = naccs_format("%s/elsewhere/config", scratch->path);
	naccs_auto(heap) char *data = naccs_format("%s/elsewhere/data", scratch->path);
	here.config_home = config;
	here.data_home = data;
	make_file(scratch, "elsewhere/config/mozilla/firefox/profiles.ini", "[Profile0]\nName=x\nPath=p.x\n");
	make_folder(scratch, "elsewhere/config/mozilla/firefox/p.x");
	make_folder(scratch, "elsewhere/data/pki/nssdb");
	search(scratch, &here, &received);
	assert_int_equal(received.count, 2);
	(void)received_at(&received, scratch, "elsewhere/config/mozilla/firefox/p.x");
	(void)received_at(&received, scratch, "elsewhere/data/pki/nssdb");
}

static void believes_the_xdg_variables_for_the_callers_own_home_only(void **state)
{
	struct told told;
	struct nss_surroundings here;

	(void)state;
	told_init(&told);
	assert_int_equal(setenv("HOME", "/home/own", 1), 0);
	assert_int_equal(setenv("XDG_CONFIG_HOME", "/home/own/c", 1), 0);
	assert_int_equal(setenv("XDG_DATA_HOME", "relative", 1), 0);
	here = nss_surroundings_of(&told.host, "/home/own");
	assert_string_equal(here.config_home, "/home/own/c");
	assert_null(here.data_home); /* the specification: relative ones are ignored */
	here = nss_surroundings_of(&told.host, "/home/other");
	assert_null(here.config_home);
}

static void lists_one_database_once_however_many_paths_lead_to_it(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	naccs_auto(heap) char *ini =
		naccs_format("[Profile0]\nName=a\nPath=abcd.default-release\n[Profile1]\nName=b\nIsRelative=0\n"
			     "Path=%s/home/.mozilla/firefox/../firefox/abcd.default-release\n[Profile2]\nName=c\nPath=link\n",
			     scratch->path);
	make_file(scratch, CLASSIC "/profiles.ini", ini);
	make_folder(scratch, CLASSIC "/abcd.default-release");
	scratch_link(scratch, "abcd.default-release", CLASSIC "/link");
	make_folder(scratch, "home/.config/mozilla");
	scratch_link(scratch, "../../.mozilla/firefox", "home/.config/mozilla/firefox");
	search(scratch, &here, &received);
	assert_int_equal(received.count, 1);
	assert_string_equal(received.label[received_at(&received, scratch, CLASSIC "/abcd.default-release")], "a, in use");
}

static void a_profile_elsewhere_is_found_by_its_absolute_path(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	naccs_auto(heap) char *ini = naccs_format("[Profile0]\nName=a\nIsRelative=0\nPath=%s/disk/profile\n", scratch->path);
	make_file(scratch, CLASSIC "/profiles.ini", ini);
	make_folder(scratch, "disk/profile");
	search(scratch, &here, &received);
	assert_int_equal(received.count, 1);
	(void)received_at(&received, scratch, "disk/profile");
}

static void a_profile_that_cannot_be_read_as_written_is_passed_over_and_the_others_are_not(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;
	char deep[240];

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	memset(deep, 'd', sizeof deep - 1);
	deep[sizeof deep - 1] = '\0';
	/* What inih would cut to a path that exists: at " ;", and at its line limit. */
	naccs_auto(heap) char *ini = naccs_format("[Profile0]\nName=comment\nPath=cut ;here\n[Profile1]\nName=long\nPath=%s\n"
						  "[Profile2]\nName=bytes\nPath=\xff\n[Profile3]\nName=fine\nPath=fine\nJunk line\n"
						  "[Profile4%s]\nName=section\nPath=cut\n[Profile5]\nName=none\n",
						  deep, deep);
	make_file(scratch, CLASSIC "/profiles.ini", ini);
	make_folder(scratch, CLASSIC "/cut");
	make_folder(scratch, CLASSIC "/fine");
	deep[190 - strlen("Path=")] = '\0';
	naccs_auto(heap) char *cut = naccs_format(CLASSIC "/%s", deep);
	make_folder(scratch, cut);
	search(scratch, &here, &received);
	assert_int_equal(received.count, 1);
	(void)received_at(&received, scratch, CLASSIC "/fine");
	assert_holds(told.log, "[Profile0] was passed over");
	assert_holds(told.log, "[Profile1] was passed over");
	assert_holds(told.log, "[Profile2] was passed over");
	assert_holds(told.log, "[Profile5] was passed over");
}

static void a_hostile_profiles_ini_neither_blocks_nor_is_followed(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;
	naccs_auto(heap) char *huge = malloc(300 * 1024 + 1);

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	make_folder(scratch, CLASSIC);
	assert_int_equal(mkfifoat(scratch->fd, CLASSIC "/profiles.ini", 0600), 0); /* nobody writes: a plain open would wait */
	make_folder(scratch, "home/.thunderbird/p");
	make_file(scratch, "elsewhere/profiles.ini", "[Profile0]\nName=x\nPath=p\n");
	scratch_link(scratch, "../../elsewhere/profiles.ini", "home/.thunderbird/profiles.ini");
	assert_non_null(huge);
	memset(huge, '\n', 300 * 1024);
	huge[300 * 1024] = '\0';
	make_file(scratch, "home/.config/mozilla/firefox/profiles.ini", huge);
	search(scratch, &here, &received);
	assert_int_equal(received.count, 0);
	assert_holds(told.log, CLASSIC "/profiles.ini: it is not a regular file");
	assert_holds(told.log, ".thunderbird/profiles.ini");
	assert_holds(told.log, ".config/mozilla/firefox/profiles.ini");
}

static void thousands_of_profiles_are_bounded(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;
	naccs_auto(heap) char *ini = malloc(200 * 1024);
	size_t length = 0;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	assert_non_null(ini);
	for (int i = 0; i < 5000; i++)
		length += (size_t)snprintf(ini + length, 200 * 1024 - length, "[Profile%d]\nPath=p\n", i);
	make_file(scratch, CLASSIC "/profiles.ini", ini);
	make_folder(scratch, CLASSIC "/p");
	search(scratch, &here, &received);
	assert_int_equal(received.count, 1);
}

static void in_another_users_home_a_path_leads_to_that_users_own_only(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;

	if (geteuid() != 0)
		skip();
	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	naccs_auto(heap) char *ini =
		naccs_format("[Profile0]\nName=own\nPath=own\n[Profile1]\nName=victim\nIsRelative=0\nPath=%s/victim\n", scratch->path);
	make_file(scratch, CLASSIC "/profiles.ini", ini);
	make_folder(scratch, CLASSIC "/own");
	make_folder(scratch, "victim");
	assert_int_equal(fchownat(scratch->fd, "home", 12345, 12345, 0), 0);
	assert_int_equal(fchownat(scratch->fd, CLASSIC "/own", 12345, 12345, 0), 0);
	search(scratch, &here, &received);
	assert_int_equal(received.count, 1);
	(void)received_at(&received, scratch, CLASSIC "/own");
	assert_holds(told.log, "victim was passed over");

	/* and a profiles.ini that a third one has put there is not believed */
	assert_int_equal(fchownat(scratch->fd, CLASSIC "/profiles.ini", 54321, 54321, 0), 0);
	search(scratch, &here, &received);
	assert_int_equal(received.count, 0);
}

/* Neither root's own database nor anybody's whom a link of the home's owner names; who asks for it is told why. */
static void in_another_users_home_chromiums_place_must_be_that_users_too(void **state)
{
	const struct scratch *scratch = *state;
	struct told told;
	struct received received;
	struct naccs_error err = {0};

	if (geteuid() != 0)
		skip();
	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	make_folder(scratch, "victim/nssdb");
	scratch_link(scratch, "../victim", "home/.pki");
	assert_int_equal(fchownat(scratch->fd, "home", 12345, 12345, 0), 0);
	assert_int_equal(fchownat(scratch->fd, "home/.pki", 12345, 12345, AT_SYMLINK_NOFOLLOW), 0);
	search(scratch, &here, &received);
	assert_int_equal(received.count, 0);
	assert_fails(NACCS_E_STORE_UNSAFE, nss_resolve(&told.host, &here, "nss:chromium", receive, &received, &err));
	assert_holds(err.message, "home/.pki: it is a symbolic link of user 12345");

	assert_int_equal(unlinkat(scratch->fd, "home/.pki", 0), 0);
	make_folder(scratch, "home/.pki/nssdb");
	assert_fails(NACCS_E_STORE_UNSAFE, nss_resolve(&told.host, &here, "nss:chromium", receive, &received, &err));
	assert_holds(err.message, "belongs to user 0");
	assert_fails(NACCS_E_STORE_UNSAFE, nss_resolve(&told.host, &here, "nss:all", receive, &received, &err));
	assert_string_equal(told.warning_id, "store.unsafe");
	assert_int_equal(received.count, 0);
}

static void every_spelling_of_a_directory_ends_in_one(void **state)
{
	const struct scratch *scratch = *state;
	struct naccs_error err = {0};
	static const char *const spellings[] = {"real/db", "real//db/", "real/./x/../db", "link/db", "real/other", "link/other"};
	naccs_auto(heap) char *expected = naccs_format("%s/real/db", scratch->path);

	make_folder(scratch, "real/db");
	make_folder(scratch, "real/x");
	scratch_link(scratch, "real", "link");
	scratch_link(scratch, "db", "real/other");
	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
		naccs_auto(heap) char *uri = naccs_format("nss:%s%s/%s", i % 2 == 0 ? "" : "sql:", scratch->path, spellings[i]);
		naccs_auto(heap) char *directory = NULL;

		assert_ok(naccs_nss_directory(uri, &directory, &err));
		assert_string_equal(directory, expected);
	}
	naccs_auto(heap) char *missing = naccs_format("nss:%s/link/no/such", scratch->path);
	naccs_auto(heap) char *directory = NULL;
	assert_ok(naccs_nss_directory(missing, &directory, &err));
	naccs_auto(heap) char *named = naccs_format("%s/real/no/such", scratch->path);
	assert_string_equal(directory, named);
}

static void what_is_no_directory_is_refused(void **state)
{
	static const char *const uris[] = {"nss:", "nss:sql:", "pem:/x", "nss:firefix", "nss:\x01/x", ""};
	struct naccs_error err = {0};
	char *directory = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++)
		assert_fails(NACCS_E_USAGE, naccs_nss_directory(uris[i], &directory, &err));
	assert_fails(NACCS_E_USAGE, naccs_nss_directory("nss:~/.pki/nssdb", &directory, &err));
	assert_fails(NACCS_E_STORE_UNSUPPORTED, naccs_nss_directory("nss:dbm:/x", &directory, &err));
	assert_holds(err.hint, "certutil -K -X -d sql:/x");
	assert_fails(NACCS_E_STORE_UNSUPPORTED, naccs_nss_directory("nss:extern:/x", &directory, &err));
	assert_null(directory);
}

int main(void)
{
#define SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		SCRATCH(finds_profiles_in_every_folder_where_firefox_keeps_them),
		SCRATCH(finds_thunderbird_and_chromium_and_the_systems_database),
		SCRATCH(finds_nothing_in_an_empty_home),
		SCRATCH(shows_chromiums_database_before_it_is_made_where_chromium_is_used),
		SCRATCH(follows_the_xdg_variables_that_were_given),
		cmocka_unit_test(believes_the_xdg_variables_for_the_callers_own_home_only),
		SCRATCH(lists_one_database_once_however_many_paths_lead_to_it),
		SCRATCH(a_profile_elsewhere_is_found_by_its_absolute_path),
		SCRATCH(a_profile_that_cannot_be_read_as_written_is_passed_over_and_the_others_are_not),
		SCRATCH(a_hostile_profiles_ini_neither_blocks_nor_is_followed),
		SCRATCH(thousands_of_profiles_are_bounded),
		SCRATCH(in_another_users_home_a_path_leads_to_that_users_own_only),
		SCRATCH(in_another_users_home_chromiums_place_must_be_that_users_too),
		SCRATCH(every_spelling_of_a_directory_ends_in_one),
		cmocka_unit_test(what_is_no_directory_is_refused),
	};

	return cmocka_run_group_tests_name("nss-places", tests, NULL, NULL);
}
