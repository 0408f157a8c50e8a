/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a certificate as plain data. NSS's own objects live in a cache that would show us yesterday's trust and keep references alive. */
#include "nss.h"

#include <secasn1.h>
#include <secder.h>
#include <secoid.h>
#include <string.h>

/* PKCS#11 wants the serial number as a DER INTEGER; the decoder gives its bytes. */
static bool encode_serial(PLArenaPool *arena, const SECItem *serial, SECItem *ret)
{
	if (serial->len == 0 || serial->len > 100)
		return false;
	if (SECITEM_AllocItem(arena, ret, serial->len + 2) == NULL)
		return false;
	ret->data[0] = SEC_ASN1_INTEGER;
	ret->data[1] = (unsigned char)serial->len;
	memcpy(ret->data + 2, serial->data, serial->len);
	return true;
}

static bool find_key_id(PLArenaPool *arena, CERTCertificate *certificate, struct nss_certificate *ret)
{
	naccs_auto(nss_public_key) SECKEYPublicKey *key = CERT_ExtractPublicKey(certificate);
	SECItem *value = NULL;

	if (key != NULL && key->keyType == rsaKey)
		value = &key->u.rsa.modulus;
	else if (key != NULL && key->keyType == ecKey)
		value = &key->u.ec.publicValue;
	if (value == NULL)
		return true;
	SECItem *id = PK11_MakeIDFromPubKey(value);
	bool is_copied = id != NULL && SECITEM_CopyItem(arena, &ret->key_id, id) == SECSuccess &&
			 SECITEM_CopyItem(arena, &ret->key_value, value) == SECSuccess;
	if (id != NULL)
		SECITEM_FreeItem(id, PR_TRUE);
	return is_copied;
}

static bool is_ca(CERTCertificate *certificate)
{
	CERTBasicConstraints constraints = {.isCA = PR_FALSE};
	SECItem value = {siBuffer, NULL, 0};

	if (CERT_FindCertExtension(certificate, SEC_OID_X509_BASIC_CONSTRAINTS, &value) == SECSuccess) {
		bool is_decoded = CERT_DecodeBasicConstraintValue(&constraints, &value) == SECSuccess;
		SECITEM_FreeItem(&value, PR_FALSE);
		return is_decoded && constraints.isCA != PR_FALSE;
	}
	/* Roots of the first version have no extensions. */
	return certificate->version.len == 0 && SECITEM_ItemsAreEqual(&certificate->derIssuer, &certificate->derSubject);
}

bool nss_certificate_decode(PLArenaPool *arena, const SECItem *der, struct nss_certificate *ret)
{
	struct nss_certificate found = {.der = *der};
	CERTCertificate *certificate = PORT_ArenaZAlloc(arena, sizeof *certificate);

	if (certificate == NULL)
		return false;
	certificate->derCert = *der;
	certificate->arena = arena;
	if (SEC_QuickDERDecodeItem(arena, &certificate->signatureWrap, SEC_ASN1_GET(CERT_SignedDataTemplate), der) != SECSuccess ||
	    SEC_QuickDERDecodeItem(arena, certificate, SEC_ASN1_GET(SEC_SignedCertificateTemplate), der) != SECSuccess)
		return false;
	found.decoded = certificate;
	if (PK11_HashBuf(SEC_OID_SHA256, found.sha256, der->data, (PRInt32)der->len) != SECSuccess ||
	    !encode_serial(arena, &certificate->serialNumber, &found.serial) || !find_key_id(arena, certificate, &found))
		return false;
	found.is_ca = is_ca(certificate);
	found.is_root = SECITEM_ItemsAreEqual(&certificate->derIssuer, &certificate->derSubject) != PR_FALSE;
	*ret = found;
	return true;
}

naccs_status nss_certificate_read(PLArenaPool *arena, struct naccs_bytes der, struct nss_certificate *ret, struct naccs_error *err)
{
	SECItem *copy = der.length > 0 && der.length < 1024 * 1024 ? SECITEM_AllocItem(arena, NULL, (unsigned)der.length) : NULL;

	if (copy == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot read a certificate of %zu bytes"), der.length);
	memcpy(copy->data, der.data, der.length);
	if (!nss_certificate_decode(arena, copy, ret))
		return nss_fail(err, NACCS_E_USAGE, _("cannot decode a certificate that is to be installed"));
	return NACCS_OK;
}

bool nss_is_issued_by(const struct nss_certificate *child, const struct nss_certificate *issuer)
{
	return SECITEM_ItemsAreEqual(&child->decoded->derIssuer, &issuer->decoded->derSubject) &&
	       CERT_VerifySignedDataWithPublicKeyInfo(&child->decoded->signatureWrap, &issuer->decoded->subjectPublicKeyInfo, NULL) ==
		       SECSuccess;
}

/* No extension: any purpose. */
static bool has_client_purpose(CERTCertificate *certificate)
{
	SECItem value = {siBuffer, NULL, 0};
	bool is_found = false;

	if (CERT_FindCertExtension(certificate, SEC_OID_X509_EXT_KEY_USAGE, &value) != SECSuccess)
		return true;
	CERTOidSequence *purposes = CERT_DecodeOidSequence(&value);
	for (SECItem **oid = purposes != NULL ? purposes->oids : NULL; oid != NULL && *oid != NULL; oid++) {
		SECOidTag tag = SECOID_FindOIDTag(*oid);
		is_found |= tag == SEC_OID_EXT_KEY_USAGE_CLIENT_AUTH || tag == SEC_OID_X509_ANY_EXT_KEY_USAGE;
	}
	if (purposes != NULL)
		CERT_DestroyOidSequence(purposes);
	SECITEM_FreeItem(&value, PR_FALSE);
	return is_found;
}

bool nss_is_for_clients(const struct nss_certificate *certificate)
{
	return !certificate->is_ca && !certificate->is_root && certificate->key_id.len > 0 && has_client_purpose(certificate->decoded);
}

char *nss_certificate_name(const struct nss_certificate *certificate)
{
	const CERTName *subject = &certificate->decoded->subject;
	char *found = CERT_GetCommonName(subject);

	if (found == NULL)
		found = CERT_GetOrgUnitName(subject);
	if (found == NULL)
		found = CERT_GetOrgName(subject);
	char *name = naccs_text_printable(found != NULL ? found : "", found != NULL ? strlen(found) : 0);
	PORT_Free(found);
	if (name == NULL || name[0] != '\0')
		return name;
	free(name);
	return strdup("CA");
}
