/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what a program of somebody else's does with an install, in a process of its own and by Windows's functions alone: find the
 * certificate by issuer and thumbprint, sign with its key, verify the signature by the certificate, build the chain and read its trust
 * status. windows-second-reader ISSUER THUMBPRINT user|machine ISSUER is the issuer's common name, THUMBPRINT the SHA-1 in hex. Prints what
 * it found, ends with 0 when all of it is good.
 */
#include <windows.h>

#include <wincrypt.h>

#include <ncrypt.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ENCODING (X509_ASN_ENCODING | PKCS_7_ASN_ENCODING)

static const BYTE text[] = "a challenge";

static bool fail(const char *what)
{
	(void)printf("%s: 0x%08lx\n", what, GetLastError());
	return false;
}

static bool is_wanted(PCCERT_CONTEXT context, const wchar_t *issuer, const char *thumbprint)
{
	wchar_t name[256] = L"";
	BYTE sha1[20];
	DWORD length = sizeof sha1;
	char hex[41] = "";

	(void)CertGetNameStringW(context, CERT_NAME_SIMPLE_DISPLAY_TYPE, CERT_NAME_ISSUER_FLAG, NULL, name, sizeof name / sizeof *name);
	if (!CertGetCertificateContextProperty(context, CERT_SHA1_HASH_PROP_ID, sha1, &length))
		return fail("thumbprint");
	for (int i = 0; i < 20; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", sha1[i]);
	return wcscmp(name, issuer) == 0 && strcmp(hex, thumbprint) == 0;
}

/* The usual way of programs: enumerate, compare. */
static PCCERT_CONTEXT find(HCERTSTORE store, const wchar_t *issuer, const char *thumbprint)
{
	PCCERT_CONTEXT context = NULL;

	while ((context = CertEnumCertificatesInStore(store, context)) != NULL)
		if (is_wanted(context, issuer, thumbprint))
			return context;
	(void)fail("no such certificate");
	return NULL;
}

static bool sign_capi(HCRYPTPROV provider, DWORD spec, BYTE *signature, DWORD *length)
{
	HCRYPTHASH hash = 0;
	bool is_signed = CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash) && CryptHashData(hash, text, sizeof text, 0) &&
			 CryptSignHashW(hash, spec, NULL, 0, signature, length);

	(void)CryptDestroyHash(hash);
	return is_signed || fail("sign");
}

static bool verify(PCCERT_CONTEXT context, const BYTE *signature, DWORD length)
{
	HCRYPTPROV provider = 0;
	HCRYPTKEY key = 0;
	HCRYPTHASH hash = 0;
	bool is_good = CryptAcquireContextW(&provider, NULL, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_VERIFYCONTEXT) &&
		       CryptImportPublicKeyInfo(provider, ENCODING, &context->pCertInfo->SubjectPublicKeyInfo, &key) &&
		       CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash) && CryptHashData(hash, text, sizeof text, 0) &&
		       CryptVerifySignatureW(hash, signature, length, key, NULL, 0);

	(void)CryptDestroyHash(hash);
	(void)CryptDestroyKey(key);
	(void)CryptReleaseContext(provider, 0);
	return is_good || fail("the signature does not verify");
}

static bool prove_key(PCCERT_CONTEXT context)
{
	HCRYPTPROV_OR_NCRYPT_KEY_HANDLE key = 0;
	DWORD spec = 0, length = 0;
	BOOL must_free = FALSE;
	BYTE signature[2048];

	if (!CryptAcquireCertificatePrivateKey(context, CRYPT_ACQUIRE_SILENT_FLAG, NULL, &key, &spec, &must_free))
		return fail("no private key");
	length = sizeof signature;
	bool is_good = sign_capi(key, spec, signature, &length) && verify(context, signature, length);
	if (must_free)
		(void)CryptReleaseContext(key, 0);
	(void)printf("key: %s\n", is_good ? "signs" : "bad");
	return is_good;
}

static bool prove_chain(PCCERT_CONTEXT context, bool is_machine)
{
	char client[] = szOID_PKIX_KP_CLIENT_AUTH, *usages[] = {client};
	CERT_CHAIN_PARA wanted = {
		.cbSize = sizeof wanted,
		.RequestedUsage = {.dwType = USAGE_MATCH_TYPE_AND, .Usage = {.cUsageIdentifier = 1, .rgpszUsageIdentifier = usages}}};
	PCCERT_CHAIN_CONTEXT chain = NULL;
	FILETIME time = context->pCertInfo->NotBefore; /* tests' certificates are of any time */

	if (!CertGetCertificateChain(is_machine ? HCCE_LOCAL_MACHINE : HCCE_CURRENT_USER, context, &time, NULL, &wanted,
				     CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, NULL, &chain))
		return fail("no chain");
	bool is_good = chain->TrustStatus.dwErrorStatus == CERT_TRUST_NO_ERROR;
	(void)printf("chain: %lu certificates, trust status 0x%08lx\n", chain->rgpChain[0]->cElement, chain->TrustStatus.dwErrorStatus);
	CertFreeCertificateChain(chain);
	return is_good;
}

int main(int argc, char **argv)
{
	wchar_t issuer[256];

	if (argc != 4 || MultiByteToWideChar(CP_UTF8, 0, argv[1], -1, issuer, sizeof issuer / sizeof *issuer) == 0) {
		(void)fputs("usage: windows-second-reader ISSUER THUMBPRINT user|machine\n", stderr);
		return 64;
	}
	bool is_machine = strcmp(argv[3], "machine") == 0;
	HCERTSTORE store = CertOpenStore(
		CERT_STORE_PROV_SYSTEM_W, ENCODING, 0,
		(is_machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER) | CERT_STORE_READONLY_FLAG, L"MY");
	PCCERT_CONTEXT context = store != NULL ? find(store, issuer, argv[2]) : NULL;
	bool is_good = context != NULL && prove_key(context);

	is_good = context != NULL && prove_chain(context, is_machine) && is_good;
	if (context != NULL)
		(void)CertFreeCertificateContext(context);
	if (store != NULL)
		(void)CertCloseStore(store, 0);
	return is_good ? 0 : 1;
}
