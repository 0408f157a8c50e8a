/* SPDX-License-Identifier: Apache-2.0 */
/* Why: escrow is what stands between a power cut and a lost certificate; and it must not keep a secret a moment longer than needed. */
#include "scratch.h"

#include "escrow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1800000000)

static struct naccs_secret *secret_of(const char *text)
{
	struct naccs_secret *secret;
	struct naccs_error err = {0};

	assert_ok(naccs_secret_new_copy(text, strlen(text), &secret, &err));
	return secret;
}

static struct naccs_escrow *create(const struct scratch *scratch, int64_t now, const char *answer_text)
{
	struct naccs_escrow_order order = {.command = strdup("obtain"), .terminal = strdup("11110A"), .prune = true};
	naccs_auto(secret) struct naccs_secret *password = secret_of("Passw0rd-unique");
	naccs_auto(secret) struct naccs_secret *answer = answer_text != NULL ? secret_of(answer_text) : NULL;
	struct naccs_escrow *escrow;
	struct naccs_error err = {0};

	assert_ok(naccs_escrow_order_add_store(&order, "pem:/a", NULL, &err));
	assert_ok(naccs_escrow_order_add_store(&order, "nss:/b", "/pin", &err));
	assert_ok(naccs_escrow_order_add_hook(&order, "systemctl reload netapi", &err));
	assert_ok(naccs_escrow_create(scratch->fd, now, &order, password, answer, &escrow, &err));
	assert_null(order.command); /* moved */
	return escrow;
}

static struct naccs_escrow_list load(const struct scratch *scratch, bool sweep)
{
	struct naccs_escrow_list list;
	struct naccs_error err = {0};

	assert_ok(naccs_escrow_list_load(scratch->fd, sweep, &list, &err));
	return list;
}

static void keeps_order_password_and_answer_for_its_owner_alone(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(escrow) struct naccs_escrow *escrow = create(scratch, NOW, "the raw answer");
	struct naccs_escrow_list list = load(scratch, false);
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	const struct naccs_escrow *found = list.items[0];
	struct naccs_error err = {0};
	char path[300];

	assert_non_null(escrow);
	assert_int_equal(list.count, 1);
	assert_int_equal(found->state, NACCS_ESCROW_RECEIVED);
	assert_int_equal(found->created_at, NOW);
	assert_string_equal(found->order.command, "obtain");
	assert_string_equal(found->order.terminal, "11110A");
	assert_true(found->order.prune);
	assert_false(found->order.all_or_nothing);
	assert_int_equal(found->order.store_count, 2);
	assert_string_equal(found->order.stores[1], "nss:/b");
	assert_null(found->order.pin_files[0]);
	assert_string_equal(found->order.pin_files[1], "/pin");
	assert_string_equal(found->order.deploy_hooks[0], "systemctl reload netapi");
	assert_ok(naccs_escrow_password(found, &password, &err));
	assert_string_equal(naccs_secret_text(password), "Passw0rd-unique");
	assert_ok(naccs_escrow_answer(found, &answer, &err));
	assert_string_equal(naccs_secret_text(answer), "the raw answer");
	assert_int_equal(scratch_mode(scratch, "escrow"), 0700);
	(void)snprintf(path, sizeof path, "escrow/%s/password", found->id);
	assert_int_equal(scratch_mode(scratch, path), 0600);
	naccs_escrow_list_clear(&list);
}

static void goes_forward_only_and_remembers_when_it_was_submitted(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(escrow) struct naccs_escrow *escrow = create(scratch, NOW, NULL);
	naccs_auto(secret) struct naccs_secret *answer = secret_of("came");
	struct naccs_escrow_list list;
	struct naccs_error err = {0};

	assert_int_equal(escrow->state, NACCS_ESCROW_PREPARED);
	assert_ok(naccs_escrow_advance(escrow, NACCS_ESCROW_SUBMITTED, NOW + 5, &err));
	assert_ok(naccs_escrow_advance(escrow, NACCS_ESCROW_SUBMITTED, NOW + 99, &err)); /* asked for again */
	assert_fails(NACCS_E_INTERNAL, naccs_escrow_advance(escrow, NACCS_ESCROW_PREPARED, NOW + 6, &err));
	list = load(scratch, false);
	assert_int_equal(list.items[0]->state, NACCS_ESCROW_SUBMITTED);
	assert_int_equal(list.items[0]->submitted_at, NOW + 5);
	naccs_escrow_list_clear(&list);
	assert_ok(naccs_escrow_receive(escrow, answer, true, &err));
	list = load(scratch, false);
	assert_int_equal(list.items[0]->state, NACCS_ESCROW_RECEIVED);
	assert_true(list.items[0]->answer_is_cut);
	naccs_escrow_list_clear(&list);
}

static void leaves_nothing_after_a_purge(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(escrow) struct naccs_escrow *escrow = create(scratch, NOW, "answer");
	struct naccs_error err = {0};

	assert_int_equal(scratch_count(scratch, "escrow"), 1);
	assert_ok(naccs_escrow_purge(escrow, &err));
	assert_int_equal(scratch_count(scratch, "escrow"), 0);
}

static void is_listed_by_age_and_sweeps_what_a_crash_left(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(escrow) struct naccs_escrow *later = create(scratch, NOW + 60, "b");
	naccs_auto(escrow) struct naccs_escrow *earlier = create(scratch, NOW, "a");
	struct naccs_escrow_list list;

	scratch_mkdir(scratch, "escrow/.new-half", 0700);
	scratch_write(scratch, "escrow/.new-half/password", "secret", 0600);
	scratch_mkdir(scratch, "escrow/.purge-half", 0700);
	list = load(scratch, false);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0]->id, earlier->id);
	assert_string_equal(list.items[1]->id, later->id);
	assert_int_equal(scratch_count(scratch, "escrow"), 4);
	naccs_escrow_list_clear(&list);
	list = load(scratch, true);
	assert_int_equal(scratch_count(scratch, "escrow"), 2);
	naccs_escrow_list_clear(&list);
}

static void names_the_entry_that_is_damaged(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(escrow) struct naccs_escrow *escrow = create(scratch, NOW, "a");
	struct naccs_escrow_list list;
	struct naccs_error err = {0};
	char path[300];

	(void)snprintf(path, sizeof path, "escrow/%s/state.json", escrow->id);
	scratch_write(scratch, path, "{\"schema\":1,\"state\":\"elsewhere\"}", 0600);
	assert_fails(NACCS_E_ESCROW_DAMAGED, naccs_escrow_list_load(scratch->fd, true, &list, &err));
	assert_holds(err.message, escrow->id);
	assert_int_equal(scratch_count(scratch, "escrow"), 1);
}

static void tells_codes_apart_without_holding_them(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(secret) struct naccs_secret *code = secret_of("ABC123");
	naccs_auto(secret) struct naccs_secret *other = secret_of("ABC124");
	naccs_auto(heap) char *first = NULL;
	naccs_auto(heap) char *again = NULL;
	naccs_auto(heap) char *different = NULL;
	struct naccs_error err = {0};

	assert_ok(naccs_escrow_code_hash(scratch->fd, code, &first, &err));
	assert_ok(naccs_escrow_code_hash(scratch->fd, code, &again, &err));
	assert_ok(naccs_escrow_code_hash(scratch->fd, other, &different, &err));
	assert_string_equal(first, again);
	assert_string_not_equal(first, different);
	assert_int_equal(strlen(first), 64);
	assert_int_equal(scratch_mode(scratch, "escrow-key"), 0600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_order_password_and_answer_for_its_owner_alone, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(goes_forward_only_and_remembers_when_it_was_submitted, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(leaves_nothing_after_a_purge, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(is_listed_by_age_and_sweeps_what_a_crash_left, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(names_the_entry_that_is_damaged, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(tells_codes_apart_without_holding_them, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests_name("escrow", tests, NULL, NULL);
}
