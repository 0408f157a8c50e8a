/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the anchors and intermediates for the TLS servers are data: built in (builtin.h), or given by a person in a PEM file. */
#include "builtin.h"
#include "trust_internal.h"

#include <string.h>

struct naccs_trust {
	struct naccs_crypto *crypto;
	STACK_OF(X509) *anchors;
	STACK_OF(X509) *intermediates;
	bool is_builtin;
};

void naccs_trust_free(struct naccs_trust *trust)
{
	if (trust == NULL)
		return;
	naccs_x509_stack_free(trust->anchors);
	naccs_x509_stack_free(trust->intermediates);
	free(trust);
}

static naccs_status add_builtin(struct naccs_trust *trust, const struct naccs_builtin_certificate *builtin, struct naccs_error *err)
{
	naccs_auto(x509) X509 *certificate = NULL;
	naccs_status status = naccs_certificate_from_der(trust->crypto, builtin->der, builtin->length, &certificate, err);
	if (status != NACCS_OK) {
		(void)naccs_error_prefix(err, "%s", _("cannot read a built-in certificate"));
		return status;
	}
	if (X509_add_cert(builtin->is_anchor ? trust->anchors : trust->intermediates, certificate, X509_ADD_FLAG_UP_REF) != 1)
		return naccs_fail_memory(err);
	return NACCS_OK;
}

naccs_status naccs_trust_new(struct naccs_crypto *crypto, struct naccs_trust **ret, struct naccs_error *err)
{
	naccs_auto(trust) struct naccs_trust *trust = calloc(1, sizeof *trust);
	if (trust == NULL)
		return naccs_fail_memory(err);
	trust->crypto = crypto;
	trust->is_builtin = true;
	trust->anchors = sk_X509_new_null();
	trust->intermediates = sk_X509_new_null();
	if (trust->anchors == NULL || trust->intermediates == NULL)
		return naccs_fail_memory(err);
	for (size_t i = 0; i < naccs_builtin_certificate_count; i++) {
		naccs_status status = add_builtin(trust, &naccs_builtin_certificates[i], err);
		if (status != NACCS_OK)
			return status;
	}
	*ret = naccs_take(&trust);
	return NACCS_OK;
}

/* Where does a given certificate belong? Refuses what can be neither anchor nor intermediate. */
static naccs_status sort_one(X509 *certificate, const char *name, bool *ret_is_anchor, struct naccs_error *err)
{
	bool is_self_issued = X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
	naccs_auto(heap) char *subject = naccs_short_name(certificate);
	if (subject == NULL)
		return naccs_fail_memory(err);
	if (X509_check_ca(certificate) != 1) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("cannot use %s for the trust in TLS servers: %s in it is not a CA certificate"),
				 name, subject);
		(void)naccs_error_hint(err, "%s", _("Give the root certificate itself, not the certificate of a server."));
		return NACCS_E_CONFIG;
	}
	if (is_self_issued && !naccs_is_root(certificate))
		return naccs_fail(err, NACCS_E_CONFIG, 0,
				  _("cannot use %s for the trust in TLS servers: %s in it is not signed by its own key"), name, subject);
	*ret_is_anchor = is_self_issued;
	return NACCS_OK;
}

static naccs_status sort_all(STACK_OF(X509) *given, const char *name, STACK_OF(X509) *anchors, STACK_OF(X509) *intermediates,
			     struct naccs_error *err)
{
	for (int i = 0; i < sk_X509_num(given); i++) {
		X509 *certificate = sk_X509_value(given, i);
		bool is_anchor = false;
		naccs_status status = sort_one(certificate, name, &is_anchor, err);
		if (status != NACCS_OK)
			return status;
		if (X509_add_cert(is_anchor ? anchors : intermediates, certificate, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP) != 1)
			return naccs_fail_memory(err);
	}
	return NACCS_OK;
}

naccs_status naccs_trust_add_pem(struct naccs_trust *trust, const void *pem, size_t length, const char *name, struct naccs_error *err)
{
	naccs_auto(x509_stack) STACK_OF(X509) *given = NULL;
	naccs_status status = naccs_certificates_from_pem(trust->crypto, pem, length, name, &given, err);
	if (status != NACCS_OK)
		return status;

	naccs_auto(x509_stack) STACK_OF(X509) *anchors = sk_X509_new_null();
	naccs_auto(x509_stack) STACK_OF(X509) *intermediates = sk_X509_new_null();
	if (anchors == NULL || intermediates == NULL)
		return naccs_fail_memory(err);
	if (X509_add_certs(intermediates, trust->intermediates, X509_ADD_FLAG_UP_REF) != 1 ||
	    (!trust->is_builtin && X509_add_certs(anchors, trust->anchors, X509_ADD_FLAG_UP_REF) != 1))
		return naccs_fail_memory(err);
	status = sort_all(given, name, anchors, intermediates, err);
	if (status != NACCS_OK)
		return status;

	naccs_x509_stack_free(trust->intermediates);
	trust->intermediates = naccs_take(&intermediates);
	if (sk_X509_num(anchors) > 0) { /* a file of intermediates only leaves the built-in anchor alone */
		naccs_x509_stack_free(trust->anchors);
		trust->anchors = naccs_take(&anchors);
		trust->is_builtin = false;
	}
	return NACCS_OK;
}

bool naccs_is_builtin_anchor(const X509 *certificate)
{
	uint8_t *der = NULL;
	int length = i2d_X509(certificate, &der);
	bool is_found = false;
	for (size_t i = 0; i < naccs_builtin_certificate_count && !is_found; i++) {
		const struct naccs_builtin_certificate *builtin = &naccs_builtin_certificates[i];
		is_found = builtin->is_anchor && length > 0 && builtin->length == (size_t)length && memcmp(builtin->der, der, builtin->length) == 0;
	}
	OPENSSL_free(der);
	return is_found;
}

STACK_OF(X509) *naccs_trust_anchors(const struct naccs_trust *trust)
{
	return trust->anchors;
}

STACK_OF(X509) *naccs_trust_intermediates(const struct naccs_trust *trust)
{
	return trust->intermediates;
}

bool naccs_trust_is_builtin(const struct naccs_trust *trust)
{
	return trust->is_builtin;
}
