/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of this room share about the private OpenSSL context, and what its tests steer by parameter. */
#ifndef NACCS_CRYPTO_INTERNAL_H
#define NACCS_CRYPTO_INTERNAL_H

#include "credential.h"

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
