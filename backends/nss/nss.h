/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the files of the NSS backend share. What it promises: README.md beside this file.
 *
 * What lies in the database is read and written as PKCS#11 objects, past NSS's own cache of certificates: so each reading is of the medium,
 * and nothing is left referenced when NSS shuts down.
 */
#ifndef NACCS_NSS_H
#define NACCS_NSS_H

#include <naccscert/backend.h>

#include "cleanup.h"
#include "error.h"
#include "secret.h"
#include "text.h"

#include <cert.h>
#include <keyhi.h>
#include <nss.h>
#include <pk11pub.h>
#include <pkcs11n.h>
#include <sys/stat.h>
#include <sys/types.h>

struct naccs_store {
	const struct naccs_host *host; /* valid until close */
	char *path;		       /* of the folder, absolute and real */
	char *uri;
	int dir; /* the folder, flocked when is_write; -1 while it does not exist */
	bool is_write;
	bool is_system; /* below /etc or /usr: the client CA gets no trust there */
	bool is_locked; /* the database has a password */
	uint32_t lock_timeout_ms;
	NSSInitContext *context;
	PK11SlotInfo *slot; /* of the database; NULL while there is none */
	bool has_lost_race; /* another program made what plan said we would: nothing of it is ours to undo */
	bool is_staged;	    /* stage has come through in this session */
};

#define NSS_CERTIFICATES "cert9.db"
#define NSS_KEYS "key4.db"
#define NSS_MODULES "pkcs11.txt"
#define NSS_MAKING ".naccs-tmp-nssdb" /* in the folder: a database that is being made or taken away */

/* path.c: which folder, whose, and is it safe. */
naccs_status nss_uri_read(const char *uri, char **ret_path, struct naccs_error *err);
/* The real path of a folder that may not exist yet; links of strangers on the way are refused. Caller frees. */
naccs_status nss_path_real(const char *path, char **ret, struct naccs_error *err);
/* Root becomes, for good, the owner of the folder (of the nearest that exists). Others stay who they are. */
naccs_status nss_become_owner(const char *path, struct naccs_error *err);
/* Are there rights and room to write into the folder (or the nearest that exists)? Leaves nothing. */
naccs_status nss_path_probe(const struct naccs_store *store, struct naccs_error *err);
bool nss_path_is_full(const struct naccs_store *store);

/* files.c: the files of a database. */
enum nss_files {
	NSS_FILES_MISSING,
	NSS_FILES_THERE,
	NSS_FILES_HALF_MADE, /* a run of ours died while it made the database or took it away: nothing was in it yet, or any more */
};
/* Look without opening. Half a database, an old format, something unsafe: an error that names it. */
naccs_status nss_files_look(const struct naccs_store *store, enum nss_files *ret, struct naccs_error *err);
/* Make an empty database. Another program was faster: NACCS_E_RUN_LOCKED and store->has_lost_race. NSS must not be in use. */
naccs_status nss_files_make(struct naccs_store *store, struct naccs_error *err);
/* Take the database away if it is empty and no other program has made itself at home. NSS must not be in use. */
naccs_status nss_files_remove(struct naccs_store *store, struct naccs_error *err);
/* Finish what a run that died began to make or to take away. */
naccs_status nss_files_sweep(struct naccs_store *store, struct naccs_error *err);

/* folder.c: the folder itself, and those above it. */
naccs_status nss_folder_open(struct naccs_store *store, struct naccs_error *err);
naccs_status nss_folder_make(struct naccs_store *store, struct naccs_error *err);
/* Name the parents that are missing, outermost first: "../..", "..". */
naccs_status nss_folder_plan_parents(const struct naccs_store *store, naccs_part_sink *sink, void *context, struct naccs_error *err);
/* Take the folder and its parents away as far as the parts say that we made them and they are empty. */
naccs_status nss_folder_remove(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err);

/* health.c: what sqlite says of the files before NSS sees them. */
/* Whole, and free to be written when is_write? Waits while others hold it. */
naccs_status nss_health_check(const struct naccs_store *store, struct naccs_error *err);
/* Wait until no other program is writing: NACCS_E_RUN_LOCKED, naming it, when it takes longer than the store's timeout. *ret_waited (may be
 * NULL): it was busy. */
naccs_status nss_wait_for_others(const struct naccs_store *store, bool *ret_waited, struct naccs_error *err);
/* Does the database hold nothing at all? */
bool nss_is_empty(const struct naccs_store *store);

/* holder.c: which other process keeps us from writing into a file. 0: none; -1: one that the system does not name. name gets its command or
 * "". */
pid_t nss_holder_of(int folder, const char *file, char *name, size_t size);

/* session.c: NSS itself. */
/* Start NSS on the database, or without one (has_database false: decoding and checking only). */
naccs_status nss_session_start(struct naccs_store *store, bool has_database, struct naccs_error *err);
/* Let go of everything. */
void nss_session_stop(struct naccs_store *store);
/* Ask for the password, once, if there is one. */
naccs_status nss_session_log_in(struct naccs_store *store, struct naccs_error *err);
/* Make an empty database in a folder that exists. */
naccs_status nss_session_make_database(const char *folder, struct naccs_error *err);

/* certificate.c: a certificate decoded, independent of NSS's cache. */
struct nss_certificate {
	SECItem der;
	CERTCertificate *decoded; /* lives in an arena, no reference to count */
	uint8_t sha256[NACCS_SHA256_SIZE];
	SECItem serial;	   /* DER, as PKCS#11 wants it */
	SECItem key_id;	   /* what NSS names the key by; empty for keys that it does not know */
	SECItem key_value; /* modulus or point */
	bool is_ca;
	bool is_root; /* issued by itself */
};
/* Decode in arena; false: no certificate that can be used. der is kept by reference. */
bool nss_certificate_decode(PLArenaPool *arena, const SECItem *der, struct nss_certificate *ret);
naccs_status nss_certificate_read(PLArenaPool *arena, struct naccs_bytes der, struct nss_certificate *ret, struct naccs_error *err);
bool nss_is_issued_by(const struct nss_certificate *child, const struct nss_certificate *issuer);
/* May it authenticate a client (no CA, no root of its own, extended key usage)? */
bool nss_is_for_clients(const struct nss_certificate *certificate);
/* Common name, else unit, else organisation. Caller frees; never empty. */
char *nss_certificate_name(const struct nss_certificate *certificate);
/* Does the private key belong to the certificate? A key type that NSS can't take: NACCS_E_STORE_UNSUPPORTED. */
naccs_status nss_key_check(const struct naccs_store *store, const struct nss_certificate *certificate, struct naccs_bytes key,
			   struct naccs_error *err);

/* contents.c: everything in the database that concerns us, read now. */
struct nss_trust {
	bool is_there;
	CK_OBJECT_HANDLE handle;
	CK_TRUST server;
	CK_TRUST client;
	bool has_other;		      /* trust for mail or code */
	SECItem issuer, serial, sha1; /* of the certificate that it is about */
};
struct nss_entry {
	struct nss_certificate certificate;
	CK_OBJECT_HANDLE handle;
	char *label;
	bool has_key;
	struct nss_trust trust;
	unsigned roles; /* 1 << enum naccs_role */
};
struct nss_key {
	SECItem id;
	CK_OBJECT_HANDLE handle;
	char *label;
};
struct nss_contents {
	PLArenaPool *arena; /* holds all of it */
	struct nss_entry *entries;
	size_t count;
	struct nss_key *keys;
	size_t key_count;
	struct nss_trust *trusts; /* also of certificates that are not here */
	size_t trust_count;
};
/* A store without a database is empty. */
naccs_status nss_contents_read(const struct naccs_store *store, struct nss_contents *ret, struct naccs_error *err);
void nss_contents_free(struct nss_contents *contents);
struct nss_entry *nss_contents_find(const struct nss_contents *contents, const uint8_t sha256[NACCS_SHA256_SIZE]);
const struct nss_key *nss_contents_key(const struct nss_contents *contents, const SECItem *id);
/* What is trusted about a certificate; is_there is false when nothing is said. */
struct nss_trust nss_contents_trust(const struct nss_contents *contents, const struct nss_certificate *certificate);
CK_TRUST nss_trust_for(const struct nss_trust *trust, CK_ATTRIBUTE_TYPE usage);
/* roles.c: what each is for, as keys, issuers and trust tell it. Fills entries[].roles. */
void nss_roles_find(const struct naccs_store *store, struct nss_contents *contents);

/* nickname.c */
/* A name that no other certificate has. is_client: one name for each certificate; CAs of one subject share theirs. Caller frees. */
char *nss_nickname_for(const struct nss_contents *contents, const struct nss_certificate *certificate, const char *wanted, bool is_client);
/* "NACCS 11110A (2031-02)". Caller frees. */
char *nss_nickname_wanted(const struct naccs_installation *installation);

/* object.c: single objects, each written durably. */
naccs_status nss_object_put_key(const struct naccs_store *store, const struct nss_certificate *certificate, struct naccs_bytes key,
				const char *label, struct naccs_error *err);
naccs_status nss_object_put_certificate(const struct naccs_store *store, const struct nss_certificate *certificate, const char *label,
					struct naccs_error *err);
/* A new trust record; both usages that are not given are left to be verified. */
naccs_status nss_object_put_trust(const struct naccs_store *store, const struct nss_certificate *certificate, bool for_servers,
				  bool for_clients, struct naccs_error *err);
/* Change one usage of a trust record. */
naccs_status nss_object_change_trust(const struct naccs_store *store, CK_OBJECT_HANDLE record, CK_ATTRIBUTE_TYPE usage, CK_TRUST value,
				     struct naccs_error *err);
naccs_status nss_object_delete(const struct naccs_store *store, CK_OBJECT_HANDLE object, const char *what, struct naccs_error *err);

/* parts.c: what an install touches, as the host's ledger keeps it. */
enum nss_part_kind { NSS_PART_FOLDER, NSS_PART_DATABASE, NSS_PART_KEY, NSS_PART_CERTIFICATE, NSS_PART_TRUST };
struct nss_part {
	enum nss_part_kind kind;
	uint32_t action;
	uint8_t sha256[NACCS_SHA256_SIZE]; /* CERTIFICATE, TRUST */
	SECItem key_id;			   /* KEY: points into id */
	uint8_t id[32];
	CK_ATTRIBUTE_TYPE usage; /* TRUST */
	CK_TRUST before;	 /* TRUST, CHANGE */
};
#define NSS_PART_HERE "."
bool nss_part_read(const struct naccs_part *part, struct nss_part *ret);
char *nss_part_trust_identity(const uint8_t sha256[NACCS_SHA256_SIZE], CK_ATTRIBUTE_TYPE usage);
bool nss_parts_have(const struct naccs_part *parts, size_t count, uint32_t role, const char *identity, uint32_t action);

/* wanted.c: the certificates of an installation, each once, in the order in which they are written. */
struct nss_wanted {
	struct nss_certificate certificate;
	bool is_client;
	bool wants_server_trust;
	bool wants_client_trust;
};
struct nss_wanted_list {
	PLArenaPool *arena;
	struct nss_wanted *items;
	size_t count;
};
naccs_status nss_wanted_read(const struct naccs_store *store, const struct naccs_installation *installation, struct nss_wanted_list *ret,
			     struct naccs_error *err);
void nss_wanted_free(struct nss_wanted_list *list);

/* undo.c */
naccs_status nss_undo(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err);

/* error.c */
/* A failure of NSS just now: appends its own words; native is its code. */
naccs_status nss_fail(struct naccs_error *err, naccs_status status, const char *format, ...) NACCS_PRINTF(3, 4);
/* The same for something that was being written: tells a full disk from a locked database from the rest. */
naccs_status nss_fail_write(const struct naccs_store *store, struct naccs_error *err, const char *format, ...) NACCS_PRINTF(3, 4);
naccs_status nss_fail_memory(struct naccs_error *err);
/* A line for -v. */
void nss_log(const struct naccs_store *store, const char *format, ...) NACCS_PRINTF(2, 3);

/* The operations of the contract. */
naccs_status nss_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
		      struct naccs_error *err);
void nss_close(struct naccs_store *store);
naccs_status nss_check_write(const struct naccs_store *store, struct naccs_error *err); /* was it opened for writing? */
naccs_status nss_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err);
naccs_status nss_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
		      struct naccs_error *err);
naccs_status nss_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
		       size_t part_count, struct naccs_error *err);
naccs_status nss_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			size_t part_count, struct naccs_error *err);
naccs_status nss_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status nss_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			 struct naccs_error *err);
naccs_status nss_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status nss_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
		      struct naccs_error *err);
naccs_status nss_export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink, void *context,
			    struct naccs_error *err);
naccs_status nss_verify(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer,
			struct naccs_error *err);

static inline void naccs_cleanup_nss_contents(struct nss_contents *contents)
{
	nss_contents_free(contents);
}
static inline void naccs_cleanup_nss_wanted(struct nss_wanted_list *list)
{
	nss_wanted_free(list);
}
static inline void naccs_cleanup_arena(PLArenaPool **arena)
{
	if (*arena != NULL)
		PORT_FreeArena(*arena, PR_TRUE); /* zeroed: it may have held a key */
}
NACCS_DEFINE_CLEANUP(SECKEYPrivateKey *, SECKEY_DestroyPrivateKey, nss_private_key)
NACCS_DEFINE_CLEANUP(SECKEYPublicKey *, SECKEY_DestroyPublicKey, nss_public_key)

#endif
