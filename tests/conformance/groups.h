/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one list of tests per file. */
#ifndef NACCS_CONFORMANCE_GROUPS_H
#define NACCS_CONFORMANCE_GROUPS_H

#include "suite.h"

extern const struct test tests_install[], tests_again[], tests_remove[], tests_use[], tests_refuse[], tests_crash[];

#endif
