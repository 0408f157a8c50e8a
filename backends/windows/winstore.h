/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the files of the Windows backend share. What it promises: README.md beside this file.
 *
 * Each operation opens the system stores anew: under Wine an open store does not see what others write, and Windows caches too. Each change
 * is one open, one call, one commit, one close, so that a run that dies leaves whole objects only.
 */
#ifndef NACCS_WINSTORE_H
#define NACCS_WINSTORE_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <wincrypt.h>

#include <ncrypt.h>

#include <naccscert/backend.h>

#include "cleanup.h"
#include "error.h"
#include "secret.h"
#include "text.h"
#include "wide.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define WIN_HEX_SIZE (2 * NACCS_SHA256_SIZE + 1)
#define WIN_CONTAINER_PREFIX "naccs-cert "

struct naccs_store {
	const struct naccs_host *host; /* valid until close */
	OSSL_LIB_CTX *crypto;	       /* private: no configuration file, no environment */
	OSSL_PROVIDER *provider;
	const char *uri; /* canonical, static */
	bool is_machine;
	bool is_write;
	bool is_exportable; /* asked for by the URI: keys that are made may be taken out again */
	bool has_cng;	    /* keys can be kept by CNG; never under Wine */
	HANDLE lock;	    /* NULL: none */
};

/* The system stores that are used. */
enum win_place { WIN_MY, WIN_ROOT, WIN_CA, WIN_DISALLOWED, WIN_PLACES };
/* What a certificate in ROOT may vouch for: bits. */
enum win_usage { WIN_CLIENT_AUTH = 1, WIN_SERVER_AUTH = 2 };
#define WIN_ALL_USAGES (WIN_CLIENT_AUTH | WIN_SERVER_AUTH)

/* ---- error.c ---- */

/* Fill err: "what: Windows's words (0x80090016)"; native is the code. The status is what the code means for a store. */
naccs_status win_fail(struct naccs_error *err, DWORD code, const char *format, ...) NACCS_PRINTF(3, 4);
naccs_status win_fail_memory(struct naccs_error *err);
naccs_status win_status(DWORD code);
/* A line for -v. */
void win_log(const struct naccs_store *store, const char *format, ...) NACCS_PRINTF(2, 3);

/* ---- lock.c ---- */

/* One writer for each user's stores, and one for the machine's. *ret: a handle that is the lock until it is closed or the process ends. */
naccs_status win_lock(bool is_machine, uint32_t timeout_ms, HANDLE *ret, struct naccs_error *err);

/* ---- certificate.c ---- */

struct win_certificate {
	X509 *x509;
	struct naccs_bytes der; /* x509's own encoding; owned */
	uint8_t sha256[NACCS_SHA256_SIZE];
};
naccs_status win_certificate_read(const struct naccs_store *store, struct naccs_bytes der, struct win_certificate *ret,
				  struct naccs_error *err);
/* The same without an error, for what others put into a store; false: nothing that we can read. */
bool win_certificate_decode(const struct naccs_store *store, struct naccs_bytes der, struct win_certificate *ret);
void win_certificate_clear(struct win_certificate *certificate);
bool win_sha256(const struct naccs_store *store, struct naccs_bytes bytes, uint8_t ret[NACCS_SHA256_SIZE]);
bool win_is_issued_by(const struct win_certificate *child, const struct win_certificate *issuer);
bool win_is_ca(const struct win_certificate *certificate);
bool win_is_root(const struct win_certificate *certificate); /* issued by itself */
/* May it authenticate a client (no CA, extended key usage)? */
bool win_is_for_clients(const struct win_certificate *certificate);
/* Common name, else unit, else organisation; never empty. Caller frees. */
char *win_certificate_name(const struct win_certificate *certificate);
/* "NACCS 11110A (2031-02)". Caller frees. */
char *win_friendly_name(const struct naccs_installation *installation);

/* ---- system_store.c ---- */

/* Own: what is kept for this user (this machine) itself. Seen: with what the machine, its administrators and Windows itself add; it is what
 * programs meet. */
enum win_view { WIN_OWN, WIN_SEEN };
/* Close with win_system_store_close(). *ret is NULL when there is no such store and is_write is false. */
naccs_status win_system_store_open(const struct naccs_store *store, enum win_place place, enum win_view view, bool is_write,
				   HCERTSTORE *ret, struct naccs_error *err);
void win_system_store_close(HCERTSTORE handle);
/* The certificate with this SHA-256; NULL: not there. Caller frees with CertFreeCertificateContext(). */
PCCERT_CONTEXT win_system_store_find(const struct naccs_store *store, HCERTSTORE handle, const uint8_t sha256[NACCS_SHA256_SIZE]);
/* Make changes durable before the close. */
naccs_status win_system_store_commit(const struct naccs_store *store, enum win_place place, HCERTSTORE handle, struct naccs_error *err);
/* What is put beside a certificate. */
struct win_properties {
	unsigned usages;	   /* ROOT: what it is limited to; 0: nothing is said, which is without limit */
	const char *friendly_name; /* NULL: none */
	const CRYPT_KEY_PROV_INFO *key;
};
/* Each of these is one durable change of what is kept for this user (machine). */
naccs_status win_put(const struct naccs_store *store, enum win_place place, const struct win_certificate *certificate,
		     const struct win_properties *properties, struct naccs_error *err);
/* Missing is fine. */
naccs_status win_delete(const struct naccs_store *store, enum win_place place, const uint8_t sha256[NACCS_SHA256_SIZE],
			struct naccs_error *err);
/* Add a usage to, or take it from, those that a certificate in ROOT is limited to. Missing is fine. */
naccs_status win_limit(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], enum win_usage usage, bool is_allowed,
		       struct naccs_error *err);
/* Certificate and properties as bytes; and back over the same certificate, if it is still there. */
naccs_status win_save(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], uint8_t **ret, size_t *ret_length,
		      struct naccs_error *err);
naccs_status win_restore(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], struct naccs_bytes saved,
			 struct naccs_error *err);
/* Link a certificate in MY that is there to its key. */
naccs_status win_link(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], const CRYPT_KEY_PROV_INFO *key,
		      struct naccs_error *err);

/* ---- usage.c ---- */

/* What a certificate in ROOT may vouch for. No property: everything. *ret_is_disabled: somebody has taken all usages from it. */
unsigned win_usages_of(PCCERT_CONTEXT context, bool *ret_is_disabled);
/* Set the property on a context: add and remove these from what is there. */
naccs_status win_usages_set(PCCERT_CONTEXT context, unsigned added, unsigned removed, struct naccs_error *err);

/* ---- key.c: a private key as the store keeps it ---- */

enum win_key_type { WIN_KEY_RSA, WIN_KEY_EC };
struct win_key {
	enum win_key_type type;
	EVP_PKEY *pkey;		/* borrowed: the public key */
	char hex[WIN_HEX_SIZE]; /* SHA-256 of the public key info: names it in the ledger */
	char container[sizeof WIN_CONTAINER_PREFIX + WIN_HEX_SIZE];
	wchar_t wide_container[sizeof WIN_CONTAINER_PREFIX + WIN_HEX_SIZE];
	CRYPT_KEY_PROV_INFO link; /* points into this struct */
};
/* Which key belongs to a certificate. A kind that can't be kept here: NACCS_E_STORE_UNSUPPORTED. ret must stay where it is. */
naccs_status win_key_of(const struct naccs_store *store, const struct win_certificate *certificate, struct win_key *ret,
			struct naccs_error *err);
/* The same by what the ledger knows: the container only. false: no such name. */
bool win_key_from_hex(const char *hex, struct win_key *ret);
/* Does the private key (PKCS#8) belong to the certificate? */
naccs_status win_key_check(const struct naccs_store *store, const struct win_certificate *certificate, struct naccs_bytes pkcs8,
			   struct naccs_error *err);
/* Is there a container of ours that holds this very key? */
bool win_key_is_there(const struct naccs_store *store, const struct win_key *key);
/* Is there a key under the name that the ledger knows, of either kind? */
bool win_key_exists(const struct naccs_store *store, const struct win_key *key);
naccs_status win_key_create(const struct naccs_store *store, const struct win_key *key, struct naccs_bytes pkcs8, struct naccs_error *err);
/* Missing is fine. Whatever kind of key is in it. */
naccs_status win_key_delete(const struct naccs_store *store, const struct win_key *key, struct naccs_error *err);
naccs_status win_key_decode(const struct naccs_store *store, struct naccs_bytes pkcs8, EVP_PKEY **ret, struct naccs_error *err);
/* The public half of an open key; NULL: there is none. Caller frees. */
EVP_PKEY *win_key_public(const struct naccs_store *store, HCRYPTPROV_OR_NCRYPT_KEY_HANDLE handle, DWORD spec);
bool win_key_is_exportable(const struct naccs_store *store, const struct win_key *key);
/* The names of all containers of ours, without the prefix. Caller frees with win_names_clear(). */
struct win_names {
	char (*hex)[WIN_HEX_SIZE];
	size_t count;
};
naccs_status win_key_list(const struct naccs_store *store, struct win_names *ret, struct naccs_error *err);
/* Keep the container's name if it is one of ours. false: memory is short. */
bool win_names_add(struct win_names *names, const char *container);
bool win_names_have(const struct win_names *names, const char *hex);

/* ---- key_capi.c, key_cng.c: the two ways of keeping keys ---- */

bool win_capi_is_there(const struct naccs_store *store, const struct win_key *key);
naccs_status win_capi_create(const struct naccs_store *store, const struct win_key *key, EVP_PKEY *pkey, struct naccs_error *err);
naccs_status win_capi_delete(const struct naccs_store *store, const struct win_key *key, struct naccs_error *err);
naccs_status win_capi_list(const struct naccs_store *store, struct win_names *names, struct naccs_error *err);
bool win_capi_is_exportable(const struct naccs_store *store, const struct win_key *key);

/* Does this Windows keep keys by CNG? Asks for a key that nobody has: changes nothing. */
bool win_cng_is_usable(void);
bool win_cng_is_there(const struct naccs_store *store, const struct win_key *key);
naccs_status win_cng_create(const struct naccs_store *store, const struct win_key *key, struct naccs_bytes pkcs8, struct naccs_error *err);
naccs_status win_cng_delete(const struct naccs_store *store, const struct win_key *key, struct naccs_error *err);
naccs_status win_cng_list(const struct naccs_store *store, struct win_names *names, struct naccs_error *err);
bool win_cng_is_exportable(const struct naccs_store *store, const struct win_key *key);

/* ---- acquire.c: the key that a certificate in MY is linked to, whoever made it ---- */

struct win_acquired {
	HCRYPTPROV_OR_NCRYPT_KEY_HANDLE handle;
	DWORD spec; /* CERT_NCRYPT_KEY_SPEC: handle is CNG's */
	bool must_free;
};
/* Without a question to anybody. false: there is none, or it is another certificate's. */
bool win_acquire(PCCERT_CONTEXT context, struct win_acquired *ret);
void win_acquired_release(struct win_acquired *acquired);

/* ---- contents.c: everything that concerns us, read now ---- */

struct win_entry {
	enum win_place place;
	bool is_own;
	struct win_certificate certificate;
	char *label;
	bool has_key; /* MY: linked to its key, which is there */
	bool is_archived;
	unsigned usages; /* ROOT */
	bool is_disabled;
	unsigned roles; /* 1 << enum naccs_role */
};
struct win_contents {
	struct win_entry *entries;
	size_t count;
	struct win_names keys; /* containers of ours */
};
naccs_status win_contents_read(const struct naccs_store *store, struct win_contents *ret, struct naccs_error *err);
void win_contents_clear(struct win_contents *contents);
struct win_entry *win_contents_find(const struct win_contents *contents, enum win_place place, const uint8_t sha256[NACCS_SHA256_SIZE]);
/* roles.c: fills entries[].roles. */
void win_roles_find(struct win_contents *contents);

/* ---- wanted.c: the certificates of an installation, each once, in the order in which they are written ---- */

struct win_wanted {
	struct win_certificate certificate;
	enum win_place place;
	unsigned usages; /* ROOT */
};
struct win_wanted_list {
	struct win_wanted *items; /* the client certificate is the last */
	size_t count;
};
naccs_status win_wanted_read(const struct naccs_store *store, const struct naccs_installation *installation, struct win_wanted_list *ret,
			     struct naccs_error *err);
void win_wanted_clear(struct win_wanted_list *list);

/* ---- parts.c: what an install touches, as the host's ledger keeps it ---- */

enum win_part_kind { WIN_PART_CERTIFICATE, WIN_PART_TRUST, WIN_PART_KEY };
struct win_part {
	enum win_part_kind kind;
	enum win_place place;
	uint32_t action;
	uint8_t sha256[NACCS_SHA256_SIZE]; /* CERTIFICATE, TRUST */
	enum win_usage usage;		   /* TRUST */
	struct win_key key;		   /* KEY: its name */
	struct naccs_bytes before;
};
bool win_part_read(const struct naccs_part *part, struct win_part *ret);
/* Caller frees; NULL when memory is short. */
char *win_part_trust_identity(const uint8_t sha256[NACCS_SHA256_SIZE], enum win_usage usage);
uint32_t win_part_role(enum win_place place);
bool win_parts_have(const struct naccs_part *parts, size_t count, uint32_t role, const char *identity, uint32_t action);

/* ---- announce.c ---- */

/* Windows is about to ask the person whether to trust (is_added) or to let go of a root: say so beforehand, with what its window will show.
 */
void win_announce(const struct naccs_store *store, const struct win_certificate *certificate, bool is_added);

/* ---- undo.c ---- */

naccs_status win_undo(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err);

/* ---- the operations of the contract ---- */

uint64_t win_capabilities(const struct naccs_store *store);
naccs_status win_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
		      struct naccs_error *err);
void win_close(struct naccs_store *store);
naccs_status win_check_write(const struct naccs_store *store, struct naccs_error *err); /* was it opened for writing? */
bool win_can_write(bool is_machine);
naccs_status win_describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err);
naccs_status win_places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context, struct naccs_error *err);
naccs_status win_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err);
naccs_status win_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
		      struct naccs_error *err);
naccs_status win_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
		       size_t part_count, struct naccs_error *err);
naccs_status win_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			size_t part_count, struct naccs_error *err);
naccs_status win_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status win_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			 struct naccs_error *err);
naccs_status win_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status win_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
		      struct naccs_error *err);
naccs_status win_export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink, void *context,
			    struct naccs_error *err);
naccs_status win_verify(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer,
			struct naccs_error *err);
naccs_status win_archive(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err);

static inline void naccs_cleanup_win_certificate(struct win_certificate *certificate)
{
	win_certificate_clear(certificate);
}
static inline void naccs_cleanup_win_contents(struct win_contents *contents)
{
	win_contents_clear(contents);
}
static inline void naccs_cleanup_win_wanted(struct win_wanted_list *list)
{
	win_wanted_clear(list);
}
static inline void naccs_cleanup_win_acquired(struct win_acquired *acquired)
{
	win_acquired_release(acquired);
}
static inline void naccs_cleanup_system_store(const HCERTSTORE *handle)
{
	win_system_store_close(*handle);
}
static inline void naccs_cleanup_certificate_context(const PCCERT_CONTEXT *context)
{
	if (*context != NULL)
		(void)CertFreeCertificateContext(*context);
}
NACCS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free, pkey)

#endif
