/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the registry runs others' code: what it refuses, it must refuse by name and before calling into it. */
#include "scratch.h"

#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *modules;   /* build folder with wrong-*.so */
static const char *pem_module;

static void place(const struct scratch *scratch, const char *from, const char *name)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/%s", scratch->path, name);
	assert_int_equal(symlink(from, path), 0);
}

static void place_wrong(const struct scratch *scratch, const char *module, const char *name)
{
	char from[4096];

	(void)snprintf(from, sizeof from, "%s/%s", modules, module);
	assert_int_equal(chmod(from, 0755), 0);
	place(scratch, from, name);
}

static struct naccs_registry *registry_of(const struct scratch *scratch)
{
	struct naccs_registry *registry;
	struct naccs_error err = {0};

	assert_ok(naccs_registry_new(&(struct naccs_registry_settings){.explicit_dir = scratch->path}, &registry, &err));
	return registry;
}

static void finds_a_backend_by_the_scheme_of_a_uri(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(registry) struct naccs_registry *registry = NULL;
	const struct naccs_served *backend = NULL, *again = NULL;
	struct naccs_error err = {0};

	(void)chmod(pem_module, 0755);
	place(scratch, pem_module, "pem.so");
	registry = registry_of(scratch);
	assert_ok(naccs_registry_find(registry, "pem:/etc/x", &backend, &err));
	assert_string_equal(backend->module.scheme, "pem");
	assert_ok(naccs_registry_find(registry, "pem:other", &again, &err));
	assert_ptr_equal(backend, again);
}

static void refuses_what_is_no_store_uri(void **state)
{
	static const char *const uris[] = {"", ":", "pem", "/etc/x", "PEM:/x", "p em:/x", "../pem:/x", "unknown:/x",
					   "averyveryveryveryverylongschemename:/x"};
	const struct scratch *scratch = *state;
	naccs_auto(registry) struct naccs_registry *registry = registry_of(scratch);
	const struct naccs_served *backend;
	struct naccs_error err = {0};

	for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++)
		assert_fails(NACCS_E_USAGE, naccs_registry_find(registry, uris[i], &backend, &err));
}

static void refuses_by_name(void **state)
{
	static const struct {
		const char *module, *reason;
	} cases[] = {
		{"wrong-abi.so", "abi is 2"},
		{"wrong-size.so", "size is 16"},
		{"wrong-operations.so", "an operation is missing"},
		{"wrong-symbol.so", "does not export"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct scratch *scratch = *state;
		naccs_auto(registry) struct naccs_registry *registry = NULL;
		const struct naccs_served *backend;
		struct naccs_error err = {0};
		char name[] = "wrong0.so", uri[] = "wrong0:/x"; /* a name of its own: the system loads each name once */

		name[5] = uri[5] = (char)('0' + i);
		place_wrong(scratch, cases[i].module, name);
		registry = registry_of(scratch);
		assert_fails(NACCS_E_BACKEND, naccs_registry_find(registry, uri, &backend, &err));
		assert_holds(err.message, cases[i].reason);
		assert_holds(err.message, name);
	}
}

static void refuses_modules_that_others_can_write(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(registry) struct naccs_registry *registry = NULL;
	const struct naccs_served *backend;
	struct naccs_error err = {0};

	place(scratch, pem_module, "pem.so");
	assert_int_equal(chmod(scratch->path, 0777), 0);
	registry = registry_of(scratch);
	assert_fails(NACCS_E_BACKEND, naccs_registry_find(registry, "pem:/x", &backend, &err));
	assert_holds(err.message, scratch->path);
	assert_holds(err.hint, "chmod");
}

struct seen {
	int loaded, failed;
};

static void count_loaded(void *context, const struct naccs_served *served)
{
	(void)served;
	((struct seen *)context)->loaded++;
}

static void count_failed(void *context, const struct naccs_error *err)
{
	assert_holds(err->message, "bad.so");
	((struct seen *)context)->failed++;
}

static void goes_on_past_a_module_that_cannot_be_loaded(void **state)
{
	const struct scratch *scratch = *state;
	naccs_auto(registry) struct naccs_registry *registry = NULL;
	struct seen seen = {0};

	scratch_write(scratch, "bad.so", "not a module", 0755);
	place(scratch, pem_module, "pem.so");
	registry = registry_of(scratch);
	naccs_registry_each(registry, count_loaded, count_failed, &seen);
	assert_int_equal(seen.loaded, 1);
	assert_int_equal(seen.failed, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_a_backend_by_the_scheme_of_a_uri, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_store_uri, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(refuses_by_name, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(refuses_modules_that_others_can_write, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(goes_on_past_a_module_that_cannot_be_loaded, scratch_setup, scratch_teardown),
	};

	if (argc < 3)
		return 64;
	modules = argv[1];
	pem_module = argv[2];
	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
