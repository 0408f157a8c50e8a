/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of a backend: one module that serves one kind of store ("pem:", "nss:", …).
 *
 * A module is a shared object whose one exported symbol is
 *     const struct naccs_backend *naccs_backend_entry(void);
 * The host reads abi and size before anything else and refuses what it does not know. It is never unloaded.
 *
 * Rules that hold for every operation:
 *  - Data crosses as plain bytes (DER, UTF-8, integers): nothing here assumes that both sides share memory, because the host may run a backend in
 *    a process of its own (isolated). So: no pointer is kept after a call returns, on either side.
 *  - Results are handed to a sink of the host while the call runs; what a sink receives is valid during that call of the sink only. A sink that
 *    returns anything but NACCS_OK stops the operation, which then returns that status.
 *  - Errors: return a status and fill *err (caller-owned, zeroed, never NULL): what was attempted, on which object, why.
 *  - One store is used by one thread. Several stores may be open at once. An isolated backend has a process for each open store to itself: it may keep its
 *    library's global state, and may give up privileges for good (become the owner of what it opens).
 *  - Strings are UTF-8 and NUL-terminated. Times are seconds since 1970-01-01T00:00:00Z.
 *
 * An install goes in four steps, so that a crash anywhere can be undone or finished:
 *     plan    says which parts will be made, adopted or changed; changes nothing. The host makes that durable in its ledger.
 *     stage   writes them, marked as pending where the store can: no program may yet meet the new certificate by default.
 *             The host reads back with list() and sign() and judges.
 *     commit  makes them the current ones; or abort undoes everything since plan.
 * After a crash the host opens the store anew and calls recover with the recorded parts.
 */
#ifndef NACCSCERT_BACKEND_H
#define NACCSCERT_BACKEND_H

#include <naccscert/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NACCS_BACKEND_ABI 1u
#define NACCS_BACKEND_ENTRY "naccs_backend_entry"

/* Borrowed bytes. data may be NULL when length is 0. */
struct naccs_bytes {
	const uint8_t *data;
	size_t length;
};

/* SHA-256 of a certificate's DER: how the host names a certificate to a backend. */
#define NACCS_SHA256_SIZE 32

/* What the host does for a backend; valid from open to close (places: during the call). context goes back with each call. */
struct naccs_host {
	uint32_t size; /* sizeof (struct naccs_host) as the host was built */
	void *context;

	/* A line for -v, in English; never a secret. */
	void (*log)(void *context, const char *line);

	/* What is going on, for a person who waits ("unlocking the token"). */
	void (*progress)(void *context, const char *message);

	/*
	 * Ask for the PIN or password of a store; answer is called once with the secret, which the backend copies and wipes itself.
	 * prompt names the store; last_try tells that a wrong answer locks it (the host then asks a person for a yes first).
	 * NACCS_E_CANCELLED when nobody can be asked.
	 */
	naccs_status (*ask_secret)(void *context, const char *prompt, bool last_try,
				   naccs_status (*answer)(void *answer_context, const uint8_t *secret, size_t length),
				   void *answer_context, struct naccs_error *err);

	/* True when the run should end: long operations look now and then and return NACCS_E_CANCELLED. */
	bool (*cancelled)(void *context);

	/* Something a person should know although nothing failed ("the key can be exported all the same"): id stable, lower-case words, "token.key-extractable";
	 * it stands among the report's warnings, each id and message once per store. Never a secret. NULL in an older host. */
	void (*warn)(void *context, const char *id, const char *message);

	/* "en" or "ja": the language of messages and prompts. Static. NULL in an older host: English. */
	const char *language;

	/* Something that a person must have read before the next thing happens, because the system itself asks them then ("compare this
	 * thumbprint"): shown at once, even where progress is not. NULL in an older host, and where the backend runs in a worker: progress
	 * then. */
	void (*announce)(void *context, const char *message);
};

/* What a store can do: bits of naccs_backend.capabilities. The word in brackets is its name in `stores --json`. */
#define NACCS_CAN_RSA ((uint64_t)1 << 0)          /* [rsa] takes RSA keys */
#define NACCS_CAN_EC ((uint64_t)1 << 1)           /* [ec] takes EC keys */
#define NACCS_CAN_TRUST ((uint64_t)1 << 2)        /* [trust] holds roots with the trust they are given for */
#define NACCS_CAN_EXPORT_KEY ((uint64_t)1 << 3)   /* [export-key] lets the private key out */
#define NACCS_CAN_ACTIVATE ((uint64_t)1 << 4)     /* [activate] has one current certificate among several, and can switch */
#define NACCS_CAN_PENDING ((uint64_t)1 << 5)      /* [pending] what is staged is invisible to programs until commit */
#define NACCS_CAN_GROUP ((uint64_t)1 << 6)        /* [group] honours naccs_open_options.group */
#define NACCS_CAN_OWN_VERIFY ((uint64_t)1 << 7)   /* [own-verify] has a chain engine of its own (verify) */
#define NACCS_CAN_SIGN_PSS ((uint64_t)1 << 8)     /* [sign-pss] signs RSA-PSS */
#define NACCS_CAN_HARDWARE ((uint64_t)1 << 9)     /* [hardware] keys are held by a device */
#define NACCS_CAN_WRITE ((uint64_t)1 << 10)       /* [write] can be installed into */
#define NACCS_CAN_SHARE ((uint64_t)1 << 11)       /* [share] holds other programs' certificates too: foreign roots in it are no fault */
/* [sign-pss-by-key] with NACCS_CAN_SIGN_PSS: not each of its RSA keys does. Which ones don't, sign tells by NACCS_E_STORE_UNSUPPORTED, at
 * once and asking nobody. */
#define NACCS_CAN_SIGN_PSS_BY_KEY ((uint64_t)1 << 12)

/* One store on this machine, or an open store described. */
struct naccs_place {
	uint32_t size;
	const char *uri;   /* canonical: the same store always has the same one; names it in the ledger */
	const char *kind;  /* "PEM directory", "Firefox profile", … */
	const char *label; /* for people; may be "" */
	bool is_writable;
	bool is_locked; /* needs a PIN or password */
	uint64_t capabilities;
	/* Of an open store: its canonical URI with what the URI that it was opened by asked for beyond naming it ("object=…",
	 * "exportable=yes"): opened by this on a later day, it gets things put in the same way. NULL, or behind size: nothing was asked
	 * for. */
	const char *wish;
};
typedef naccs_status naccs_place_sink(void *context, const struct naccs_place *place);

/* The wish of a place that may come from an older backend; NULL: none. */
static inline const char *naccs_place_wish(const struct naccs_place *place)
{
	return place->size >= offsetof(struct naccs_place, wish) + sizeof place->wish ? place->wish : NULL;
}

enum naccs_access {
	NACCS_ACCESS_READ = 0,  /* list, sign, verify, export_key */
	NACCS_ACCESS_WRITE = 1, /* everything; open tries whether writing will work, without a change that stays, and holds the store's own lock */
};

struct naccs_open_options {
	uint32_t size;
	uint32_t access;          /* enum naccs_access */
	uint32_t lock_timeout_ms; /* how long to wait for another program; then NACCS_E_RUN_LOCKED */
	const char *group;        /* give group read to this group; NULL: as it is, or nobody */
};

/* The role of a certificate or key in a store. Numbers are part of the ABI. */
enum naccs_role {
	NACCS_ROLE_CLIENT = 1,              /* the client certificate */
	NACCS_ROLE_CLIENT_KEY = 2,          /* its private key */
	NACCS_ROLE_CLIENT_INTERMEDIATE = 3, /* between it and its CA */
	NACCS_ROLE_CLIENT_CA = 4,           /* NACCS Client CA: trusted for client authentication at the most */
	NACCS_ROLE_SERVER_ANCHOR = 5,       /* RootCA2: trusted for TLS servers only */
	NACCS_ROLE_SERVER_INTERMEDIATE = 6, /* SureServer CA G4: no trust of its own */
	NACCS_ROLE_FOLDER = 7,              /* a container that the store needs */
	NACCS_ROLE_CURRENT = 8,             /* the mark that says which certificate is the current one */
	NACCS_ROLE_TRUST = 9,               /* a trust record apart from its certificate */
};

/* What is to be installed. Everything is borrowed for the call. */
struct naccs_installation {
	uint32_t size;
	struct naccs_bytes private_key;          /* PKCS#8 PrivateKeyInfo, DER, a secret; empty in recover and remove */
	struct naccs_bytes certificate;          /* X.509, DER */
	const struct naccs_bytes *intermediates; /* client chain without certificate and CA, leaf side first */
	size_t intermediate_count;
	struct naccs_bytes client_ca; /* the root of the client chain */
	const struct naccs_bytes *server_anchors;
	size_t server_anchor_count;
	const struct naccs_bytes *server_intermediates;
	size_t server_intermediate_count;
	uint8_t sha256[NACCS_SHA256_SIZE]; /* of certificate */
	const char *common_name;           /* the terminal, "11110A" */
	const char *serial;                /* lower-case hex, an even number of digits */
	int64_t not_before;
	int64_t not_after;
};

enum naccs_part_action {
	NACCS_PART_CREATE = 1, /* was not there: removed when its last user goes */
	NACCS_PART_ADOPT = 2,  /* was there before us, unchanged: never removed */
	NACCS_PART_CHANGE = 3, /* was there and is changed: gets `before` back */
};

/* One thing in a store that an install touches. identity is the backend's own stable name for it within the store (no secret); two installs that
 * share a part give it the same role and identity: so the host counts users. */
struct naccs_part {
	uint32_t size;
	uint32_t role;   /* enum naccs_role */
	uint32_t action; /* enum naccs_part_action */
	const char *identity;
	struct naccs_bytes before; /* for CHANGE: what undo needs; opaque to the host, kept in its ledger (so never a secret), at most 64 KiB */
};
typedef naccs_status naccs_part_sink(void *context, const struct naccs_part *part);

/* One object that a store holds, as read from it just now. */
struct naccs_item {
	uint32_t size;
	uint32_t role;                  /* enum naccs_role, as the store itself tells it */
	struct naccs_bytes certificate; /* DER; empty for a key without a certificate */
	bool has_key;                   /* CLIENT: the store holds its private key */
	bool is_pending;                /* staged, not committed */
	bool is_current;                /* CLIENT: what programs meet by default (always true where the store makes no difference) */
	const char *label;              /* name in the store; may be "" */
	uint8_t owner[NACCS_SHA256_SIZE]; /* the client certificate that this object was put beside; zero where the store shares it among all */
};
typedef naccs_status naccs_item_sink(void *context, const struct naccs_item *item);

typedef naccs_status naccs_bytes_sink(void *context, const uint8_t *bytes, size_t length);

enum naccs_hash { NACCS_HASH_SHA256 = 1, NACCS_HASH_SHA384 = 2, NACCS_HASH_SHA512 = 3, NACCS_HASH_SHA1 = 4 };
enum naccs_padding { NACCS_PADDING_NONE = 0 /* ECDSA */, NACCS_PADDING_PKCS1 = 1, NACCS_PADDING_PSS = 2 };

struct naccs_sign_request {
	uint32_t size;
	uint8_t certificate[NACCS_SHA256_SIZE]; /* whose key */
	uint32_t hash;                          /* enum naccs_hash: what digest is of */
	uint32_t padding;                       /* enum naccs_padding */
	uint32_t salt_length;                   /* PSS, in bytes; MGF1 uses the same hash */
	struct naccs_bytes digest;
};

struct naccs_verify_request {
	uint32_t size;
	uint8_t certificate[NACCS_SHA256_SIZE];
	const struct naccs_bytes *server_chain; /* leaf first; may be empty */
	size_t server_chain_count;
	const char *server_name;
	int64_t time;
};

struct naccs_verify_answer {
	uint32_t size;
	int32_t client_chain; /* 1 verified, 0 not, -1 not judged */
	int32_t server_chain;
	char reason[512];
};

enum naccs_recovery {
	NACCS_RECOVERY_UNDO = 1,   /* bring back what was there before plan */
	NACCS_RECOVERY_FINISH = 2, /* judged good before the crash: complete the commit */
};

struct naccs_store; /* a backend's own */

/*
 * A backend. Fill by named initialisers; abi and size stay first for ever. NULL members marked optional mean "can't".
 * flags: none yet, 0.
 */
struct naccs_backend {
	uint32_t abi;  /* NACCS_BACKEND_ABI */
	uint32_t size; /* sizeof (struct naccs_backend) as the backend was built; members beyond it are NULL to the host */
	uint32_t flags;
	bool isolated;       /* run it in a worker process: it loads others' code */
	const char *scheme;  /* "pem": URIs "pem:…" are its own; lower-case letters and digits */
	const char *summary; /* one line for `stores` and `--help` */

	/* Stores of this kind on this machine for the user whose home directory is given. Optional. */
	naccs_status (*places)(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context,
			       struct naccs_error *err);

	/*
	 * Open the store that uri names. Bad URI: NACCS_E_USAGE. WRITE access tries whether an install can work (permissions, space for a small file,
	 * safety of the path) and leaves no trace: a folder that is missing is made by stage, not here. READ of a missing store: NACCS_E_STORE_OPEN.
	 * *ret is set on success; the host closes it.
	 */
	naccs_status (*open)(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options,
			     struct naccs_store **ret, struct naccs_error *err);

	/* Close; what was staged and neither committed nor aborted stays, for recover. */
	void (*close)(struct naccs_store *store);

	/* Describe the open store. */
	naccs_status (*describe)(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err);

	/* Every object, read from the medium now (no cache). A missing store that was opened for WRITE is empty. */
	naccs_status (*list)(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err);

	/* Which parts the installation would create, adopt or change; in the order in which they would be written. Writes nothing. Refuses here what
	 * can't work: another subject where only one may be (NACCS_E_STORE_OPEN), a key type it can't take (NACCS_E_STORE_UNSUPPORTED).
	 * `role, identity` pairs are unique. When everything is there already and current: every part is ADOPT. */
	naccs_status (*plan)(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
			     struct naccs_error *err);

	/* Write what plan said, durably, pending. On failure everything written is undone before return; if even that fails, the error says so. */
	naccs_status (*stage)(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			      size_t part_count, struct naccs_error *err);

	/* Make what was staged current, durably and atomically for readers. */
	naccs_status (*commit)(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			       size_t part_count, struct naccs_error *err);

	/* Undo stage (and commit): everything as before plan. Idempotent. */
	naccs_status (*abort)(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);

	/* After a crash, in a newly opened store: undo or finish what the recorded parts say. Any prefix of stage and commit may have happened, or none.
	 * Also sweeps the backend's own leftovers (temporary files). Idempotent. FINISH when nothing was staged: NACCS_E_STORE_DAMAGED. */
	naccs_status (*recover)(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
				struct naccs_error *err);

	/* Take parts away that nobody needs any more: CREATE is deleted, CHANGE gets its former bytes back (or goes, when these make no sense any more),
	 * ADOPT does not come here. Missing ones are fine. Idempotent, crash-safe: a second call finishes the first. */
	naccs_status (*remove)(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err);

	/* Sign a digest with the key of a certificate in the store; sink gets the signature once: PKCS#1/PSS bytes, ECDSA as DER.
	 * No such certificate or key: NACCS_E_VERIFY_NONE. */
	naccs_status (*sign)(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
			     struct naccs_error *err);

	/* Make an installed certificate the current one. Optional: NACCS_CAN_ACTIVATE. Atomic for readers, durable. */
	naccs_status (*activate)(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err);

	/* The private key as PKCS#8 DER. Optional: NACCS_CAN_EXPORT_KEY. */
	naccs_status (*export_key)(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink,
				   void *context, struct naccs_error *err);

	/* The store's own chain engine, beside the core's judgement. Optional: NACCS_CAN_OWN_VERIFY. */
	naccs_status (*verify)(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer,
			       struct naccs_error *err);

	/*
	 * Which stores uri means for the user whose home directory is given: sink gets each by its canonical URI, whether it is there already or would be made. For
	 * URIs that name no store by themselves ("nss:firefox", "nss:all"), and for several spellings of one. Opens nothing, changes nothing. None: NACCS_E_STORE_OPEN
	 * that says where was looked; bad URI: NACCS_E_USAGE. Optional: then the URI is taken as it is.
	 */
	naccs_status (*resolve)(const struct naccs_host *host, const char *home, const char *uri, naccs_place_sink *sink, void *context,
				struct naccs_error *err);

	/* For an isolated backend: names of environment variables, or beginnings of names that end in '*' ("SOFTHSM2_CONF", "TPM2_PKCS11_*"), that its worker process gets
	 * besides HOME, language, time zone and XDG folders; NULL-terminated. Everything else is withheld. Optional. */
	const char *const *environment;

	/*
	 * Put a certificate that has expired out of programs' sight, with its key, without destroying it: where a store can, `--prune` does this instead of remove. list
	 * goes on showing it, never as the current one, and remove takes it away for good. Idempotent, durable. NACCS_E_STORE_UNSUPPORTED when this store can't after
	 * all: then it is removed. Optional.
	 */
	naccs_status (*archive)(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err);
};

/* The size of the first struct naccs_backend of this abi: what every module has. Members after it are optional. */
#define NACCS_BACKEND_SIZE_MIN offsetof(struct naccs_backend, resolve)

/* The one symbol that a module exports. */
typedef const struct naccs_backend *naccs_backend_entry_function(void);

#ifdef __cplusplus
}
#endif
#endif
