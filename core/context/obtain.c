/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the command obtain: from three codes to verified installs. Everything that can fail without the portal is tried before the portal hears of us;
 * what comes from it is in escrow before anything else happens.
 */
#include "context.h"

#include "text.h"

#include <string.h>

#include <openssl/x509.h>

#define PASSWORD_LENGTH 16
#define PASSWORD_ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

naccs_status naccs_choose_password(const struct naccs_secret *given, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_status status;

	if (given != NULL) {
		status = naccs_portal_password_check(given, err);
		return status == NACCS_OK ? naccs_secret_new_copy(naccs_secret_data(given), naccs_secret_length(given), ret, err) : status;
	}
	status = naccs_secret_new(PASSWORD_LENGTH, &password, err);
	if (status == NACCS_OK)
		status = naccs_secret_random_text(password, PASSWORD_LENGTH, PASSWORD_ALPHABET, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&password);
	return status;
}

/* The portal makes the key: it comes from outside. A renewal that nobody watches must not lapse in all stores for one of them: there, one
 * that takes keys is enough, and resume waits for the other. */
static naccs_status check_takes_keys(const struct naccs_run *run, bool is_one_enough, struct naccs_error *err)
{
	const struct naccs_open_store *refusing = NULL;
	size_t taking = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct naccs_open_store *store = run->stores[i].tx->store;
		if ((store->capabilities & (NACCS_CAN_RSA | NACCS_CAN_EC)) != 0)
			taking++;
		else
			refusing = store;
	}
	if (refusing == NULL || (is_one_enough && taking > 0))
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("%s takes no private key from outside, and the portal sends one"), refusing->uri);
	return naccs_error_hint(err, _("Nothing was sent to the portal. Say --to pem:DIR instead and bring its privkey.pem into the token by the "
				       "token's own tool (a TPM: tpm2_ptool import); then naccs-cert backup FILE --from pem:DIR, and naccs-cert "
				       "restore FILE --to URI with the token's, which puts the certificates beside that key."));
}

/* Every store must open and let itself be written now: afterwards a code is spent, or an application sent. */
naccs_status naccs_try_stores(const struct naccs_delivery *delivery, bool is_one_enough, struct naccs_escrow_order *ret_order,
			      struct naccs_error *err)
{
	struct naccs_run *run = NULL;
	const struct naccs_error *worst;
	naccs_status status = naccs_delivery_run_new(delivery, &run, err);

	if (status != NACCS_OK)
		return status;
	naccs_run_open(run);
	worst = naccs_run_worst_error(run);
	if (worst != NULL) {
		*err = *worst;
		status = worst->status;
		if (err->hint[0] == '\0')
			naccs_error_hint(err, _("Nothing was sent to the portal."));
	} else {
		status = check_takes_keys(run, is_one_enough, err);
	}
	if (status == NACCS_OK)
		status = naccs_order_copy(delivery->context, delivery->order, run, NULL, ret_order, err);
	naccs_delivery_run_free(run);
	return status;
}

/* Nobody will be there to say yes to the CA later: then it must be settled now. */
naccs_status naccs_check_consent_possible(const struct naccs *context, const struct naccs_ground *ground, const struct naccs_ca_consent *consent,
					   struct naccs_error *err)
{
	if (context->ui.can_ask || consent->sha256 != NULL || consent->first_use ||
	    (ground->remembered != NULL && sk_X509_num(ground->remembered) > 0))
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("no NACCS Client CA is trusted yet, and nobody can be asked"));
	return naccs_error_hint(err, _("Say --client-ca-sha256 HEX with the fingerprint of NACCS Client CA, or --trust-client-ca for the first use. "
				       "Nothing was sent to the portal."));
}

/* An entry of the same code: it is taken up, so that the code is not sent while its PKCS#12 is here. *ret NULL: there is none. */
static naccs_status find_same_code(int state_dirfd, const char *hash, struct naccs_escrow **ret, struct naccs_error *err)
{
	struct naccs_escrow_list list;
	naccs_status status = naccs_escrow_list_load(state_dirfd, true, &list, err);

	for (size_t i = 0; status == NACCS_OK && i < list.count && *ret == NULL; i++)
		if (list.items[i]->order.code3_hash != NULL && strcmp(list.items[i]->order.code3_hash, hash) == 0) {
			*ret = list.items[i];
			list.items[i] = NULL;
		}
	naccs_escrow_list_clear(&list);
	return status;
}

/* Under the ledger lock: try the stores, look into escrow, and make the entry that the journey begins with. */
static naccs_status prepare(struct naccs *context, const struct naccs_obtain_options *options, const struct naccs_codes_held *codes,
			    const struct naccs_secret *password, struct naccs_report *report, struct naccs_escrow **ret, bool *ret_is_old,
			    struct naccs_error *err)
{
	struct naccs_escrow_order order = {0}, kept = {0};
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	struct naccs_delivery delivery = {.context = context, .ground = &ground, .order = &order, .report = report};
	naccs_status status = naccs_ground_open(context, true, &ground, err);

	if (status == NACCS_OK)
		status = naccs_order_from_options("obtain", &options->install, &order, err);
	if (status == NACCS_OK)
		status = naccs_check_consent_possible(context, &ground, &options->install.consent, err);
	if (status == NACCS_OK)
		status = naccs_escrow_code_hash(ground.state_dirfd, codes->code[2], &order.code3_hash, err);
	if (status == NACCS_OK)
		status = naccs_try_stores(&delivery, false, &kept, err);
	if (status == NACCS_OK)
		status = find_same_code(ground.state_dirfd, order.code3_hash, ret, err);
	*ret_is_old = *ret != NULL;
	if (status == NACCS_OK && *ret == NULL)
		status = naccs_escrow_create(ground.state_dirfd, naccs_clock_now(), &kept, password, NULL, ret, err);
	naccs_escrow_order_clear(&order);
	naccs_escrow_order_clear(&kept);
	naccs_ground_close(&ground);
	return status;
}

/* The portal said no before, or in answer to, the one time that this code went out: there is nothing that resume could bring. */
static bool is_nothing_held(const struct naccs_escrow *escrow, bool is_old, naccs_status status)
{
	if (escrow->state < NACCS_ESCROW_SUBMITTED)
		return true;
	return !is_old && escrow->state == NACCS_ESCROW_SUBMITTED &&
	       (status == NACCS_E_PORTAL_CODE_REFUSED || status == NACCS_E_PORTAL_PASSWORD_REFUSED || status == NACCS_E_PORTAL_LOCKED);
}

/* What holds nothing goes; that it could not is a remark, not the failure. */
void naccs_withdraw_entry(struct naccs_escrow *escrow, struct naccs_report *report)
{
	struct naccs_error err = {0};

	if (naccs_escrow_purge(escrow, &err) != NACCS_OK)
		naccs_report_warn(report, naccs_status_id(err.status), "%s", err.message);
}

static naccs_status fetch_and_deliver(struct naccs *context, int state_dirfd, const struct naccs_obtain_options *options,
				      struct naccs_escrow *escrow, bool is_old, struct naccs_report *report, struct naccs_error *err)
{
	naccs_status status;

	if (is_old)
		naccs_report_warn(report, "escrow.resumed", _("An earlier run with this 認証コード3 had not ended: it was taken up where it stopped."));
	status = naccs_resume_entry(context, state_dirfd, escrow, options, report, err);
	if (status == NACCS_OK)
		return NACCS_OK;
	if (is_nothing_held(escrow, is_old, status))
		naccs_withdraw_entry(escrow, report);
	else
		naccs_report_warn(report, "escrow.kept",
			  escrow->state == NACCS_ESCROW_RECEIVED
				  ? _("What the portal sent is kept in escrow. Once the cause is mended, run: naccs-cert resume")
				  : _("The code may have been taken. Until the end of this day in Japan, the download can be asked for again: naccs-cert resume"));
	return status;
}

/* The codes were asked for once; whoever needs them again in this run gets copies. */
static naccs_status codes_again(void *context, const char *terminal, struct naccs_secret *ret[3], struct naccs_error *err)
{
	const struct naccs_codes_held *codes = context;
	naccs_status status = NACCS_OK;

	(void)terminal;
	for (size_t i = 0; status == NACCS_OK && i < 3; i++)
		status = naccs_secret_new_copy(naccs_secret_data(codes->code[i]), naccs_secret_length(codes->code[i]), &ret[i], err);
	return status;
}

static naccs_status obtain_locked(struct naccs *context, int state_dirfd, const struct naccs_obtain_options *options, struct naccs_codes_held *codes,
				  struct naccs_report *report, struct naccs_error *err)
{
	struct naccs_obtain_options held = *options;
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(escrow) struct naccs_escrow *escrow = NULL;
	bool is_old = false;
	naccs_status status = naccs_choose_password(options->password, &password, err);

	held.codes = (struct naccs_code_source){.context = codes, .get = codes_again};
	if (status == NACCS_OK)
		status = prepare(context, options, codes, password, report, &escrow, &is_old, err);
	if (status == NACCS_OK)
		status = fetch_and_deliver(context, state_dirfd, &held, escrow, is_old, report, err);
	return status;
}

/* A failure that came with remarks (what is kept, what to do next) is a report, not a bare error. */
static void conclude(struct naccs_report *report, naccs_status status, const struct naccs_error *err)
{
	if (status == NACCS_OK) {
		naccs_report_conclude_install(report, true);
		return;
	}
	report->error = *err;
	report->result = NACCS_RESULT_FAILED;
	report->exit_code = naccs_status_exit_code(status);
}

naccs_status naccs_obtain(struct naccs *context, const struct naccs_obtain_options *options, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_codes_held codes = {0};
	naccs_auto(fd) int state = -1;
	naccs_auto(fd) int run_lock = -1;
	naccs_status status;

	if (options->install.target_count == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("no store to install into: say --to URI"));
	if (options->password != NULL && naccs_portal_password_check(options->password, err) != NACCS_OK)
		return NACCS_E_USAGE;
	status = naccs_report_begin(context, "obtain", &report, err);
	if (status == NACCS_OK)
		status = naccs_backup_wish(context, &options->install, err);
	if (status == NACCS_OK)
		status = naccs_codes_ask(&options->codes, options->install.terminal, &codes, err);
	if (status == NACCS_OK)
		status = naccs_state_open(context->state_dir, true, &state, err);
	if (status == NACCS_OK)
		status = naccs_state_lock_run(state, &run_lock, err);
	if (status == NACCS_OK) {
		conclude(report, obtain_locked(context, state, options, &codes, report, err), err);
		*ret = naccs_take(&report);
	}
	naccs_codes_held_clear(&codes);
	return status;
}
