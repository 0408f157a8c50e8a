/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of the library's face share: the context, and how reports are filled. Private to this room. */
#ifndef NACCS_CONTEXT_H
#define NACCS_CONTEXT_H

#include <naccscert/naccscert.h>

#include "clock.h"
#include "escrow.h"
#include "hook.h"
#include "run.h"
#include "state.h"

struct naccs {
	struct naccs_ui ui;
	struct naccs_asker asker;
	char *state_dir, *backend_dir;
	char *hook_folder; /* hooks/ beside the configuration; NULL: none */
	char *home;     /* where aliases are looked for */
	bool has_user;  /* somebody was named by --user */
	uid_t user;     /* whose stores these are */
	bool has_at;
	int64_t at;
	uint32_t lock_timeout_ms;
	int log_level;
	struct naccs_crypto *crypto;
	struct naccs_trust *trust;
	struct naccs_registry *registry; /* made when first needed */
	const struct naccs_portal_client *portal; /* loaded when first needed */
	struct naccs_report *report; /* of the command that runs: what backends warn of goes there; borrowed */
	char *backup_file;			  /* --backup: where what is installed is kept as well; NULL: nowhere */
	struct naccs_secret *backup_passphrase;
};

/* The clock of our rules: --at, else the real one. */
int64_t naccs_rules_now(const struct naccs *context);

/* account.c: fill home and user, by $HOME as given and the name as said; either may be NULL. */
naccs_status naccs_account_find(struct naccs *context, const char *home, const char *name, struct naccs_error *err);

/* Did the backend find the store by looking around ("nss:firefox"), and not by a path that was said? */
bool naccs_is_found_by_alias(const char *said, const char *uri);

naccs_status naccs_context_registry(struct naccs *context, struct naccs_registry **ret, struct naccs_error *err);

/* The portal client, loaded when a command first goes out (portal.c). Borrowed. */
struct naccs_portal_client;
naccs_status naccs_context_portal(struct naccs *context, const struct naccs_portal_client **ret, struct naccs_error *err);

/* process.c: what runs "renew --due" every day on this system, as its user finds it there. Static. */
const char *naccs_daily_renewal_name(void);

/* Tell the person what begins; translated text with at most one %s. */
void naccs_say(const struct naccs *context, const char *format, const char *argument);

/* ---- report.c ---- */

naccs_status naccs_report_new(const char *command, struct naccs_report **ret, struct naccs_error *err);
/* The same for a command that begins: from now on what the stores' backends warn of goes into this report. */
naccs_status naccs_report_begin(struct naccs *context, const char *command, struct naccs_report **ret, struct naccs_error *err);
struct naccs_store_report *naccs_report_add_store(struct naccs_report *report, const char *uri); /* NULL when memory is short */
struct naccs_inventory_item *naccs_report_add_item(struct naccs_report *report);
struct naccs_store_info *naccs_report_add_place(struct naccs_report *report);
struct naccs_escrow_info *naccs_report_add_escrow(struct naccs_report *report, const struct naccs_escrow *escrow);
void naccs_report_warn(struct naccs_report *report, const char *id, const char *format, ...) NACCS_PRINTF(3, 4);
struct naccs_certificate_info *naccs_certificate_info_new(const struct naccs_certificate_facts *facts); /* NULL when memory is short */
void naccs_certificate_info_free(struct naccs_certificate_info *info);
struct naccs_renewal_info *naccs_report_add_renewal(struct naccs_report *report); /* NULL when memory is short */
/* What part says of stores and warnings goes to report; part is freed. */
void naccs_report_absorb(struct naccs_report *report, struct naccs_report *part);
/* The certificate that a store's line is about; the report's own too, when it has none yet. */
void naccs_report_name_certificate(struct naccs_report *report, struct naccs_store_report *store, const struct naccs_certificate_facts *facts);
void naccs_store_report_verdict(struct naccs_store_report *store, const struct naccs_verdict *verdict);
NACCS_DEFINE_CLEANUP(struct naccs_report *, naccs_report_free, report)

/* ---- ground.c: what every command that judges needs ---- */

struct naccs_ground {
	int state_dirfd; /* -1: there is no state yet (reading commands) */
	int ledger_lock;
	struct naccs_ledger *ledger;
	STACK_OF(X509) *remembered;
	struct naccs_recorded_chain *recorded; /* NULL: none */
	struct naccs_proof_ground proof;
};
/* lock: make the state directory and hold the ledger lock; without, nothing is made. ret is to be closed with naccs_ground_close() even after a failure. */
naccs_status naccs_ground_open(struct naccs *context, bool lock, struct naccs_ground *ret, struct naccs_error *err);
void naccs_ground_close(struct naccs_ground *ground);

/* Judge one client certificate of an open store by what the ledger says was installed with it, else by the anchors in use; the verdict goes into line. A bad one:
 * verify.failed. */
naccs_status naccs_prove_content(const struct naccs *context, const struct naccs_ground *ground, struct naccs_open_store *store,
				 const struct naccs_contents *contents, const struct naccs_content *client, struct naccs_store_report *line,
				 struct naccs_error *err);

/* ---- delivery.c: a credential on its way into stores (install, resume, later obtain and renew) ---- */

struct naccs_delivery {
	struct naccs *context;
	struct naccs_ground *ground;
	struct naccs_escrow_order *order;
	struct naccs_credential *credential;
	struct naccs_report *report;
};

/* An order from a command's options (install.c). ret is zeroed before, and to be cleared by the caller either way. */
naccs_status naccs_order_from_options(const char *command, const struct naccs_install_options *options, struct naccs_escrow_order *ret,
				      struct naccs_error *err);
/* A copy for escrow, with the open stores' canonical URIs (order.c). ret as above. */
naccs_status naccs_order_copy(const struct naccs *context, const struct naccs_escrow_order *order, const struct naccs_run *run, const char *subject,
			      struct naccs_escrow_order *ret, struct naccs_error *err);
/* The order renews this certificate, authenticated by its key in the store `from` (order.c). */
naccs_status naccs_order_renews(struct naccs_escrow_order *order, X509 *certificate, const char *sha256, const char *from, const char *from_pin_file,
				struct naccs_error *err);
/* The anchors that were in force when the order was made, unless others are given now. */
naccs_status naccs_order_use_anchors(struct naccs *context, const struct naccs_escrow_order *order, struct naccs_error *err);

/* Open a PKCS#12 with what is remembered. */
naccs_status naccs_delivery_unpack(struct naccs *context, const struct naccs_ground *ground, const struct naccs_secret *pkcs12,
				   const struct naccs_secret *password, struct naccs_credential **ret, struct naccs_error *err);

/* Is the credential's CA trusted: remembered, pinned, first use, or a yes? Remembers it. ca.refused; usage.invalid when nobody can be asked. */
naccs_status naccs_consent_to_ca(struct naccs *context, const struct naccs_ground *ground, const struct naccs_credential *credential,
				 const char *pinned_sha256, bool first_use, struct naccs_error *err);

/* A run over the stores that the order's URIs mean; naccs_delivery_run_free() after naccs_run_close(). What to be warned of in them goes into the report. */
naccs_status naccs_delivery_run_new(const struct naccs_delivery *delivery, struct naccs_run **ret, struct naccs_error *err);
void naccs_delivery_run_free(struct naccs_run *run);

/* Install in every open store, fill the report's stores and result, run the deploy hooks. made_change: whether something has become current somewhere. */
naccs_status naccs_delivery_install(const struct naccs_delivery *delivery, struct naccs_run *run, const struct naccs_payload *payload,
				    bool *ret_changed, struct naccs_error *err);

/* successor.c: is what a renewal brought the successor of what the order renews: same subject, newer, another key, from the remembered CA? pkcs12.mismatch, ca.refused. */
naccs_status naccs_check_successor(struct naccs *context, const struct naccs_ground *ground, const struct naccs_escrow_order *order,
				   const struct naccs_credential *credential, struct naccs_error *err);

/* resume.c: deliver what an escrow entry holds: unpack, consent, install, hooks. The report gets the stores; the entry is not purged here. */
naccs_status naccs_deliver_received(struct naccs *context, struct naccs_ground *ground, struct naccs_escrow *escrow, struct naccs_report *report,
				    struct naccs_error *err);
/* Bring one entry to its end, from whatever state it is in. Purges it when every store is verified. The run lock is held. */
naccs_status naccs_resume_entry(struct naccs *context, int state_dirfd, struct naccs_escrow *escrow, const struct naccs_obtain_options *options,
				struct naccs_report *report, struct naccs_error *err);
/* What waits in escrow, as naccs_escrow_list_load_readable() has it, without what a crash left half-made or half-purged, with its password. Sweeping needs both locks:
 * obtain makes entries under the run lock, which is held, install under the ledger's, which is taken here. */
naccs_status naccs_load_swept_escrow(struct naccs *context, int state_dirfd, struct naccs_escrow_list *ret, struct naccs_error *damage,
				     struct naccs_error *err);
/* Did a store from `first` on fail? */
bool naccs_report_has_failed_since(const struct naccs_report *report, size_t first);

/* install.c: install a PKCS#12 that is no escrow entry yet; the report gets the stores. is_stdin: its only copy is in memory. */
naccs_status naccs_install_pkcs12(struct naccs *context, const struct naccs_secret *pkcs12, const struct naccs_secret *password, bool is_stdin,
				  const struct naccs_install_options *options, struct naccs_report *report, struct naccs_error *err);

/* inventory.c: "valid", "due", "expired", "not-yet". Static. */
const char *naccs_state_name(int64_t now, const struct naccs_certificate_facts *facts);

/* ---- backup_file.c: --backup of install and obtain ---- */

/* Remember what the options want, with the passphrase asked for and the file's place tried, before anything else begins. */
naccs_status naccs_backup_wish(struct naccs *context, const struct naccs_install_options *options, struct naccs_error *err);
/* The key is at hand, and nothing is installed yet: keep it where that was wanted. */
naccs_status naccs_backup_keep(struct naccs *context, const struct naccs_credential *credential, const struct naccs_escrow_order *order,
			       struct naccs_error *err);
/* ---- hooks.c ---- */

/* Before a renewal: the programs of hooks/pre.d, the first that fails ends it. */
naccs_status naccs_hooks_before(struct naccs *context, const struct naccs_hook_facts *facts, struct naccs_error *err);
/* A certificate became current in every store: the terminal's deploy hooks, then hooks/deploy.d. The first failure is the report's (hook.failed), the others are warnings. */
void naccs_hooks_deploy(struct naccs *context, const char *const *commands, size_t count, const struct naccs_hook_facts *facts,
			struct naccs_report *report);
/* After a renewal, good or bad: hooks/post.d. Failures as above. */
void naccs_hooks_after(struct naccs *context, const struct naccs_hook_facts *facts, struct naccs_report *report);

/* superseded.c: purge escrow entries of this very PKCS#12 whose stores all hold it by now. The ledger lock is held. */
naccs_status naccs_purge_superseded(const struct naccs_ground *ground, const struct naccs_secret *pkcs12, const char *sha256, struct naccs_error *err);

/* ---- obtain.c: what a journey to the portal needs before it begins ---- */

/* A copy of the given password, by the portal's rule; else a new one of 16 random letters and digits. */
naccs_status naccs_choose_password(const struct naccs_secret *given, struct naccs_secret **ret, struct naccs_error *err);
/* Nobody will be there to say yes to the CA later: then it must be settled now. usage.invalid. */
naccs_status naccs_check_consent_possible(const struct naccs *context, const struct naccs_ground *ground, const struct naccs_ca_consent *consent,
					  struct naccs_error *err);
/* Every store of the order must open and let itself be written now, and take a key from outside; is_one_enough: at least one of them must take
 * it. The order for escrow, see naccs_order_copy(). */
naccs_status naccs_try_stores(const struct naccs_delivery *delivery, bool is_one_enough, struct naccs_escrow_order *ret_order,
			      struct naccs_error *err);
/* What holds nothing goes; that it could not is a remark, not the failure. */
void naccs_withdraw_entry(struct naccs_escrow *escrow, struct naccs_report *report);

/* ---- fetch.c: an escrow entry on its way from prepared to received ---- */

/* The code that obtain would send: what is known of it before anything goes out. */
struct naccs_codes_held {
	struct naccs_secret *code[3];
};
void naccs_codes_held_clear(struct naccs_codes_held *codes);
naccs_status naccs_codes_ask(const struct naccs_code_source *source, const char *terminal, struct naccs_codes_held *ret, struct naccs_error *err);

/* What fetching stands on: codes (obtain), or the identity that authenticates (renew). Borrowed. */
struct naccs_identity;
struct naccs_errand {
	const struct naccs_network *network;
	const struct naccs_codes_held *codes;  /* obtain; else NULL */
	const struct naccs_identity *identity; /* renew; else NULL */
	bool apply_again;
	uint32_t patience_seconds;
};

/*
 * Run the journey for this entry with the entry's own password, advancing it to (applied,) submitted and received. The run lock is held, the ledger lock is not.
 * live_chain: the verified chain of the portal (sk_X509_pop_free), set also when the journey failed after the handshake; NULL where there was none.
 * On return the entry is received; or it failed and the entry's state says how far it got.
 */
naccs_status naccs_fetch(struct naccs *context, int state_dirfd, const struct naccs_errand *errand, struct naccs_escrow *escrow,
			 struct naccs_report *report, STACK_OF(X509) **ret_live_chain, struct naccs_error *err);

/* A description may bring anchors of its own; the user's --anchor stands above it. NACCS_E_CONFIG. */
struct naccs_portal_description;
naccs_status naccs_description_use_anchors(struct naccs *context, const struct naccs_portal_description *description, struct naccs_error *err);

/* The host whose chain naccs_fetch() met. Static. */
#define NACCS_PORTAL_HOST "cert.nac.naccs.jp"

/* Has the day in Japan ended in which this entry was submitted, so that the portal has locked the certificate? */
bool naccs_escrow_is_too_late(const struct naccs_escrow *escrow, int64_t now);

/* Is what an entry holds to be used as it is: a whole PKCS#12, or an answer that opens with the entry's password whatever the transport said
 * of its end? Else it is to be asked for again. */
naccs_status naccs_escrow_is_usable(const struct naccs *context, const struct naccs_escrow *escrow, bool *ret, struct naccs_error *err);

/* Does the answer in it open with its password, whatever the transport said of its end? */
naccs_status naccs_escrow_opens(const struct naccs *context, const struct naccs_escrow *escrow, bool *ret, struct naccs_error *err);

/* Result, error and exit code of an install from its stores (interface: "Exit codes"). was_obtained: a PKCS#12 is held that can't be had again, so a failing store is 20. */
void naccs_report_conclude_install(struct naccs_report *report, bool was_obtained);

#endif
