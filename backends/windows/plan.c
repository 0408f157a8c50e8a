/* SPDX-License-Identifier: Apache-2.0 */
/* Why: say what an install would touch, and refuse here what can't work. Writes nothing. */
#include "winstore.h"

#include <string.h>

struct plan {
	const struct naccs_store *store;
	const struct win_contents *contents;
	naccs_part_sink *sink;
	void *context;
};

static naccs_status emit(const struct plan *plan, uint32_t role, uint32_t action, const char *identity, struct naccs_bytes before,
			 struct naccs_error *err)
{
	const struct naccs_part part = {.size = sizeof part, .role = role, .action = action, .identity = identity, .before = before};

	return identity != NULL ? plan->sink(plan->context, &part) : win_fail_memory(err);
}

static naccs_status refuse_distrusted(const struct plan *plan, const struct win_certificate *certificate, struct naccs_error *err)
{
	naccs_auto(heap) char *name = win_certificate_name(certificate);

	(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot install into %s: somebody has marked %s there as not to be trusted"),
			 plan->store->uri, name != NULL ? name : "?");
	return naccs_error_hint(err, plan->store->is_machine
					     ? _("Look at it in certlm.msc (Untrusted Certificates, or the certificate's purposes).")
					     : _("Look at it in certmgr.msc (Untrusted Certificates, or the certificate's purposes)."));
}

/* What is there is never lowered: a root without limits stays so. One that has limits gets what it lacks, until the last certificate that
 * needs it goes. */
static naccs_status plan_trust(const struct plan *plan, const struct win_wanted *wanted, const struct win_entry *entry,
			       struct naccs_error *err)
{
	static const enum win_usage usages[] = {WIN_CLIENT_AUTH, WIN_SERVER_AUTH};
	static const char before[] = "not allowed"; /* that it is CHANGE says as much */
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < sizeof usages / sizeof *usages && status == NACCS_OK; i++) {
		naccs_auto(heap) char *identity = win_part_trust_identity(wanted->certificate.sha256, usages[i]);
		if ((wanted->usages & usages[i]) == 0)
			continue;
		if (entry == NULL)
			status = emit(plan, NACCS_ROLE_TRUST, NACCS_PART_CREATE, identity, (struct naccs_bytes){0}, err);
		else if ((entry->usages & usages[i]) != 0)
			status = emit(plan, NACCS_ROLE_TRUST, NACCS_PART_ADOPT, identity, (struct naccs_bytes){0}, err);
		else
			status = emit(plan, NACCS_ROLE_TRUST, NACCS_PART_CHANGE, identity,
				      (struct naccs_bytes){(const uint8_t *)before, sizeof before - 1}, err);
	}
	return status;
}

/* A root that only the machine has, and that lacks a usage, gets a copy of its own here. */
static const struct win_entry *find_usable(const struct plan *plan, const struct win_wanted *wanted)
{
	const struct win_entry *entry = win_contents_find(plan->contents, wanted->place, wanted->certificate.sha256);

	if (entry != NULL && !entry->is_own && (entry->usages & wanted->usages) != wanted->usages)
		return NULL;
	return entry;
}

static naccs_status plan_ca(const struct plan *plan, const struct win_wanted *wanted, struct naccs_error *err)
{
	const struct win_entry *entry = find_usable(plan, wanted);
	naccs_auto(heap) char *identity = naccs_hex(wanted->certificate.sha256, NACCS_SHA256_SIZE);

	if ((entry != NULL && entry->is_disabled) || win_contents_find(plan->contents, WIN_DISALLOWED, wanted->certificate.sha256) != NULL)
		return refuse_distrusted(plan, &wanted->certificate, err);
	naccs_status status = emit(plan, win_part_role(wanted->place), entry != NULL ? NACCS_PART_ADOPT : NACCS_PART_CREATE, identity,
				   (struct naccs_bytes){0}, err);
	return status == NACCS_OK ? plan_trust(plan, wanted, entry, err) : status;
}

static naccs_status plan_unlinked(const struct plan *plan, const struct win_entry *entry, const char *identity, struct naccs_error *err)
{
	naccs_auto(heap) uint8_t *saved = NULL;
	size_t length = 0;
	naccs_status status = win_save(plan->store, entry->certificate.sha256, &saved, &length, err);

	return status == NACCS_OK ? emit(plan, NACCS_ROLE_CLIENT, NACCS_PART_CHANGE, identity, (struct naccs_bytes){saved, length}, err)
				  : status;
}

/* A key of ours that is there stays as it was made. */
static void warn_of_kept_key(const struct naccs_store *store, const struct win_key *key)
{
	if (!store->is_exportable || !win_key_is_there(store, key) || win_key_is_exportable(store, key) ||
	    store->host->size <= offsetof(struct naccs_host, warn) || store->host->warn == NULL)
		return;
	store->host->warn(store->host->context, "windows.key-not-exportable",
			  _("the key is there already and can't be taken out, though that was asked for now: it stays as it is"));
}

/* A certificate that is there with its key, wherever that is kept, needs none of ours. */
static naccs_status plan_client(const struct plan *plan, const struct win_wanted *wanted, const struct win_key *key,
				struct naccs_error *err)
{
	const struct win_entry *entry = win_contents_find(plan->contents, WIN_MY, wanted->certificate.sha256);
	bool is_linked = entry != NULL && entry->has_key;
	bool has_key = is_linked || win_key_is_there(plan->store, key);
	naccs_auto(heap) char *identity = naccs_hex(wanted->certificate.sha256, NACCS_SHA256_SIZE);
	naccs_status status =
		emit(plan, NACCS_ROLE_CLIENT_KEY, has_key ? NACCS_PART_ADOPT : NACCS_PART_CREATE, key->hex, (struct naccs_bytes){0}, err);

	if (status != NACCS_OK || identity == NULL)
		return status == NACCS_OK ? win_fail_memory(err) : status;
	warn_of_kept_key(plan->store, key);
	if (entry != NULL && !is_linked)
		return plan_unlinked(plan, entry, identity, err);
	return emit(plan, NACCS_ROLE_CLIENT, is_linked ? NACCS_PART_ADOPT : NACCS_PART_CREATE, identity, (struct naccs_bytes){0}, err);
}

static naccs_status check_key(const struct naccs_store *store, const struct naccs_installation *installation,
			      const struct win_certificate *certificate, struct win_key *key, struct naccs_error *err)
{
	naccs_status status = win_key_of(store, certificate, key, err);

	if (status != NACCS_OK)
		return status;
	if (key->type == WIN_KEY_EC && !store->has_cng) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
				 _("cannot keep an EC key in %s: this Windows has no key storage for it (CNG)"), store->uri);
		return naccs_error_hint(err, _("A PEM directory takes it: --to pem:DIR"));
	}
	return win_key_check(store, certificate, installation->private_key, err);
}

naccs_status win_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
		      struct naccs_error *err)
{
	naccs_auto(win_contents) struct win_contents contents = {0};
	naccs_auto(win_wanted) struct win_wanted_list wanted = {0};
	const struct plan plan = {store, &contents, sink, context};
	struct win_key key;
	naccs_status status = win_wanted_read(store, installation, &wanted, err);

	if (status == NACCS_OK)
		status = check_key(store, installation, &wanted.items[wanted.count - 1].certificate, &key, err);
	if (status == NACCS_OK)
		status = win_contents_read(store, &contents, err);
	for (size_t i = 0; i < wanted.count && status == NACCS_OK; i++)
		status = wanted.items[i].place == WIN_MY ? plan_client(&plan, &wanted.items[i], &key, err)
							 : plan_ca(&plan, &wanted.items[i], err);
	return status;
}
