/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a certificate in MY says itself where its key is kept, be it ours or another program's; Windows follows that, through CNG where it
 * can, which alone signs PSS. */
#include "winstore.h"

static bool try_flags(PCCERT_CONTEXT context, DWORD flags, struct win_acquired *ret)
{
	struct win_acquired acquired = {0};
	BOOL must_free = FALSE;

	if (!CryptAcquireCertificatePrivateKey(context, flags | CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_COMPARE_KEY_FLAG, NULL,
					       &acquired.handle, &acquired.spec, &must_free))
		return false;
	acquired.must_free = must_free != FALSE;
	*ret = acquired;
	return true;
}

static bool is_its_own(PCCERT_CONTEXT context, HCRYPTPROV provider, DWORD spec)
{
	DWORD size = 0;
	naccs_auto(heap) CERT_PUBLIC_KEY_INFO *info = NULL;

	return CryptExportPublicKeyInfo(provider, spec, X509_ASN_ENCODING, NULL, &size) && (info = malloc(size)) != NULL &&
	       CryptExportPublicKeyInfo(provider, spec, X509_ASN_ENCODING, info, &size) &&
	       CertComparePublicKeyInfo(X509_ASN_ENCODING, info, &context->pCertInfo->SubjectPublicKeyInfo);
}

/* Wine looks among the user's keys only, whatever the link says of the machine's. */
static bool try_machine(PCCERT_CONTEXT context, DWORD size, struct win_acquired *ret)
{
	naccs_auto(heap) CRYPT_KEY_PROV_INFO *link = malloc(size);
	HCRYPTPROV provider = 0;

	if (link == NULL || !CertGetCertificateContextProperty(context, CERT_KEY_PROV_INFO_PROP_ID, link, &size) || link->dwProvType == 0 ||
	    (link->dwFlags & CRYPT_MACHINE_KEYSET) == 0 ||
	    !CryptAcquireContextW(&provider, link->pwszContainerName, link->pwszProvName, link->dwProvType,
				  CRYPT_MACHINE_KEYSET | CRYPT_SILENT))
		return false;
	if (!is_its_own(context, provider, link->dwKeySpec)) {
		(void)CryptReleaseContext(provider, 0);
		return false;
	}
	*ret = (struct win_acquired){.handle = provider, .spec = link->dwKeySpec, .must_free = true};
	return true;
}

bool win_acquire(PCCERT_CONTEXT context, struct win_acquired *ret)
{
	DWORD size = 0;

	/* Without the property Windows goes through every container that there is. */
	if (!CertGetCertificateContextProperty(context, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size))
		return false;
	return try_flags(context, CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG, ret) || try_flags(context, 0, ret) ||
	       try_machine(context, size, ret);
}

void win_acquired_release(struct win_acquired *acquired)
{
	if (acquired->must_free && acquired->spec == CERT_NCRYPT_KEY_SPEC)
		(void)NCryptFreeObject(acquired->handle);
	else if (acquired->must_free)
		(void)CryptReleaseContext(acquired->handle, 0);
	*acquired = (struct win_acquired){0};
}
