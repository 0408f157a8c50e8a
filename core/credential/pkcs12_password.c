/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: one password can be meant in several ways. A backslash may have been typed on a Japanese keyboard and stored as the yen sign
 * (U+00A5), or the other way round; an empty password is encoded as a lone BMP terminator or as nothing. The MAC tells which one fits.
 */
#include "pkcs12_internal.h"

#include "text.h"

#include <openssl/err.h>
#include <openssl/pkcs12err.h>
#include <string.h>

#define YEN "\xC2\xA5"
#define PASSWORD_BYTES_MAX ((size_t)1024)

const char *naccs_pkcs12_password(const struct naccs_pkcs12_reader *reader, int *ret_length)
{
	*ret_length = reader->password != NULL ? (int)naccs_secret_length(reader->password) : 0;
	return reader->password != NULL ? naccs_secret_text(reader->password) : NULL;
}

/* A copy with every `from` replaced by `to`; *ret stays NULL when there is no `from`. */
static naccs_status replaced(const struct naccs_secret *password, const char *from, const char *to, struct naccs_secret **ret,
			     struct naccs_error *err)
{
	const char *text = naccs_secret_text(password);
	size_t length = naccs_secret_length(password);
	naccs_auto(secret) struct naccs_secret *copy = NULL;
	if (memmem(text, length, from, strlen(from)) == NULL)
		return NACCS_OK;
	naccs_status status = naccs_secret_new(length * 2, &copy, err);
	for (size_t at = 0; status == NACCS_OK && at < length;) {
		bool is_match = length - at >= strlen(from) && memcmp(text + at, from, strlen(from)) == 0;
		status = naccs_secret_append(copy, is_match ? to : text + at, is_match ? strlen(to) : 1, err);
		at += is_match ? strlen(from) : 1;
	}
	if (status == NACCS_OK)
		*ret = naccs_take(&copy);
	return status;
}

/* Try one variant (NULL: nothing at all). NACCS_E_PKCS12_PASSWORD leaves err alone: another variant may follow. */
static naccs_status try_variant(struct naccs_pkcs12_reader *reader, PKCS12 *pkcs12, struct naccs_secret *variant, struct naccs_error *err)
{
	const char *text = variant != NULL ? naccs_secret_text(variant) : NULL;
	int length = variant != NULL ? (int)naccs_secret_length(variant) : 0;
	ERR_clear_error();
	if (PKCS12_verify_mac(pkcs12, text, length) == 1) {
		reader->password = variant;
		return NACCS_OK;
	}
	unsigned long code = ERR_peek_error();
	naccs_secret_free(variant);
	if (code == 0 || (ERR_GET_LIB(code) == ERR_LIB_PKCS12 && ERR_GET_REASON(code) == PKCS12_R_MAC_VERIFY_FAILURE)) {
		ERR_clear_error();
		return NACCS_E_PKCS12_PASSWORD;
	}
	return naccs_crypto_fail(err, NACCS_E_PKCS12_CORRUPT, _("cannot open the PKCS#12: its MAC cannot be computed"));
}

static naccs_status try_replaced(struct naccs_pkcs12_reader *reader, PKCS12 *pkcs12, const struct naccs_secret *password, const char *from,
				 const char *to, struct naccs_error *err)
{
	struct naccs_secret *variant = NULL;
	naccs_status status = replaced(password, from, to, &variant, err);
	if (status != NACCS_OK)
		return status;
	return variant != NULL ? try_variant(reader, pkcs12, variant, err) : NACCS_E_PKCS12_PASSWORD;
}

naccs_status naccs_pkcs12_find_password(struct naccs_pkcs12_reader *reader, PKCS12 *pkcs12, const struct naccs_secret *password,
					struct naccs_error *err)
{
	struct naccs_secret *as_given = NULL;
	size_t length = password != NULL ? naccs_secret_length(password) : 0;
	naccs_status status = NACCS_E_PKCS12_PASSWORD;
	if (length <= PASSWORD_BYTES_MAX) {
		status = naccs_secret_new_copy(length > 0 ? naccs_secret_data(password) : (const uint8_t *)"", length, &as_given, err);
		if (status != NACCS_OK)
			return status;
		status = try_variant(reader, pkcs12, as_given, err);
		if (status == NACCS_E_PKCS12_PASSWORD && length == 0)
			status = try_variant(reader, pkcs12, NULL, err);
		if (status == NACCS_E_PKCS12_PASSWORD && length > 0)
			status = try_replaced(reader, pkcs12, password, "\\", YEN, err);
		if (status == NACCS_E_PKCS12_PASSWORD && length > 0)
			status = try_replaced(reader, pkcs12, password, YEN, "\\", err);
	}
	if (status != NACCS_E_PKCS12_PASSWORD)
		return status;
	(void)naccs_fail(
		err, NACCS_E_PKCS12_PASSWORD, 0,
		_("cannot open the PKCS#12: the password does not fit, or the file was changed (a lost password means a reissue)"));
	(void)naccs_error_hint(err,
			       _("Check upper and lower case, and that the password belongs to this very file. Nobody can recover a lost "
				 "password: apply for a reissue of the certificate."));
	return NACCS_E_PKCS12_PASSWORD;
}
