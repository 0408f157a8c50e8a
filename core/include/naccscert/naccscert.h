/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library of naccs-cert: one context, one function per command, one report.
 *
 * Ownership: what a function returns through ret belongs to the caller, who frees it with the function named beside it; everything passed in is
 * borrowed for the call. Threads: one context is used by one thread. The library never prints: it calls back (struct naccs_ui).
 * Errors: a command returns NACCS_OK when it made a report, even a report of failures (report->exit_code tells); it returns a status, and no
 * report, when it could not begin. Either way naccs_report_of_error() makes a report that can be shown.
 */
#ifndef NACCSCERT_H
#define NACCSCERT_H

#include <naccscert/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct naccs;        /* the context */
struct naccs_secret; /* core/base/secret.h */

/* ------------------------------------------------------------------ what is shown */

struct naccs_certificate_info {
	char *subject, *issuer; /* RFC 2253 */
	char *common_name;      /* terminal, "11110A" */
	char *serial;           /* lower-case hex, an even number of digits */
	char *sha256;           /* lower-case hex */
	char *sha1;
	int64_t not_before, not_after, renew_from;
};

enum naccs_result {
	NACCS_RESULT_OK,
	NACCS_RESULT_INSTALLED,
	NACCS_RESULT_UNCHANGED,
	NACCS_RESULT_PARTIAL,
	NACCS_RESULT_FAILED,
	NACCS_RESULT_RENEWED,
	NACCS_RESULT_NOT_DUE,
	NACCS_RESULT_REMOVED,
	NACCS_RESULT_ROLLED_BACK,
	NACCS_RESULT_VERIFIED,
	NACCS_RESULT_NOT_VERIFIED,
};
/* "installed", "rolled-back", … as in --json. Static. */
const char *naccs_result_name(enum naccs_result result);

/* What "verified" says: 1 true, 0 false, -1 not known (null). */
struct naccs_verified {
	int key, client_chain, server_chain, online;
	const char *basis;  /* "live", "recorded", "bundled"; NULL without a basis. Static */
	int64_t basis_time; /* recorded: when the chain was met; else when it was judged */
	bool was_judged;    /* false: nothing in this struct means anything */
};

struct naccs_anchor_info {
	char *name; /* NULL: no anchor was read back */
	char *sha256;
	int64_t not_after;
};

/* One store in a report. */
struct naccs_store_report {
	char *uri; /* canonical */
	enum naccs_result result;
	char *sha256; /* of the client certificate; NULL: none */
	struct naccs_certificate_info *certificate; /* as read from the store; may be NULL */
	struct naccs_verified verified;
	struct naccs_anchor_info anchor;
	struct naccs_error error; /* status NACCS_OK: none */
};

/* One certificate in a store, for status. */
struct naccs_inventory_item {
	struct naccs_certificate_info *certificate;
	char *store;
	char *terminal; /* from the ledger; may be NULL */
	bool has_key, is_current, is_ours; /* is_ours: the ledger knows it */
	bool is_in_use; /* current, and no newer one of its subject is current in the same store: the one whose end matters */
	int64_t days_left;
	const char *state; /* "valid", "due", "expired", "not-yet". Static */
	int64_t installed_at; /* when naccs-cert installed it; 0: it did not */
};

/* One store that this machine has, for stores. */
struct naccs_store_info {
	char *uri, *kind, *label;
	bool is_writable, is_locked;
	char **can; /* NULL-terminated */
};

struct naccs_warning {
	char *id, *message;
};

/* One PKCS#12 that waits in escrow (status shows it). */
struct naccs_escrow_info {
	char *id, *command, *state, *terminal, *subject; /* terminal, subject may be NULL */
	int64_t created_at;
};

/* One renewal among several (renew --due). */
struct naccs_renewal_info {
	char *terminal;				    /* may be NULL */
	struct naccs_certificate_info *certificate; /* the new one where there is one, else the one that is to be renewed */
	enum naccs_result result;		    /* RENEWED, NOT_DUE, PARTIAL, FAILED */
	int64_t opens;				    /* when it can be renewed, or could */
	struct naccs_error error;
	int exit_code;
};

struct naccs_report {
	char *command;
	enum naccs_result result;
	struct naccs_certificate_info *certificate; /* may be NULL */
	struct naccs_store_report *stores;
	size_t store_count;
	struct naccs_inventory_item *inventory; /* status */
	size_t inventory_count;
	struct naccs_store_info *places; /* stores */
	size_t place_count;
	struct naccs_escrow_info *escrow; /* status, resume */
	size_t escrow_count;
	struct naccs_renewal_info *renewals; /* renew --due */
	size_t renewal_count;
	struct naccs_warning *warnings;
	size_t warning_count;
	struct naccs_error error; /* the worst store's, or the command's own; status NACCS_OK: none */
	int exit_code;
};
void naccs_report_free(struct naccs_report *report);

/* A report that says only that command failed with err. NULL when memory is short. */
struct naccs_report *naccs_report_of_error(const char *command, const struct naccs_error *err);

/* ------------------------------------------------------------------ what the library asks */

enum naccs_secret_kind { NACCS_ASK_PKCS12_PASSWORD, NACCS_ASK_STORE_PIN, NACCS_ASK_CODE, NACCS_ASK_PASSPHRASE };

struct naccs_ui {
	void *context;
	bool can_ask; /* somebody sits there: so what needs a yes later need not be refused now */
	/* A step that begins ("Installing into pem:/etc/naccs-cert/11110A"), translated. May be NULL. */
	void (*progress)(void *context, const char *message);
	/* What must be read before the system itself asks the person ("compare this thumbprint"), translated: to be shown at once and
	 * always. May be NULL. */
	void (*announce)(void *context, const char *message);
	/* A line for -v (level 1 warning, 2 information, 3 wire). Secrets are masked already. May be NULL. */
	void (*log)(void *context, int level, const char *line);
	/* Ask a person for a secret. NACCS_E_USAGE with a clear message when nobody can be asked (--non-interactive, no terminal). *ret: naccs_secret_free(). */
	naccs_status (*ask_secret)(void *context, enum naccs_secret_kind kind, const char *prompt, struct naccs_secret **ret, struct naccs_error *err);
	/* May this CA be trusted for client authentication? NACCS_OK yes; NACCS_E_CA_REFUSED no; NACCS_E_USAGE when nobody can be asked. */
	naccs_status (*confirm_client_ca)(void *context, const struct naccs_certificate_info *client_ca, struct naccs_error *err);
	/* Ask a yes/no question. NACCS_OK yes; NACCS_E_REFUSED no; NACCS_E_USAGE when nobody can be asked. */
	naccs_status (*confirm)(void *context, const char *question, struct naccs_error *err);
	/* True when the person pressed Ctrl-C. May be NULL. */
	bool (*cancelled)(void *context);
};

/* ------------------------------------------------------------------ configuration (core/config) */

struct naccs_terminal_config {
	char *name;
	char *codes;   /* file; may be NULL */
	char **stores; /* NULL-terminated */
	char **deploy_hooks; /* NULL-terminated, in order */
	char *group;         /* may be NULL */
	char *client_ca_sha256; /* may be NULL */
	int64_t renew_before_seconds; /* 0: not set */
};

struct naccs_config {
	char *path;  /* the file read; NULL: there was none */
	char *proxy; /* [portal]; may be NULL */
	char *proxy_auth;
	char **anchors; /* files; NULL-terminated */
	char *portal;   /* portal description file; may be NULL */
	char **connect_to; /* NULL-terminated */
	struct naccs_terminal_config *terminals;
	size_t terminal_count;
};

/* Read a configuration file. path NULL: an empty configuration. Failures: NACCS_E_CONFIG with file and line; NACCS_E_FILE_MISSING. */
naccs_status naccs_config_load(const char *path, struct naccs_config **ret, struct naccs_error *err);
void naccs_config_free(struct naccs_config *config);
/* The section of a terminal; NACCS_E_CONFIG naming those there are when it is missing. *ret is borrowed. */
naccs_status naccs_config_terminal(const struct naccs_config *config, const char *name, const struct naccs_terminal_config **ret,
				   struct naccs_error *err);

/* ------------------------------------------------------------------ the context */

struct naccs_settings {
	const char *state_dir;    /* made when missing, 0700 */
	const char *backend_dir;  /* NULL: beside the program in a build tree, else the installed one */
	const char *hook_folder;  /* with pre.d, deploy.d, post.d in it; NULL: none */
	const char *home;         /* of the calling user ($HOME): where stores such as nss:firefox are looked for. NULL: what the system says */
	const char *user;         /* look in this user's home instead; root may name anybody, others only themselves: NACCS_E_USAGE. NULL: the caller */
	const char *const *anchor_files; /* NULL-terminated; NULL: built in */
	bool has_at;
	int64_t at;               /* --at: the clock of our rules */
	uint32_t lock_timeout_ms; /* for the ledger's and the stores' locks */
	int log_level;            /* 0 none … 3 wire */
	struct naccs_ui ui;
};

/* Call once at the start of the program, before anything else of the library: no core files, OpenSSL without its configuration file,
 * secure heap. */
void naccs_process_init(void);

/* Nothing is read or made here but the anchor files (settings are copied, file names resolved). NACCS_E_CONFIG: a bad anchor file. */
naccs_status naccs_new(const struct naccs_settings *settings, struct naccs **ret, struct naccs_error *err);
void naccs_free(struct naccs *context);

/* ------------------------------------------------------------------ the commands */

struct naccs_target {
	const char *uri;
	const char *pin_file; /* may be NULL */
};

/* How a NACCS Client CA that is not remembered may come to be trusted, besides ui.confirm_client_ca. */
struct naccs_ca_consent {
	const char *sha256; /* hex, ':' allowed; may be NULL: --client-ca-sha256 */
	bool first_use;     /* --trust-client-ca */
};

struct naccs_install_options {
	const struct naccs_target *targets;
	size_t target_count;
	const char *terminal;            /* section name; may be NULL */
	const char *group;               /* may be NULL */
	const char *const *deploy_hooks; /* NULL-terminated; may be NULL */
	struct naccs_ca_consent consent;
	bool all_or_nothing, prune;
	const char *backup_file; /* install, obtain: keep a backup of the certificate here, before it is installed; NULL: none. A new file */
	const struct naccs_secret *backup_passphrase; /* NULL: asked for */
};

/* install: file is a path, or "-" for standard input. password NULL: asked for. */
naccs_status naccs_install(struct naccs *context, const char *file, const struct naccs_secret *password,
			   const struct naccs_install_options *options, struct naccs_report **ret, struct naccs_error *err);

/* How the portal is reached. Everything is borrowed; NULL or 0: the default. */
struct naccs_network {
	const char *proxy;                     /* http://host:port; NULL: what the environment says */
	const struct naccs_secret *proxy_auth; /* user:password */
	const char *const *connect_to;         /* NULL-terminated, as curl's --connect-to */
	const char *portal_file;               /* a portal description instead of the built-in one */
	uint32_t timeout_seconds;              /* of one request */
};

/*
 * Where the three codes come from: called when they are needed, before any lock is taken (obtain) or an escrow entry's terminal is known (resume). terminal: the section's
 * name, may be NULL. Each of ret[0…2] is set to a new secret (naccs_secret_free() by the library). Prompts or files are the caller's business.
 */
struct naccs_code_source {
	void *context;
	naccs_status (*get)(void *context, const char *terminal, struct naccs_secret *ret[3], struct naccs_error *err);
};

struct naccs_obtain_options {
	struct naccs_install_options install;
	struct naccs_network network;
	struct naccs_code_source codes;
	const struct naccs_secret *password; /* of the PKCS#12; NULL: one is made */
	bool apply_again;		     /* resume of a renewal, as in naccs_renew_options */
	uint32_t patience_seconds;
};

/* 1 to 16 characters, letters, digits and ASCII's punctuation (manual, chapter 3.1 (5)); else NACCS_E_USAGE that says which rule. */
naccs_status naccs_portal_password_check(const struct naccs_secret *password, struct naccs_error *err);

/* obtain: stores are opened and tried, then the portal, then the stores. A PKCS#12 that is in escrow for the same code is taken from there: no code goes out twice. */
naccs_status naccs_obtain(struct naccs *context, const struct naccs_obtain_options *options, struct naccs_report **ret, struct naccs_error *err);

/* renew: the same by the certificate that ends soon instead of codes. Everything is borrowed. */
struct naccs_renew_options {
	struct naccs_install_options install; /* targets: --to; without any, every store that the ledger knows for the certificate, and the terminal's */
	const struct naccs_target *from;      /* stores that hold it, tried in turn; may be empty */
	size_t from_count;
	const char *certificate; /* --cert; may be NULL */
	struct naccs_network network;
	const struct naccs_secret *password; /* of the PKCS#12; NULL: one is made */
	const struct naccs_config *config;   /* terminals: their stores, hooks, renew-before; may be NULL */
	bool apply_again;		     /* send the application although an earlier run sent it, or may have */
	uint32_t patience_seconds;	     /* how long to wait for the certificate to be issued; 0: 300 */
	const struct naccs_target *pins;     /* PIN files of stores that the configuration names; may be empty */
	size_t pin_count;
	uint32_t random_delay_seconds;	     /* --due: wait up to so long before the portal is asked */
};

/* One certificate. Outside its time: a report with portal.not-due (result NOT_DUE) or portal.expired, without a request. What an earlier run of the same renewal left in
 * escrow is taken up. */
naccs_status naccs_renew(struct naccs *context, const struct naccs_renew_options *options, struct naccs_report **ret, struct naccs_error *err);

/* Every terminal of the configuration and every certificate of the ledger whose time has come, one after the other; one failure does not stop the next. The report's
 * renewals tell of each; its exit code is the worst one. Nothing due: result NOT_DUE, exit code 0. */
naccs_status naccs_renew_due(struct naccs *context, const struct naccs_renew_options *options, struct naccs_report **ret, struct naccs_error *err);

/* resume: everything in escrow (terminal NULL), or that terminal's. Stores and how to install come from escrow; options: consent, network, codes. Nothing there:
 * result OK with the warning escrow.empty. */
naccs_status naccs_resume(struct naccs *context, const char *terminal, const struct naccs_obtain_options *options, struct naccs_report **ret,
			  struct naccs_error *err);

/* A handshake with a NACCS server, for verify. */
struct naccs_online_options {
	struct naccs_network network;
	const char *host; /* "web-prod", a host name, or host:port; NULL: web-prod */
};

/* verify: targets, or every store that the ledger knows. certificate: --cert, hex SHA-256 (a unique beginning of at least 8 digits does); may be NULL.
 * online: with each store's key, ask a NACCS server too (NULL: no): --at does not move that. */
naccs_status naccs_verify(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			  const struct naccs_online_options *online, struct naccs_report **ret, struct naccs_error *err);

/* status: what is where, from the ledger's stores or targets; what ends when (warnings); what waits in escrow. */
naccs_status naccs_inventory(struct naccs *context, const struct naccs_target *targets, size_t count, struct naccs_report **ret,
			     struct naccs_error *err);

/* status, for the terminals of a configuration: which have no certificate here, which have newer codes than theirs, and by when the operator suspends them (warnings). Of the
 * whole report of naccs_inventory(). */
void naccs_foresee_terminals(const struct naccs *context, const struct naccs_terminal_config *terminals, size_t count, struct naccs_report *report);

/* remove: takes one certificate, and what no other needs, out of the stores. rollback: makes the previous certificate current while it is valid. */
naccs_status naccs_remove(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			  struct naccs_report **ret, struct naccs_error *err);
naccs_status naccs_rollback(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			    const char *const *deploy_hooks, struct naccs_report **ret, struct naccs_error *err);

/* stores: what this machine has for the settings' user, and backends that could not be loaded, as warnings. */
naccs_status naccs_stores(struct naccs *context, struct naccs_report **ret, struct naccs_error *err);

/*
 * backup: one encrypted file (a PKCS#12) with every certificate in use that the stores let out, and those in escrow, read back before it gets its name. A file that is
 * there is never overwritten: run.refused. The report has a line for each certificate; what no store lets out: store.unsupported.
 */
struct naccs_backup_options {
	const struct naccs_target *targets; /* none: every store that the ledger knows, and escrow */
	size_t target_count;
	const char *certificate;	       /* --cert; may be NULL */
	const char *configuration_file;	       /* kept along; may be NULL */
	const struct naccs_secret *passphrase; /* NULL: asked for, twice */
};
#define NACCS_PASSPHRASE_MINIMUM 8 /* characters */
naccs_status naccs_backup(struct naccs *context, const char *file, const struct naccs_backup_options *options, struct naccs_report **ret,
			  struct naccs_error *err);

/*
 * restore: install what a backup holds, as install does. install.targets, none: the stores where each certificate was; else the one certificate that certificate or
 * install.terminal chooses goes there. configuration_to: a new file for the configuration that the backup holds; NULL: it is left in there.
 */
struct naccs_restore_options {
	struct naccs_install_options install;
	const char *certificate;	       /* --cert; may be NULL */
	const char *configuration_to;	       /* may be NULL */
	const struct naccs_secret *passphrase; /* NULL: asked for */
};
naccs_status naccs_restore(struct naccs *context, const char *file, const struct naccs_restore_options *options, struct naccs_report **ret,
			   struct naccs_error *err);

/* What a service that renews without a person needs of the machine beside its state directory (config --systemd, --scheduled-task). */
struct naccs_footprint_path {
	char *path;     /* to be writable; it exists */
	char *store;    /* the store that needs it; canonical where its backend could be asked */
	bool is_parent; /* the store's own folder is not there yet: path is the nearest one that is */
};
struct naccs_footprint {
	struct naccs_footprint_path *paths; /* sorted, each path once, none inside another */
	size_t path_count;
	char **credentials;    /* names of files below credentials_dir that the configuration or the ledger tells us to read; NULL-terminated */
	char **unknown; /* stores without a folder of which we know (tokens, Windows' own), up to a "?"; NULL-terminated; NULL: none */
	char **unmade;	       /* folders that are not there, and below nothing narrower than "/etc": make them first; NULL-terminated */
	bool needs_home;       /* something of it lies below /home, /root or /run/user */
	bool needs_devices;    /* a token: devices, and others' code that may want anything */
	char *state_dir;       /* absolute */
};
/* For every store of the configuration and of the ledger. Nothing is opened or changed. credentials_dir: where the service manager puts
 * credentials, without a
 * '/' at the end; NULL: there is none. */
naccs_status naccs_footprint_make(struct naccs *context, const struct naccs_config *config, const char *credentials_dir, struct naccs_footprint **ret,
				  struct naccs_error *err);
void naccs_footprint_free(struct naccs_footprint *footprint);

/* The version, "0.1.0". Static. */
const char *naccs_version(void);

#endif
