/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the PEM backend promises beyond the contract, with the suite's tools: a fresh store and paths into it. */
#ifndef NACCS_PEM_TEST_H
#define NACCS_PEM_TEST_H

#include "suite.h"

extern const struct test pem_tests_layout[], pem_tests_ownership[], pem_tests_unsafe[], pem_tests_repair[], pem_tests_readers[];

/* A fresh place: DIR does not exist yet; its parent does. */
struct ground pem_ground(struct suite *suite);
const char *pem_dir(const struct ground *ground);
/* DIR/…, formatted, for the life of the test. */
const char *pem_path(const struct ground *ground, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A text for the life of the test, which is a process. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "20250101-…" of an input. */
const char *pem_set_of(const struct input *input);
char *read_text(const char *path);
void write_text(const char *path, const char *text);
/* Run a program; it must exit 0. */
void run_program(const char *const arguments[]);
/* Open for writing must fail with store.unsafe, and leave the tree as it is. */
void check_unsafe(const struct ground *ground);
const struct naccs_part *part_named(const struct ledger *ledger, const char *identity);

#endif
