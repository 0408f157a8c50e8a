/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what NSS itself thinks of the chains: the same library that programs ask which use this database. Beside the core's judgement, never
 * in its place. No revocation, nothing is fetched.
 */
#include "nss.h"

#include <prerror.h>
#include <secerr.h>
#include <secoid.h>
#include <stdio.h>
#include <string.h>

#define CHAIN_LIMIT 20

NACCS_DEFINE_CLEANUP(CERTCertificate *, CERT_DestroyCertificate, nss_reference)

struct verifying {
	const struct naccs_store *store;
	const struct naccs_verify_request *request;
	struct naccs_verify_answer *answer;
	PRTime time;
};

static void say(const struct verifying *verifying, const char *what, PRErrorCode code)
{
	const char *why = code != 0 ? PR_ErrorToString(code, PR_LANGUAGE_I_DEFAULT) : "";
	char *reason = verifying->answer->reason;
	size_t used = strlen(reason), size = sizeof verifying->answer->reason;

	(void)snprintf(reason + used, size - used, "%s%s: %s (NSS error %d)", used > 0 ? "; " : "", what, why != NULL ? why : "",
		       (int)code);
}

static CERTCertificate *reference_to(const struct naccs_bytes *der)
{
	CERTCertificate *certificate = NULL;
	SECItem item = {siBuffer, NULL, (unsigned)der->length};

	if (der->length == 0 || der->length > 1024 * 1024)
		return NULL;
	item.data = malloc(der->length);
	if (item.data != NULL) {
		memcpy(item.data, der->data, der->length);
		certificate = CERT_NewTempCertificate(CERT_GetDefaultCertDB(), &item, NULL, PR_FALSE, PR_TRUE);
	}
	free(item.data);
	return certificate;
}

static SECStatus verify_by_pkix(const struct verifying *verifying, CERTCertificate *certificate, SECCertificateUsage usage)
{
	CERTRevocationFlags no_revocation = {{0, NULL, 0, NULL, 0}, {0, NULL, 0, NULL, 0}};
	CERTValInParam in[4] = {{.type = cert_pi_end}};
	CERTValOutParam out[1] = {{.type = cert_po_end}};

	in[0].type = cert_pi_date;
	in[0].value.scalar.time = verifying->time;
	in[1].type = cert_pi_revocationFlags;
	in[1].value.pointer.revocation = &no_revocation;
	in[2].type = cert_pi_useAIACertFetch;
	in[2].value.scalar.b = PR_FALSE;
	in[3].type = cert_pi_end;
	return CERT_PKIXVerifyCert(certificate, usage, in, out, NULL);
}

static bool may_sign(CERTCertificate *certificate)
{
	SECItem usage = {siBuffer, NULL, 0};
	bool is_allowed = CERT_FindKeyUsageExtension(certificate, &usage) == SECSuccess && usage.len > 0 &&
			  (usage.data[0] & KU_DIGITAL_SIGNATURE) != 0;

	SECITEM_FreeItem(&usage, PR_FALSE);
	return is_allowed;
}

static bool has_server_purpose(CERTCertificate *certificate)
{
	SECItem value = {siBuffer, NULL, 0};
	bool is_found = false;

	if (CERT_FindCertExtension(certificate, SEC_OID_X509_EXT_KEY_USAGE, &value) != SECSuccess)
		return true;
	CERTOidSequence *purposes = CERT_DecodeOidSequence(&value);
	for (SECItem **oid = purposes != NULL ? purposes->oids : NULL; oid != NULL && *oid != NULL; oid++)
		is_found |= SECOID_FindOIDTag(*oid) == SEC_OID_EXT_KEY_USAGE_SERVER_AUTH;
	if (purposes != NULL)
		CERT_DestroyOidSequence(purposes);
	SECITEM_FreeItem(&value, PR_FALSE);
	return is_found;
}

/*
 * An RSA leaf that may sign and not encipher: NSS's engines ask for enciphering, as TLS 1.2 once did it, and look no further. Browsers,
 * which have engines of their own on top of NSS, are content with signing, as all of today's TLS does it. So must we be: the leaf is looked
 * at here, its issuer by the engine.
 */
static bool is_good_but_for_enciphering(const struct verifying *verifying, CERTCertificate *leaf, PRErrorCode *ret_code)
{
	SECCertTimeValidity validity = CERT_CheckCertValidTimes(leaf, verifying->time, PR_FALSE);
	naccs_auto(nss_reference) CERTCertificate *issuer = CERT_FindCertIssuer(leaf, verifying->time, certUsageSSLCA);

	if (!may_sign(leaf) || !has_server_purpose(leaf))
		return false;
	*ret_code = SEC_ERROR_EXPIRED_CERTIFICATE;
	if (validity != secCertTimeValid)
		return false;
	*ret_code = SEC_ERROR_UNKNOWN_ISSUER;
	if (issuer == NULL)
		return false;
	bool is_good = CERT_VerifySignedDataWithPublicKeyInfo(&leaf->signatureWrap, &issuer->subjectPublicKeyInfo, NULL) == SECSuccess &&
		       verify_by_pkix(verifying, issuer, certificateUsageSSLCA) == SECSuccess;
	*ret_code = is_good ? 0 : PR_GetError();
	return is_good;
}

static int32_t verify_chain(const struct verifying *verifying, CERTCertificate *certificate, SECCertificateUsage usage, const char *what)
{
	if (verify_by_pkix(verifying, certificate, usage) == SECSuccess)
		return 1;
	PRErrorCode code = PR_GetError();
	if (usage == certificateUsageSSLServer && code == SEC_ERROR_INADEQUATE_KEY_USAGE &&
	    is_good_but_for_enciphering(verifying, certificate, &code))
		return 1;
	say(verifying, what, code);
	return 0;
}

static CERTCertificate *reference_to_entry(const struct nss_entry *entry)
{
	const struct naccs_bytes der = {entry->certificate.der.data, entry->certificate.der.len};

	return reference_to(&der);
}

static naccs_status verify_client(const struct verifying *verifying, const struct nss_contents *contents, struct naccs_error *err)
{
	const struct nss_entry *entry = nss_contents_find(contents, verifying->request->certificate);
	if (entry == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s does not hold that certificate"), verifying->store->path);
	if (verifying->store->is_system)
		return NACCS_OK;
	naccs_auto(nss_reference) CERTCertificate *certificate = reference_to_entry(entry);
	if (certificate == NULL)
		return nss_fail(err, NACCS_E_STORE_IO, _("cannot examine %s in %s"), entry->label, verifying->store->path);
	verifying->answer->client_chain = verify_chain(verifying, certificate, certificateUsageSSLClient, _("client certificate"));
	return NACCS_OK;
}

static naccs_status verify_server(const struct verifying *verifying, struct naccs_error *err)
{
	const struct naccs_verify_request *request = verifying->request;
	CERTCertificate *chain[CHAIN_LIMIT] = {NULL};
	size_t count = request->server_chain_count < CHAIN_LIMIT ? request->server_chain_count : CHAIN_LIMIT;
	naccs_status status = NACCS_OK;

	/* The others are found by the engine while they are referenced. */
	for (size_t i = 0; i < count && status == NACCS_OK; i++) {
		chain[i] = reference_to(&request->server_chain[i]);
		if (chain[i] == NULL)
			status = nss_fail(err, NACCS_E_USAGE, _("cannot decode a certificate of the server's chain"));
	}
	if (status == NACCS_OK) {
		verifying->answer->server_chain = verify_chain(verifying, chain[0], certificateUsageSSLServer, _("server chain"));
		if (request->server_name != NULL && request->server_name[0] != '\0' &&
		    CERT_VerifyCertName(chain[0], request->server_name) != SECSuccess) {
			verifying->answer->server_chain = 0;
			say(verifying, request->server_name, PR_GetError());
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (chain[i] != NULL)
			CERT_DestroyCertificate(chain[i]);
	}
	return status;
}

/* No server was met: may the intermediates that lie here, below an anchor, issue servers' certificates? The best of them counts. */
static naccs_status verify_intermediates(const struct verifying *verifying, const struct nss_contents *contents, struct naccs_error *err)
{
	PRErrorCode code = 0;

	for (size_t i = 0; i < contents->count && verifying->answer->server_chain != 1; i++) {
		const struct nss_entry *entry = &contents->entries[i];
		if ((entry->roles & (1u << NACCS_ROLE_SERVER_INTERMEDIATE)) == 0)
			continue;
		naccs_auto(nss_reference) CERTCertificate *certificate = reference_to_entry(entry);
		if (certificate == NULL)
			return nss_fail(err, NACCS_E_STORE_IO, _("cannot examine %s in %s"), entry->label, verifying->store->path);
		bool is_good = verify_by_pkix(verifying, certificate, certificateUsageSSLCA) == SECSuccess;
		if (!is_good)
			code = PR_GetError();
		verifying->answer->server_chain = is_good ? 1 : 0;
	}
	if (verifying->answer->server_chain == 0)
		say(verifying, _("server chain"), code);
	return NACCS_OK;
}

naccs_status nss_verify(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer,
			struct naccs_error *err)
{
	struct naccs_verify_answer found = {.size = sizeof found, .client_chain = -1, .server_chain = -1};
	const struct verifying verifying = {store, request, &found, (PRTime)request->time * PR_USEC_PER_SEC};

	if (store->slot == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s does not hold that certificate"), store->path);
	naccs_auto(nss_contents) struct nss_contents contents = {0};
	naccs_status status = nss_contents_read(store, &contents, err);
	if (status == NACCS_OK) {
		nss_roles_find(store, &contents);
		status = verify_client(&verifying, &contents, err);
	}
	if (status == NACCS_OK)
		status =
			request->server_chain_count > 0 ? verify_server(&verifying, err) : verify_intermediates(&verifying, &contents, err);
	if (status != NACCS_OK)
		return status;
	found.size = answer->size;
	*answer = found;
	return NACCS_OK;
}
