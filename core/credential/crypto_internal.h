/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of this room share about the private OpenSSL context, and what its tests steer by parameter. */
#ifndef NACCS_CRYPTO_INTERNAL_H
#define NACCS_CRYPTO_INTERNAL_H

#include "credential.h"

/* naccs_crypto_new() with another folder to find provider modules in; copied. */
naccs_status naccs_crypto_new_at(const char *modules_dir, struct naccs_crypto **ret, struct naccs_error *err);

/* Load the legacy provider if that was not done yet. Says whether it is there; leaves OpenSSL's error queue alone. */
bool naccs_crypto_has_legacy(struct naccs_crypto *crypto);

/* The folder in which provider modules are looked for; borrowed. */
const char *naccs_crypto_modules_dir(const struct naccs_crypto *crypto);

#endif
