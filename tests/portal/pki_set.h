/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what pki.c (the authorities) and pki_chains.c (what listeners present) share; nobody else looks inside. */
#ifndef PORTAL_PKI_SET_H
#define PORTAL_PKI_SET_H

#include "pki.h"

struct authority {
	EVP_PKEY *key;
	X509 *certificate;
};

struct pki {
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *default_provider, *legacy_provider;
	char *dir;
	struct authority root, intermediate;		 /* RootCA2 and G4 */
	struct authority rogue_root, rogue_intermediate; /* the same names, other keys */
	struct authority old_root;			 /* an own RootCA1, trusted by nobody */
	struct authority interceptor;			 /* a company's proxy */
	X509 *cross_good, *cross_rogue;			 /* RootCA2 and the rogue one as certified by RootCA1 */
	struct authority client_ca;
	struct authority other_client_ca; /* of the same name, with another key */
	bool has_ec_clients;
	EVP_PKEY *leaf_key;
	SSL_CTX *server[CHAIN_COUNT];
};

#endif
