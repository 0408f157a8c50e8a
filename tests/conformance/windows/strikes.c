/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see strikes.h. */
#include "strikes.h"

#include <windows.h>

#include <wincrypt.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum kind { NONE, KILL_BEFORE, KILL_AFTER, FULL, BROKEN, CANCELLED, DENIED, ARCHIVING };

static struct {
	enum kind kind;
	unsigned long long at, count;
	char met[MAX_PATH + 8];
} the;

void strikes_read(const char *path)
{
	static const char *const words[] = {
		[KILL_BEFORE] = "kill-before", [KILL_AFTER] = "kill-after", [FULL] = "full",	      [BROKEN] = "error",
		[CANCELLED] = "cancelled",     [DENIED] = "denied",	    [ARCHIVING] = "archiving"};
	char name[MAX_PATH], word[32];
	unsigned long long at = 0;

	(void)snprintf(name, sizeof name, "Z:%s", path);
	(void)snprintf(the.met, sizeof the.met, "%s.met", name);
	FILE *file = fopen(name, "r");
	if (file == NULL)
		return;
	if (fscanf(file, "* %llu %31s", &at, word) == 2)
		for (size_t i = KILL_BEFORE; i < sizeof words / sizeof *words; i++)
			if (strcmp(words[i], word) == 0)
				the.kind = (enum kind)i;
	the.at = at;
	(void)fclose(file);
}

static void die(void)
{
	(void)TerminateProcess(GetCurrentProcess(), STRIKES_EXIT_CODE);
}

static bool is_struck(void)
{
	if (the.kind == NONE || ++the.count != the.at)
		return false;
	FILE *file = fopen(the.met, "w");
	if (file != NULL)
		(void)fclose(file);
	if (the.kind == KILL_BEFORE)
		die();
	return true;
}

static bool is_failed(bool was_struck)
{
	return was_struck && (the.kind == FULL || the.kind == BROKEN || the.kind == CANCELLED);
}

/* After the call; keeps the reason why it failed by itself. */
static BOOL ended(bool was_struck, BOOL result)
{
	if (was_struck && the.kind == KILL_AFTER)
		die();
	return result;
}

static BOOL fail(void)
{
	SetLastError(the.kind == FULL ? ERROR_DISK_FULL : the.kind == CANCELLED ? ERROR_CANCELLED : ERROR_WRITE_FAULT);
	return FALSE;
}

/* ld --wrap=__imp_NAME: what the code finds in place of the import is the pointer __wrap___imp_NAME, and the real one is __real___imp_NAME.
 */
#define STRIKE(name, parameters, arguments, on_failure)                                                                                    \
	extern BOOL(WINAPI *__real___imp_##name) parameters;                                                                               \
	static BOOL WINAPI strike_##name parameters                                                                                        \
	{                                                                                                                                  \
		bool was_struck = is_struck();                                                                                             \
		if (is_failed(was_struck)) {                                                                                               \
			on_failure;                                                                                                        \
			return fail();                                                                                                     \
		}                                                                                                                          \
		return ended(was_struck, __real___imp_##name arguments);                                                                   \
	}                                                                                                                                  \
	extern BOOL(WINAPI *__wrap___imp_##name) parameters;                                                                               \
	BOOL(WINAPI *__wrap___imp_##name) parameters = strike_##name

STRIKE(CertAddCertificateContextToStore, (HCERTSTORE store, PCCERT_CONTEXT context, DWORD disposition, PCCERT_CONTEXT *ret),
       (store, context, disposition, ret), (void)0);
STRIKE(CertAddSerializedElementToStore,
       (HCERTSTORE store, const BYTE *bytes, DWORD length, DWORD disposition, DWORD flags, DWORD kinds, DWORD *kind, const void **ret),
       (store, bytes, length, disposition, flags, kinds, kind, ret), (void)0);
STRIKE(CertDeleteCertificateFromStore, (PCCERT_CONTEXT context), (context), (void)CertFreeCertificateContext(context));
STRIKE(CertControlStore, (HCERTSTORE store, DWORD flags, DWORD what, const void *parameter), (store, flags, what, parameter), (void)0);
STRIKE(CryptImportKey, (HCRYPTPROV provider, const BYTE *blob, DWORD length, HCRYPTKEY with, DWORD flags, HCRYPTKEY *ret),
       (provider, blob, length, with, flags, ret), (void)0);

/* Only what makes or deletes a container changes something. */
extern BOOL(WINAPI *__real___imp_CryptAcquireContextW)(HCRYPTPROV *ret, LPCWSTR container, LPCWSTR provider, DWORD type, DWORD flags);
static BOOL WINAPI strike_CryptAcquireContextW(HCRYPTPROV *ret, LPCWSTR container, LPCWSTR provider, DWORD type, DWORD flags)
{
	bool was_struck = (flags & (CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET)) != 0 && is_struck();

	return is_failed(was_struck) ? fail() : ended(was_struck, __real___imp_CryptAcquireContextW(ret, container, provider, type, flags));
}
extern BOOL(WINAPI *__wrap___imp_CryptAcquireContextW)(HCRYPTPROV *ret, LPCWSTR container, LPCWSTR provider, DWORD type, DWORD flags);
BOOL(WINAPI *__wrap___imp_CryptAcquireContextW)
(HCRYPTPROV *ret, LPCWSTR container, LPCWSTR provider, DWORD type, DWORD flags) = strike_CryptAcquireContextW;

/* Without administrator's rights the machine's stores can only be read. Under Wine everybody has them. */
extern HCERTSTORE(WINAPI *__real___imp_CertOpenStore)(LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY unused, DWORD flags,
						      const void *name);
static HCERTSTORE WINAPI strike_CertOpenStore(LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY unused, DWORD flags, const void *name)
{
	if (the.kind == DENIED && (flags & CERT_SYSTEM_STORE_LOCATION_MASK) == CERT_SYSTEM_STORE_LOCAL_MACHINE &&
	    (flags & CERT_STORE_READONLY_FLAG) == 0) {
		SetLastError(ERROR_ACCESS_DENIED);
		return NULL;
	}
	return __real___imp_CertOpenStore(provider, encoding, unused, flags, name);
}
extern HCERTSTORE(WINAPI *__wrap___imp_CertOpenStore)(LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY unused, DWORD flags,
						      const void *name);
HCERTSTORE(WINAPI *__wrap___imp_CertOpenStore)
(LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY unused, DWORD flags, const void *name) = strike_CertOpenStore;

/* Wine does not keep the property "archived". With "archiving" it is kept as a description, so that what is done with it can be seen. */
static DWORD kept_as(DWORD property)
{
	return the.kind == ARCHIVING && property == CERT_ARCHIVED_PROP_ID ? CERT_DESCRIPTION_PROP_ID : property;
}

extern BOOL(WINAPI *__real___imp_CertSetCertificateContextProperty)(PCCERT_CONTEXT context, DWORD property, DWORD flags, const void *data);
static BOOL WINAPI strike_CertSetCertificateContextProperty(PCCERT_CONTEXT context, DWORD property, DWORD flags, const void *data)
{
	static wchar_t text[] = L"archived";
	const CRYPT_DATA_BLOB description = {sizeof text, (BYTE *)text};
	bool is_mapped = kept_as(property) != property;

	return __real___imp_CertSetCertificateContextProperty(context, kept_as(property), flags,
							      is_mapped && data != NULL ? &description : data);
}
extern BOOL(WINAPI *__wrap___imp_CertSetCertificateContextProperty)(PCCERT_CONTEXT context, DWORD property, DWORD flags, const void *data);
BOOL(WINAPI *__wrap___imp_CertSetCertificateContextProperty)
(PCCERT_CONTEXT context, DWORD property, DWORD flags, const void *data) = strike_CertSetCertificateContextProperty;

extern BOOL(WINAPI *__real___imp_CertGetCertificateContextProperty)(PCCERT_CONTEXT context, DWORD property, void *data, DWORD *size);
static BOOL WINAPI strike_CertGetCertificateContextProperty(PCCERT_CONTEXT context, DWORD property, void *data, DWORD *size)
{
	return __real___imp_CertGetCertificateContextProperty(context, kept_as(property), data, size);
}
extern BOOL(WINAPI *__wrap___imp_CertGetCertificateContextProperty)(PCCERT_CONTEXT context, DWORD property, void *data, DWORD *size);
BOOL(WINAPI *__wrap___imp_CertGetCertificateContextProperty)
(PCCERT_CONTEXT context, DWORD property, void *data, DWORD *size) = strike_CertGetCertificateContextProperty;
