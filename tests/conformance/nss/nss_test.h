/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the tests of the NSS backend share: its folder, and certutil's view of it. */
#ifndef NACCS_NSS_TEST_H
#define NACCS_NSS_TEST_H

#include "suite.h"

extern const struct test nss_tests_trust[], nss_tests_names[], nss_tests_damage[], nss_tests_busy[], nss_tests_owner[], nss_tests_folder[],
	nss_tests_tools[], nss_tests_verify[];

/* A text that lives as long as the test's process. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A store that is not there yet, and one that certutil has made, without a password. Neither is compared byte by byte. */
struct ground nss_ground(struct suite *suite);
struct ground nss_ground_made(struct suite *suite);
const char *nss_dir(const struct ground *ground);
const char *nss_path(const struct ground *ground, const char *name);

/* Run a program of the machine (skips the test when it is missing): its output, and its exit status. */
#define PROGRAM(...) ((const char *const[]){__VA_ARGS__, NULL})
char *words_of(const char *const arguments[], int *ret_status);
/* It must succeed. */
char *run_program(const char *const arguments[]);
/* certutil with -d sql:DIR. */
#define certutil(ground, ...) run_program(PROGRAM("certutil", "-d", text_of("sql:%s", nss_dir(ground)), __VA_ARGS__))

/* The trust flags that certutil -L shows beside a nickname; NULL when there is no such nickname. */
const char *flags_of(const struct ground *ground, const char *nickname);
void check_flags(const struct ground *ground, const char *nickname, const char *wanted);
/* certutil -L, sorted: certificates and trust as text. */
char *nss_listing(const struct ground *ground);

/* DER to a file below the test's folder. */
const char *write_der(const struct ground *ground, const char *name, struct naccs_bytes der);
/* certutil -A */
void add_certificate(const struct ground *ground, const char *nickname, const char *flags, struct naccs_bytes der);

#define CA_NAME "NACCS Client CA"
#define ANCHOR_NAME "Security Communication RootCA2"
/* What the backend calls the certificate of an input. */
const char *nss_name_of(const struct input *input);

#endif
