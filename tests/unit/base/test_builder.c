/* SPDX-License-Identifier: Apache-2.0 */
/* Why: text put together piece by piece comes out whole, of any length, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "builder.h"
#include "cleanup.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* What free() was given last had been wiped: see --wrap=free in meson.build. */
static size_t dirty_blocks;
static const char mark[] = "SECRET-MARK";
void __real_free(void *block);
void __wrap_free(void *block);
static void *watched;

void __wrap_free(void *block)
{
	if (block != NULL && block == watched && memcmp(block, mark, strlen(mark)) == 0)
		dirty_blocks++;
	__real_free(block);
}

static void pieces_come_out_in_order(void **state)
{
	(void)state;
	naccs_auto(builder) struct naccs_builder builder = {0};
	naccs_builder_add(&builder, "a");
	naccs_builder_add_char(&builder, 'b');
	naccs_builder_add_bytes(&builder, "cdX", 2);
	naccs_builder_print(&builder, "%d%s", 42, "証明書");
	naccs_auto(heap) char *text = naccs_builder_take(&builder);
	assert_string_equal(text, "abcd42証明書");
}

static void nothing_added_is_an_empty_text(void **state)
{
	(void)state;
	naccs_auto(builder) struct naccs_builder builder = {0};
	naccs_auto(heap) char *text = naccs_builder_take(&builder);
	assert_string_equal(text, "");
}

static void it_grows_past_every_size(void **state)
{
	(void)state;
	naccs_auto(builder) struct naccs_builder builder = {0};
	for (int i = 0; i < 20000; i++)
		naccs_builder_print(&builder, "%05d,", i);
	naccs_auto(heap) char *text = naccs_builder_take(&builder);
	assert_int_equal(strlen(text), 20000 * 6);
	assert_int_equal(strncmp(text + (size_t)6 * 19999, "19999,", 6), 0);
}

static void it_is_empty_after_it_was_taken(void **state)
{
	(void)state;
	naccs_auto(builder) struct naccs_builder builder = {0};
	naccs_builder_add(&builder, "first");
	free(naccs_builder_take(&builder));
	naccs_builder_add(&builder, "second");
	naccs_auto(heap) char *text = naccs_builder_take(&builder);
	assert_string_equal(text, "second");
}

static void a_failure_is_kept_until_the_end(void **state)
{
	(void)state;
	naccs_auto(builder) struct naccs_builder builder = {0};
	naccs_builder_add(&builder, "a");
	naccs_builder_add_bytes(&builder, "b", SIZE_MAX / 2);
	naccs_builder_add(&builder, "c");
	assert_null(naccs_builder_take(&builder));
}

static void what_it_lets_go_of_was_wiped(void **state)
{
	(void)state;
	struct naccs_builder builder = {0};
	naccs_builder_add(&builder, mark);
	watched = builder.text;
	while (builder.text == watched)
		naccs_builder_add(&builder, "more");
	assert_int_equal(dirty_blocks, 0);
	watched = builder.text;
	naccs_builder_clear(&builder);
	assert_int_equal(dirty_blocks, 0);
	watched = NULL;
}

static void every_character_is_written_as_it_is_read(void **state)
{
	(void)state;
	for (uint32_t character = 1; character <= 0x110000; character += character < 0x10000 ? 1 : 97) {
		char bytes[4];
		uint32_t again = 0;
		size_t size = naccs_utf8_put(character, bytes);
		bool is_none = (character >= 0xD800 && character <= 0xDFFF) || character > 0x10FFFF;
		assert_int_equal(size == 0, is_none);
		if (is_none)
			continue;
		assert_int_equal(naccs_utf8_step(bytes, size, &again), size);
		assert_int_equal(again, character);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_out_in_order),
		cmocka_unit_test(nothing_added_is_an_empty_text),
		cmocka_unit_test(it_grows_past_every_size),
		cmocka_unit_test(it_is_empty_after_it_was_taken),
		cmocka_unit_test(a_failure_is_kept_until_the_end),
		cmocka_unit_test(what_it_lets_go_of_was_wiped),
		cmocka_unit_test(every_character_is_written_as_it_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
