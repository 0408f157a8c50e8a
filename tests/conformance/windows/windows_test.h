/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the tests of the Windows backend share: stores under Wine, and what other programs there see of them. */
#ifndef NACCS_WINDOWS_TEST_H
#define NACCS_WINDOWS_TEST_H

#include "suite.h"

extern const struct test windows_tests_key[], windows_tests_trust[], windows_tests_verify[];

/* A text that lives as long as the test's process. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The user's stores, cleaned. */
struct ground windows_ground(struct suite *suite);
/* The same by another URI. */
struct ground windows_ground_by(const struct ground *ground, const char *uri);

/* Run a Windows program: its output and exit status. */
char *windows_words(const char *const arguments[], int *ret_status);
#define WINDOWS(...) ((const char *const[]){getenv("NACCS_UNDER_WINE"), __VA_ARGS__, NULL})
/* windows-store-tool show user: everything that lies there, as text. */
char *windows_listing(void);
/* The line of that listing about a certificate in a store ("ROOT"); NULL: it is not there. */
const char *windows_line(const char *store, struct naccs_bytes der);
/* SHA-1, hex. */
const char *thumbprint_of(struct naccs_bytes der);
/* Put a certificate into a store as another program would, limited to "client", "server", "nothing", or "any". */
void windows_put(const struct ground *ground, const char *store, struct naccs_bytes der, const char *purpose);
/* What strikes.h understands; NULL: nothing any more. Stores that are opened from now on heed it. */
void windows_strike(const char *order);

#endif
