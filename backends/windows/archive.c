/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Windows's own way to keep an expired certificate without any program offering it: the property "archived". Wine does not know it. */
#include "winstore.h"

naccs_status win_archive(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	const CRYPT_DATA_BLOB empty = {0, NULL};
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_check_write(store, err);

	if (status == NACCS_OK)
		status = win_system_store_open(store, WIN_MY, WIN_OWN, true, &handle, err);
	naccs_auto(certificate_context) PCCERT_CONTEXT context =
		status == NACCS_OK ? win_system_store_find(store, handle, certificate) : NULL;
	if (status != NACCS_OK)
		return status;
	if (context == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s does not hold that certificate"), store->uri);
	SetLastError(ERROR_SUCCESS);
	if (CertSetCertificateContextProperty(context, CERT_ARCHIVED_PROP_ID, 0, &empty))
		return win_system_store_commit(store, WIN_MY, handle, err);
	if (GetLastError() == ERROR_SUCCESS) /* Wine */
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("%s can't archive certificates"), store->uri);
	return win_fail(err, GetLastError(), _("cannot archive a certificate in %s"), store->uri);
}
