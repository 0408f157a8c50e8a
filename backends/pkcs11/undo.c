/* SPDX-License-Identifier: Apache-2.0 */
/* Why: everything back as before plan, from whatever point, as often as it is called: what is there is decided by looking, never by how far a run came. */
#include "pkcs11.h"

#include <string.h>

bool pkcs11_is_key(const struct naccs_store *store, const struct pkcs11_key *key, const struct pkcs11_id *id,
		   const uint8_t sha256[NACCS_SHA256_SIZE])
{
	uint8_t found[NACCS_SHA256_SIZE];
	struct naccs_bytes number = key->type == CKK_RSA ? (struct naccs_bytes){key->modulus, key->modulus_size}
							 : (struct naccs_bytes){key->point, key->point_size};

	if (key->id.length != id->length || memcmp(key->id.bytes, id->bytes, id->length) != 0)
		return false;
	while (key->type == CKK_RSA && number.length > 0 && number.data[0] == 0) {
		number.data++;
		number.length--;
	}
	/* An EC key that does not tell its point, or tells it bare, is known by its id. */
	bool tells = number.data != NULL && (key->type == CKK_RSA || number.data[0] == V_ASN1_OCTET_STRING);
	return !tells || (pkcs11_digest(store, "SHA256", number, found) && memcmp(found, sha256, sizeof found) == 0);
}

/* What is on the token when the undoing begins. */
struct sight {
	struct naccs_store *store;
	struct pkcs11_certificates certificates;
	struct pkcs11_keys keys;
};

static naccs_status undo_certificate(const struct sight *sight, const struct naccs_part *part, const uint8_t sha256[NACCS_SHA256_SIZE],
				     struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < sight->certificates.count && status == NACCS_OK; i++) {
		const struct pkcs11_certificate *item = &sight->certificates.item[i];
		if (memcmp(item->sha256, sha256, NACCS_SHA256_SIZE) != 0)
			continue;
		status = part->action == NACCS_PART_CREATE ? pkcs11_object_destroy(sight->store, item->handle, err)
							   : pkcs11_object_set_id(sight->store, item->handle, part->before, err);
	}
	return status;
}

static naccs_status undo_key(const struct sight *sight, const struct naccs_part *part, const struct pkcs11_id *id,
			     const uint8_t sha256[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < sight->keys.count && status == NACCS_OK; i++) {
		const struct pkcs11_key *key = &sight->keys.item[i];
		if (!pkcs11_is_key(sight->store, key, id, sha256))
			continue;
		status = part->action == NACCS_PART_CREATE ? pkcs11_object_destroy(sight->store, key->handle, err)
							   : pkcs11_object_set_id(sight->store, key->handle, part->before, err);
	}
	return status;
}

static naccs_status undo_part(const struct sight *sight, const struct naccs_part *part, struct naccs_error *err)
{
	uint8_t sha256[NACCS_SHA256_SIZE];
	struct pkcs11_id id;

	if (part->action == NACCS_PART_ADOPT)
		return NACCS_OK;
	if (!pkcs11_identity_read(part, &id, sha256))
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("what is recorded of the token %s names no object: %s"), sight->store->label,
				  part->identity);
	return part->role == NACCS_ROLE_CLIENT_KEY ? undo_key(sight, part, &id, sha256, err) : undo_certificate(sight, part, sha256, err);
}

static naccs_status sweep(const struct naccs_store *store, const struct pkcs11_rubble *rubble, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < rubble->count && status == NACCS_OK; i++)
		status = pkcs11_object_destroy(store, rubble->handle[i], err);
	return status;
}

naccs_status pkcs11_undo(struct naccs_store *store, const struct pkcs11_parts *parts, struct naccs_error *err)
{
	struct sight sight = {.store = store};

	store->signer = (struct pkcs11_signer){0};
	pkcs11_session_renew(store);
	naccs_status status = pkcs11_certificates_read(store, &sight.certificates, err);
	if (status == NACCS_OK)
		status = pkcs11_keys_read(store, &sight.keys, err);
	/* Backwards: the client certificate, by which programs find the key, goes first. */
	for (size_t i = parts->count; status != NACCS_E_INTERNAL && i > 0; i--) {
		struct naccs_error own = {0};
		naccs_status one = undo_part(&sight, &parts->parts[i - 1], &own);
		if (one != NACCS_OK && status == NACCS_OK) {
			*err = own;
			status = one;
		}
	}
	if (status == NACCS_OK)
		status = sweep(store, &sight.certificates.rubble, err);
	if (status == NACCS_OK)
		status = sweep(store, &sight.keys.rubble, err);
	pkcs11_certificates_clear(&sight.certificates);
	pkcs11_keys_clear(&sight.keys);
	return status;
}

naccs_status pkcs11_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	const struct pkcs11_parts all = {parts, part_count};
	naccs_status status = pkcs11_check_write(store, err);

	return status == NACCS_OK ? pkcs11_undo(store, &all, err) : status;
}

naccs_status pkcs11_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	return pkcs11_abort(store, parts, part_count, err);
}

/* ---- finish: what was judged good is there as a whole, or it is not finished ---- */

static bool is_there(const struct sight *sight, const struct naccs_part *part)
{
	uint8_t sha256[NACCS_SHA256_SIZE];
	struct pkcs11_id id;

	if (!pkcs11_identity_read(part, &id, sha256))
		return false;
	if (part->role != NACCS_ROLE_CLIENT_KEY)
		return pkcs11_certificates_find(&sight->certificates, sha256, NULL) != NULL;
	for (size_t i = 0; i < sight->keys.count; i++)
		if (pkcs11_is_key(sight->store, &sight->keys.item[i], &id, sha256))
			return true;
	return false;
}

static naccs_status check_whole(struct naccs_store *store, const struct pkcs11_parts *parts, struct naccs_error *err)
{
	struct sight sight = {.store = store};
	naccs_status status = pkcs11_certificates_read(store, &sight.certificates, err);

	if (status == NACCS_OK)
		status = pkcs11_keys_read(store, &sight.keys, err);
	for (size_t i = 0; status == NACCS_OK && i < parts->count; i++)
		if (!is_there(&sight, &parts->parts[i]))
			status = naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot complete an install into the token %s: part of it is not there"),
					    store->label);
	pkcs11_certificates_clear(&sight.certificates);
	pkcs11_keys_clear(&sight.keys);
	return status;
}

naccs_status pkcs11_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			    struct naccs_error *err)
{
	const struct pkcs11_parts all = {parts, part_count};
	naccs_status status = pkcs11_check_write(store, err);

	if (status != NACCS_OK)
		return status;
	return direction == NACCS_RECOVERY_FINISH ? check_whole(store, &all, err) : pkcs11_undo(store, &all, err);
}
