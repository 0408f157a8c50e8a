/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: write what plan said, one durable object after the other, the client certificate last. Windows's way to hide a certificate
 * (archived) is not known to Wine, and a moment's visibility harms nobody: so nothing is pending, and commit has nothing left to do.
 * Whatever fails, what was written is taken back before the call returns.
 */
#include "winstore.h"

struct staging {
	struct naccs_store *store;
	const struct naccs_installation *installation;
	const struct naccs_part *parts;
	size_t part_count;
	struct win_wanted_list wanted;
};

static bool has_action(const struct staging *staging, uint32_t role, const char *identity, uint32_t action)
{
	return win_parts_have(staging->parts, staging->part_count, role, identity, action);
}

static naccs_status hint_refused(naccs_status status, struct naccs_error *err)
{
	if (status != NACCS_E_CA_REFUSED)
		return status;
	return naccs_error_hint(err, _("Windows asked whether to trust a root, and the answer was No. Nothing is installed. Run it again "
				       "and say Yes; or, as administrator, "
				       "install into windows:machine, where Windows does not ask."));
}

static naccs_status widen(const struct staging *staging, const struct win_wanted *wanted, struct naccs_error *err)
{
	static const enum win_usage usages[] = {WIN_CLIENT_AUTH, WIN_SERVER_AUTH};
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < sizeof usages / sizeof *usages && status == NACCS_OK; i++) {
		naccs_auto(heap) char *identity = win_part_trust_identity(wanted->certificate.sha256, usages[i]);
		if (identity == NULL)
			return win_fail_memory(err);
		if (has_action(staging, NACCS_ROLE_TRUST, identity, NACCS_PART_CHANGE))
			status = win_limit(staging->store, wanted->certificate.sha256, usages[i], true, err);
	}
	return status;
}

static naccs_status stage_ca(const struct staging *staging, const struct win_wanted *wanted, struct naccs_error *err)
{
	naccs_auto(heap) char *identity = naccs_hex(wanted->certificate.sha256, NACCS_SHA256_SIZE);
	const struct win_properties properties = {.usages = wanted->usages};

	if (identity == NULL)
		return win_fail_memory(err);
	if (!has_action(staging, win_part_role(wanted->place), identity, NACCS_PART_CREATE))
		return widen(staging, wanted, err);
	if (wanted->place == WIN_ROOT)
		win_announce(staging->store, &wanted->certificate, true);
	return hint_refused(win_put(staging->store, wanted->place, &wanted->certificate, &properties, err), err);
}

static naccs_status stage_client(const struct staging *staging, const struct win_wanted *wanted, struct naccs_error *err)
{
	naccs_auto(heap) char *identity = naccs_hex(wanted->certificate.sha256, NACCS_SHA256_SIZE);
	naccs_auto(heap) char *name = win_friendly_name(staging->installation);
	struct win_key key;
	naccs_status status = win_key_of(staging->store, &wanted->certificate, &key, err);

	if (status != NACCS_OK)
		return status;
	if (identity == NULL || name == NULL)
		return win_fail_memory(err);
	if (has_action(staging, NACCS_ROLE_CLIENT_KEY, key.hex, NACCS_PART_CREATE))
		status = win_key_create(staging->store, &key, staging->installation->private_key, err);
	if (status == NACCS_OK && has_action(staging, NACCS_ROLE_CLIENT, identity, NACCS_PART_CHANGE))
		return win_link(staging->store, wanted->certificate.sha256, &key.link, err);
	if (status == NACCS_OK && has_action(staging, NACCS_ROLE_CLIENT, identity, NACCS_PART_CREATE))
		status = win_put(staging->store, WIN_MY, &wanted->certificate,
				 &(struct win_properties){.friendly_name = name, .key = &key.link}, err);
	return status;
}

static naccs_status stage(const struct staging *staging, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < staging->wanted.count && status == NACCS_OK; i++) {
		const struct win_wanted *wanted = &staging->wanted.items[i];
		if (staging->store->host->cancelled != NULL && staging->store->host->cancelled(staging->store->host->context))
			status = naccs_fail(err, NACCS_E_CANCELLED, 0, _("the install into %s was interrupted"), staging->store->uri);
		else
			status = wanted->place == WIN_MY ? stage_client(staging, wanted, err) : stage_ca(staging, wanted, err);
	}
	return status;
}

naccs_status win_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
		       size_t part_count, struct naccs_error *err)
{
	naccs_auto(win_wanted) struct win_wanted_list wanted = {0};
	naccs_status status = win_check_write(store, err);

	if (status == NACCS_OK)
		status = win_wanted_read(store, installation, &wanted, err);
	if (status != NACCS_OK)
		return status;
	const struct staging staging = {
		.store = store, .installation = installation, .parts = parts, .part_count = part_count, .wanted = wanted};
	status = stage(&staging, err);
	if (status == NACCS_OK)
		return NACCS_OK;
	struct naccs_error undo = {0};
	if (win_undo(store, parts, part_count, &undo) != NACCS_OK)
		(void)naccs_error_hint(err, _("taking back what was written failed too: %s"), undo.message);
	return status;
}
