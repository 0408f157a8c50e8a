/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the files of the PKCS#11 backend share. What a token holds, how it is found and what is promised: README.md beside this file.
 *
 * A store is one token. Its objects are found by what they are (public key, certificate value), never by label. Handles live as long as the
 * session, which one thread uses; nothing is kept that the token could have changed meanwhile, but for the key that signed last.
 */
#ifndef NACCS_PKCS11_H
#define NACCS_PKCS11_H

#include <naccscert/backend.h>

#include "cleanup.h"
#include "error.h"
#include "secret.h"
#include "text.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#define PKCS11_SCHEME "pkcs11:"
#define PKCS11_ID_SIZE 20	    /* ours: SHA-1 of the public key's bits, as in a certificate's subject key identifier */
#define PKCS11_ID_LIMIT 128	    /* others' */
#define PKCS11_CERTIFICATES 1024    /* that one token may hold */
#define PKCS11_SIGNATURE_LIMIT 2048 /* RSA with 16384 bits */

/* modules.c: the modules of this process, each initialised when it is first looked at. */
struct pkcs11_modules {
	CK_FUNCTION_LIST **list; /* of p11-kit's configuration; NULL with module-path */
	CK_FUNCTION_LIST *sole;	 /* by module-path */
	size_t count;
	bool *is_initialised;
};

/* What the token can sign by, and what is known of its module beyond what that says of itself. */
struct pkcs11_abilities {
	struct pkcs11_mechanisms {
		bool pkcs1, pss, raw, ecdsa;
	} mechanisms;
	struct pkcs11_quirks {
		bool refuses_keys;  /* C_CreateObject of a private key is not served, though the mechanisms are there */
		bool leaves_rubble; /* a C_CreateObject that fails or is killed leaves an empty object behind */
	} quirks;
};

/* The key that signed last: a thousand signatures must not look for it a thousand times. */
struct pkcs11_signer {
	uint8_t certificate[NACCS_SHA256_SIZE];
	CK_OBJECT_HANDLE key; /* CK_INVALID_HANDLE: none yet */
	CK_KEY_TYPE type;
	size_t size; /* bytes of the modulus, or of the group's order */
	unsigned bits;
	bool asks_always; /* CKA_ALWAYS_AUTHENTICATE */
};

struct naccs_store {
	const struct naccs_host *host; /* valid until close */
	OSSL_LIB_CTX *crypto;	       /* private: no configuration file, no environment */
	OSSL_PROVIDER *provider;
	struct pkcs11_modules modules;
	CK_FUNCTION_LIST *module; /* the token's; borrowed from modules */
	CK_SLOT_ID slot;
	CK_TOKEN_INFO token;
	CK_SESSION_HANDLE session;
	bool has_session;
	bool is_write;
	bool is_logged_in; /* or the token wants no login */
	struct naccs_secret *pin; /* for keys that ask before each signature, and after a session was lost */
	P11KitUri *wish;	  /* as it was given: object and id name what is made and what is shown */
	char *uri;		  /* canonical */
	char *wish_uri;		  /* the same with object and id, where they were given; else NULL */
	char *label;
	char *lock_name; /* the same for one token, however it was reached */
	int lock;	 /* -1: none */
	uint64_t capabilities;
	struct pkcs11_abilities can;
	bool refuses_trusted, refuses_category; /* learned from the first certificate that was refused */
	struct pkcs11_signer signer;
};

/* failure.c: what a CK_RV means. */
naccs_status pkcs11_status(CK_RV rv);
/* Fill err: "what: reason"; the native code is rv. Returns the status. */
naccs_status pkcs11_fail(struct naccs_error *err, CK_RV rv, const char *format, ...) NACCS_PRINTF(3, 4);
/* Did the module say that it does not know, or does not let be set, what the template holds? */
bool pkcs11_is_template_refusal(CK_RV rv);
void pkcs11_log(const struct naccs_store *store, const char *format, ...) NACCS_PRINTF(2, 3);
/* This module's own copy of the texts speaks as the host does. */
void pkcs11_take_language(const struct naccs_host *host);
void pkcs11_warn(const struct naccs_store *store, const char *id, const char *message);

/* uri.c */
/* Parse, and refuse what does not belong into a store's URI: NACCS_E_USAGE. Caller frees with p11_kit_uri_free(). */
naccs_status pkcs11_uri_parse(const char *text, P11KitUri **ret, struct naccs_error *err);
/* The token's own URI: label, manufacturer, model and serial; the module's path where one was given; where that names several tokens of
 * this machine, what tells them apart. Caller frees; NULL: memory is short. */
struct pkcs11_name {
	const CK_TOKEN_INFO *token;
	const char *module_path, *module_name; /* may be NULL */
	bool has_slot;
	CK_SLOT_ID slot;
};
char *pkcs11_uri_of(const struct pkcs11_name *name);
/* The canonical URI with the object and id of wish, which has one or the other. Caller frees; NULL: memory is short. */
char *pkcs11_uri_with_wish(const char *uri, P11KitUri *wish);
/* A blank-padded field of a PKCS#11 struct as printable text. Caller frees; NULL: memory is short. */
char *pkcs11_field(const CK_UTF8CHAR *field, size_t size);

/* modules.c */
/* Load the modules: all that p11-kit knows, or the one at path, which must be safe from others (NACCS_E_STORE_UNSAFE). Initialises none. */
naccs_status pkcs11_modules_load(const char *path, struct pkcs11_modules *ret, struct naccs_error *err);
/* The i-th module, ready for use. False when it is none of ours (trust modules) or can't be initialised (then logged). */
bool pkcs11_modules_use(const struct naccs_host *host, struct pkcs11_modules *modules, size_t i, CK_FUNCTION_LIST **ret);
/* Is it the module that module-name means? */
bool pkcs11_module_is_named(CK_FUNCTION_LIST *module, const char *name);
void pkcs11_modules_release(struct pkcs11_modules *modules);
/* Would p11-kit write down the calls of this module, PINs too? */
bool pkcs11_modules_log_calls(CK_FUNCTION_LIST *module);

/* token.c */
/* Find the one token that store->wish names; fills module, slot, token, label and uri. None: NACCS_E_STORE_OPEN, several: NACCS_E_USAGE, both with the
 * tokens that there are. */
naccs_status pkcs11_token_find(struct naccs_store *store, struct naccs_error *err);
/* Do label, manufacturer, model and serial agree? */
bool pkcs11_is_same_token(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b);
naccs_status pkcs11_places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context, struct naccs_error *err);

/* lock.c: one writer per token on this machine. *ret: a descriptor that holds the lock until it is closed. */
naccs_status pkcs11_lock(const struct naccs_store *store, uint32_t timeout_ms, int *ret, struct naccs_error *err);

/* login.c */
/* Log in unless that was done: asks the host for the PIN, once. */
naccs_status pkcs11_login(struct naccs_store *store, struct naccs_error *err);
/* For a key that asks before each signature, between C_SignInit and C_Sign. */
naccs_status pkcs11_login_for_key(struct naccs_store *store, struct naccs_error *err);

/* public.c: a certificate's public key, in the token's words. */
struct pkcs11_public {
	CK_KEY_TYPE type; /* CKK_RSA or CKK_EC */
	uint8_t *modulus; /* RSA */
	size_t modulus_size;
	uint8_t *point; /* EC: DER OCTET STRING */
	size_t point_size;
	uint8_t *params; /* EC: DER of the curve */
	size_t params_size;
	unsigned bits;
	uint8_t id[PKCS11_ID_SIZE];
	uint8_t sha256[NACCS_SHA256_SIZE]; /* of modulus or point: names the key in the ledger */
};
/* Keys that are neither RSA nor EC: NACCS_E_STORE_UNSUPPORTED. */
naccs_status pkcs11_public_of(const struct naccs_store *store, X509 *certificate, struct pkcs11_public *ret, struct naccs_error *err);
void pkcs11_public_clear(struct pkcs11_public *public_key);
naccs_status pkcs11_certificate_decode(const struct naccs_store *store, struct naccs_bytes der, X509 **ret, struct naccs_error *err);
bool pkcs11_digest(const struct naccs_store *store, const char *name, struct naccs_bytes bytes, uint8_t *ret);

/* objects.c */
struct pkcs11_id {
	uint8_t bytes[PKCS11_ID_LIMIT];
	size_t length;
};
/* All objects that match; *ret is allocated, caller frees. */
naccs_status pkcs11_objects_find(const struct naccs_store *store, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE **ret, size_t *ret_count,
				 struct naccs_error *err);
/* Read attributes into room that is there; one that the object lacks, hides or that does not fit has length CK_UNAVAILABLE_INFORMATION. */
naccs_status pkcs11_object_read(const struct naccs_store *store, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count,
				struct naccs_error *err);
/* Gone already is fine. */
naccs_status pkcs11_object_destroy(const struct naccs_store *store, CK_OBJECT_HANDLE object, struct naccs_error *err);
naccs_status pkcs11_object_set_id(const struct naccs_store *store, CK_OBJECT_HANDLE object, struct naccs_bytes id, struct naccs_error *err);
static inline bool pkcs11_is_there(const CK_ATTRIBUTE *attribute)
{
	return attribute->ulValueLen != CK_UNAVAILABLE_INFORMATION;
}

/* What a module with this quirk leaves behind: objects without value, id and label, which no program can use. Otherwise there is none. */
struct pkcs11_rubble {
	CK_OBJECT_HANDLE *handle; /* room for every object that was looked at */
	size_t count;
};

/* certificates.c: the X.509 certificates of the token, read now. */
struct pkcs11_certificate {
	CK_OBJECT_HANDLE handle;
	struct naccs_bytes der; /* owned */
	struct pkcs11_id id;
	char *label;
	uint8_t sha256[NACCS_SHA256_SIZE];
};
struct pkcs11_certificates {
	struct pkcs11_certificate *item;
	size_t count;
	struct pkcs11_rubble rubble;
};
naccs_status pkcs11_certificates_read(const struct naccs_store *store, struct pkcs11_certificates *ret, struct naccs_error *err);
void pkcs11_certificates_clear(struct pkcs11_certificates *certificates);
/* By SHA-256 of its DER. Where the token holds it twice, the one with this id first (NULL: any). NULL when there is none. */
const struct pkcs11_certificate *pkcs11_certificates_find(const struct pkcs11_certificates *certificates, const uint8_t sha256[NACCS_SHA256_SIZE],
							  const struct pkcs11_id *id);
enum pkcs11_kind { PKCS11_CLIENT, PKCS11_CA, PKCS11_ANCHOR };
naccs_status pkcs11_certificate_create(struct naccs_store *store, struct naccs_bytes der, enum pkcs11_kind kind, const struct pkcs11_id *id,
				       const char *label, struct naccs_error *err);

/* keys.c: the private keys of the token that this session sees. */
struct pkcs11_key {
	CK_OBJECT_HANDLE handle;
	CK_KEY_TYPE type;
	struct pkcs11_id id;
	uint8_t *modulus, *point, *params; /* NULL: the token does not tell */
	size_t modulus_size, point_size, params_size;
	bool is_extractable, is_sensitive, asks_always;
};
struct pkcs11_keys {
	struct pkcs11_key *item;
	size_t count;
	struct pkcs11_rubble rubble;
};
naccs_status pkcs11_keys_read(const struct naccs_store *store, struct pkcs11_keys *ret, struct naccs_error *err);
void pkcs11_keys_clear(struct pkcs11_keys *keys);
enum pkcs11_match { PKCS11_NO_MATCH, PKCS11_MAY_MATCH /* only its id says so */, PKCS11_MATCH };
/* certificate_id: CKA_ID of a certificate with this public key, NULL when there is none. */
enum pkcs11_match pkcs11_key_match(const struct pkcs11_key *key, const struct pkcs11_public *public_key, const struct pkcs11_id *certificate_id);
/* The best match, or NULL. */
const struct pkcs11_key *pkcs11_keys_find(const struct pkcs11_keys *keys, const struct pkcs11_public *public_key,
					  const struct pkcs11_id *certificate_id, enum pkcs11_match *ret_match);

/* import.c: the private key into the token, and what came of it. */
naccs_status pkcs11_key_create(struct naccs_store *store, const struct naccs_installation *installation, const struct pkcs11_public *public_key,
			       const struct pkcs11_id *id, const char *label, CK_OBJECT_HANDLE *ret, struct naccs_error *err);
/* Does the private key belong to the certificate? NACCS_E_USAGE when not. */
naccs_status pkcs11_key_check_input(const struct naccs_store *store, const struct naccs_installation *installation, X509 *certificate,
				    struct naccs_error *err);

/* protection.c */
/* Is the created key what was asked for: sensitive, not extractable, private, on the token, with this id? NACCS_E_STORE_UNSUPPORTED when not. That
 * it is this very key is what a signature proves. */
naccs_status pkcs11_key_check_created(const struct naccs_store *store, CK_OBJECT_HANDLE key, const struct pkcs11_id *id, struct naccs_error *err);
/* Warn of what the token lets happen to a key all the same. */
void pkcs11_warn_of_key(struct naccs_store *store, const struct pkcs11_key *key);
void pkcs11_warn_of_wrapping(struct naccs_store *store, CK_OBJECT_HANDLE key);

/* signing.c: one signature by a key handle. PKCS#1 and PSS bytes, ECDSA as DER. */
struct pkcs11_signature {
	uint8_t bytes[PKCS11_SIGNATURE_LIMIT];
	size_t length;
};
naccs_status pkcs11_sign_by(struct naccs_store *store, const struct pkcs11_signer *signer, const struct naccs_sign_request *request,
			    struct pkcs11_signature *ret, struct naccs_error *err);
/* Sign something and verify it by the public key: NACCS_E_STORE_UNSUPPORTED when the token can't, or signs by another key. */
naccs_status pkcs11_prove(struct naccs_store *store, CK_OBJECT_HANDLE key, bool asks_always, X509 *certificate, struct naccs_error *err);
const char *pkcs11_hash_name(uint32_t hash);

/* pss.c: EMSA-PSS (RFC 8017, 9.1.1) for tokens that sign raw blocks only. */
naccs_status pkcs11_pss_encode(const struct naccs_store *store, const struct naccs_sign_request *request, unsigned modulus_bits, uint8_t *ret,
			       size_t size, struct naccs_error *err);

/* parts.c: what an install touches, as the host's ledger keeps it. See README.md. */
#define PKCS11_PARTS 40
#define PKCS11_IDENTITY_SIZE (2 * PKCS11_ID_LIMIT + 1 + 2 * NACCS_SHA256_SIZE + 1)
struct pkcs11_wanted {
	uint32_t role;
	uint32_t action;
	enum pkcs11_kind kind;
	struct naccs_bytes der; /* empty: the key */
	uint8_t sha256[NACCS_SHA256_SIZE];
	struct pkcs11_id before; /* CHANGE: the former CKA_ID */
};
struct pkcs11_plan {
	struct pkcs11_wanted part[PKCS11_PARTS]; /* in the order in which they are written: the key first, the client certificate last */
	size_t count;
	struct pkcs11_id id; /* that key and client certificate share */
	struct pkcs11_public public_key;
	X509 *certificate;
	char *label; /* of both */
};
/* Which parts an installation wants, without looking at the token: actions are still open. */
naccs_status pkcs11_want(const struct naccs_store *store, const struct naccs_installation *installation, struct pkcs11_plan *ret,
			 struct naccs_error *err);
void pkcs11_plan_clear(struct pkcs11_plan *plan);
/* The identity of a part: of the key, its id and the SHA-256 of its public half; of a certificate, the SHA-256 of its DER. False: memory is short. */
bool pkcs11_identity(const struct pkcs11_plan *plan, const struct pkcs11_wanted *wanted, char ret[PKCS11_IDENTITY_SIZE]);
/* From a recorded part. False when it is none of ours. ret_id is empty for a certificate. */
bool pkcs11_identity_read(const struct naccs_part *part, struct pkcs11_id *ret_id, uint8_t ret_sha256[NACCS_SHA256_SIZE]);

/* undo.c */
struct pkcs11_parts {
	const struct naccs_part *parts;
	size_t count;
};
/* Take back what the parts say was made or changed; goes on after a failure and returns the first. */
naccs_status pkcs11_undo(struct naccs_store *store, const struct pkcs11_parts *parts, struct naccs_error *err);
/* Is this the key that the identity names? */
bool pkcs11_is_key(const struct naccs_store *store, const struct pkcs11_key *key, const struct pkcs11_id *id,
		   const uint8_t sha256[NACCS_SHA256_SIZE]);

/* store.c: a failed call may leave an operation open, which blocks all others of its session: go on in a new one. Object handles stay good. */
void pkcs11_session_renew(struct naccs_store *store);
/* The session is lost, or the login with it (the token was taken out, another program logged it out): begin anew on the same token, logged
 * out. No handle is good any more. Another token in its place, or none: NACCS_E_STORE_OPEN. */
naccs_status pkcs11_session_reopen(struct naccs_store *store, struct naccs_error *err);

/* The operations of the contract. */
naccs_status pkcs11_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
			 struct naccs_error *err);
void pkcs11_close(struct naccs_store *store);
naccs_status pkcs11_check_write(const struct naccs_store *store, struct naccs_error *err);
naccs_status pkcs11_describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err);
naccs_status pkcs11_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err);
naccs_status pkcs11_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
			 struct naccs_error *err);
naccs_status pkcs11_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			  size_t part_count, struct naccs_error *err);
naccs_status pkcs11_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			   size_t part_count, struct naccs_error *err);
naccs_status pkcs11_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status pkcs11_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			    struct naccs_error *err);
naccs_status pkcs11_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status pkcs11_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
			 struct naccs_error *err);

NACCS_DEFINE_CLEANUP(X509 *, X509_free, x509)
NACCS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free, pkey)
NACCS_DEFINE_CLEANUP(BIGNUM *, BN_clear_free, bignum)
NACCS_DEFINE_CLEANUP(P11KitUri *, p11_kit_uri_free, p11_uri)

static inline void naccs_cleanup_pkcs11_public(struct pkcs11_public *public_key)
{
	pkcs11_public_clear(public_key);
}
static inline void naccs_cleanup_pkcs11_certificates(struct pkcs11_certificates *certificates)
{
	pkcs11_certificates_clear(certificates);
}
static inline void naccs_cleanup_pkcs11_keys(struct pkcs11_keys *keys)
{
	pkcs11_keys_clear(keys);
}
static inline void naccs_cleanup_pkcs11_plan(struct pkcs11_plan *plan)
{
	pkcs11_plan_clear(plan);
}

#endif
