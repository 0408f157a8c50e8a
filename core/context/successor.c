/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what a renewal brought must be the successor of what was renewed: the same subject's, newer, with a key of its own, from the authority that is trusted here.
 * Anything else stays in escrow and goes into no store.
 */
#include "context.h"

#include "text.h"

#include <string.h>

#include <openssl/x509.h>

static naccs_status refuse(const struct naccs_credential *credential, const char *reason, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_PKCS12_MISMATCH, 0, _("the certificate that came (%s, serial %s) is refused: %s"), credential->facts->subject,
			 credential->facts->serial, reason);
	return naccs_error_hint(err, _("It is kept in escrow, and nothing was installed; the old certificate works until its end. Ask the NACCS help desk."));
}

/* Not even a yes of long ago counts for another authority now; only its fingerprint, said for it. */
static naccs_status check_authority(const struct naccs_ground *ground, const struct naccs_credential *credential, const char *pinned_sha256,
				    struct naccs_error *err)
{
	uint8_t pinned[32];

	if (ground->remembered == NULL || sk_X509_num(ground->remembered) == 0 ||
	    naccs_remembered_match(ground->remembered, credential->client_ca) == NACCS_CA_KNOWN)
		return NACCS_OK;
	if (pinned_sha256 != NULL && naccs_unhex(pinned_sha256, pinned, sizeof pinned) &&
	    memcmp(pinned, credential->client_ca_facts->sha256_bytes, sizeof pinned) == 0)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_CA_REFUSED, 0, _("the certificate that came is from another CA than the one that is remembered: \"%s\" (SHA-256 %s)"),
			 credential->client_ca_facts->common_name, credential->client_ca_facts->sha256);
	return naccs_error_hint(err, _("It is kept in escrow. If the operator has announced a new CA, compare its fingerprint with theirs, then: naccs-cert resume "
				       "--client-ca-sha256 %s"),
				credential->client_ca_facts->sha256);
}

naccs_status naccs_check_successor(struct naccs *context, const struct naccs_ground *ground, const struct naccs_escrow_order *order,
				   const struct naccs_credential *credential, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	STACK_OF(X509) *previous = NULL;
	const char *pem = order->previous_certificate != NULL ? order->previous_certificate : "";
	X509 *old;
	naccs_status status = naccs_certificates_from_pem(context->crypto, pem, strlen(pem), _("the escrow entry"), &previous, err);

	if (status == NACCS_OK)
		status = naccs_certificate_facts_new(sk_X509_value(previous, 0), &facts, err);
	if (status != NACCS_OK) {
		sk_X509_pop_free(previous, X509_free);
		return naccs_error_prefix(err, _("cannot compare with the certificate that was renewed"));
	}
	old = sk_X509_value(previous, 0);
	if (X509_NAME_cmp(X509_get_subject_name(old), X509_get_subject_name(credential->certificate)) != 0)
		status = refuse(credential, _("it is of another subject"), err);
	else if (strcmp(facts->sha256, credential->facts->sha256) == 0)
		status = refuse(credential, _("it is the old one"), err);
	else if (credential->facts->not_after <= facts->not_after || credential->facts->not_before < facts->not_before)
		status = refuse(credential, _("it is not newer than the old one"), err);
	else if (EVP_PKEY_eq(X509_get0_pubkey(old), X509_get0_pubkey(credential->certificate)) == 1)
		status = refuse(credential, _("it has the old one's key"), err);
	else
		status = check_authority(ground, credential, order->client_ca_sha256, err);
	sk_X509_pop_free(previous, X509_free);
	return status;
}
