/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the chain that a NACCS server showed last is evidence for later runs that meet no server. Kept as JSON with the certificates in PEM,
 * so that a person can look at it with openssl x509; never more than evidence: it is judged anew every time.
 */
#include "trust_internal.h"

#include "clock.h"
#include "file.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>

#define FILE_NAME "server-chain.json"
#define SCHEMA 1

NACCS_DEFINE_CLEANUP(json_t *, json_decref, json)
NACCS_DEFINE_CLEANUP(BIO *, BIO_free_all, bio)

void naccs_recorded_chain_free(struct naccs_recorded_chain *recorded)
{
	if (recorded == NULL)
		return;
	naccs_x509_stack_free(recorded->chain);
	free(recorded->host);
	free(recorded);
}

static naccs_status fail_damaged(const char *why, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_FILE_IO, 0, _("cannot use the recorded server chain %s: %s"), FILE_NAME, why);
	(void)naccs_error_hint(err, "%s", _("Remove the file: the next connection to NACCS writes it anew."));
	return NACCS_E_FILE_IO;
}

/* The PEM texts of the array, one after the other, as certificates. */
static naccs_status read_chain(struct naccs_crypto *crypto, const json_t *array, STACK_OF(X509) **ret, struct naccs_error *err)
{
	naccs_auto(bio) BIO *pem = BIO_new(BIO_s_mem());
	if (pem == NULL)
		return naccs_fail_memory(err);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));
		if (text == NULL)
			return fail_damaged(_("its chain is not a list of certificates"), err);
		if (BIO_puts(pem, text) < 0)
			return naccs_fail_memory(err);
	}
	char *bytes = NULL;
	long length = BIO_get_mem_data(pem, &bytes);
	naccs_auto(x509_stack) STACK_OF(X509) *chain = NULL;
	struct naccs_error reason = {0};
	naccs_status status = naccs_certificates_from_pem(crypto, bytes, (size_t)length, FILE_NAME, &chain, &reason);
	if (status != NACCS_OK)
		return fail_damaged(reason.message, err);
	if ((size_t)sk_X509_num(chain) != json_array_size(array))
		return fail_damaged(_("its chain is not a list of certificates"), err);
	*ret = naccs_take(&chain);
	return NACCS_OK;
}

static naccs_status parse(struct naccs_crypto *crypto, const struct naccs_secret *text, struct naccs_recorded_chain **ret,
			  struct naccs_error *err)
{
	json_error_t reason;
	naccs_auto(json) json_t *root = json_loadb(naccs_secret_text(text), naccs_secret_length(text), JSON_REJECT_DUPLICATES, &reason);
	if (root == NULL)
		return fail_damaged(reason.text, err);
	int schema = 0;
	const char *host = NULL, *recorded_at = NULL;
	json_t *chain = NULL;
	if (json_unpack_ex(root, &reason, 0, "{s:i, s:s, s:s, s:o}", "schema", &schema, "host", &host, "recorded_at", &recorded_at, "chain",
			   &chain) != 0)
		return fail_damaged(reason.text, err);
	if (schema != SCHEMA)
		return fail_damaged(_("another version of naccs-cert wrote it"), err);

	naccs_auto(recorded_chain) struct naccs_recorded_chain *recorded = calloc(1, sizeof *recorded);
	if (recorded == NULL || (recorded->host = strdup(host)) == NULL)
		return naccs_fail_memory(err);
	struct naccs_error time_error = {0};
	if (naccs_time_parse(recorded_at, &recorded->recorded_at, &time_error) != NACCS_OK)
		return fail_damaged(time_error.message, err);
	naccs_status status = read_chain(crypto, chain, &recorded->chain, err);
	if (status != NACCS_OK)
		return status;
	*ret = naccs_take(&recorded);
	return NACCS_OK;
}

naccs_status naccs_recorded_chain_load(struct naccs_crypto *crypto, int state_dirfd, struct naccs_recorded_chain **ret,
				       struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	struct naccs_error reason = {0};
	naccs_status status = naccs_file_read(state_dirfd, FILE_NAME, NACCS_SMALL_FILE_LIMIT, &text, &reason);
	if (status == NACCS_E_FILE_MISSING) {
		*ret = NULL;
		return NACCS_OK;
	}
	if (status != NACCS_OK) {
		if (err != NULL)
			*err = reason;
		return status;
	}
	return parse(crypto, text, ret, err);
}

static naccs_status add_pem(json_t *array, X509 *certificate, struct naccs_error *err)
{
	naccs_auto(bio) BIO *pem = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (pem == NULL || PEM_write_bio_X509(pem, certificate) != 1)
		return naccs_fail_memory(err);
	long length = BIO_get_mem_data(pem, &bytes);
	if (json_array_append_new(array, json_stringn(bytes, (size_t)length)) != 0)
		return naccs_fail_memory(err);
	return NACCS_OK;
}

naccs_status naccs_recorded_chain_save(int state_dirfd, STACK_OF(X509) *chain, const char *host, int64_t recorded_at,
				       struct naccs_error *err)
{
	char time[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_utc(recorded_at, time);
	naccs_auto(json) json_t *array = json_array();
	if (array == NULL)
		return naccs_fail_memory(err);
	for (int i = 0; i < sk_X509_num(chain); i++) {
		naccs_status status = add_pem(array, sk_X509_value(chain, i), err);
		if (status != NACCS_OK)
			return status;
	}
	naccs_auto(json) json_t *root =
		json_pack("{s:i, s:s, s:s, s:O}", "schema", SCHEMA, "host", host, "recorded_at", time, "chain", array);
	naccs_auto(heap) char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(1));
	if (text == NULL)
		return naccs_fail_memory(err);
	if (strlen(text) > NACCS_SMALL_FILE_LIMIT)
		return naccs_fail(err, NACCS_E_FILE_IO, 0, _("cannot record the chain of %s: it is larger than %zu bytes"), host,
				  NACCS_SMALL_FILE_LIMIT);
	return naccs_file_write(state_dirfd, FILE_NAME, text, strlen(text), 0600, err);
}
