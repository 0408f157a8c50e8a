/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: OpenSSL by default reads a configuration file and provider modules that the environment names (OPENSSL_CONF, OPENSSL_MODULES). A
 * library context of our own, filled by explicit loads from the folder that OpenSSL was built with, takes that away.
 */
#include "crypto_internal.h"

#include "text.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the private keys of a run; OpenSSL fails, rather than falling back, when it is used up. Untouched pages cost nothing. */
#define SECURE_HEAP_BYTES ((size_t)1024 * 1024)
#define SECURE_HEAP_UNIT ((size_t)32)

struct naccs_crypto {
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *default_provider;
	OSSL_PROVIDER *legacy_provider; /* NULL until the first legacy PKCS#12 */
	char *modules_dir;
	OSSL_LIB_CTX *keys_libctx; /* NULL until the first key that signs elsewhere */
	OSSL_PROVIDER *keys_default_provider;
	struct naccs_known_certificates known;
};

void naccs_crypto_process_init(void)
{
	(void)naccs_crypto_use_wiping_memory();
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (CRYPTO_secure_malloc_initialized() == 0)
		(void)CRYPTO_secure_malloc_init(SECURE_HEAP_BYTES, SECURE_HEAP_UNIT);
}

naccs_status naccs_crypto_new_at(const char *modules_dir, struct naccs_crypto **ret, struct naccs_error *err)
{
	naccs_auto(crypto) struct naccs_crypto *crypto = calloc(1, sizeof *crypto);
	if (crypto == NULL || (crypto->modules_dir = strdup(modules_dir)) == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot prepare OpenSSL: memory is short"));
	crypto->libctx = OSSL_LIB_CTX_new();
	if (crypto->libctx == NULL || OSSL_PROVIDER_set_default_search_path(crypto->libctx, modules_dir) != 1 ||
	    (crypto->default_provider = OSSL_PROVIDER_load(crypto->libctx, "default")) == NULL)
		return naccs_crypto_fail(err, NACCS_E_INTERNAL, _("cannot prepare OpenSSL"));
	*ret = naccs_take(&crypto);
	return NACCS_OK;
}

naccs_status naccs_crypto_new(struct naccs_crypto **ret, struct naccs_error *err)
{
	const char *modules_dir = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
	if (modules_dir == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot prepare OpenSSL: it does not say where its modules are"));
	return naccs_crypto_new_at(modules_dir, ret, err);
}

void naccs_crypto_free(struct naccs_crypto *crypto)
{
	if (crypto == NULL)
		return;
	naccs_known_certificates_clear(&crypto->known);
	if (crypto->legacy_provider != NULL)
		(void)OSSL_PROVIDER_unload(crypto->legacy_provider);
	if (crypto->default_provider != NULL)
		(void)OSSL_PROVIDER_unload(crypto->default_provider);
	if (crypto->keys_default_provider != NULL)
		(void)OSSL_PROVIDER_unload(crypto->keys_default_provider);
	OSSL_LIB_CTX_free(crypto->keys_libctx);
	OSSL_LIB_CTX_free(crypto->libctx);
	free(crypto->modules_dir);
	free(crypto);
}

struct naccs_known_certificates *naccs_crypto_known(struct naccs_crypto *crypto)
{
	return &crypto->known;
}

OSSL_LIB_CTX *naccs_crypto_libctx(const struct naccs_crypto *crypto)
{
	return crypto->libctx;
}

OSSL_LIB_CTX *naccs_crypto_keys_libctx(struct naccs_crypto *crypto)
{
	if (crypto->keys_libctx == NULL)
		crypto->keys_libctx = OSSL_LIB_CTX_new();
	if (crypto->keys_libctx != NULL && crypto->keys_default_provider == NULL)
		crypto->keys_default_provider = OSSL_PROVIDER_load(crypto->keys_libctx, "default");
	return crypto->keys_default_provider != NULL ? crypto->keys_libctx : NULL;
}

const char *naccs_crypto_modules_dir(const struct naccs_crypto *crypto)
{
	return crypto->modules_dir;
}

bool naccs_crypto_has_legacy(struct naccs_crypto *crypto)
{
	if (crypto->legacy_provider == NULL) {
		(void)ERR_set_mark();
		crypto->legacy_provider = OSSL_PROVIDER_load(crypto->libctx, "legacy");
		(void)ERR_pop_to_mark();
	}
	return crypto->legacy_provider != NULL;
}

/* The reasons of OpenSSL's queue, oldest (nearest the cause) first, joined by "; ". NULL when there is none. Caller frees. */
static char *collect_reasons(void)
{
	char *text = NULL;
	unsigned long code;
	while ((code = ERR_get_error()) != 0) {
		const char *reason = ERR_reason_error_string(code);
		if (reason == NULL || (text != NULL && strstr(text, reason) != NULL))
			continue;
		char *longer = naccs_format("%s%s%s", text != NULL ? text : "", text != NULL ? "; " : "", reason);
		if (longer == NULL)
			continue;
		free(text);
		text = longer;
	}
	return text;
}

naccs_status naccs_crypto_explain(struct naccs_error *err)
{
	naccs_auto(heap) char *reasons = collect_reasons();
	if (err == NULL)
		return NACCS_E_INTERNAL;
	if (reasons == NULL)
		return err->status;
	naccs_auto(heap) char *hint = strdup(err->hint);
	naccs_auto(heap) char *message = naccs_format("%s: %s", err->message, reasons);
	if (message != NULL)
		(void)naccs_fail(err, err->status, err->native, "%s", message);
	if (hint != NULL && hint[0] != '\0')
		(void)naccs_error_hint(err, "%s", hint);
	return err->status;
}

naccs_status naccs_crypto_fail(struct naccs_error *err, naccs_status status, const char *format, ...)
{
	char message[sizeof err->message];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(message, sizeof message, format, args);
	va_end(args);
	(void)naccs_fail(err, status, (int64_t)ERR_peek_error(), "%s", message);
	(void)naccs_crypto_explain(err);
	return status;
}
