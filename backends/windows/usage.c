/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a root in Windows's store may be limited to some purposes by a property beside it (CERT_ENHKEY_USAGE_PROP_ID). Without the property
 * it vouches for everything. */
#include "winstore.h"

#include <string.h>

#define PURPOSES 64
#define ANY_PURPOSE "2.5.29.37.0"

static const struct {
	unsigned usage;
	const char *oid;
} known[] = {{WIN_CLIENT_AUTH, szOID_PKIX_KP_CLIENT_AUTH}, {WIN_SERVER_AUTH, szOID_PKIX_KP_SERVER_AUTH}};

/* What the property says. NULL with *ret_is_limited false: there is none. CertGetEnhancedKeyUsage() tells none from an empty one by
 * GetLastError() only. Caller frees. */
static CERT_ENHKEY_USAGE *read_property(PCCERT_CONTEXT context, bool *ret_is_limited)
{
	DWORD size = 0, decoded_size = 0;
	naccs_auto(heap) uint8_t *encoded = NULL;
	CERT_ENHKEY_USAGE *purposes = NULL;

	*ret_is_limited = CertGetCertificateContextProperty(context, CERT_ENHKEY_USAGE_PROP_ID, NULL, &size) != FALSE;
	if (!*ret_is_limited)
		return NULL;
	encoded = malloc((size_t)size + 1);
	if (encoded == NULL || !CertGetCertificateContextProperty(context, CERT_ENHKEY_USAGE_PROP_ID, encoded, &size) ||
	    !CryptDecodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, encoded, size, 0, NULL, &decoded_size))
		return NULL;
	purposes = malloc(decoded_size);
	if (purposes != NULL && !CryptDecodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, encoded, size, 0, purposes, &decoded_size)) {
		free(purposes);
		purposes = NULL;
	}
	return purposes;
}

static unsigned usage_of(const char *oid)
{
	if (strcmp(oid, ANY_PURPOSE) == 0)
		return WIN_ALL_USAGES;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(oid, known[i].oid) == 0)
			return known[i].usage;
	return 0;
}

unsigned win_usages_of(PCCERT_CONTEXT context, bool *ret_is_disabled)
{
	bool is_limited = false;
	naccs_auto(heap) CERT_ENHKEY_USAGE *purposes = read_property(context, &is_limited);
	unsigned usages = 0;

	*ret_is_disabled = is_limited && (purposes == NULL || purposes->cUsageIdentifier == 0);
	if (!is_limited)
		return WIN_ALL_USAGES;
	for (DWORD i = 0; purposes != NULL && i < purposes->cUsageIdentifier; i++)
		usages |= usage_of(purposes->rgpszUsageIdentifier[i]);
	return usages;
}

naccs_status win_usages_set(PCCERT_CONTEXT context, unsigned added, unsigned removed, struct naccs_error *err)
{
	bool is_limited = false;
	naccs_auto(heap) CERT_ENHKEY_USAGE *before = read_property(context, &is_limited);
	char *oids[PURPOSES];
	uint8_t encoded[4096];
	CERT_ENHKEY_USAGE after = {.rgpszUsageIdentifier = oids};
	CRYPT_DATA_BLOB blob = {sizeof encoded, encoded};

	for (DWORD i = 0; before != NULL && i < before->cUsageIdentifier && after.cUsageIdentifier < PURPOSES - 2; i++) {
		unsigned usage = usage_of(before->rgpszUsageIdentifier[i]);
		if (usage == 0 || (usage & (added | removed)) == 0 || usage == WIN_ALL_USAGES)
			oids[after.cUsageIdentifier++] = before->rgpszUsageIdentifier[i];
	}
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if ((added & known[i].usage) != 0)
			memcpy(&oids[after.cUsageIdentifier++], &known[i].oid, sizeof *oids);
	if (!CryptEncodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, &after, encoded, &blob.cbData) ||
	    !CertSetCertificateContextProperty(context, CERT_ENHKEY_USAGE_PROP_ID, 0, &blob))
		return win_fail(err, GetLastError(), _("cannot limit what a root certificate is trusted for"));
	return NACCS_OK;
}
