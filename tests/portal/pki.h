/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the simulator brings its own certification authorities, named as the real ones are, and a wrong chain for every way a chain can be
 * wrong. Keys and CA certificates are kept in a folder and found again there, so that hundreds of runs cost no key generation; leaves and
 * client certificates are signed afresh at each start (servers by the real clock, clients by the simulator's).
 */
#ifndef PORTAL_PKI_H
#define PORTAL_PKI_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOT_NAME "Security Communication RootCA2"

/* What a listener presents. The order is that of the names in pki_chains.c. */
enum chain {
	CHAIN_GOOD,	       /* leaf, G4; leads to the root */
	CHAIN_NO_INTERMEDIATE, /* leaf alone: still good, for who brings G4 along */
	CHAIN_WITH_ROOT,       /* leaf, G4, root: good */
	CHAIN_CROSS_EXTRA,     /* leaf, G4, and the root's key certified by RootCA1: good by the shorter way */
	CHAIN_MISORDERED,      /* leaf, root, G4: good */
	CHAIN_ROGUE_ROOT,      /* all of the same names, other keys, rogue root sent along */
	CHAIN_ROGUE_LEAF,      /* leaf of the rogue G4 alone: only the names lead to the right root */
	CHAIN_CROSS_SIGNED,    /* a "RootCA2" of another key, certified by an own RootCA1 */
	CHAIN_WRONG_HOST,
	CHAIN_COMMON_NAME, /* the right host in the common name, another one in the alternative names */
	CHAIN_EXPIRED,
	CHAIN_NOT_YET,
	CHAIN_SELF_SIGNED,
	CHAIN_CLIENT_ONLY, /* extended key usage: client authentication only */
	CHAIN_LEAF_SIGNED, /* the leaf of another host signed it, as if it were a CA */
	CHAIN_INTERCEPTED, /* the right hosts, by a CA such as an intercepting proxy has */
	CHAIN_FOREIGN,	   /* good, but for foreign.example */
	CHAIN_COUNT
};

struct pki;

/* dir is made if missing; several processes may share it. */
struct pki *pki_open(const char *dir);
void pki_free(struct pki *pki);

/* Library context of its own: neither OPENSSL_CONF nor OPENSSL_MODULES have a say. */
OSSL_LIB_CTX *pki_context(const struct pki *pki);

/* A server context that presents that chain; made at the first call, owned by pki. Call from one thread at a time. */
SSL_CTX *pki_server(struct pki *pki, enum chain chain);

/* anchor.pem, anchor-with-intermediate.pem, partial-anchor.pem, rogue-anchor.pem, intercepting-ca.pem, client-ca.pem in dir. */
void pki_write_anchors(struct pki *pki, const char *dir);

/* intercepting-ca.pem alone. */
void pki_write_interceptor(struct pki *pki, const char *dir);

/* Client certificates: five years and one month from `from`. The key is kept under the terminal's name. */
/* What is particular about a client certificate. Zero: nothing. */
struct client_spec {
	const char *terminal;
	unsigned generation; /* of its key: 0 the first, 1 the first renewed, … */
	int64_t from;
	int64_t until;	   /* 0: five years and one month later */
	bool by_other;	   /* by another CA of the same name */
	bool has_old_key;  /* generation 0's, whatever generation says */
};
struct client {
	EVP_PKEY *key;
	X509 *certificate;
	X509 *authority; /* NULL: the usual one */
};
struct client pki_client(struct pki *pki, const struct client_spec *spec);
/* Keys of client certificates are RSA, unless EC is asked for (before the first): hundreds of them are made in a moment. */
void pki_use_ec_clients(struct pki *pki);
void client_free(struct client *client);

enum p12_cipher { P12_RC2_40, P12_3DES, P12_AES };
/* A PKCS#12 of key, certificate and client CA (and `extra` more certificates, for size); DER, malloc'ed. */
unsigned char *pki_pkcs12(struct pki *pki, const struct client *client, const char *password, enum p12_cipher cipher, unsigned extra,
			  size_t *ret_size);

#endif
