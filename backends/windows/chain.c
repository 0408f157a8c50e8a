/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what Windows itself thinks of the chains, as the programs see it that ask it. Beside the core's judgement, never in its place. No
 * revocation, nothing is fetched. The chain's own trust status is read: under Wine a partial chain passes the policies.
 */
#include "winstore.h"

#include <stdio.h>
#include <string.h>

#define FILETIME_OF_1970 INT64_C(116444736000000000)

NACCS_DEFINE_CLEANUP(HCERTCHAINENGINE, CertFreeCertificateChainEngine, chain_engine)
NACCS_DEFINE_CLEANUP(PCCERT_CHAIN_CONTEXT, CertFreeCertificateChain, chain)

struct verifying {
	const struct naccs_store *store;
	const struct naccs_verify_request *request;
	struct naccs_verify_answer *answer;
	HCERTCHAINENGINE engine;
	FILETIME time;
};

static void say(const struct verifying *verifying, const char *what, const char *why, DWORD code)
{
	char *reason = verifying->answer->reason;
	size_t used = strlen(reason), size = sizeof verifying->answer->reason;

	(void)snprintf(reason + used, size - used, "%s%s: %s (0x%08lx)", used > 0 ? "; " : "", what, why, code);
}

/* Every bit of a chain's trust status that has words of ours. */
static void say_trust_status(const struct verifying *verifying, const char *what, DWORD status)
{
	static const struct {
		DWORD bit;
		const char *words;
	} known[] = {
		{CERT_TRUST_IS_NOT_TIME_VALID, N_("a certificate is expired or not valid yet")},
		{CERT_TRUST_IS_NOT_SIGNATURE_VALID, N_("a signature is wrong")},
		{CERT_TRUST_IS_NOT_VALID_FOR_USAGE, N_("a certificate is not meant for this use")},
		{CERT_TRUST_IS_UNTRUSTED_ROOT, N_("the root is not trusted")},
		{CERT_TRUST_IS_PARTIAL_CHAIN, N_("an issuer is missing")},
		{CERT_TRUST_IS_EXPLICIT_DISTRUST, N_("a certificate is marked as not to be trusted")},
		{CERT_TRUST_INVALID_BASIC_CONSTRAINTS, N_("an issuer is no CA")},
		{CERT_TRUST_INVALID_EXTENSION, N_("a certificate has an extension that is not understood")},
		{CERT_TRUST_INVALID_NAME_CONSTRAINTS, N_("a name is not allowed by an issuer")},
		{CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT, N_("a certificate has a critical extension that is not understood")},
		{CERT_TRUST_IS_CYCLIC, N_("the certificates issue each other")},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if ((status & known[i].bit) != 0) {
			say(verifying, what, _(known[i].words), known[i].bit);
			status &= ~known[i].bit;
		}
	}
	if (status != 0)
		say(verifying, what, _("Windows does not accept the chain"), status);
}

static PCCERT_CHAIN_CONTEXT build(const struct verifying *verifying, PCCERT_CONTEXT leaf, HCERTSTORE beside, const char *usage)
{
	char *usages[1];
	CERT_CHAIN_PARA wanted = {
		.cbSize = sizeof wanted,
		.RequestedUsage = {.dwType = USAGE_MATCH_TYPE_AND, .Usage = {.cUsageIdentifier = 1, .rgpszUsageIdentifier = usages}}};
	FILETIME time = verifying->time;
	PCCERT_CHAIN_CONTEXT chain = NULL;

	memcpy(&usages[0], &usage, sizeof usage);
	return CertGetCertificateChain(verifying->engine, leaf, &time, beside, &wanted, CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, NULL, &chain)
		       ? chain
		       : NULL;
}

/* Names, and what else Windows asks of a TLS server beyond the chain. */
static bool check_server(const struct verifying *verifying, PCCERT_CHAIN_CONTEXT chain, const char *what)
{
	naccs_auto(heap) wchar_t *name = verifying->request->server_name != NULL && verifying->request->server_name[0] != '\0'
						 ? naccs_wide_new(verifying->request->server_name)
						 : NULL;
	SSL_EXTRA_CERT_CHAIN_POLICY_PARA extra = {.cbSize = sizeof extra, .dwAuthType = AUTHTYPE_SERVER, .pwszServerName = name};
	CERT_CHAIN_POLICY_PARA policy = {.cbSize = sizeof policy, .pvExtraPolicyPara = &extra};
	CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof status};

	if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &policy, &status)) {
		say(verifying, what, _("Windows can't check it"), GetLastError());
		return false;
	}
	if (status.dwError != ERROR_SUCCESS)
		say(verifying, what,
		    status.dwError == (DWORD)CERT_E_CN_NO_MATCH ? _("the name is another one") : _("Windows does not accept the chain"),
		    status.dwError);
	return status.dwError == ERROR_SUCCESS;
}

static int32_t verify_chain(const struct verifying *verifying, PCCERT_CONTEXT leaf, HCERTSTORE beside, bool is_server, const char *what)
{
	naccs_auto(chain) PCCERT_CHAIN_CONTEXT chain =
		build(verifying, leaf, beside, is_server ? szOID_PKIX_KP_SERVER_AUTH : szOID_PKIX_KP_CLIENT_AUTH);

	if (chain == NULL) {
		say(verifying, what, _("Windows can't check it"), GetLastError());
		return 0;
	}
	if (chain->TrustStatus.dwErrorStatus != CERT_TRUST_NO_ERROR) {
		say_trust_status(verifying, what, chain->TrustStatus.dwErrorStatus);
		return 0;
	}
	return !is_server || check_server(verifying, chain, what) ? 1 : 0;
}

static naccs_status verify_client(const struct verifying *verifying, struct naccs_error *err)
{
	const struct naccs_store *store = verifying->store;
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_system_store_open(store, WIN_MY, WIN_OWN, false, &handle, err);
	naccs_auto(certificate_context) PCCERT_CONTEXT found =
		status == NACCS_OK ? win_system_store_find(store, handle, verifying->request->certificate) : NULL;

	if (status != NACCS_OK)
		return status;
	if (found == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s does not hold that certificate"), store->uri);
	verifying->answer->client_chain = verify_chain(verifying, found, NULL, false, _("client certificate"));
	return NACCS_OK;
}

static naccs_status verify_server(const struct verifying *verifying, struct naccs_error *err)
{
	const struct naccs_verify_request *request = verifying->request;
	naccs_auto(system_store) HCERTSTORE beside = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
	naccs_auto(certificate_context) PCCERT_CONTEXT leaf = NULL;

	if (request->server_chain_count == 0)
		return NACCS_OK;
	for (size_t i = 0; i < request->server_chain_count && beside != NULL; i++) {
		const struct naccs_bytes *der = &request->server_chain[i];
		PCCERT_CONTEXT *ret = i == 0 ? &leaf : NULL;
		if (der->length > UINT32_MAX || !CertAddEncodedCertificateToStore(beside, X509_ASN_ENCODING, der->data, (DWORD)der->length,
										  CERT_STORE_ADD_USE_EXISTING, ret))
			return naccs_fail(err, NACCS_E_USAGE, (int64_t)GetLastError(),
					  _("cannot decode a certificate of the server's chain"));
	}
	if (beside == NULL)
		return win_fail_memory(err);
	verifying->answer->server_chain = verify_chain(verifying, leaf, beside, true, _("server chain"));
	return NACCS_OK;
}

/* A fresh engine: the usual one remembers stores as they were. Wine takes no struct of today's size. */
static HCERTCHAINENGINE make_engine(const struct naccs_store *store)
{
	CERT_CHAIN_ENGINE_CONFIG config = {.cbSize = offsetof(CERT_CHAIN_ENGINE_CONFIG, hExclusiveRoot),
					   .dwFlags = CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL |
						      (store->is_machine ? CERT_CHAIN_USE_LOCAL_MACHINE_STORE : 0)};
	HCERTCHAINENGINE engine = NULL;

	return CertCreateCertificateChainEngine(&config, &engine) ? engine : NULL;
}

naccs_status win_verify(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer,
			struct naccs_error *err)
{
	struct naccs_verify_answer found = {.size = sizeof found, .client_chain = -1, .server_chain = -1};
	naccs_auto(chain_engine) HCERTCHAINENGINE engine = make_engine(store);
	ULARGE_INTEGER ticks = {.QuadPart = (ULONGLONG)(request->time * 10000000 + FILETIME_OF_1970)};
	const struct verifying verifying = {store, request, &found, engine, {ticks.LowPart, ticks.HighPart}};

	if (engine == NULL)
		return win_fail(err, GetLastError(), _("Windows can't check certificates now"));
	naccs_status status = verify_client(&verifying, err);
	if (status == NACCS_OK)
		status = verify_server(&verifying, err);
	if (status != NACCS_OK)
		return status;
	found.size = answer->size;
	*answer = found;
	return NACCS_OK;
}
