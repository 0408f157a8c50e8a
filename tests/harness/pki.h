/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every test needs a public key infrastructure that looks like the real one: NACCS Client CA with its client certificates, a server
 * chain with RootCA2's exact name, and PKCS#12 files good and bad. Made fresh in milliseconds (EC keys), in a private OpenSSL context
 * that no environment variable steers. Functions never fail: what can't be made ends the test program with a message (abort()).
 * Times are seconds since 1970 UTC. Nothing here is safe for real keys.
 *
 *     struct pki *pki = pki_new();
 *     struct pki_identity *ca = pki_make_client_ca(pki, PKI_EC, now);
 *     struct pki_identity *client = pki_make_client(pki, ca, "11110A", PKI_EC, now, pki_add_months(now, PKI_CLIENT_MONTHS));
 *     X509 *const certificates[] = {client->certificate, ca->certificate};
 *     size_t length;
 *     uint8_t *pkcs12 = pki_make_pkcs12(pki, &(struct pki_pkcs12){.key = client->key, .certificates = certificates,
 *                                       .certificate_count = 2, .password = "secret"}, &length);
 *     …; free(pkcs12); pki_identity_free(client); pki_identity_free(ca); pki_free(pki);
 */
#ifndef NACCS_TEST_PKI_H
#define NACCS_TEST_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/types.h>

#define PKI_CLIENT_MONTHS 61 /* validity of a NACCS client certificate: five years and one month */

struct pki;
struct pki *pki_new(void);
void pki_free(struct pki *pki);
OSSL_LIB_CTX *pki_libctx(const struct pki *pki); /* borrowed */
void pki_need_legacy(struct pki *pki); /* load the provider of RC2-40 and RC4; pki_make_pkcs12() does where it must */

enum pki_key_type { PKI_EC /* P-256 */, PKI_RSA /* 2048 bits; tens of milliseconds */, PKI_EC384, PKI_ED25519 };
EVP_PKEY *pki_make_key(struct pki *pki, enum pki_key_type type); /* EVP_PKEY_free() */

/* A certificate and its key. */
struct pki_identity {
	EVP_PKEY *key;
	X509 *certificate;
};
void pki_identity_free(struct pki_identity *identity);

enum pki_profile { PKI_ROOT, PKI_INTERMEDIATE, PKI_CLIENT, PKI_SERVER };

struct pki_spec {
	enum pki_profile profile;
	const char *const *name;       /* "C=JP", "O=…", …, NULL: in the order of encoding */
	enum pki_key_type key_type;
	EVP_PKEY *key;                 /* use this key instead of a new one; borrowed */
	int64_t not_before, not_after;
	const char *serial;            /* hex, may begin with '-'; NULL: random, 16 bytes */
	const char *const *hosts;      /* PKI_SERVER: host names or IP addresses, NULL at the end */
	const char *digest;            /* NULL: SHA256 */
	size_t comment;                /* bytes of a comment extension, to make it large */
};
/* A certificate signed by issuer; issuer NULL: by itself. */
struct pki_identity *pki_issue(struct pki *pki, const struct pki_identity *issuer, const struct pki_spec *spec);

/* The same calendar day `months` later (the last day of that month if there is no such day). */
int64_t pki_add_months(int64_t time, int months);

/* The root `C=JP, O=Nippon Automated Cargo And Port Consolidated System, Inc., CN=NACCS Client CA`, valid 20 years around now.
 * Two calls make two CAs of one name with different keys. */
struct pki_identity *pki_make_client_ca(struct pki *pki, enum pki_key_type key_type, int64_t now);

/* `C=JP, O=Nippon …, Inc., OU=NACCS Client CA, CN=<terminal>`. ca NULL: self-signed. */
struct pki_identity *pki_make_client(struct pki *pki, const struct pki_identity *ca, const char *terminal, enum pki_key_type key_type,
				     int64_t not_before, int64_t not_after);

/* What the NACCS servers show, by names: Security Communication RootCA2 → Cybertrust Japan SureServer CA G4 → leaf. */
struct pki_server_chain {
	struct pki_identity *root;
	struct pki_identity *intermediate;
	struct pki_identity *leaf;
};
/* Root and intermediate are valid ten years before and after now, the leaf 90 days before and after. */
struct pki_server_chain *pki_make_server_chain(struct pki *pki, const char *const *hosts, enum pki_key_type key_type, int64_t now);
void pki_server_chain_free(struct pki_server_chain *chain);
struct pki_identity *pki_make_server_root(struct pki *pki, enum pki_key_type key_type, int64_t now);
struct pki_identity *pki_make_server_intermediate(struct pki *pki, const struct pki_identity *root, enum pki_key_type key_type,
						  int64_t now);
struct pki_identity *pki_make_server_leaf(struct pki *pki, const struct pki_identity *issuer, const char *const *hosts,
					  enum pki_key_type key_type, int64_t not_before, int64_t not_after);

enum pki_cipher {
	PKI_MODERN,  /* AES-256-CBC, PBES2 with PBKDF2-HMAC-SHA256 */
	PKI_AES128,  /* AES-128-CBC, PBES2 */
	PKI_LEGACY,  /* certificates RC2-40, key 3DES, both with the KDF of PKCS#12 */
	PKI_3DES,    /* both 3DES with the KDF of PKCS#12 */
	PKI_RC4,     /* both RC4-128 with the KDF of PKCS#12 */
	PKI_PLAIN,   /* not encrypted at all (the MAC remains) */
};

struct pki_pkcs12 {
	EVP_PKEY *key;                   /* NULL: no key bag */
	EVP_PKEY *second_key;            /* a second key bag, after the first; may be NULL */
	int key_copies;                  /* so many more bags of the first key */
	X509 *const *certificates;       /* in file order; the first one that fits the key gets its localKeyID */
	size_t certificate_count;
	const char *password;            /* UTF-8; NULL: the empty password without even a BMP terminator */
	const char *friendly_name;       /* UTF-8; of key and client certificate; may be NULL */
	enum pki_cipher cipher;
	bool plain_certificates;         /* certificates in a plain part, the key encrypted */
	bool nested;                     /* key and certificate bags wrapped into nested safe-contents bags */
	bool no_mac;
	bool pbmac1;                     /* RFC 9579, HMAC-SHA256 over a key of PBKDF2; claimed_mac_iterations is honoured */
	int pbmac1_claimed_key_bytes;    /* the length that PBKDF2's parameters name; 0: the truth */
	const char *mac;                 /* digest of the MAC; NULL: SHA256 */
	int iterations, mac_iterations;  /* 0: 2048 */
	int64_t claimed_iterations;      /* the key's encryption says this count although `iterations` were used; 0: the truth */
	int64_t claimed_mac_iterations;  /* the same of the MAC */
};
/* A PKCS#12 in DER; free() it. */
uint8_t *pki_make_pkcs12(struct pki *pki, const struct pki_pkcs12 *what, size_t *ret_length);

/* PEM text of a key (PKCS#8, may be NULL) and certificates; free() it. */
char *pki_pem(EVP_PKEY *key, X509 *const *certificates, size_t count);
/* DER of a certificate; free() it. */
uint8_t *pki_der(X509 *certificate, size_t *ret_length);
/* Write and read files; the folder must exist. Files are 0600. */
void pki_write_file(const char *path, const void *bytes, size_t length);
void pki_write_pem(const char *path, EVP_PKEY *key, X509 *const *certificates, size_t count);
struct pki_identity *pki_read_identity(struct pki *pki, const char *path); /* key and certificate of one PEM file */

/* For what can't be: says "harness: cannot <what>" with OpenSSL's reasons and aborts. */
void pki_die(const char *what) __attribute__((noreturn));

#endif
