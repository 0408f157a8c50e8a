/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what a certificate says: by OpenSSL, so that Windows and Wine of any age mean the same. */
#include "winstore.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define CERTIFICATE_LIMIT ((size_t)1024 * 1024)

bool win_sha256(const struct naccs_store *store, struct naccs_bytes bytes, uint8_t ret[NACCS_SHA256_SIZE])
{
	size_t length = 0;

	return EVP_Q_digest(store->crypto, "SHA256", NULL, bytes.data, bytes.length, ret, &length) == 1 && length == NACCS_SHA256_SIZE;
}

static X509 *parse(const struct naccs_store *store, struct naccs_bytes der)
{
	const unsigned char *at = der.data;
	X509 *x509 = der.length > 0 && der.length <= CERTIFICATE_LIMIT ? X509_new_ex(store->crypto, NULL) : NULL;

	if (x509 != NULL && (d2i_X509(&x509, &at, (long)der.length) == NULL || at != der.data + der.length)) {
		X509_free(x509);
		x509 = NULL;
	}
	ERR_clear_error();
	return x509;
}

bool win_certificate_decode(const struct naccs_store *store, struct naccs_bytes der, struct win_certificate *ret)
{
	struct win_certificate certificate = {.x509 = parse(store, der)};
	uint8_t *copy = malloc(der.length + 1);

	if (certificate.x509 == NULL || copy == NULL || !win_sha256(store, der, certificate.sha256)) {
		X509_free(certificate.x509);
		free(copy);
		return false;
	}
	memcpy(copy, der.data, der.length);
	certificate.der = (struct naccs_bytes){copy, der.length};
	(void)X509_check_purpose(certificate.x509, -1, 0); /* reads the extensions, once */
	ERR_clear_error();
	*ret = certificate;
	return true;
}

naccs_status win_certificate_read(const struct naccs_store *store, struct naccs_bytes der, struct win_certificate *ret,
				  struct naccs_error *err)
{
	if (!win_certificate_decode(store, der, ret))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: a certificate can't be decoded"), store->uri);
	return NACCS_OK;
}

void win_certificate_clear(struct win_certificate *certificate)
{
	X509_free(certificate->x509);
	free((void *)(uintptr_t)certificate->der.data);
	*certificate = (struct win_certificate){0};
}

bool win_is_issued_by(const struct win_certificate *child, const struct win_certificate *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
	bool is_issued = key != NULL && X509_NAME_cmp(X509_get_issuer_name(child->x509), X509_get_subject_name(issuer->x509)) == 0 &&
			 X509_verify(child->x509, key) == 1;

	ERR_clear_error();
	return is_issued;
}

bool win_is_ca(const struct win_certificate *certificate)
{
	return X509_check_ca(certificate->x509) > 0;
}

bool win_is_root(const struct win_certificate *certificate)
{
	return X509_NAME_cmp(X509_get_issuer_name(certificate->x509), X509_get_subject_name(certificate->x509)) == 0;
}

bool win_is_for_clients(const struct win_certificate *certificate)
{
	uint32_t flags = X509_get_extension_flags(certificate->x509);

	return (flags & EXFLAG_CA) == 0 &&
	       ((flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage(certificate->x509) & XKU_SSL_CLIENT) != 0);
}

char *win_certificate_name(const struct win_certificate *certificate)
{
	static const int kinds[] = {NID_commonName, NID_organizationalUnitName, NID_organizationName};
	const X509_NAME *subject = X509_get_subject_name(certificate->x509);

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		int index = X509_NAME_get_index_by_NID(subject, kinds[i], -1);
		unsigned char *utf8 = NULL;
		int length = index >= 0 ? ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index))) : -1;
		char *name = length > 0 ? naccs_text_printable((const char *)utf8, (size_t)length) : NULL;

		OPENSSL_free(utf8);
		ERR_clear_error();
		if (name != NULL)
			return name;
	}
	return strdup("?");
}

char *win_friendly_name(const struct naccs_installation *installation)
{
	time_t end = (time_t)installation->not_after;
	struct tm date;

	if (gmtime_s(&date, &end) != 0)
		return naccs_format("NACCS %s", installation->common_name);
	return naccs_format("NACCS %s (%04d-%02d)", installation->common_name, date.tm_year + 1900, date.tm_mon + 1);
}
