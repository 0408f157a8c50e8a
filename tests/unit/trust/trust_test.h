/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the tests of this room have in common: a private context, the harness' PKI, stacks in one line, assertions that show the
 * message. */
#ifndef NACCS_TRUST_TEST_H
#define NACCS_TRUST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "pki.h"
#include "text.h"
#include "trust.h"

#include <openssl/x509.h>

#define HOST "cert.nac.naccs.jp"

extern const char *const trust_test_hosts[]; /* HOST */

struct trust_test {
	struct naccs_crypto *crypto;
	struct pki *pki;
	int64_t now;	 /* 2026-06-01T00:00:00Z */
	char folder[64]; /* fresh, with its descriptor: a state directory */
	int dirfd;
};
int trust_test_setup(void **state);
int trust_test_teardown(void **state);

/* RFC 3339 → seconds. */
int64_t at(const char *time);

/* A stack that holds references to the certificates; NULL ends the list. Free with drop(). */
STACK_OF(X509) *stack_of(X509 *first, ...) __attribute__((sentinel));
void drop(STACK_OF(X509) *stack);

/* Certificates of a PEM file. */
STACK_OF(X509) *read_pem(struct trust_test *test, const char *path);

/* The certificate without its authority key identifier, signed again by the issuer. Caller frees. */
X509 *without_aki(struct trust_test *test, X509 *certificate, const struct pki_identity *issuer);

/* Sign a certificate again, after a change. */
void resign(struct trust_test *test, X509 *certificate, const struct pki_identity *issuer);

#define assert_status(expected, actual, err)                                                                                               \
	do {                                                                                                                               \
		naccs_status actual_ = (actual);                                                                                           \
		if (actual_ != (expected))                                                                                                 \
			fail_msg("status %d (%s: %s), expected %d", (int)actual_, naccs_status_id(actual_), (err)->message,                \
				 (int)(expected));                                                                                         \
	} while (0)

#define assert_says(err, words)                                                                                                            \
	do {                                                                                                                               \
		if (strstr((err)->message, (words)) == NULL)                                                                               \
			fail_msg("\"%s\" does not say \"%s\"", (err)->message, (words));                                                   \
	} while (0)

#endif
