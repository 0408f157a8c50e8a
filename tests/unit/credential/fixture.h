/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the tests of this room share: a CA with one client, and opening a PKCS#12 in one line. Set up once per test program. */
#ifndef NACCS_TEST_CREDENTIAL_FIXTURE_H
#define NACCS_TEST_CREDENTIAL_FIXTURE_H

#include "credential.h"
#include "pki.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define NOW ((int64_t)1800000000) /* 2027-01-15T08:00:00Z */
#define DAY ((int64_t)24 * 60 * 60)
#define PASSWORD "Naccs-pass1"

struct fixture {
	struct naccs_crypto *crypto;
	struct pki *pki;
	struct pki_identity *ca;
	struct pki_identity *client; /* EC, valid from yesterday, five years and one month */
};
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* The result of the last open; reset by the next one and by fixture_teardown(). */
struct opened {
	naccs_status status;
	struct naccs_error err;
	struct naccs_credential *credential;
};

/* How to open; members left out: no remembered CA, NOW, the default limits. password NULL: PASSWORD. */
struct opening {
	const char *password;
	size_t password_length; /* 0: strlen(password) */
	STACK_OF(X509) *remembered;
	int64_t now;
	uint64_t max_iterations;
};
void open_bytes(const struct fixture *fixture, const void *bytes, size_t length, struct opening opening, struct opened *ret);

/* Make by the harness and open. what->password NULL: PASSWORD, unless is_without_password. */
void open_made(const struct fixture *fixture, struct pki_pkcs12 what, struct opening opening, struct opened *ret);
void open_end(struct opened *opened);

/* Say the message when the status is another one. */
#define assert_status(opened, expected) assert_status_at(&(opened), (expected), __FILE__, __LINE__)
void assert_status_at(const struct opened *opened, naccs_status expected, const char *file, int line);

/* The message (or hint) holds that text. */
#define assert_says(opened, text) assert_says_at(&(opened), (text), __FILE__, __LINE__)
void assert_says_at(const struct opened *opened, const char *text, const char *file, int line);

/* Does the key sign what the certificate's key verifies? */
bool key_fits(EVP_PKEY *key, X509 *certificate);

#endif
