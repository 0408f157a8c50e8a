/* SPDX-License-Identifier: Apache-2.0 */
/* Why: NSS imports a key that fits no certificate without a word. So the pair has to prove itself before anything is written. */
#include "nss.h"

#include <cryptohi.h>
#include <secerr.h>
#include <secoid.h>
#include <string.h>

/* As an object of this process, nowhere else. */
static SECKEYPrivateKey *import_here(const struct nss_certificate *certificate, struct naccs_bytes key)
{
	PK11SlotInfo *slot = PK11_GetInternalSlot();
	SECItem der = {siBuffer, NULL, (unsigned)key.length};
	SECItem name = {siBuffer, NULL, 0};
	SECItem value = certificate->key_value;
	SECKEYPrivateKey *imported = NULL;

	naccs_auto(arena) PLArenaPool *arena = PORT_NewArena(DER_DEFAULT_CHUNKSIZE);
	if (arena != NULL)
		der.data = PORT_ArenaAlloc(arena, key.length);
	if (slot != NULL && der.data != NULL) {
		memcpy(der.data, key.data, key.length);
		(void)PK11_ImportDERPrivateKeyInfoAndReturnKey(slot, &der, &name, &value, PR_FALSE, PR_TRUE, KU_ALL, &imported, NULL);
	}
	if (slot != NULL)
		PK11_FreeSlot(slot);
	return imported;
}

static bool is_pair(SECKEYPrivateKey *private_key, SECKEYPublicKey *public_key)
{
	static unsigned char text[] = "naccs-cert: do you belong together?";
	unsigned char digest[32];
	SECItem hash = {siBuffer, digest, sizeof digest};
	SECItem signature = {siBuffer, NULL, 0};
	int length = PK11_SignatureLen(private_key);

	if (length <= 0 || PK11_HashBuf(SEC_OID_SHA256, digest, text, sizeof text) != SECSuccess ||
	    SECITEM_AllocItem(NULL, &signature, (unsigned)length) == NULL)
		return false;
	bool is_good =
		PK11_Sign(private_key, &signature, &hash) == SECSuccess && PK11_Verify(public_key, &signature, &hash, NULL) == SECSuccess;
	SECITEM_FreeItem(&signature, PR_FALSE);
	return is_good;
}

naccs_status nss_key_check(const struct naccs_store *store, const struct nss_certificate *certificate, struct naccs_bytes key,
			   struct naccs_error *err)
{
	SECOidTag algorithm = SECOID_GetAlgorithmTag(&certificate->decoded->subjectPublicKeyInfo.algorithm);

	if (key.length == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: there is no private key"), store->path);
	if ((algorithm != SEC_OID_PKCS1_RSA_ENCRYPTION && algorithm != SEC_OID_ANSIX962_EC_PUBLIC_KEY) || certificate->key_id.len == 0)
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
				  _("cannot install into %s: keys of this type are not taken, only RSA and EC (P-256, P-384, P-521)"),
				  store->path);
	naccs_auto(nss_public_key) SECKEYPublicKey *public_key = CERT_ExtractPublicKey(certificate->decoded);
	naccs_auto(nss_private_key) SECKEYPrivateKey *private_key = import_here(certificate, key);
	if (public_key == NULL || private_key == NULL)
		return nss_fail(err, algorithm == SEC_OID_ANSIX962_EC_PUBLIC_KEY ? NACCS_E_STORE_UNSUPPORTED : NACCS_E_USAGE,
				_("cannot install into %s: NSS does not take the private key"), store->path);
	if (!is_pair(private_key, public_key))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: the key does not belong to the certificate"),
				  store->path);
	return NACCS_OK;
}
