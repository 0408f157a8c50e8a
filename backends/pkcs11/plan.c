/* SPDX-License-Identifier: Apache-2.0 */
/* Why: say what an install would make, adopt or change on the token, and refuse here what can't work. Writes nothing. */
#include "pkcs11.h"

#include <string.h>

struct sight {
	struct pkcs11_certificates certificates;
	struct pkcs11_keys keys;
	const struct pkcs11_certificate *certificate; /* the client certificate, when it is there */
	const struct pkcs11_key *key;		      /* its key */
};

static bool is_same_id(const struct pkcs11_id *a, const struct pkcs11_id *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static naccs_status look(struct naccs_store *store, const struct pkcs11_plan *plan, struct sight *sight, struct naccs_error *err)
{
	struct naccs_error proof = {0};
	enum pkcs11_match match;
	naccs_status status = pkcs11_certificates_read(store, &sight->certificates, err);

	if (status == NACCS_OK)
		status = pkcs11_keys_read(store, &sight->keys, err);
	if (status != NACCS_OK)
		return status;
	sight->certificate = pkcs11_certificates_find(&sight->certificates, plan->part[plan->count - 1].sha256, NULL);
	sight->key = pkcs11_keys_find(&sight->keys, &plan->public_key, sight->certificate != NULL ? &sight->certificate->id : NULL, &match);
	/* Only its id says that it is this key: let it sign. */
	if (match == PKCS11_MAY_MATCH && pkcs11_prove(store, sight->key->handle, sight->key->asks_always, plan->certificate, &proof) != NACCS_OK) {
		pkcs11_log(store, "pkcs11: a key with the id of this certificate is another one: %s", proof.message);
		sight->key = NULL;
	}
	return NACCS_OK;
}

static bool is_held_by_another(const struct sight *sight, const struct pkcs11_id *id)
{
	for (size_t i = 0; i < sight->keys.count; i++)
		if (&sight->keys.item[i] != sight->key && is_same_id(&sight->keys.item[i].id, id))
			return true;
	return false;
}

/* Does the id belong to another certificate of the same subject, which this one renews? */
static bool is_predecessors(const struct naccs_store *store, const struct sight *sight, const struct pkcs11_plan *plan)
{
	for (size_t i = 0; i < sight->certificates.count; i++) {
		const struct pkcs11_certificate *item = &sight->certificates.item[i];
		naccs_auto(x509) X509 *certificate = NULL;
		struct naccs_error ignored = {0};

		if (item != sight->certificate && is_same_id(&item->id, &plan->id) &&
		    pkcs11_certificate_decode(store, item->der, &certificate, &ignored) == NACCS_OK &&
		    X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_subject_name(plan->certificate)) == 0)
			return true;
	}
	return false;
}

static naccs_status fail_taken(const struct naccs_store *store, const struct pkcs11_plan *plan, struct naccs_error *err)
{
	naccs_auto(heap) char *id = naccs_hex(plan->id.bytes, plan->id.length);

	(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot install into the token %s: another key has the id %s there"), store->label,
			 id != NULL ? id : "?");
	return naccs_error_hint(err, _("Give another id in the URI, or none: pkcs11:token=…;id=%%01"));
}

/* The id in the URI, if it is free. A renewal leaves it to the certificate that has it: from here on the URI names no id. */
static naccs_status choose_given_id(struct naccs_store *store, const struct sight *sight, const CK_ATTRIBUTE *given,
				    struct pkcs11_plan *plan, bool *ret_is_chosen, struct naccs_error *err)
{
	if (given->ulValueLen == 0 || given->ulValueLen > PKCS11_ID_LIMIT)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the id in the URI has to have 1 to %d bytes"), PKCS11_ID_LIMIT);
	plan->id.length = given->ulValueLen;
	memcpy(plan->id.bytes, given->pValue, given->ulValueLen);
	*ret_is_chosen = !is_held_by_another(sight, &plan->id);
	if (*ret_is_chosen)
		return NACCS_OK;
	if (!is_predecessors(store, sight, plan))
		return fail_taken(store, plan, err);
	pkcs11_warn(store, "token.id-taken",
		    _("the id in the URI belongs to the key of the certificate before this one: the new key gets an id of its own. Take id= out of the "
		      "configuration: by it only the old one is seen"));
	(void)p11_kit_uri_clear_attribute(store->wish, CKA_ID);
	return NACCS_OK;
}

/* What is there keeps its id; key and certificate end up with the same one. */
static naccs_status choose_id(struct naccs_store *store, const struct sight *sight, struct pkcs11_plan *plan, struct naccs_error *err)
{
	const CK_ATTRIBUTE *given = p11_kit_uri_get_attribute(store->wish, CKA_ID);
	bool is_chosen = false;
	naccs_status status = given != NULL ? choose_given_id(store, sight, given, plan, &is_chosen, err) : NACCS_OK;

	if (status != NACCS_OK || is_chosen)
		return status;
	if (sight->key != NULL && sight->key->id.length > 0) {
		plan->id = sight->key->id;
	} else if (sight->certificate != NULL && sight->certificate->id.length > 0) {
		plan->id = sight->certificate->id;
	} else {
		plan->id.length = PKCS11_ID_SIZE;
		memcpy(plan->id.bytes, plan->public_key.id, PKCS11_ID_SIZE);
	}
	return is_held_by_another(sight, &plan->id) ? fail_taken(store, plan, err) : NACCS_OK;
}

static naccs_status check_key_type(const struct naccs_store *store, const struct pkcs11_plan *plan, struct naccs_error *err)
{
	bool is_rsa = plan->public_key.type == CKK_RSA;

	if ((store->capabilities & (is_rsa ? NACCS_CAN_RSA : NACCS_CAN_EC)) != 0)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("the token %s takes no %s key from outside by PKCS#11"), store->label,
			 is_rsa ? "RSA" : "EC");
	if (!store->can.quirks.refuses_keys)
		return NACCS_E_STORE_UNSUPPORTED;
	return naccs_error_hint(err, _("For a TPM: tpm2_ptool import --label %s --key-label %s --privkey KEY.pem --algorithm %s; then run this again: the certificates "
				       "are put beside the key that is there."),
				store->label, plan->label, is_rsa ? "rsa" : "ecc");
}

static void decide(const struct sight *sight, struct pkcs11_plan *plan)
{
	struct pkcs11_wanted *key = &plan->part[0];

	key->action = sight->key == NULL ? NACCS_PART_CREATE : is_same_id(&sight->key->id, &plan->id) ? NACCS_PART_ADOPT : NACCS_PART_CHANGE;
	if (key->action == NACCS_PART_CHANGE)
		key->before = sight->key->id;
	for (size_t i = 1; i < plan->count; i++) {
		struct pkcs11_wanted *wanted = &plan->part[i];
		bool has_key = wanted->role == NACCS_ROLE_CLIENT;
		const struct pkcs11_certificate *there =
			pkcs11_certificates_find(&sight->certificates, wanted->sha256, has_key ? &plan->id : NULL);
		wanted->action = there == NULL ? NACCS_PART_CREATE : NACCS_PART_ADOPT;
		if (there != NULL && has_key && !is_same_id(&there->id, &plan->id)) {
			wanted->action = NACCS_PART_CHANGE;
			wanted->before = there->id;
		}
	}
}

static naccs_status emit(const struct pkcs11_plan *plan, naccs_part_sink *sink, void *context, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < plan->count && status == NACCS_OK; i++) {
		const struct pkcs11_wanted *wanted = &plan->part[i];
		char identity[PKCS11_IDENTITY_SIZE];
		struct naccs_part part = {
			.size = sizeof part,
			.role = wanted->role,
			.action = wanted->action,
			.identity = identity,
			.before = {wanted->before.bytes, wanted->action == NACCS_PART_CHANGE ? wanted->before.length : 0},
		};
		if (!pkcs11_identity(plan, wanted, identity))
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
		status = sink(context, &part);
	}
	return status;
}

naccs_status pkcs11_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
			 struct naccs_error *err)
{
	naccs_auto(pkcs11_plan) struct pkcs11_plan plan = {0};
	struct sight sight = {0};
	naccs_status status = pkcs11_check_write(store, err);

	if (status == NACCS_OK)
		status = pkcs11_want(store, installation, &plan, err);
	if (status == NACCS_OK)
		status = look(store, &plan, &sight, err);
	if (status == NACCS_OK)
		status = choose_id(store, &sight, &plan, err);
	if (status == NACCS_OK && sight.key == NULL) {
		status = check_key_type(store, &plan, err);
		if (status == NACCS_OK)
			status = pkcs11_key_check_input(store, installation, plan.certificate, err);
	}
	if (status == NACCS_OK) {
		decide(&sight, &plan);
		if (sight.key != NULL)
			pkcs11_warn_of_key(store, sight.key);
		status = emit(&plan, sink, context, err);
	}
	pkcs11_certificates_clear(&sight.certificates);
	pkcs11_keys_clear(&sight.keys);
	return status;
}
