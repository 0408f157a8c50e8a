/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a certificate in MY says itself where its key is kept, be it ours or another program's; Windows follows that, through CNG where it can, which alone signs PSS. */
#include "winstore.h"

static bool try_flags(PCCERT_CONTEXT context, DWORD flags, struct win_acquired *ret)
{
	struct win_acquired acquired = {0};
	BOOL must_free = FALSE;

	if (!CryptAcquireCertificatePrivateKey(context, flags | CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_COMPARE_KEY_FLAG, NULL, &acquired.handle,
					       &acquired.spec, &must_free))
		return false;
	acquired.must_free = must_free != FALSE;
	*ret = acquired;
	return true;
}

bool win_acquire(PCCERT_CONTEXT context, struct win_acquired *ret)
{
	DWORD size = 0;

	/* Without the property Windows goes through every container that there is. */
	if (!CertGetCertificateContextProperty(context, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size))
		return false;
	return try_flags(context, CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG, ret) || try_flags(context, 0, ret);
}

void win_acquired_release(struct win_acquired *acquired)
{
	if (acquired->must_free && acquired->spec == CERT_NCRYPT_KEY_SPEC)
		(void)NCryptFreeObject(acquired->handle);
	else if (acquired->must_free)
		(void)CryptReleaseContext(acquired->handle, 0);
	*acquired = (struct win_acquired){0};
}
