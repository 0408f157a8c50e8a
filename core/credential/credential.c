/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the credential as a whole: its end, and its key as PKCS#8 for the stores. */
#include "crypto_internal.h"
#include "ossl_cleanup.h"

#include "text.h"

#include <openssl/encoder.h>

NACCS_DEFINE_CLEANUP(OSSL_ENCODER_CTX *, OSSL_ENCODER_CTX_free, encoder)

void naccs_credential_free(struct naccs_credential *credential)
{
	if (credential == NULL)
		return;
	EVP_PKEY_free(credential->key);
	X509_free(credential->certificate);
	naccs_certificates_free(credential->intermediates);
	X509_free(credential->client_ca);
	naccs_certificates_free(credential->extras);
	naccs_certificate_facts_free(credential->facts);
	naccs_certificate_facts_free(credential->client_ca_facts);
	free(credential->friendly_name);
	free(credential);
}

naccs_status naccs_credential_export_key(const struct naccs_credential *credential, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(encoder) OSSL_ENCODER_CTX *encoder =
		OSSL_ENCODER_CTX_new_for_pkey(credential->key, EVP_PKEY_KEYPAIR, "DER", "PrivateKeyInfo", NULL);
	unsigned char *bytes = NULL;
	size_t length = 0;
	if (encoder == NULL || OSSL_ENCODER_CTX_get_num_encoders(encoder) == 0 || OSSL_ENCODER_to_data(encoder, &bytes, &length) != 1)
		return naccs_crypto_fail(err, NACCS_E_INTERNAL, _("cannot export the private key"));
	naccs_status status = naccs_secret_new_copy(bytes, length, ret, err);
	OPENSSL_clear_free(bytes, length);
	return status;
}
