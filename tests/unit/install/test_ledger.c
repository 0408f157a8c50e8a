/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the ledger decides what may be taken away; a mistake there deletes what somebody else needs. */
#include "scratch.h"

#include "ledger.h"

#include <stdlib.h>
#include <string.h>

static naccs_status put_part(struct naccs_ledger_entry *entry, uint32_t role, uint32_t action, const char *identity, const char *before)
{
	struct naccs_part part = {
		.size = sizeof part,
		.role = role,
		.action = action,
		.identity = identity,
		.before = {.data = (const uint8_t *)before, .length = strlen(before)},
	};

	return naccs_parts_collect(&entry->parts, &part);
}

static struct naccs_ledger_entry *put_entry(struct naccs_ledger *ledger, const char *store, const char *sha256)
{
	struct naccs_ledger_entry *entry;
	struct naccs_error err = {0};

	assert_ok(naccs_ledger_add(ledger, &entry, &err));
	entry->store = strdup(store);
	entry->sha256 = strdup(sha256);
	entry->serial = strdup("0a");
	entry->subject = strdup("CN=11110A,C=JP");
	entry->common_name = strdup("11110A");
	entry->not_after = 1900000000;
	entry->state = NACCS_LEDGER_INSTALLED;
	assert_ok(naccs_blob_set(&entry->client_ca, (const uint8_t *)"\x30\x00", 2, &err));
	return entry;
}

static struct naccs_ledger *new_ledger(void)
{
	struct naccs_ledger *ledger;
	struct naccs_error err = {0};

	assert_ok(naccs_ledger_load(-1, &ledger, &err));
	return ledger;
}

static void comes_back_from_its_file_as_it_was(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(ledger) struct naccs_ledger *ledger = new_ledger();
	naccs_auto(ledger) struct naccs_ledger *again = NULL;
	struct naccs_ledger_entry *entry = put_entry(ledger, "pem:/a", "aa");
	struct naccs_error err = {0};

	entry->state = NACCS_LEDGER_JUDGED;
	entry->terminal = strdup("11110A");
	for (size_t length = 0; length <= 5; length++) { /* every kind of Base64 padding */
		char identity[] = {'p', (char)('0' + length), '\0'};
		char before[] = "=====";

		before[length] = '\0';
		assert_int_equal(put_part(entry, NACCS_ROLE_CURRENT, NACCS_PART_CHANGE, identity, before), NACCS_OK);
	}
	put_entry(ledger, "pkcs11:token=a", "aa")->wish = strdup("pkcs11:token=a;object=netapi");
	assert_ok(naccs_ledger_save(scratch->fd, ledger, &err));
	assert_int_equal(scratch_mode(scratch, "ledger.json"), 0600);
	assert_ok(naccs_ledger_load(scratch->fd, &again, &err));
	assert_int_equal(again->count, 2);
	assert_string_equal(naccs_ledger_entry_later(naccs_ledger_find(again, "pkcs11:token=a", "aa")), "pkcs11:token=a;object=netapi");
	entry = naccs_ledger_find(again, "pem:/a", "aa");
	assert_non_null(entry);
	assert_int_equal(entry->state, NACCS_LEDGER_JUDGED);
	assert_string_equal(entry->terminal, "11110A");
	assert_null(entry->group);
	assert_string_equal(naccs_ledger_entry_later(entry), "pem:/a");
	assert_int_equal(entry->not_after, 1900000000);
	assert_int_equal(entry->parts.count, 6);
	for (size_t length = 0; length <= 5; length++) {
		assert_int_equal(entry->parts.items[length].before.length, length);
		assert_memory_equal(entry->parts.items[length].before.data != NULL ? entry->parts.items[length].before.data : (const uint8_t *)"",
				    "=====", length);
	}
}

static void says_so_when_its_file_is_damaged(void **state)
{
	static const char *const damaged[] = {"", "{", "[]", "{\"schema\":2,\"installs\":[]}", "{\"schema\":1,\"installs\":[{}]}",
					      "{\"schema\":1,\"installs\":[{\"state\":\"installed\",\"store\":\"pem:/a\"}]}"};
	const struct scratch *scratch = *state;
	struct naccs_error err = {0};

	for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
		struct naccs_ledger *ledger = NULL;

		scratch_write(scratch, "ledger.json", damaged[i], 0600);
		assert_fails(NACCS_E_FILE_IO, naccs_ledger_load(scratch->fd, &ledger, &err));
		assert_null(ledger);
		assert_true(err.hint[0] != '\0');
	}
}

static void keeps_a_shared_part_until_its_last_user_goes(void **state)
{
	naccs_auto(ledger) struct naccs_ledger *ledger = new_ledger();
	struct naccs_ledger_entry *first = put_entry(ledger, "nss:/a", "aa"), *second;
	naccs_auto(heap) struct naccs_part *parts = NULL;
	naccs_auto(heap) struct naccs_part *last = NULL;
	struct naccs_error err = {0};
	size_t count;

	(void)state;
	assert_int_equal(put_part(first, NACCS_ROLE_CLIENT, NACCS_PART_CREATE, "cert-a", ""), NACCS_OK);
	assert_int_equal(put_part(first, NACCS_ROLE_CLIENT_CA, NACCS_PART_CREATE, "ca", ""), NACCS_OK);
	assert_int_equal(put_part(first, NACCS_ROLE_TRUST, NACCS_PART_CHANGE, "root", "c,,"), NACCS_OK);
	second = put_entry(ledger, "nss:/a", "bb");
	first = naccs_ledger_find(ledger, "nss:/a", "aa");
	assert_int_equal(put_part(second, NACCS_ROLE_CLIENT, NACCS_PART_CREATE, "cert-b", ""), NACCS_OK);
	assert_int_equal(put_part(second, NACCS_ROLE_CLIENT_CA, NACCS_PART_ADOPT, "ca", ""), NACCS_OK);
	assert_int_equal(put_part(second, NACCS_ROLE_TRUST, NACCS_PART_ADOPT, "root", ""), NACCS_OK);
	assert_ok(naccs_ledger_settle(ledger, second, &err));

	assert_ok(naccs_ledger_unshared(ledger, first, &parts, &count, &err));
	assert_int_equal(count, 1);
	assert_string_equal(parts[0].identity, "cert-a");
	naccs_ledger_drop(ledger, first);
	assert_ok(naccs_ledger_unshared(ledger, &ledger->entries[0], &last, &count, &err));
	assert_int_equal(count, 3);
	assert_int_equal(last[1].action, NACCS_PART_CREATE);
	assert_int_equal(last[2].action, NACCS_PART_CHANGE);
	assert_memory_equal(last[2].before.data, "c,,", 3);
}

static void never_takes_away_what_was_there_before_us(void **state)
{
	naccs_auto(ledger) struct naccs_ledger *ledger = new_ledger();
	struct naccs_ledger_entry *entry = put_entry(ledger, "nss:/a", "aa");
	naccs_auto(heap) struct naccs_part *parts = NULL;
	struct naccs_error err = {0};
	size_t count;

	(void)state;
	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT_CA, NACCS_PART_ADOPT, "ca", ""), NACCS_OK);
	assert_ok(naccs_ledger_settle(ledger, entry, &err));
	assert_ok(naccs_ledger_unshared(ledger, entry, &parts, &count, &err));
	assert_int_equal(count, 0);
}

static void does_not_count_users_across_stores(void **state)
{
	naccs_auto(ledger) struct naccs_ledger *ledger = new_ledger();
	struct naccs_ledger_entry *entry;
	naccs_auto(heap) struct naccs_part *parts = NULL;
	struct naccs_error err = {0};
	size_t count;

	(void)state;
	assert_int_equal(put_part(put_entry(ledger, "nss:/b", "aa"), NACCS_ROLE_CLIENT_CA, NACCS_PART_CREATE, "ca", ""), NACCS_OK);
	entry = put_entry(ledger, "nss:/a", "aa");
	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT_CA, NACCS_PART_CREATE, "ca", ""), NACCS_OK);
	assert_ok(naccs_ledger_unshared(ledger, entry, &parts, &count, &err));
	assert_int_equal(count, 1);
}

static void hands_the_current_mark_to_every_removal(void **state)
{
	naccs_auto(ledger) struct naccs_ledger *ledger = new_ledger();
	struct naccs_ledger_entry *entry;
	naccs_auto(heap) struct naccs_part *parts = NULL;
	struct naccs_error err = {0};
	size_t count;

	(void)state;
	assert_int_equal(put_part(put_entry(ledger, "pem:/a", "aa"), NACCS_ROLE_CURRENT, NACCS_PART_CREATE, "live", ""), NACCS_OK);
	entry = put_entry(ledger, "pem:/a", "bb");
	assert_int_equal(put_part(entry, NACCS_ROLE_CURRENT, NACCS_PART_CHANGE, "live", "archive/aa"), NACCS_OK);
	assert_ok(naccs_ledger_unshared(ledger, entry, &parts, &count, &err));
	assert_int_equal(count, 1);
	assert_string_equal(parts[0].identity, "live");
}

static void gives_a_repair_its_former_entry_back_when_it_is_undone(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(ledger) struct naccs_ledger *ledger = new_ledger();
	naccs_auto(ledger) struct naccs_ledger *again = NULL;
	struct naccs_ledger_entry *entry = put_entry(ledger, "nss:/a", "aa"), *former;
	struct naccs_error err = {0};

	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT_CA, NACCS_PART_CREATE, "ca", ""), NACCS_OK);
	former = calloc(1, sizeof *former);
	assert_non_null(former);
	*former = *entry;
	ledger->count = 0;
	entry = put_entry(ledger, "nss:/a", "aa");
	entry->former = former;
	entry->state = NACCS_LEDGER_PLANNED;
	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT_CA, NACCS_PART_ADOPT, "ca", ""), NACCS_OK);
	assert_ok(naccs_blob_set(&entry->client_ca, (const uint8_t *)"\x30\x01\x00", 3, &err)); /* another CA than before */
	assert_ok(naccs_ledger_save(scratch->fd, ledger, &err));
	assert_ok(naccs_ledger_load(scratch->fd, &again, &err));
	naccs_ledger_forget(again, &again->entries[0]);
	assert_int_equal(again->count, 1);
	assert_int_equal(again->entries[0].state, NACCS_LEDGER_INSTALLED);
	assert_int_equal(again->entries[0].parts.items[0].action, NACCS_PART_CREATE);
	assert_int_equal(again->entries[0].client_ca.length, 2);
	/* and a first install that is undone leaves nothing */
	naccs_ledger_forget(again, &again->entries[0]);
	assert_int_equal(again->count, 0);
}

static void refuses_a_plan_that_breaks_the_contract(void **state)
{
	naccs_auto(ledger) struct naccs_ledger *ledger = new_ledger();
	struct naccs_ledger_entry *entry = put_entry(ledger, "pem:/a", "aa");

	(void)state;
	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT, NACCS_PART_CREATE, "a", ""), NACCS_OK);
	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT, NACCS_PART_CREATE, "a", ""), NACCS_E_INTERNAL);
	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT, 0, "b", ""), NACCS_E_INTERNAL);
	assert_int_equal(put_part(entry, NACCS_ROLE_CLIENT, 4, "c", ""), NACCS_E_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back_from_its_file_as_it_was, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(says_so_when_its_file_is_damaged, scratch_setup, scratch_teardown),
		cmocka_unit_test(keeps_a_shared_part_until_its_last_user_goes),
		cmocka_unit_test(never_takes_away_what_was_there_before_us),
		cmocka_unit_test(does_not_count_users_across_stores),
		cmocka_unit_test(hands_the_current_mark_to_every_removal),
		cmocka_unit_test_setup_teardown(gives_a_repair_its_former_entry_back_when_it_is_undone, scratch_setup, scratch_teardown),
		cmocka_unit_test(refuses_a_plan_that_breaks_the_contract),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
