/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the fixture's hands and eyes in Windows's stores, by CryptoAPI alone: what the backend under test says is not believed.
 *     windows-store-tool show user|machine   one line for each certificate with all properties, and for each key container
 *     windows-store-tool clean user|machine  take away what tests have put there
 *     windows-store-tool put user|machine STORE FILE any|client|server|nothing  put a certificate (DER) there, limited to a purpose
 */
#include <windows.h>

#include <wincrypt.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "naccs-cert "

static const wchar_t *const names[] = {L"MY", L"ROOT", L"CA", L"Disallowed"};
static bool is_machine;

static HCERTSTORE open_store(const wchar_t *name)
{
	DWORD where = is_machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER;
	HCERTSTORE store =
		CertOpenStore(CERT_STORE_PROV_SYSTEM_REGISTRY_W, X509_ASN_ENCODING, 0, where | CERT_STORE_ENUM_ARCHIVED_FLAG, name);

	if (store == NULL) {
		(void)fprintf(stderr, "cannot open %ls: 0x%08lx\n", name, GetLastError());
		exit(1);
	}
	return store;
}

static void show_bytes(const BYTE *bytes, DWORD length)
{
	for (DWORD i = 0; i < length; i++)
		(void)printf("%02x", bytes[i]);
}

/* A key's link holds pointers: only what they point to is the same each time. */
static void show_property(PCCERT_CONTEXT context, DWORD property)
{
	static BYTE bytes[8192];
	DWORD length = sizeof bytes;
	const CRYPT_KEY_PROV_INFO *link = (const void *)bytes;

	if (property == CERT_SHA1_HASH_PROP_ID || !CertGetCertificateContextProperty(context, property, bytes, &length))
		return;
	if (property == CERT_KEY_PROV_INFO_PROP_ID) {
		(void)printf(" key=%ls/%ls/%lu/%lx/%lu", link->pwszContainerName, link->pwszProvName, link->dwProvType, link->dwFlags,
			     link->dwKeySpec);
		return;
	}
	(void)printf(" %lu=", property);
	show_bytes(bytes, length);
}

static void show_certificate(const wchar_t *name, PCCERT_CONTEXT context)
{
	BYTE sha1[20];
	DWORD length = sizeof sha1, property = 0;

	(void)printf("%ls ", name);
	if (CertGetCertificateContextProperty(context, CERT_SHA1_HASH_PROP_ID, sha1, &length))
		show_bytes(sha1, length);
	while ((property = CertEnumCertificateContextProperties(context, property)) != 0)
		show_property(context, property);
	(void)putchar('\n');
}

/* Wine puts the native system's roots into the machine's ROOT; ours are those with limits. */
static bool is_ours(const wchar_t *name, PCCERT_CONTEXT context)
{
	DWORD length = 0;

	return !is_machine || wcscmp(name, L"ROOT") != 0 ||
	       CertGetCertificateContextProperty(context, CERT_ENHKEY_USAGE_PROP_ID, NULL, &length) != FALSE;
}

static void each_certificate(const wchar_t *name, bool is_cleaning)
{
	HCERTSTORE store = open_store(name);
	PCCERT_CONTEXT context = NULL;

	while ((context = CertEnumCertificatesInStore(store, context)) != NULL) {
		if (!is_ours(name, context))
			continue;
		if (!is_cleaning) {
			show_certificate(name, context);
			continue;
		}
		(void)CertDeleteCertificateFromStore(context);
		context = NULL;
	}
	(void)CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL);
	(void)CertCloseStore(store, 0);
}

static bool acquire(const char *container, DWORD flags, HCRYPTPROV *ret)
{
	return CryptAcquireContextA(ret, container, MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES,
				    flags | CRYPT_SILENT | (is_machine ? CRYPT_MACHINE_KEYSET : 0)) != FALSE;
}

static void show_container(const char *container)
{
	HCRYPTPROV provider = 0;
	HCRYPTKEY key = 0;
	DWORD permissions = 0, size = sizeof permissions, length = 0;
	bool has_key = acquire(container, 0, &provider) && CryptGetUserKey(provider, AT_KEYEXCHANGE, &key);

	if (has_key)
		(void)CryptGetKeyParam(key, KP_PERMISSIONS, (BYTE *)&permissions, &size, 0);
	(void)printf("container %s %s permissions=%lx%s\n", container, has_key ? "key" : "empty", permissions,
		     has_key && CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, NULL, &length) ? " exportable" : "");
}

static void each_container(bool is_cleaning)
{
	static char found[256][128];
	size_t count = 0;
	HCRYPTPROV provider = 0, none = 0;
	char name[1024];
	DWORD length = sizeof name, where = is_machine ? CRYPT_MACHINE_KEYSET : 0, flag = CRYPT_FIRST; /* Wine asks where here too */

	if (!acquire(NULL, CRYPT_VERIFYCONTEXT, &provider))
		return;
	while (count < 256 && CryptGetProvParam(provider, PP_ENUMCONTAINERS, (BYTE *)name, &length, flag | where)) {
		if (strncmp(name, PREFIX, sizeof PREFIX - 1) == 0)
			(void)snprintf(found[count++], sizeof found[0], "%s", name);
		length = sizeof name;
		flag = CRYPT_NEXT;
	}
	(void)CryptReleaseContext(provider, 0);
	for (size_t i = 0; i < count; i++) {
		if (is_cleaning)
			(void)acquire(found[i], CRYPT_DELETEKEYSET, &none);
		else
			show_container(found[i]);
	}
}

/* Over what is there. */
static int put(const char *name, const char *path, const char *purpose)
{
	static char client[] = szOID_PKIX_KP_CLIENT_AUTH, server[] = szOID_PKIX_KP_SERVER_AUTH;
	char *purposes[1] = {strcmp(purpose, "client") == 0 ? client : server};
	CERT_ENHKEY_USAGE usage = {strcmp(purpose, "nothing") == 0 ? 0 : 1, purposes};
	static BYTE der[65536];
	wchar_t wide[64];
	FILE *file = fopen(path, "rb");
	DWORD length = file != NULL ? (DWORD)fread(der, 1, sizeof der, file) : 0;
	PCCERT_CONTEXT context = CertCreateCertificateContext(X509_ASN_ENCODING, der, length);

	(void)MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, 64);
	HCERTSTORE store = open_store(wide);
	if (context == NULL || (strcmp(purpose, "any") != 0 && !CertSetEnhancedKeyUsage(context, &usage)) ||
	    !CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_REPLACE_EXISTING, NULL) ||
	    !CertFreeCertificateContext(context) ||
	    !CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL)) {
		(void)fprintf(stderr, "cannot put %s into %s: 0x%08lx\n", path, name, GetLastError());
		return 1;
	}
	(void)CertCloseStore(store, 0);
	return file != NULL ? fclose(file) : 1;
}

int main(int argc, char **argv)
{
	const char *what = argc >= 3 ? argv[1] : "";

	is_machine = argc >= 3 && strcmp(argv[2], "machine") == 0;
	if (argc == 6 && strcmp(what, "put") == 0)
		return put(argv[3], argv[4], argv[5]);
	if (argc != 3 || (strcmp(what, "clean") != 0 && strcmp(what, "show") != 0)) {
		(void)fputs("usage: windows-store-tool show|clean user|machine\n       windows-store-tool put user|machine STORE FILE "
			    "any|client|server|nothing\n",
			    stderr);
		return 64;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		each_certificate(names[i], strcmp(what, "clean") == 0);
	each_container(strcmp(what, "clean") == 0);
	return 0;
}
