/* SPDX-License-Identifier: Apache-2.0 */
/* Why: an alias that leads to the wrong profile installs a key where nobody uses it, and nobody notices. */
#include "homes.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static naccs_status resolve(const struct scratch *scratch, struct told *told, const char *uri, struct received *ret,
			    struct naccs_error *err)
{
	struct nss_surroundings here;

	told_init(told);
	here = surroundings(scratch, told);
	*ret = (struct received){0};
	return nss_resolve(&told->host, &here, uri, receive, ret, err);
}

/* The alias leads to this one place, and to no other. */
static void leads_to(const struct scratch *scratch, const char *uri, const char *name, const char *warning_id)
{
	struct naccs_error err = {0};
	struct received received;
	struct told told;

	assert_ok(resolve(scratch, &told, uri, &received, &err));
	assert_int_equal(received_at(&received, scratch, name), 0);
	assert_int_equal(received.count, 1);
	assert_string_equal(told.warning_id, warning_id);
}

static void refused(const struct scratch *scratch, const char *uri, naccs_status expected, const char *message, const char *hint)
{
	struct naccs_error err = {0};
	struct received received;
	struct told told;

	assert_fails(expected, resolve(scratch, &told, uri, &received, &err));
	assert_holds(err.message, message);
	assert_holds(err.hint, hint);
	assert_int_equal(received.count, 0);
}

static void firefox_means_the_profile_that_an_install_section_names(void **state)
{
	const struct scratch *scratch = *state;

	make_usual_home(scratch);
	leads_to(scratch, "nss:firefox", CLASSIC "/abcd.default-release", "");
	leads_to(scratch, "nss:firefox/default", CLASSIC "/efgh.default", "");
	leads_to(scratch, "nss:firefox/efgh.default", CLASSIC "/efgh.default", "");
	refused(scratch, "nss:firefox/nobody", NACCS_E_STORE_OPEN, "Firefox has no profile \"nobody\"",
		"nss:firefox/default-release, nss:firefox/default");
	refused(scratch, "nss:firefox/", NACCS_E_USAGE, "nss:firefox/", "");
}

static void installs_ini_tells_it_where_profiles_ini_does_not(void **state)
{
	const struct scratch *scratch = *state;

	make_usual_home(scratch);
	make_file(scratch, CLASSIC "/profiles.ini",
		  "[Profile0]\nName=a\nPath=efgh.default\nDefault=1\n[Profile1]\nName=b\nPath=abcd.default-release\n");
	make_file(scratch, CLASSIC "/installs.ini", "[4F96D1932A9F858E]\nDefault=abcd.default-release\nLocked=1\n");
	leads_to(scratch, "nss:firefox", CLASSIC "/abcd.default-release", "");
}

static void without_either_the_old_default_or_the_only_profile_is_meant(void **state)
{
	const struct scratch *scratch = *state;

	make_usual_home(scratch);
	make_file(scratch, CLASSIC "/profiles.ini",
		  "[Profile0]\nName=a\nPath=abcd.default-release\n[Profile1]\nName=b\nPath=efgh.default\nDefault=1\n");
	leads_to(scratch, "nss:firefox", CLASSIC "/efgh.default", "");
	make_file(scratch, CLASSIC "/profiles.ini", "[Profile0]\nName=a\nPath=abcd.default-release\n");
	leads_to(scratch, "nss:firefox", CLASSIC "/abcd.default-release", "");
	make_file(scratch, CLASSIC "/profiles.ini",
		  "[Profile0]\nName=a\nPath=abcd.default-release\n[Profile1]\nName=b\nPath=efgh.default\n");
	refused(scratch, "nss:firefox", NACCS_E_STORE_OPEN, "can't be told", "There are: nss:firefox/a, nss:firefox/b");
}

static void a_profile_in_use_that_was_deleted_does_not_count(void **state)
{
	const struct scratch *scratch = *state;

	make_usual_home(scratch);
	make_file(scratch, CLASSIC "/profiles.ini",
		  "[InstallA]\nDefault=gone\n[InstallB]\nDefault=efgh.default\n[Profile0]\nName=a\nPath=gone\n"
		  "[Profile1]\nName=b\nPath=efgh.default\n[Profile2]\nName=c\nPath=abcd.default-release\nDefault=1\n");
	leads_to(scratch, "nss:firefox", CLASSIC "/efgh.default", "");
}

static void of_two_in_use_the_one_used_last_is_meant(void **state)
{
	const struct scratch *scratch = *state;

	make_usual_home(scratch);
	make_file(scratch, CLASSIC "/profiles.ini",
		  "[InstallA]\nDefault=abcd.default-release\n[InstallB]\nDefault=efgh.default\n"
		  "[Profile0]\nName=a\nPath=abcd.default-release\n[Profile1]\nName=b\nPath=efgh.default\n");
	make_file(scratch, CLASSIC "/abcd.default-release/prefs.js", "");
	make_file(scratch, CLASSIC "/efgh.default/prefs.js", "");
	set_time(scratch, CLASSIC "/abcd.default-release/prefs.js", 1700000000);
	set_time(scratch, CLASSIC "/efgh.default/prefs.js", 1800000000);
	leads_to(scratch, "nss:firefox", CLASSIC "/efgh.default", "");
	set_time(scratch, CLASSIC "/abcd.default-release/prefs.js", 1900000000);
	leads_to(scratch, "nss:firefox", CLASSIC "/abcd.default-release", "");
}

static void the_classic_folder_wins_and_the_others_are_told(void **state)
{
	const struct scratch *scratch = *state;

	make_file(scratch, "home/.config/mozilla/firefox/profiles.ini",
		  "[InstallA]\nDefault=p\n[Profile0]\nName=default-release\nPath=p\n");
	make_folder(scratch, "home/.config/mozilla/firefox/p");
	leads_to(scratch, "nss:firefox", "home/.config/mozilla/firefox/p", "");
	make_usual_home(scratch);
	leads_to(scratch, "nss:firefox", CLASSIC "/abcd.default-release", "store.several");
	leads_to(scratch, "nss:firefox/default-release", CLASSIC "/abcd.default-release", "store.several");
	leads_to(scratch, "nss:firefox/p", "home/.config/mozilla/firefox/p", "");
}

static void thunderbird_has_aliases_of_its_own(void **state)
{
	const struct scratch *scratch = *state;

	make_usual_home(scratch);
	refused(scratch, "nss:thunderbird", NACCS_E_STORE_OPEN, "no Thunderbird profile",
		"/home into .thunderbird, snap/thunderbird/common/.thunderbird, .var/app/org.mozilla.Thunderbird/.thunderbird.");
	make_file(scratch, "home/.thunderbird/profiles.ini",
		  "[Install1]\nDefault=m\n[Profile0]\nName=mail\nPath=m\n[Profile1]\nName=old\nPath=o\nDefault=1\n");
	make_folder(scratch, "home/.thunderbird/m");
	make_folder(scratch, "home/.thunderbird/o");
	leads_to(scratch, "nss:thunderbird", "home/.thunderbird/m", "");
	leads_to(scratch, "nss:thunderbird/old", "home/.thunderbird/o", "");
}

static void chromium_means_the_folder_that_it_opens_itself(void **state)
{
	const struct scratch *scratch = *state;

	leads_to(scratch, "nss:chromium", "home/.local/share/pki/nssdb", ""); /* absent: there it will be made */
	make_folder(scratch, "home/.local/share/pki/nssdb");
	leads_to(scratch, "nss:chromium", "home/.local/share/pki/nssdb", "");
	make_folder(scratch, "home/.pki/nssdb");
	leads_to(scratch, "nss:chromium", "home/.pki/nssdb", "");
	refused(scratch, "nss:chromium/x", NACCS_E_USAGE, "nss:chromium/x", "");
}

static void where_only_a_snap_of_chromium_is_there_it_is_meant(void **state)
{
	const struct scratch *scratch = *state;

	make_folder(scratch, "home/snap/chromium/7/.pki/nssdb");
	scratch_link(scratch, "7", "home/snap/chromium/current");
	leads_to(scratch, "nss:chromium", "home/snap/chromium/current/.pki/nssdb", "");
	make_folder(scratch, "home/.pki/nssdb");
	leads_to(scratch, "nss:chromium", "home/.pki/nssdb", "store.several");
}

static void all_means_what_the_user_has_and_never_the_systems(void **state)
{
	const struct scratch *scratch = *state;
	struct naccs_error err = {0};
	struct received received;
	struct told told;

	make_folder(scratch, "system");
	refused(scratch, "nss:all", NACCS_E_STORE_OPEN, "neither", "/home into .mozilla/firefox, .config/mozilla/firefox,");
	refused(scratch, "nss:all", NACCS_E_STORE_OPEN, "neither", ".var/app/org.mozilla.Thunderbird/.thunderbird.");
	make_usual_home(scratch);
	make_folder(scratch, "home/.pki/nssdb");
	assert_ok(resolve(scratch, &told, "nss:all", &received, &err));
	assert_int_equal(received.count, 3);
	assert_true(has_received(&received, scratch, CLASSIC "/abcd.default-release"));
	assert_true(has_received(&received, scratch, CLASSIC "/efgh.default"));
	assert_true(has_received(&received, scratch, "home/.pki/nssdb"));
}

static void a_directory_gets_its_canonical_name_whether_it_is_there_or_not(void **state)
{
	const struct scratch *scratch = *state;
	struct naccs_error err = {0};
	struct received received;
	struct told told;
	naccs_auto(heap) char *known = naccs_format("nss:sql:%s/" CLASSIC "/../firefox/efgh.default/", scratch->path);
	naccs_auto(heap) char *missing = naccs_format("nss:%s/not//made", scratch->path);

	make_usual_home(scratch);
	assert_ok(resolve(scratch, &told, known, &received, &err));
	assert_string_equal(received.kind[received_at(&received, scratch, CLASSIC "/efgh.default")], "Firefox profile");
	assert_string_equal(received.label[0], "default");
	assert_ok(resolve(scratch, &told, missing, &received, &err));
	assert_string_equal(received.kind[received_at(&received, scratch, "not/made")], "NSS database");
	assert_false(scratch_exists(scratch, "not"));
	assert_ok(resolve(scratch, &told, "nss:/etc/pki/x", &received, &err));
	assert_string_equal(received.kind[0], "system-wide NSS database");
}

static void a_word_that_is_no_alias_is_no_directory_either(void **state)
{
	const struct scratch *scratch = *state;

	refused(scratch, "nss:chrome", NACCS_E_USAGE, "nss:chrome", "nss:./chrome");
	refused(scratch, "nss:firefoxes", NACCS_E_USAGE, "nss:firefoxes", "nss:firefox");
	refused(scratch, "nss:", NACCS_E_USAGE, "nss:", "");
}

static void without_a_home_nothing_is_searched(void **state)
{
	const struct scratch *scratch = *state;
	struct naccs_error err = {0};
	struct told told;

	told_init(&told);
	struct nss_surroundings here = surroundings(scratch, &told);
	here.home = "relative";
	assert_fails(NACCS_E_STORE_OPEN, nss_resolve(&told.host, &here, "nss:all", receive, NULL, &err));
}

int main(void)
{
#define SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		SCRATCH(firefox_means_the_profile_that_an_install_section_names),
		SCRATCH(installs_ini_tells_it_where_profiles_ini_does_not),
		SCRATCH(without_either_the_old_default_or_the_only_profile_is_meant),
		SCRATCH(a_profile_in_use_that_was_deleted_does_not_count),
		SCRATCH(of_two_in_use_the_one_used_last_is_meant),
		SCRATCH(the_classic_folder_wins_and_the_others_are_told),
		SCRATCH(thunderbird_has_aliases_of_its_own),
		SCRATCH(chromium_means_the_folder_that_it_opens_itself),
		SCRATCH(where_only_a_snap_of_chromium_is_there_it_is_meant),
		SCRATCH(all_means_what_the_user_has_and_never_the_systems),
		SCRATCH(a_directory_gets_its_canonical_name_whether_it_is_there_or_not),
		SCRATCH(a_word_that_is_no_alias_is_no_directory_either),
		SCRATCH(without_a_home_nothing_is_searched),
	};

	return cmocka_run_group_tests_name("nss-resolve", tests, NULL, NULL);
}
