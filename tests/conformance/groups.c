/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the contract's tests, in the order in which a new backend comes to pass them. */
#include "groups.h"

const struct test *const test_groups[] = {tests_install, tests_again, tests_remove, tests_use, tests_refuse, tests_crash, NULL};
