/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the PKCS#11 backend promises beyond the contract, with the suite's tools and the module that counts (counting.c). Runs below over.sh. */
#ifndef NACCS_PKCS11_TEST_H
#define NACCS_PKCS11_TEST_H

#include "suite.h"

#include <naccscert/backend.h>

extern const struct test pkcs11_tests_calls[], pkcs11_tests_pin[], pkcs11_tests_find[], pkcs11_tests_uri[], pkcs11_tests_protect[], pkcs11_tests_adopt[];

bool is_module(const char *kind);
/* An environment variable that over.sh has set. */
const char *of_over(const char *name);
/* For the life of the test, which is a process. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
void write_file(const char *path, const void *bytes, size_t length);
/* Run a program; it must exit 0. Its output. */
char *run_program(const char *const arguments[]);
/* The lines that the counting module reads when it is initialised; "" for none. */
void set_faults(const struct ground *ground, const char *lines);
/* Count from now on; how many calls of function (NULL: of any) since. */
void calls_begin(void);
size_t calls_of(const char *function);
/* Files in the test's folder: an input's key and certificate as DER. */
const char *key_file(struct suite *suite, const struct input *input);
const char *certificate_file(struct suite *suite, const struct input *input);
/* pkcs11-tool with the real module, logged in: its further arguments, NULL at the end. */
void pkcs11_tool(const struct ground *ground, ...);
/* The first part of that role. */
const struct naccs_part *part_of_role(const struct ledger *ledger, uint32_t role);

#endif
