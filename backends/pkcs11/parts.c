/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what an install touches, as the host's ledger keeps it:
 *     CLIENT_KEY           "<id>.<sha256>"   CKA_ID, and the SHA-256 of modulus or EC point    CHANGE: before = the former CKA_ID
 *     CLIENT               "<sha256>"        of its DER                                        CHANGE: before = the former CKA_ID
 *     every CA             "<sha256>"
 * So a run that finds the parts of one that was killed knows its key, also one that tells nothing but its id.
 */
#include "pkcs11.h"

#include <string.h>

static bool has(const struct pkcs11_plan *plan, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->part[i].der.length > 0 && memcmp(plan->part[i].sha256, sha256, NACCS_SHA256_SIZE) == 0)
			return true;
	return false;
}

/* A certificate that serves two purposes is one object, so it is one part: of the role that more installs share. */
static naccs_status want(const struct naccs_store *store, struct pkcs11_plan *plan, uint32_t role, enum pkcs11_kind kind, struct naccs_bytes der,
			 struct naccs_error *err)
{
	struct pkcs11_wanted wanted = {.role = role, .kind = kind, .der = der};

	if (der.length == 0)
		return NACCS_OK;
	if (!pkcs11_digest(store, "SHA256", der, wanted.sha256))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot compute a SHA-256"));
	if (has(plan, wanted.sha256))
		return NACCS_OK;
	if (plan->count >= PKCS11_PARTS)
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot install into the token %s: more than %d certificates"), store->label,
				  PKCS11_PARTS);
	plan->part[plan->count++] = wanted;
	return NACCS_OK;
}

static naccs_status want_all(const struct naccs_store *store, struct pkcs11_plan *plan, const struct naccs_installation *in, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < in->server_anchor_count && status == NACCS_OK; i++)
		status = want(store, plan, NACCS_ROLE_SERVER_ANCHOR, PKCS11_ANCHOR, in->server_anchors[i], err);
	for (size_t i = 0; i < in->server_intermediate_count && status == NACCS_OK; i++)
		status = want(store, plan, NACCS_ROLE_SERVER_INTERMEDIATE, PKCS11_CA, in->server_intermediates[i], err);
	if (status == NACCS_OK)
		status = want(store, plan, NACCS_ROLE_CLIENT_CA, PKCS11_CA, in->client_ca, err);
	for (size_t i = 0; i < in->intermediate_count && status == NACCS_OK; i++)
		status = want(store, plan, NACCS_ROLE_CLIENT_INTERMEDIATE, PKCS11_CA, in->intermediates[i], err);
	return status == NACCS_OK ? want(store, plan, NACCS_ROLE_CLIENT, PKCS11_CLIENT, in->certificate, err) : status;
}

/* "object" in the URI, else the terminal's name: key and certificate carry the same. */
static char *choose_label(const struct naccs_store *store, const struct naccs_installation *in)
{
	const CK_ATTRIBUTE *object = p11_kit_uri_get_attribute(store->wish, CKA_LABEL);

	if (object != NULL && object->ulValueLen > 0)
		return strndup(object->pValue, object->ulValueLen);
	return strdup(in->common_name != NULL ? in->common_name : "");
}

naccs_status pkcs11_want(const struct naccs_store *store, const struct naccs_installation *installation, struct pkcs11_plan *ret,
			 struct naccs_error *err)
{
	naccs_auto(pkcs11_plan) struct pkcs11_plan plan = {0};
	naccs_status status = pkcs11_certificate_decode(store, installation->certificate, &plan.certificate, err);

	if (status == NACCS_OK)
		status = pkcs11_public_of(store, plan.certificate, &plan.public_key, err);
	if (status != NACCS_OK)
		return status;
	plan.part[0] = (struct pkcs11_wanted){.role = NACCS_ROLE_CLIENT_KEY, .kind = PKCS11_CLIENT};
	memcpy(plan.part[0].sha256, plan.public_key.sha256, NACCS_SHA256_SIZE);
	plan.count = 1;
	plan.label = choose_label(store, installation);
	if (plan.label == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	status = want_all(store, &plan, installation, err);
	if (status != NACCS_OK)
		return status;
	*ret = plan;
	plan = (struct pkcs11_plan){0};
	return NACCS_OK;
}

void pkcs11_plan_clear(struct pkcs11_plan *plan)
{
	pkcs11_public_clear(&plan->public_key);
	X509_free(plan->certificate);
	free(plan->label);
	*plan = (struct pkcs11_plan){0};
}

bool pkcs11_identity(const struct pkcs11_plan *plan, const struct pkcs11_wanted *wanted, char ret[PKCS11_IDENTITY_SIZE])
{
	naccs_auto(heap) char *sha256 = naccs_hex(wanted->sha256, NACCS_SHA256_SIZE);
	naccs_auto(heap) char *id = naccs_hex(plan->id.bytes, plan->id.length);

	if (sha256 == NULL || id == NULL)
		return false;
	char *at = ret;
	if (wanted->der.length == 0)
		at = stpcpy(stpcpy(at, id), ".");
	memcpy(at, sha256, strlen(sha256) + 1);
	return true;
}

bool pkcs11_identity_read(const struct naccs_part *part, struct pkcs11_id *ret_id, uint8_t ret_sha256[NACCS_SHA256_SIZE])
{
	const char *dot = strchr(part->identity, '.');
	bool is_key = part->role == NACCS_ROLE_CLIENT_KEY;

	ret_id->length = 0;
	if (is_key != (dot != NULL))
		return false;
	if (!is_key)
		return naccs_unhex(part->identity, ret_sha256, NACCS_SHA256_SIZE);
	size_t digits = (size_t)(dot - part->identity);
	naccs_auto(heap) char *id = strndup(part->identity, digits);
	if (id == NULL || digits == 0 || digits % 2 != 0 || digits / 2 > PKCS11_ID_LIMIT || !naccs_unhex(id, ret_id->bytes, digits / 2))
		return false;
	ret_id->length = digits / 2;
	return naccs_unhex(dot + 1, ret_sha256, NACCS_SHA256_SIZE);
}
