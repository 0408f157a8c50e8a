/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a secret grows without leaving copies, never beyond its limit, and is wiped when it goes. */
#include "scratch.h"

#include "secret.h"

#include <inttypes.h>
#include <string.h>

static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

/* What is given back to the system must have been wiped. The linker's --wrap leads the calls here. */
static size_t unmapped;

int __real_munmap(void *memory, size_t length);
int __wrap_munmap(void *memory, size_t length);

int __wrap_munmap(void *memory, size_t length)
{
	if (!is_zero(memory, length))
		fail_msg("memory was given back unwiped");
	unmapped += length;
	return __real_munmap(memory, length);
}

static struct naccs_secret *new_secret(size_t limit)
{
	struct naccs_error err = {0};
	struct naccs_secret *secret = NULL;
	assert_ok(naccs_secret_new(limit, &secret, &err));
	return secret;
}

static struct naccs_secret *copy_of(const char *text)
{
	struct naccs_error err = {0};
	struct naccs_secret *secret = NULL;
	assert_ok(naccs_secret_new_copy(text, strlen(text), &secret, &err));
	return secret;
}

static void a_new_secret_is_an_empty_text(void **state)
{
	(void)state;
	naccs_auto(secret) struct naccs_secret *secret = new_secret(0);
	assert_non_null(naccs_secret_data(secret));
	assert_string_equal(naccs_secret_text(secret), "");
	assert_int_equal(naccs_secret_length(secret), 0);
	naccs_secret_free(NULL);
}

static void growth_keeps_every_byte_up_to_the_limit(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	const size_t limit = 100000;
	naccs_auto(secret) struct naccs_secret *secret = new_secret(limit);
	for (size_t i = 0; i < limit; i++) {
		uint8_t byte = (uint8_t)(i * 31 + i / 256);
		assert_int_equal(naccs_secret_append(secret, &byte, 1, &err), NACCS_OK);
	}
	assert_int_equal(naccs_secret_length(secret), limit);
	const uint8_t *bytes = naccs_secret_data(secret);
	for (size_t i = 0; i < limit; i++) {
		if (bytes[i] != (uint8_t)(i * 31 + i / 256))
			fail_msg("byte %zu was lost", i);
	}
	assert_int_equal(bytes[limit], 0);
}

static void more_than_the_limit_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *secret = new_secret(8);
	assert_ok(naccs_secret_append(secret, "12345678", 8, &err));
	assert_fails(NACCS_E_INTERNAL, naccs_secret_append(secret, "9", 1, &err));
	assert_string_equal(naccs_secret_text(secret), "12345678");
	assert_ok(naccs_secret_append(secret, "", 0, &err));
	uint8_t *to = NULL;
	assert_fails(NACCS_E_INTERNAL, naccs_secret_reserve(secret, SIZE_MAX, &to, &err));
	assert_null(to);
	assert_int_equal(naccs_secret_append(secret, "9", 1, NULL), NACCS_E_INTERNAL);
}

static void impossible_sizes_fail_cleanly(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *secret = new_secret(SIZE_MAX);
	uint8_t *to = NULL;
	assert_fails(NACCS_E_INTERNAL, naccs_secret_reserve(secret, SIZE_MAX, &to, &err));
	assert_fails(NACCS_E_INTERNAL, naccs_secret_reserve(secret, SIZE_MAX - 1, &to, &err));
	assert_fails(NACCS_E_INTERNAL, naccs_secret_reserve(secret, SIZE_MAX / 2, &to, &err));
	assert_null(to);
	assert_ok(naccs_secret_append(secret, "still fine", 10, &err));
	assert_string_equal(naccs_secret_text(secret), "still fine");
}

static void a_reserve_can_be_filled_by_a_system_call(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *secret = new_secret(50000);
	assert_ok(naccs_secret_append(secret, "head", 4, &err));
	uint8_t *to = NULL;
	assert_ok(naccs_secret_reserve(secret, 49996, &to, &err));
	memset(to, 'x', 49996);
	naccs_secret_added(secret, 10);
	assert_string_equal(naccs_secret_text(secret), "headxxxxxxxxxx");
	naccs_secret_added(secret, SIZE_MAX); /* a caller's mistake must not reach beyond the memory */
	assert_true(naccs_secret_length(secret) >= 14);
	assert_int_equal(strlen(naccs_secret_text(secret)) <= naccs_secret_length(secret), 1);
}

static void clearing_wipes_even_what_was_never_counted(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *secret = new_secret(1000);
	uint8_t *to = NULL;
	assert_ok(naccs_secret_reserve(secret, 1000, &to, &err));
	memset(to, 'x', 1000);
	naccs_secret_added(secret, 500);
	naccs_secret_clear(secret);
	assert_int_equal(naccs_secret_length(secret), 0);
	assert_ok(naccs_secret_reserve(secret, 1000, &to, &err)); /* the limit is kept, the memory is the same */
	assert_true(is_zero(to, 1000));
}

static void truncating_wipes_the_tail_and_never_lengthens(void **state)
{
	(void)state;
	naccs_auto(secret) struct naccs_secret *secret = copy_of("password");
	naccs_secret_truncate(secret, 20);
	assert_string_equal(naccs_secret_text(secret), "password");
	naccs_secret_truncate(secret, 4);
	assert_string_equal(naccs_secret_text(secret), "pass");
	assert_int_equal(naccs_secret_length(secret), 4);
	assert_true(is_zero(naccs_secret_data(secret) + 4, 5));
}

static void wiping_leaves_zeros(void **state)
{
	(void)state;
	uint8_t bytes[64];
	memset(bytes, 0xAA, sizeof bytes);
	naccs_wipe(bytes, sizeof bytes);
	assert_true(is_zero(bytes, sizeof bytes));
	naccs_wipe(NULL, 0);
}

static void growing_and_freeing_give_all_memory_back_wiped(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct naccs_secret *secret = new_secret(SIZE_MAX);
	char text[1000];
	memset(text, 'x', sizeof text);
	assert_ok(naccs_secret_append(secret, text, sizeof text, &err));
	unmapped = 0;
	uint8_t *to = NULL;
	assert_ok(naccs_secret_reserve(secret, 3 * page, &to, &err));
	assert_int_equal(unmapped, page);
	memset(to, 'y', 3 * page); /* never counted, wiped all the same */
	naccs_secret_free(secret);
	assert_true(unmapped >= 4 * page);
}

static void equality_looks_at_every_byte(void **state)
{
	(void)state;
	naccs_auto(secret) struct naccs_secret *a = copy_of("abcdef");
	naccs_auto(secret) struct naccs_secret *same = copy_of("abcdef");
	naccs_auto(secret) struct naccs_secret *longer = copy_of("abcdefg");
	naccs_auto(secret) struct naccs_secret *empty = copy_of("");
	naccs_auto(secret) struct naccs_secret *empty_too = new_secret(9);
	assert_true(naccs_secret_equal(a, same));
	assert_true(naccs_secret_equal(empty, empty_too));
	assert_false(naccs_secret_equal(a, longer));
	assert_false(naccs_secret_equal(a, empty));
	assert_false(naccs_secret_equal(a, NULL));
	assert_false(naccs_secret_equal(NULL, NULL));
	for (size_t i = 0; i < 6; i++) {
		char text[] = "abcdef";
		text[i] = (char)(text[i] ^ 0x01);
		naccs_auto(secret) struct naccs_secret *other = copy_of(text);
		assert_false(naccs_secret_equal(a, other));
	}
}

static void a_secret_may_hold_nul_bytes(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *a = NULL;
	naccs_auto(secret) struct naccs_secret *b = NULL;
	assert_ok(naccs_secret_new_copy("a\0b", 3, &a, &err));
	assert_ok(naccs_secret_new_copy("a\0c", 3, &b, &err));
	assert_int_equal(naccs_secret_length(a), 3);
	assert_false(naccs_secret_equal(a, b));
}

/* The flags that the kernel shows for the mapping that holds address: "dd" is MADV_DONTDUMP. */
static void read_flags(const void *address, char *ret, size_t size)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	if (maps == NULL)
		skip();
	char line[512];
	bool is_inside = false;
	ret[0] = '\0';
	while (fgets(line, sizeof line, maps) != NULL) {
		uintptr_t from = 0;
		uintptr_t until = 0;
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &until) == 2)
			is_inside = (uintptr_t)address >= from && (uintptr_t)address < until;
		if (is_inside && strncmp(line, "VmFlags:", 8) == 0)
			(void)snprintf(ret, size, "%s", line);
	}
	(void)fclose(maps);
}

static void secrets_are_left_out_of_core_files(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *secret = new_secret(100000);
	char flags[512];
	read_flags(naccs_secret_data(secret), flags, sizeof flags);
	assert_holds(flags, " dd");
	uint8_t *to = NULL;
	assert_ok(naccs_secret_reserve(secret, 100000, &to, &err)); /* and after it has grown */
	read_flags(naccs_secret_data(secret), flags, sizeof flags);
	assert_holds(flags, " dd");
	assert_holds_not(flags, " wf"); /* a child gets its copy: workers and hooks' parents read them */
}

static void random_text_is_even_within_its_alphabet(void **state)
{
	(void)state;
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	struct naccs_error err = {0};
	const size_t length = 62 * 2000;
	naccs_auto(secret) struct naccs_secret *secret = new_secret(length);
	assert_ok(naccs_secret_random_text(secret, length, alphabet, &err));
	assert_int_equal(naccs_secret_length(secret), length);
	size_t counts[256] = {0};
	for (size_t i = 0; i < length; i++)
		counts[naccs_secret_data(secret)[i]]++;
	size_t total = 0;
	for (size_t i = 0; i < 62; i++) {
		/* 2000 expected; ±15 % is nearly 7 sigma. Plain "byte modulo 62" would give the first eight 2422. */
		size_t count = counts[(uint8_t)alphabet[i]];
		if (count < 1700 || count > 2300)
			fail_msg("%c came %zu times", alphabet[i], count);
		total += count;
	}
	assert_int_equal(total, length);
}

static void random_text_replaces_and_differs(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *a = new_secret(64);
	naccs_auto(secret) struct naccs_secret *b = new_secret(64);
	assert_ok(naccs_secret_append(a, "old", 3, &err));
	assert_ok(naccs_secret_random_text(a, 16, "0123456789abcdef", &err));
	assert_ok(naccs_secret_random_text(b, 16, "0123456789abcdef", &err));
	assert_int_equal(naccs_secret_length(a), 16);
	assert_int_equal(strspn(naccs_secret_text(a), "0123456789abcdef"), 16);
	assert_false(naccs_secret_equal(a, b));
	assert_ok(naccs_secret_append(a, "more", 4, &err)); /* the limit is still its own */
	assert_ok(naccs_secret_random_text(a, 5, "x", &err));
	assert_string_equal(naccs_secret_text(a), "xxxxx");
	assert_ok(naccs_secret_random_text(a, 0, "x", &err));
	assert_int_equal(naccs_secret_length(a), 0);
}

static void random_text_that_can_not_be_made_leaves_the_old(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(secret) struct naccs_secret *secret = copy_of("old");
	assert_fails(NACCS_E_INTERNAL, naccs_secret_random_text(secret, 4, "abc", &err));
	assert_fails(NACCS_E_INTERNAL, naccs_secret_random_text(secret, 2, "", &err));
	assert_string_equal(naccs_secret_text(secret), "old");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_secret_is_an_empty_text),
		cmocka_unit_test(growth_keeps_every_byte_up_to_the_limit),
		cmocka_unit_test(more_than_the_limit_is_refused_and_changes_nothing),
		cmocka_unit_test(impossible_sizes_fail_cleanly),
		cmocka_unit_test(a_reserve_can_be_filled_by_a_system_call),
		cmocka_unit_test(clearing_wipes_even_what_was_never_counted),
		cmocka_unit_test(truncating_wipes_the_tail_and_never_lengthens),
		cmocka_unit_test(wiping_leaves_zeros),
		cmocka_unit_test(growing_and_freeing_give_all_memory_back_wiped),
		cmocka_unit_test(equality_looks_at_every_byte),
		cmocka_unit_test(a_secret_may_hold_nul_bytes),
		cmocka_unit_test(secrets_are_left_out_of_core_files),
		cmocka_unit_test(random_text_is_even_within_its_alphabet),
		cmocka_unit_test(random_text_replaces_and_differs),
		cmocka_unit_test(random_text_that_can_not_be_made_leaves_the_old),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
