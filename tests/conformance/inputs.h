/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the suite installs: credentials, in memory. Nothing here fails; what can't be made aborts. */
#ifndef NACCS_CONFORMANCE_INPUTS_H
#define NACCS_CONFORMANCE_INPUTS_H

#include <naccscert/backend.h>

#include <openssl/types.h>

enum input_id {
	INPUT_EC,      /* terminal 11110A, P-256 */
	INPUT_RENEWED, /* the same terminal a year later, P-256, another key */
	INPUT_RSA,     /* the same terminal, RSA 2048 */
	INPUT_RSA_RENEWED,
	INPUT_EC384,	/* the same terminal, P-384 */
	INPUT_ED25519,	/* the same terminal, a key type that nobody has to take */
	INPUT_STRANGER, /* terminal 22220B */
	INPUT_COUNT,
};

struct input {
	struct naccs_installation installation;
	EVP_PKEY *key;
	struct naccs_bytes intermediate;
	struct naccs_bytes server_anchor;
	struct naccs_bytes server_intermediates[2];
	char serial[64];
};

struct inputs;
struct inputs *inputs_new(void);
void inputs_free(struct inputs *inputs);
/* Made when first asked for: ask before forking when two processes need the same one. */
const struct input *inputs_get(struct inputs *inputs, enum input_id id);
OSSL_LIB_CTX *inputs_crypto(const struct inputs *inputs);

#endif
