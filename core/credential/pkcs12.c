/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the way of a PKCS#12 from bytes to a credential, step by step; see pkcs12_internal.h for the steps. */
#include "pkcs12_internal.h"

#include "text.h"

#include <limits.h>
#include <openssl/err.h>

void naccs_pkcs12_reader_end(struct naccs_pkcs12_reader *reader)
{
	for (size_t i = 0; i < reader->key_count; i++) {
		EVP_PKEY_free(reader->keys[i].key);
		free(reader->keys[i].friendly_name);
	}
	free(reader->keys);
	naccs_certificates_free(reader->certificates);
	naccs_secret_free(reader->password);
}

bool naccs_pkcs12_is_plausible(const void *bytes, size_t length)
{
	const unsigned char *cursor = bytes;
	long size = 0;
	int tag = 0, class = 0;
	if (length == 0 || length > LONG_MAX)
		return false;
	const unsigned char *end = cursor + length;
	(void)ERR_set_mark();
	/* 0x80: damaged, or longer than what is here; a file that was cut short is plausible all the same, and tag tells the two apart. */
	(void)ASN1_get_object(&cursor, &size, &tag, &class, (long)length);
	bool is_plausible = tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL && cursor < end;
	if (is_plausible) {
		int flags = ASN1_get_object(&cursor, &size, &tag, &class, (long)(end - cursor));
		is_plausible = (flags & 0x80) == 0 && tag == V_ASN1_INTEGER && class == V_ASN1_UNIVERSAL && size == 1 && *cursor == 3;
	}
	if (is_plausible) {
		cursor += size;
		tag = class = 0;
		if (cursor < end)
			(void)ASN1_get_object(&cursor, &size, &tag, &class, (long)(end - cursor));
		is_plausible = tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL;
	}
	(void)ERR_pop_to_mark();
	return is_plausible;
}

/* Bytes after the structure (a line end that a transfer added) are ignored: the MAC covers what counts. */
static naccs_status decode(const struct naccs_pkcs12_reader *reader, const struct naccs_secret *bytes, PKCS12 **ret, struct naccs_error *err)
{
	const unsigned char *cursor = naccs_secret_data(bytes);
	size_t length = naccs_secret_length(bytes);
	if (length > reader->max_bytes)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: it is larger than %zu MiB"), reader->max_bytes >> 20);
	if (!naccs_pkcs12_is_plausible(cursor, length))
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0, _("cannot open the PKCS#12: the file is no PKCS#12 at all"));
	PKCS12 *pkcs12 = PKCS12_init_ex(NID_pkcs7_data, naccs_crypto_libctx(reader->crypto), NULL);
	if (pkcs12 == NULL)
		return naccs_crypto_fail(err, NACCS_E_INTERNAL, _("cannot open the PKCS#12"));
	if (d2i_PKCS12(&pkcs12, &cursor, (long)length) == NULL) /* frees and clears pkcs12 when it fails */
		return naccs_crypto_fail(err, NACCS_E_PKCS12_CORRUPT, _("cannot open the PKCS#12: it is damaged or was cut short"));
	*ret = pkcs12;
	return NACCS_OK;
}

naccs_status naccs_pkcs12_read_all(struct naccs_pkcs12_reader *reader, const struct naccs_secret *bytes, const struct naccs_secret *password,
				   struct naccs_error *err)
{
	naccs_auto(pkcs12) PKCS12 *pkcs12 = NULL;
	naccs_status status = decode(reader, bytes, &pkcs12, err);
	if (status == NACCS_OK)
		status = naccs_pkcs12_check_mac(reader, pkcs12, err);
	if (status == NACCS_OK)
		status = naccs_pkcs12_find_password(reader, pkcs12, password, err);
	if (status == NACCS_OK)
		status = naccs_pkcs12_read_contents(reader, pkcs12, err);
	return status;
}

naccs_status naccs_pkcs12_open(struct naccs_crypto *crypto, const struct naccs_secret *pkcs12, const struct naccs_secret *password,
			       STACK_OF(X509) *remembered_ca, int64_t now, const struct naccs_pkcs12_limits *limits,
			       struct naccs_credential **ret, struct naccs_error *err)
{
	uint64_t max = limits != NULL && limits->max_iterations > 0 ? limits->max_iterations : NACCS_PKCS12_ITERATIONS_DEFAULT;
	struct naccs_pkcs12_reader reader = {
		.crypto = crypto,
		.max_iterations = max,
		.max_bytes = NACCS_PKCS12_BYTES_MAX,
		.max_keys = NACCS_PKCS12_KEYS_MAX,
		.max_certificates = NACCS_PKCS12_CERTIFICATES_MAX,
		.iterations_left = max <= UINT64_MAX / 4 ? max * 4 : UINT64_MAX, /* MAC, keys, certificates, and one to spare */
	};
	ERR_clear_error();
	naccs_status status = naccs_pkcs12_read_all(&reader, pkcs12, password, err);
	if (status == NACCS_OK)
		status = naccs_pkcs12_make_credential(&reader, remembered_ca, now, ret, err);
	naccs_pkcs12_reader_end(&reader);
	ERR_clear_error();
	return status;
}
