/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of this room share about the private OpenSSL context, and what its tests steer by parameter. */
#ifndef NACCS_CRYPTO_INTERNAL_H
#define NACCS_CRYPTO_INTERNAL_H

#include "credential.h"

/*
 * The last certificates that were decoded, by their bytes. Decoding one costs OpenSSL 3.0 a tenth of a millisecond (it looks through every
 * decoder for the public key), and an install meets the same five again and again: in the PKCS#12, built in, read back.
 */
#define NACCS_KNOWN_CERTIFICATES 16
struct naccs_known_certificates {
	struct naccs_known_certificate {
		uint8_t *der;
		size_t length;
		X509 *certificate;
	} entry[NACCS_KNOWN_CERTIFICATES];
	size_t next; /* to be replaced */
};
void naccs_known_certificates_clear(struct naccs_known_certificates *known);
struct naccs_known_certificates *naccs_crypto_known(struct naccs_crypto *crypto); /* borrowed */

/* naccs_crypto_new() with another folder to find provider modules in; copied. */
naccs_status naccs_crypto_new_at(const char *modules_dir, struct naccs_crypto **ret, struct naccs_error *err);

/* naccs_fail(), then the reasons of OpenSSL's queue after the message; native is OpenSSL's first code. The queue is empty afterwards. */
naccs_status naccs_crypto_fail(struct naccs_error *err, naccs_status status, const char *format, ...) NACCS_PRINTF(3, 4);

/* Load the legacy provider if that was not done yet. Says whether it is there; leaves OpenSSL's error queue alone. */
bool naccs_crypto_has_legacy(struct naccs_crypto *crypto);

/* The folder in which provider modules are looked for; borrowed. */
const char *naccs_crypto_modules_dir(const struct naccs_crypto *crypto);

/* Make OpenSSL wipe what it frees, in the whole process. false when OpenSSL has allocated already (memory.c). */
bool naccs_crypto_use_wiping_memory(void);

#endif
