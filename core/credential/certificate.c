/* SPDX-License-Identifier: Apache-2.0 */
/* Why: certificates as people and reports need them (names, serial, times, fingerprints), and to and from DER and PEM. */
#include "crypto_internal.h"
#include "ossl_cleanup.h"

#include "text.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

void naccs_certificate_facts_free(struct naccs_certificate_facts *facts)
{
	if (facts == NULL)
		return;
	free(facts->subject);
	free(facts->issuer);
	free(facts->common_name);
	free(facts->serial);
	free(facts);
}

/* RFC 2253 in UTF-8: the flags of OpenSSL without the escaping of non-ASCII bytes. NULL when it can't be done. Caller frees. */
static char *name_text(const X509_NAME *name)
{
	naccs_auto(bio) BIO *memory = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (memory == NULL || X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
		return NULL;
	long length = BIO_get_mem_data(memory, &bytes);
	return naccs_text_printable(length > 0 ? bytes : "", length > 0 ? (size_t)length : 0);
}

/* The first entry of that kind as UTF-8; "" when there is none. NULL when memory is short. Caller frees. */
static char *first_entry(const X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	naccs_auto(openssl_bytes) unsigned char *text = NULL;
	if (at < 0)
		return strdup("");
	int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (length < 0)
		return strdup("?");
	return naccs_text_printable((const char *)text, (size_t)length);
}

static char *short_name(const X509_NAME *name)
{
	naccs_auto(heap) char *common_name = first_entry(name, NID_commonName);
	if (common_name == NULL || common_name[0] != '\0')
		return naccs_take(&common_name);
	return first_entry(name, NID_organizationalUnitName);
}

/* Lower-case hex of the absolute value in whole bytes, "-" before a negative one (which no CA should issue, and some did). */
static char *serial_text(const ASN1_INTEGER *serial)
{
	naccs_auto(bignum) BIGNUM *value = ASN1_INTEGER_to_BN(serial, NULL);
	if (value == NULL)
		return NULL;
	size_t length = (size_t)BN_num_bytes(value);
	naccs_auto(heap) uint8_t *bytes = calloc(1, length + 1);
	if (bytes == NULL)
		return NULL;
	(void)BN_bn2bin(value, bytes);
	naccs_auto(heap) char *hex = naccs_hex(bytes, length > 0 ? length : 1);
	if (hex == NULL)
		return NULL;
	return naccs_format("%s%s", BN_is_negative(value) ? "-" : "", hex);
}

static bool time_value(const ASN1_TIME *time, int64_t *ret)
{
	struct tm parts = {0};
	if (ASN1_TIME_to_tm(time, &parts) != 1)
		return false;
	*ret = (int64_t)timegm(&parts);
	return true;
}

static bool fingerprint(const X509 *certificate, const EVP_MD *digest, uint8_t *bytes, char *text, size_t text_size)
{
	unsigned int length = 0;
	if (X509_digest(certificate, digest, bytes, &length) != 1 || (size_t)length * 2 + 1 != text_size)
		return false;
	naccs_auto(heap) char *hex = naccs_hex(bytes, length);
	if (hex == NULL)
		return false;
	memcpy(text, hex, text_size);
	return true;
}

naccs_status naccs_certificate_facts_new(X509 *certificate, struct naccs_certificate_facts **ret, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = calloc(1, sizeof *facts);
	uint8_t sha1[EVP_MAX_MD_SIZE], sha256[EVP_MAX_MD_SIZE];
	if (facts == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot describe a certificate: memory is short"));
	facts->subject = name_text(X509_get_subject_name(certificate));
	facts->issuer = name_text(X509_get_issuer_name(certificate));
	facts->common_name = short_name(X509_get_subject_name(certificate));
	facts->serial = serial_text(X509_get0_serialNumber(certificate));
	if (facts->subject == NULL || facts->issuer == NULL || facts->common_name == NULL || facts->serial == NULL)
		return naccs_crypto_fail(err, NACCS_E_STORE_DAMAGED, _("cannot read the names and the serial number of a certificate"));
	if (!fingerprint(certificate, EVP_sha256(), sha256, facts->sha256, sizeof facts->sha256) ||
	    !fingerprint(certificate, EVP_sha1(), sha1, facts->sha1, sizeof facts->sha1))
		return naccs_crypto_fail(err, NACCS_E_INTERNAL, _("cannot compute the fingerprint of certificate %s"), facts->subject);
	memcpy(facts->sha256_bytes, sha256, sizeof facts->sha256_bytes);
	if (!time_value(X509_get0_notBefore(certificate), &facts->not_before) ||
	    !time_value(X509_get0_notAfter(certificate), &facts->not_after))
		return naccs_crypto_fail(err, NACCS_E_STORE_DAMAGED, _("cannot read the validity of certificate %s"), facts->subject);
	*ret = naccs_take(&facts);
	return NACCS_OK;
}

void naccs_known_certificates_clear(struct naccs_known_certificates *known)
{
	for (size_t i = 0; i < NACCS_KNOWN_CERTIFICATES; i++) {
		free(known->entry[i].der);
		X509_free(known->entry[i].certificate);
	}
	*known = (struct naccs_known_certificates){0};
}

/* A new reference to what these bytes gave before, or NULL. */
static X509 *recall(const struct naccs_known_certificates *known, const uint8_t *der, size_t length)
{
	for (size_t i = 0; i < NACCS_KNOWN_CERTIFICATES; i++) {
		const struct naccs_known_certificate *entry = &known->entry[i];
		if (entry->der != NULL && entry->length == length && memcmp(entry->der, der, length) == 0)
			return X509_up_ref(entry->certificate) == 1 ? entry->certificate : NULL;
	}
	return NULL;
}

/* In the place of the oldest. Without memory for it the next decoding takes its time again, nothing else. */
static void keep(struct naccs_known_certificates *known, const uint8_t *der, size_t length, X509 *certificate)
{
	struct naccs_known_certificate *entry = &known->entry[known->next];
	uint8_t *copy = malloc(length);
	if (copy == NULL || X509_up_ref(certificate) != 1) {
		free(copy);
		return;
	}
	memcpy(copy, der, length);
	free(entry->der);
	X509_free(entry->certificate);
	*entry = (struct naccs_known_certificate){.der = copy, .length = length, .certificate = certificate};
	known->next = (known->next + 1) % NACCS_KNOWN_CERTIFICATES;
}

static naccs_status decode(struct naccs_crypto *crypto, const uint8_t *der, size_t length, X509 **ret, struct naccs_error *err)
{
	const unsigned char *cursor = der;
	X509 *certificate = X509_new_ex(naccs_crypto_libctx(crypto), NULL);
	if (certificate == NULL)
		return naccs_crypto_fail(err, NACCS_E_INTERNAL, _("cannot read a certificate"));
	if (length > LONG_MAX || d2i_X509(&certificate, &cursor, (long)length) == NULL) /* frees and clears certificate when it fails */
		return naccs_crypto_fail(err, NACCS_E_STORE_DAMAGED, _("cannot read a certificate: it is not valid DER"));
	if (cursor != der + length) {
		X509_free(certificate);
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot read a certificate: other bytes follow it"));
	}
	*ret = certificate;
	return NACCS_OK;
}

naccs_status naccs_certificate_from_der(struct naccs_crypto *crypto, const uint8_t *der, size_t length, X509 **ret, struct naccs_error *err)
{
	struct naccs_known_certificates *known = naccs_crypto_known(crypto);
	X509 *certificate = recall(known, der, length);
	if (certificate == NULL) {
		naccs_status status = decode(crypto, der, length, &certificate, err);
		if (status != NACCS_OK)
			return status;
		keep(known, der, length, certificate);
	}
	*ret = certificate;
	return NACCS_OK;
}

naccs_status naccs_certificate_to_der(const X509 *certificate, uint8_t **ret, size_t *ret_length, struct naccs_error *err)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	if (length <= 0)
		return naccs_crypto_fail(err, NACCS_E_INTERNAL, _("cannot encode a certificate"));
	*ret = der;
	*ret_length = (size_t)length;
	return NACCS_OK;
}

/* One block of a PEM text. The key of a file given by mistake is wiped. */
static naccs_status add_block(struct naccs_crypto *crypto, const char *label, const uint8_t *der, size_t length, const char *name,
			      STACK_OF(X509) *certificates, struct naccs_error *err)
{
	naccs_auto(x509) X509 *certificate = NULL;
	if (strcmp(label, PEM_STRING_X509) != 0) {
		naccs_auto(heap) char *shown = naccs_text_printable(label, strlen(label));
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("cannot take certificates from %s: it holds a block “%s”"), name,
				  shown != NULL ? shown : "?");
	}
	naccs_status status = naccs_certificate_from_der(crypto, der, length, &certificate, err);
	if (status != NACCS_OK) {
		if (err != NULL)
			err->status = NACCS_E_CONFIG;
		(void)naccs_error_prefix(err, "%s", name);
		return status == NACCS_E_INTERNAL ? status : NACCS_E_CONFIG;
	}
	if (sk_X509_push(certificates, certificate) <= 0)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot take certificates from %s: memory is short"), name);
	(void)naccs_take(&certificate);
	return NACCS_OK;
}

static bool is_at_end_of_pem(void)
{
	unsigned long last = ERR_peek_last_error();
	return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

naccs_status naccs_certificates_from_pem(struct naccs_crypto *crypto, const void *pem, size_t length, const char *name,
					 STACK_OF(X509) **ret, struct naccs_error *err)
{
	naccs_auto(certificates) STACK_OF(X509) *certificates = sk_X509_new_null();
	naccs_auto(bio) BIO *memory = length <= INT_MAX ? BIO_new_mem_buf(pem, (int)length) : NULL;
	if (certificates == NULL || memory == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot take certificates from %s: memory is short"), name);
	ERR_clear_error();
	for (;;) {
		char *label = NULL, *header = NULL;
		unsigned char *der = NULL;
		long der_length = 0;
		if (PEM_read_bio(memory, &label, &header, &der, &der_length) != 1)
			break;
		naccs_status status = add_block(crypto, label, der, (size_t)der_length, name, certificates, err);
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)der_length);
		if (status != NACCS_OK)
			return status;
	}
	if (!is_at_end_of_pem())
		return naccs_crypto_fail(err, NACCS_E_CONFIG, _("cannot take certificates from %s: it is not valid PEM"), name);
	ERR_clear_error();
	if (sk_X509_num(certificates) == 0)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("cannot take certificates from %s: it holds none in PEM form"), name);
	*ret = naccs_take(&certificates);
	return NACCS_OK;
}
