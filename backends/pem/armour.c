/* SPDX-License-Identifier: Apache-2.0 */
/* Why: PEM text to and from DER, in the store's private OpenSSL context. Keys never lie in memory that is not wiped. */
#include "pem.h"

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define LINE_BYTES 48 /* of DER; 64 characters of text */
#define MANY_CERTIFICATES 64
#define TYPE_NAME_SIZE 80 /* "rsaEncryption", or the digits of an unknown algorithm */

static int64_t openssl_error(void)
{
	unsigned long code = ERR_peek_last_error();

	ERR_clear_error();
	return (int64_t)code;
}

/* Line by line with EVP_EncodeBlock: it keeps no state of its own, so no piece of a key stays behind. */
static naccs_status append_base64(struct naccs_secret *text, struct naccs_bytes der, struct naccs_error *err)
{
	for (size_t at = 0; at < der.length; at += LINE_BYTES) {
		size_t length = der.length - at < LINE_BYTES ? der.length - at : LINE_BYTES;
		uint8_t *line;
		naccs_status status = naccs_secret_reserve(text, LINE_BYTES / 3 * 4 + 1, &line, err);
		if (status != NACCS_OK)
			return status;
		int written = EVP_EncodeBlock(line, der.data + at, (int)length);
		line[written] = '\n'; /* in place of its NUL */
		naccs_secret_added(text, (size_t)written + 1);
	}
	return NACCS_OK;
}

naccs_status pem_armour(struct naccs_secret *text, const char *label, struct naccs_bytes der, struct naccs_error *err)
{
	naccs_auto(heap) char *begin = naccs_format("-----BEGIN %s-----\n", label);
	naccs_auto(heap) char *end = naccs_format("-----END %s-----\n", label);
	if (begin == NULL || end == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	naccs_status status = naccs_secret_append(text, begin, strlen(begin), err);
	if (status == NACCS_OK)
		status = append_base64(text, der, err);
	if (status == NACCS_OK)
		status = naccs_secret_append(text, end, strlen(end), err);
	return status;
}

void pem_certificates_free(struct pem_certificates *certificates)
{
	for (size_t i = 0; i < certificates->count; i++)
		free((void *)(uintptr_t)certificates->der[i].data);
	free(certificates->der);
	*certificates = (struct pem_certificates){0};
}

naccs_status pem_certificate_decode(const struct naccs_store *store, struct naccs_bytes der, X509 **ret, struct naccs_error *err)
{
	const unsigned char *at = der.data;
	X509 *certificate = pem_known_certificate(store, der);

	if (certificate != NULL) {
		*ret = certificate;
		return NACCS_OK;
	}
	certificate = X509_new_ex(store->crypto, NULL);
	if (certificate == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, openssl_error(), _("memory is short"));
	/* On failure d2i_X509 frees it and sets it to NULL. */
	if (der.length > LONG_MAX || d2i_X509(&certificate, &at, (long)der.length) == NULL || at != der.data + der.length) {
		X509_free(certificate);
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, openssl_error(), _("this is no X.509 certificate"));
	}
	pem_know_certificate(store, der, certificate);
	*ret = certificate;
	return NACCS_OK;
}

static naccs_status certificates_add(struct pem_certificates *list, struct naccs_bytes der, struct naccs_error *err)
{
	uint8_t *copy = malloc(der.length);
	struct naccs_bytes *grown = reallocarray(list->der, list->count + 1, sizeof *grown);

	if (grown != NULL)
		list->der = grown;
	if (copy == NULL || grown == NULL) {
		free(copy);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	}
	memcpy(copy, der.data, der.length);
	list->der[list->count++] = (struct naccs_bytes){copy, der.length};
	return NACCS_OK;
}

/* The next block of any label. *ret_name NULL at the end of the text. */
static naccs_status next_block(BIO *bio, char **ret_name, struct naccs_secret **ret_der, struct naccs_error *err)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long length = 0;

	if (PEM_read_bio_ex(bio, &name, &header, &data, &length, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1) {
		bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
		int64_t native = openssl_error();
		*ret_name = NULL;
		return is_end ? NACCS_OK : naccs_fail(err, NACCS_E_STORE_DAMAGED, native, _("its PEM text is damaged"));
	}
	naccs_status status = naccs_secret_new_copy(data, (size_t)length, ret_der, err);
	*ret_name = status == NACCS_OK ? naccs_format("%s", name) : NULL;
	if (status == NACCS_OK && *ret_name == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	OPENSSL_secure_free(name);
	OPENSSL_secure_clear_free(header, strlen(header));
	OPENSSL_secure_clear_free(data, (size_t)length);
	return status;
}

static naccs_status add_if_certificate(const struct naccs_store *store, struct pem_certificates *list, const char *label,
				       const struct naccs_secret *der, struct naccs_error *err)
{
	naccs_auto(x509) X509 *certificate = NULL;
	struct naccs_bytes bytes = {naccs_secret_data(der), naccs_secret_length(der)};

	if (strcmp(label, PEM_STRING_X509) != 0)
		return NACCS_OK;
	if (list->count >= MANY_CERTIFICATES)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("it holds more than %d certificates"), MANY_CERTIFICATES);
	naccs_status status = pem_certificate_decode(store, bytes, &certificate, err);
	return status == NACCS_OK ? certificates_add(list, bytes, err) : status;
}

naccs_status pem_certificates_parse(const struct naccs_store *store, const struct naccs_secret *text, const char *name,
				    struct pem_certificates *ret, struct naccs_error *err)
{
	naccs_auto(pem_certificates) struct pem_certificates list = {0};
	naccs_auto(bio) BIO *bio = BIO_new_mem_buf(naccs_secret_data(text), (int)naccs_secret_length(text));
	naccs_status status = NACCS_OK;

	if (bio == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, openssl_error(), _("memory is short"));
	for (;;) {
		naccs_auto(heap) char *label = NULL;
		naccs_auto(secret) struct naccs_secret *der = NULL;
		status = next_block(bio, &label, &der, err);
		if (status == NACCS_OK && label != NULL)
			status = add_if_certificate(store, &list, label, der, err);
		if (status != NACCS_OK || label == NULL)
			break;
	}
	if (status == NACCS_OK && list.count == 0)
		status = naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("it holds no certificate"));
	if (status != NACCS_OK) {
		naccs_error_prefix(err, _("cannot read %s in %s"), name, store->path);
		return status;
	}
	*ret = list;
	list = (struct pem_certificates){0};
	return NACCS_OK;
}

/* EVP_PKCS82PKEY_ex() of OpenSSL 3.0 tries every kind of key there is; the algorithm's name spares it two thirds of the work. */
static EVP_PKEY *key_decode(OSSL_LIB_CTX *crypto, const PKCS8_PRIV_KEY_INFO *info, struct naccs_bytes der)
{
	const ASN1_OBJECT *algorithm = NULL;
	EVP_PKEY *key = NULL;
	char type[TYPE_NAME_SIZE] = "";

	if (PKCS8_pkey_get0(&algorithm, NULL, NULL, NULL, info) != 1 || OBJ_obj2txt(type, sizeof type, algorithm, 0) <= 0)
		return NULL;
	OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(&key, "DER", "PrivateKeyInfo", type, EVP_PKEY_KEYPAIR, crypto, NULL);
	if (decoder != NULL)
		(void)OSSL_DECODER_from_data(decoder, &der.data, &der.length); /* sets key */
	OSSL_DECODER_CTX_free(decoder);
	return key;
}

naccs_status pem_key_decode(const struct naccs_store *store, struct naccs_bytes der, EVP_PKEY **ret, struct naccs_error *err)
{
	const unsigned char *at = der.data;

	if (der.length == 0 || der.length > LONG_MAX)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("this is no PKCS#8 private key"));
	EVP_PKEY *key = pem_known_key(store, der);
	if (key != NULL) {
		*ret = key;
		return NACCS_OK;
	}
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.length);
	key = info != NULL && at == der.data + der.length ? key_decode(store->crypto, info, der) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	if (key == NULL)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, openssl_error(), _("this is no PKCS#8 private key"));
	pem_know_key(store, der, key);
	*ret = key;
	return NACCS_OK;
}

naccs_status pem_key_parse(const struct naccs_store *store, const struct naccs_secret *text, const char *name, EVP_PKEY **ret,
			   struct naccs_error *err)
{
	naccs_auto(bio) BIO *bio = BIO_new_mem_buf(naccs_secret_data(text), (int)naccs_secret_length(text));
	naccs_auto(heap) char *label = NULL;
	naccs_auto(secret) struct naccs_secret *der = NULL;

	if (bio == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, openssl_error(), _("memory is short"));
	naccs_status status = next_block(bio, &label, &der, err);
	if (status == NACCS_OK && (label == NULL || strcmp(label, PEM_STRING_PKCS8INF) != 0))
		status = naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("it does not begin with a PKCS#8 private key"));
	if (status == NACCS_OK)
		status = pem_key_decode(store, (struct naccs_bytes){naccs_secret_data(der), naccs_secret_length(der)}, ret, err);
	if (status != NACCS_OK)
		naccs_error_prefix(err, _("cannot read %s in %s"), name, store->path);
	return status;
}

bool pem_sha256(const struct naccs_store *store, struct naccs_bytes der, uint8_t ret[NACCS_SHA256_SIZE])
{
	size_t length = 0;

	return EVP_Q_digest(store->crypto, "SHA256", NULL, der.data, der.length, ret, &length) == 1 && length == NACCS_SHA256_SIZE;
}
