/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: who may vouch for whom. Two trust paths that never mix: the NACCS servers' TLS certificates end at the anchors held here (built in:
 * Security Communication RootCA2); a client certificate ends at the NACCS Client CA that a person said yes to. Nothing that the system or an
 * environment variable trusts plays a part: certificates handed in must come from the private context of struct naccs_crypto
 * (naccs_certificate_from_der, naccs_certificates_from_pem, an SSL_CTX of that context), because OpenSSL verifies a signature in the context of its certificate.
 * Not thread-safe.
 */
#ifndef NACCS_TRUST_H
#define NACCS_TRUST_H

#include "credential.h"

/* ---- anchors.c: anchors and intermediates for the TLS servers, as data ---- */

struct naccs_trust;

/* The built-in data: RootCA2 as the only anchor, SureServer CA G4 (both issuances) as intermediates. Caller frees. crypto must outlive it. */
naccs_status naccs_trust_new(struct naccs_crypto *crypto, struct naccs_trust **ret, struct naccs_error *err);
void naccs_trust_free(struct naccs_trust *trust);
NACCS_DEFINE_CLEANUP(struct naccs_trust *, naccs_trust_free, trust)

/* PEM text of --anchor or the configuration: self-signed CA certificates in it *replace* the built-in anchors (the first file's; those of further files join),
 * other CA certificates join the intermediates. A certificate that is no CA, bad PEM, or none at all: NACCS_E_CONFIG, trust unchanged. name is for messages. */
naccs_status naccs_trust_add_pem(struct naccs_trust *trust, const void *pem, size_t length, const char *name, struct naccs_error *err);

STACK_OF(X509) *naccs_trust_anchors(const struct naccs_trust *trust);       /* borrowed */
STACK_OF(X509) *naccs_trust_intermediates(const struct naccs_trust *trust); /* borrowed */
bool naccs_trust_is_builtin(const struct naccs_trust *trust);               /* anchors are the built-in ones */

/* ---- chain.c: building and judging chains by OpenSSL ---- */

struct naccs_server_check {
	STACK_OF(X509) *sent;          /* leaf first, then whatever the server sent */
	STACK_OF(X509) *anchors;       /* the only ends; partial chains are off */
	STACK_OF(X509) *intermediates; /* untrusted help, after those sent; other orders are tried before failing; may be NULL */
	const char *host;              /* NULL: any name (bundled intermediates have none) */
	int64_t time;                  /* judged as of */
};

/* Failures: tls.untrusted, tls.name, tls.expired (message: which certificate, which date, as of when). *ret_chain (optional) is the verified chain with
 * the anchor last; sk_X509_pop_free(…, X509_free). Purpose is TLS server. */
naccs_status naccs_chain_check_server(struct naccs_crypto *crypto, const struct naccs_server_check *check, STACK_OF(X509) **ret_chain,
				      struct naccs_error *err);

/* An intermediate (or leaf) → anchors, directly; no host, no purpose of a leaf; a CA must be allowed to issue TLS servers: the basis "bundled". Same
 * failures. *ret_anchor (optional): caller frees. */
naccs_status naccs_chain_check_intermediate(struct naccs_crypto *crypto, X509 *intermediate, STACK_OF(X509) *anchors, int64_t time,
					    X509 **ret_anchor, struct naccs_error *err);

/* Did the key of issuer sign certificate, and do the names fit? */
bool naccs_is_signed_by(X509 *certificate, X509 *issuer);

/* Client certificate → its CA, purpose TLS client where the certificate restricts it. client_roots: the client CA (and RootCA2, which is accepted too); what
 * is not self-signed among them ends nothing. All failures: verify.failed, the message says which certificate and why. */
naccs_status naccs_chain_check_client(struct naccs_crypto *crypto, X509 *certificate, STACK_OF(X509) *intermediates, STACK_OF(X509) *client_roots,
				      int64_t time, struct naccs_error *err);

/* ---- recorded.c: the last server chain that was met, kept in the state directory as server-chain.json ---- */

struct naccs_recorded_chain {
	STACK_OF(X509) *chain; /* leaf first, as verified, without or with the anchor */
	char *host;
	int64_t recorded_at;
};
void naccs_recorded_chain_free(struct naccs_recorded_chain *recorded);
NACCS_DEFINE_CLEANUP(struct naccs_recorded_chain *, naccs_recorded_chain_free, recorded_chain)
/* *ret is NULL with NACCS_OK when there is none. Unreadable contents: NACCS_E_FILE_IO. */
naccs_status naccs_recorded_chain_load(struct naccs_crypto *crypto, int state_dirfd, struct naccs_recorded_chain **ret, struct naccs_error *err);
naccs_status naccs_recorded_chain_save(int state_dirfd, STACK_OF(X509) *chain, const char *host, int64_t recorded_at, struct naccs_error *err);

/* ---- remembered.c: every NACCS Client CA that a person said yes to, state directory client-ca/<sha256>.pem ---- */

/* All of them; an empty stack when none. */
naccs_status naccs_remembered_load(struct naccs_crypto *crypto, int state_dirfd, STACK_OF(X509) **ret, struct naccs_error *err);
/* Durable, idempotent. */
naccs_status naccs_remembered_add(int state_dirfd, X509 *client_ca, struct naccs_error *err);

enum naccs_remembered_match {
	NACCS_CA_KNOWN,    /* this very certificate */
	NACCS_CA_NEW,      /* no certificate of this name is remembered */
	NACCS_CA_CONFLICT, /* another certificate of the same name is remembered: to be refused */
};
enum naccs_remembered_match naccs_remembered_match(STACK_OF(X509) *remembered, X509 *client_ca);

/* ---- judge.c: evidence → verdict ---- */

enum naccs_basis { NACCS_BASIS_NONE = 0, NACCS_BASIS_LIVE, NACCS_BASIS_RECORDED, NACCS_BASIS_BUNDLED };
enum naccs_truth { NACCS_UNKNOWN = -1, NACCS_FALSE = 0, NACCS_TRUE = 1 };

/* Everything here was read back from one store. */
struct naccs_evidence {
	X509 *certificate;                 /* NULL: none there */
	STACK_OF(X509) *intermediates;     /* of the client chain */
	STACK_OF(X509) *client_cas;
	STACK_OF(X509) *server_anchors;
	STACK_OF(X509) *server_intermediates;
	/* Sign a SHA-256 digest by the store's key for `certificate`; RSA: PKCS#1 padding. NULL: the store holds no key for it (key is false). */
	naccs_status (*sign)(void *context, const uint8_t *digest, size_t length, naccs_status (*sink)(void *sink_context, const uint8_t *signature, size_t length),
			     void *sink_context, struct naccs_error *err);
	void *sign_context;
};

struct naccs_expectation {
	STACK_OF(X509) *installed_anchors;   /* what the store should hold; NULL: not known */
	X509 *installed_client_ca;           /* NULL: not known, any CA read back whose key fits serves */
	bool anchors_elsewhere;              /* the store can't hold roots: without any, client_chain and server_chain are unknown, not false */
	bool anchors_shared;                 /* the store serves others too (NSS, tokens, Windows): foreign roots of other names do not matter, nor does a built-in
					      * anchor; else they make server_chain false */
	STACK_OF(X509) *bundled_intermediates;
	STACK_OF(X509) *live_chain;          /* met in this run; NULL: none */
	const char *live_host;
	int64_t live_time;                   /* as of when live_chain is judged: the real clock, never --at. 0: naccs_clock_now() */
	const struct naccs_recorded_chain *recorded; /* NULL: none */
	int64_t now;                         /* rules' clock (--at) */
};

struct naccs_verdict {
	enum naccs_truth key, client_chain, server_chain;
	enum naccs_basis basis;
	int64_t basis_time;    /* RECORDED: when; else now */
	struct naccs_certificate_facts *anchor; /* the anchor read back that the server chain leads to, or the first one there; NULL: none */
	struct naccs_error key_error, client_chain_error, server_chain_error; /* set where FALSE */
};

/*
 * Judge. key: a fresh random challenge (with a fixed context text, hashed by SHA-256) signed in the store verifies with the certificate
 * read back. client_chain: the certificate chains to a CA read back (equal to the expected one when known), as of now. server_chain: basis
 * live, else recorded (judged as of its recording, the anchor's validity as of now), else bundled; FALSE also when an anchor read back is
 * not the one installed, or one installed is missing. UNKNOWN where there is no basis. Errors in the verdict: verify.none (no certificate),
 * verify.failed, tls.* (server_chain), what the store said when it could not sign (key). Returns NACCS_OK when a verdict was reached (even
 * a bad one); when none was, a status of naccs_is_no_verdict().
 */
naccs_status naccs_judge(struct naccs_crypto *crypto, const struct naccs_evidence *evidence, const struct naccs_expectation *expectation,
			 struct naccs_verdict *ret, struct naccs_error *err);
void naccs_verdict_clear(struct naccs_verdict *verdict);

/* Does this status say that a key was not even tried: a fault of ours, cancelled, nobody there to give the PIN, a PIN that is wrong, locked
 * or can't be read, a store that is gone? Then nothing is known of the key. */
bool naccs_is_no_verdict(naccs_status status);

/* Nothing in it is false. */
bool naccs_verdict_is_good(const struct naccs_verdict *verdict);

#endif
