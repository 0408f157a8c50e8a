/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the files of the PEM backend share. Layout, modes and promises: README.md beside this file.
 *
 * Everything below DIR is reached through descriptors (openat and friends, never following a link), so what was checked is what is used.
 * Names of sets ("20250101-0a1b") are relative to DIR/archive.
 */
#ifndef NACCS_PEM_H
#define NACCS_PEM_H

#include <naccscert/backend.h>

#include "cleanup.h"
#include "error.h"
#include "secret.h"
#include "text.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <sys/types.h>

struct pem_known;

struct naccs_store {
	const struct naccs_host *host; /* valid until close */
	OSSL_LIB_CTX *crypto;	       /* private: no configuration file, no environment */
	OSSL_PROVIDER *provider;
	struct pem_known *known;
	char *path; /* of DIR, absolute */
	char *uri;
	int dir; /* DIR, flocked when is_write; -1 while it does not exist */
	bool is_write;
	bool has_group;
	gid_t group;
	uint32_t lock_timeout_ms;
	bool has_lost_race; /* another program made what plan said we would: nothing of it is ours to undo */
};

#define PEM_ARCHIVE "archive"
#define PEM_LIVE "live"
#define PEM_PENDING ".pending-"	  /* a set that is staged */
#define PEM_REPLACED ".replaced-" /* .replaced-NAME.N: what a repaired set was before, for undo; swept by the next run */
#define PEM_TEMPORARY ".naccs-tmp-"
#define PEM_MARKER ".staged" /* in the new one of two folders that change places: tells which is which after a crash */
#define PEM_FILE_LIMIT ((size_t)4 * 1024 * 1024)

/* The files of a set, in the order in which they are written. */
enum pem_file {
	PEM_PRIVKEY,
	PEM_CERT,
	PEM_CHAIN,
	PEM_FULLCHAIN,
	PEM_CREDENTIAL,
	PEM_CLIENT_CA,
	PEM_SERVER_CA,
	PEM_SERVER_INTERMEDIATES,
	PEM_FILE_COUNT,
};
struct pem_file_kind {
	const char *name;
	bool is_private;
};
extern const struct pem_file_kind pem_file_kinds[PEM_FILE_COUNT];

/* The contents of a set as an installation wants them; NULL: the file is not there (nothing to put in). */
struct pem_contents {
	struct naccs_secret *file[PEM_FILE_COUNT];
};
naccs_status pem_contents_render(const struct naccs_installation *installation, struct pem_contents *ret, struct naccs_error *err);
void pem_contents_wipe(struct pem_contents *contents);

/* armour.c: PEM text to and from DER. */
struct pem_certificates {
	size_t count;
	struct naccs_bytes *der; /* each owned */
};
naccs_status pem_armour(struct naccs_secret *text, const char *label, struct naccs_bytes der, struct naccs_error *err);
naccs_status pem_certificates_parse(const struct naccs_store *store, const struct naccs_secret *text, const char *name,
				    struct pem_certificates *ret, struct naccs_error *err);
void pem_certificates_free(struct pem_certificates *certificates);
naccs_status pem_certificate_decode(const struct naccs_store *store, struct naccs_bytes der, X509 **ret, struct naccs_error *err);
naccs_status pem_key_decode(const struct naccs_store *store, struct naccs_bytes der, EVP_PKEY **ret, struct naccs_error *err);
naccs_status pem_key_parse(const struct naccs_store *store, const struct naccs_secret *text, const char *name, EVP_PKEY **ret,
			   struct naccs_error *err);
bool pem_sha256(const struct naccs_store *store, struct naccs_bytes der, uint8_t ret[NACCS_SHA256_SIZE]);

/* known.c: what was decoded before, by its bytes. */
#define PEM_KNOWN_CERTIFICATES 16
struct pem_known {
	struct pem_known_certificate {
		uint8_t *der;
		size_t length;
		X509 *certificate;
	} certificate[PEM_KNOWN_CERTIFICATES];
	size_t next; /* certificate to be replaced */
	struct naccs_secret *key_der;
	EVP_PKEY *key;
};
/* What these bytes gave before (a new reference), or NULL. */
X509 *pem_known_certificate(const struct naccs_store *store, struct naccs_bytes der);
EVP_PKEY *pem_known_key(const struct naccs_store *store, struct naccs_bytes der);
void pem_know_certificate(const struct naccs_store *store, struct naccs_bytes der, X509 *certificate);
void pem_know_key(const struct naccs_store *store, struct naccs_bytes der, EVP_PKEY *key);
void pem_known_free(struct pem_known *known);

/* layout.c: folders, names, the live link. */
bool pem_is_set_name(const char *name);
char *pem_replaced_set(const char *name);
naccs_status pem_set_name(const struct naccs_installation *installation, char **ret, struct naccs_error *err);
/* Open a folder in parent without following links. *ret = -1 when there is none. A link or a file in its place: store.unsafe. */
naccs_status pem_folder_open(const struct naccs_store *store, int parent, const char *name, int *ret, struct naccs_error *err);
naccs_status pem_archive_open(const struct naccs_store *store, int *ret, struct naccs_error *err);
/* Is this entry owned by us (root, this user, DIR's owner) and closed to writing by others? */
bool pem_is_ours(const struct naccs_store *store, const struct stat *status);
bool pem_exists(int folder, const char *name);
/* fsync of a folder of the store. */
naccs_status pem_sync(const struct naccs_store *store, int folder, const char *name, struct naccs_error *err);
/* The target of live ("archive/…"); NULL when there is no link. Not a link, foreign, or pointing elsewhere: store.unsafe. */
naccs_status pem_live_read(const struct naccs_store *store, char **ret, struct naccs_error *err);
/* Point live to target (NULL: take it away), durably; the same link again is no change. */
naccs_status pem_live_switch(const struct naccs_store *store, const char *target, struct naccs_error *err);
/* current.c, current_windows.c: what stands beside live for programs that can't follow it. After every switch, and to repair it; target as live's
 * (NULL: there is none). */
naccs_status pem_current_follow(const struct naccs_store *store, const char *target, struct naccs_error *err);
/* Is it as following target would make it? */
bool pem_current_is(const struct naccs_store *store, const char *target);
/* The set that live points to; -1 when there is none. */
naccs_status pem_live_open(const struct naccs_store *store, int *ret, struct naccs_error *err);
/* The entries of a folder that are of one kind, sorted. Strangers: in a set, what is none of our files. */
struct pem_names {
	size_t count;
	char **name;
};
enum pem_names_kind { PEM_NAMES_SETS, PEM_NAMES_PENDING, PEM_NAMES_REPLACED, PEM_NAMES_TEMPORARY, PEM_NAMES_STRANGERS };
naccs_status pem_names_read(int folder, enum pem_names_kind kind, struct pem_names *ret, struct naccs_error *err);
void pem_names_free(struct pem_names *names);

/* set.c: a set as it lies on the medium. */
struct pem_set {
	const char *name;     /* borrowed: the folder's name in archive */
	const char *set_name; /* borrowed: without ".pending-" */
	bool is_pending;
	int folder;
	struct pem_certificates client; /* cert.pem: exactly one when loaded */
	uint8_t sha256[NACCS_SHA256_SIZE];
};
/* Open the set and read its cert.pem: NACCS_E_FILE_MISSING when set or file is missing, NACCS_E_STORE_DAMAGED when it is no certificate. */
naccs_status pem_set_open(const struct naccs_store *store, int archive, const char *name, struct pem_set *ret, struct naccs_error *err);
void pem_set_close(struct pem_set *set);
/* Read a file of the set. NACCS_E_FILE_MISSING when there is none. */
naccs_status pem_set_read(const struct naccs_store *store, const struct pem_set *set, enum pem_file file, struct naccs_secret **ret,
			  struct naccs_error *err);
/* The private key, when it is there and fits the certificate: NACCS_E_FILE_MISSING, NACCS_E_STORE_DAMAGED otherwise. */
naccs_status pem_set_key(const struct naccs_store *store, const struct pem_set *set, EVP_PKEY **ret, struct naccs_error *err);
/* The set that holds this certificate: a pending one first, then the live one, then any. NACCS_E_VERIFY_NONE when there is none. */
naccs_status pem_set_find(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], bool with_pending, char **ret,
			  struct naccs_error *err);
/* Delete our files and the folder; what strangers put there stays. The private key goes first. Missing is fine. */
naccs_status pem_set_delete(const struct naccs_store *store, int archive, const char *name, struct naccs_error *err);

/* parts.c */
struct pem_parts {
	const struct naccs_part *parts;
	size_t count;
};
const struct naccs_part *pem_part_find(const struct pem_parts *parts, uint32_t role, const char *identity);
/* The name of the set that part stands for; NULL when it is no set. */
const char *pem_part_set_name(const struct naccs_part *part);
const struct naccs_part *pem_part_next_set(const struct pem_parts *parts, const struct naccs_part *after);
/* "before" of a changed set: the name that its old folder will get, one that is free now. Caller frees. NULL: no such name. */
char *pem_part_before_set(int archive, const char *set_name);
char *pem_part_replaced(const struct naccs_part *part);
/* "before" of a changed folder: its mode and group. */
char *pem_part_before_folder(const struct stat *status);
bool pem_part_read_folder(const struct naccs_part *part, mode_t *ret_mode, gid_t *ret_group);
/* "before" of live: a target in archive. Caller frees; NULL when there is none. */
char *pem_part_before_live(const struct naccs_part *part);

/* probe.c: can an install work here? Nothing stays. */
naccs_status pem_probe(const struct naccs_store *store, struct naccs_error *err);

/* ownership.c, ownership_windows.c */
extern const uint64_t pem_group_capability; /* NACCS_CAN_GROUP where files have groups, else 0 */
/* Is the way to DIR safe, and DIR itself? */
naccs_status pem_path_check(const struct naccs_store *store, struct naccs_error *err);
naccs_status pem_group_find(const char *name, gid_t *ret, struct naccs_error *err);
/* The group and owner a new file gets: those of the file that it follows in the live set, or the asked group. */
struct pem_ownership {
	uid_t owner; /* (uid_t)-1: as it comes */
	gid_t group;
	mode_t mode;
};
/* former: the live set's folder or -1; name: a file in it, NULL for the folder itself. */
struct pem_ownership pem_ownership_of(const struct naccs_store *store, int former, const char *name, bool is_private);
naccs_status pem_ownership_apply(int fd, const struct pem_ownership *ownership, const char *name, struct naccs_error *err);

/* Everything after "pem:" is the path, as it stands. *ret_path, absolute, and *ret_uri, canonical, are the caller's, also after a failure. */
naccs_status pem_uri_read(const char *uri, char **ret_path, char **ret_uri, struct naccs_error *err);

/* The operations of the contract, one file each. */
naccs_status pem_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
		      struct naccs_error *err);
void pem_close(struct naccs_store *store);
naccs_status pem_check_write(const struct naccs_store *store, struct naccs_error *err); /* was it opened for writing? */
naccs_status pem_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err);
naccs_status pem_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
		      struct naccs_error *err);
naccs_status pem_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
		       size_t part_count, struct naccs_error *err);
naccs_status pem_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			size_t part_count, struct naccs_error *err);
naccs_status pem_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status pem_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			 struct naccs_error *err);
naccs_status pem_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);
naccs_status pem_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
		      struct naccs_error *err);
naccs_status pem_activate(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err);
naccs_status pem_export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink, void *context,
			    struct naccs_error *err);

/* replace.c: a set takes the place of a damaged or outdated one of its name, and back. */
naccs_status pem_replace(const struct naccs_store *store, int archive, const struct naccs_part *set, struct naccs_error *err);
naccs_status pem_replace_undo(const struct naccs_store *store, int archive, const struct naccs_part *set, struct naccs_error *err);
/* Delete the old folders that former runs set aside for a set; those of every set when set_name is NULL. An only copy stays. */
naccs_status pem_replaced_sweep(const struct naccs_store *store, int archive, const char *set_name, struct naccs_error *err);

/* undo.c: also what a failed stage calls. */
naccs_status pem_undo(struct naccs_store *store, const struct pem_parts *parts, struct naccs_error *err);
naccs_status pem_sweep(const struct naccs_store *store, struct naccs_error *err);
naccs_status pem_folders_remove(struct naccs_store *store, const struct pem_parts *parts, struct naccs_error *err);

/* A line for -v. */
void pem_log(const struct naccs_store *store, const char *format, ...) NACCS_PRINTF(2, 3);

NACCS_DEFINE_CLEANUP(X509 *, X509_free, x509)
NACCS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free, pkey)
NACCS_DEFINE_CLEANUP(BIO *, BIO_free_all, bio)

static inline void naccs_cleanup_pem_contents(struct pem_contents *contents)
{
	pem_contents_wipe(contents);
}
static inline void naccs_cleanup_pem_names(struct pem_names *names)
{
	pem_names_free(names);
}
static inline void naccs_cleanup_pem_set(struct pem_set *set)
{
	pem_set_close(set);
}
static inline void naccs_cleanup_pem_certificates(struct pem_certificates *certificates)
{
	pem_certificates_free(certificates);
}

#endif
