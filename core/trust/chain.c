/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the three questions that the house asks about chains, each with its purpose, its names and its words. */
#include "trust_internal.h"

naccs_status naccs_chain_check_server(struct naccs_crypto *crypto, const struct naccs_server_check *check, STACK_OF(X509) **ret_chain,
				      struct naccs_error *err)
{
	if (sk_X509_num(check->sent) < 1)
		return naccs_fail(err, NACCS_E_TLS_UNTRUSTED, 0, "%s", _("cannot trust the server: it sent no certificate"));
	struct naccs_path path = {.kind = NACCS_PATH_SERVER,
				  .target = sk_X509_value(check->sent, 0),
				  .first = check->sent,
				  .then = check->intermediates,
				  .anchors = check->anchors,
				  .host = check->host,
				  .time = check->time};
	naccs_status status = naccs_path_verify(crypto, &path, ret_chain, err);
	if (status != NACCS_OK && check->host != NULL)
		(void)naccs_error_prefix(err, _("cannot trust the server %s"), check->host);
	else if (status != NACCS_OK)
		(void)naccs_error_prefix(err, "%s", _("cannot trust the server's certificate"));
	return status;
}

static naccs_status check_may_issue_servers(X509 *intermediate, struct naccs_error *err)
{
	int kind = X509_check_ca(intermediate); /* 0: a leaf; 1: a CA by basicConstraints; more: historical kinds */
	if (kind == 0 || (kind == 1 && X509_check_purpose(intermediate, X509_PURPOSE_SSL_SERVER, 1) == 1))
		return NACCS_OK;
	return naccs_fail(err, NACCS_E_TLS_UNTRUSTED, X509_V_ERR_INVALID_PURPOSE, "%s", _("it may not issue certificates for TLS servers"));
}

naccs_status naccs_chain_check_intermediate(struct naccs_crypto *crypto, X509 *intermediate, STACK_OF(X509) *anchors, int64_t time,
					    X509 **ret_anchor, struct naccs_error *err)
{
	struct naccs_path path = {.kind = NACCS_PATH_INTERMEDIATE, .target = intermediate, .anchors = anchors, .time = time};
	naccs_auto(x509_stack) STACK_OF(X509) *chain = NULL;
	naccs_status status = naccs_path_verify(crypto, &path, &chain, err);
	if (status == NACCS_OK)
		status = check_may_issue_servers(intermediate, err);
	if (status != NACCS_OK) {
		naccs_auto(heap) char *name = naccs_short_name(intermediate);
		(void)naccs_error_prefix(err, _("cannot trust the intermediate certificate %s"), name != NULL ? name : "");
		return status;
	}
	if (ret_anchor != NULL)
		*ret_anchor = sk_X509_pop(chain); /* the anchor stands last; our reference goes to the caller */
	return NACCS_OK;
}

naccs_status naccs_chain_check_client(struct naccs_crypto *crypto, X509 *certificate, STACK_OF(X509) *intermediates,
				      STACK_OF(X509) *client_roots, int64_t time, struct naccs_error *err)
{
	struct naccs_path path = {
		.kind = NACCS_PATH_CLIENT, .target = certificate, .first = intermediates, .anchors = client_roots, .time = time};
	naccs_status status = naccs_path_verify(crypto, &path, NULL, err);
	if (status != NACCS_OK) {
		naccs_auto(heap) char *name = naccs_short_name(certificate);
		(void)naccs_error_prefix(err, _("cannot follow the client certificate %s to its CA"), name != NULL ? name : "");
	}
	return status;
}
