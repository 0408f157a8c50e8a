/* SPDX-License-Identifier: Apache-2.0 */
#include "pki_make.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Noreturn void pki_die(const char *what)
{
	char reason[256];
	ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
	die("cannot %s: %s", what, reason);
}

/* A file that only its owner reads; the temporary name makes it appear whole. */
static FILE *open_private(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (file == NULL)
		die("cannot write %s: %s", path, strerror(errno));
	return file;
}

EVP_PKEY *pki_key(OSSL_LIB_CTX *context, const char *dir, const char *name, bool is_rsa)
{
	char *path = need_format("%s/%s.key.pem", dir, name);
	EVP_PKEY *key = NULL;
	FILE *file = fopen(path, "re");
	if (file != NULL) {
		key = PEM_read_PrivateKey_ex(file, NULL, NULL, NULL, context, NULL);
		(void)fclose(file);
	}
	if (key == NULL) {
		ERR_clear_error();
		key = is_rsa ? EVP_PKEY_Q_keygen(context, NULL, "RSA", (size_t)2048) : EVP_PKEY_Q_keygen(context, NULL, "EC", "P-256");
		file = open_private(path);
		if (key == NULL || PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1)
			pki_die("make a key");
		(void)fclose(file);
	}
	free(path);
	return key;
}

static void add_name(X509_NAME *name, const char *field, const char *value)
{
	if (value != NULL && X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) != 1)
		pki_die("set a name");
}

static void add_extension(X509 *certificate, X509 *signer, int nid, const char *value)
{
	if (value == NULL)
		return;
	X509V3_CTX extension;
	X509V3_set_ctx_nodb(&extension);
	X509V3_set_ctx(&extension, signer != NULL ? signer : certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &extension, nid, value);
	if (made == NULL || X509_add_ext(certificate, made, -1) != 1)
		pki_die("add an extension");
	X509_EXTENSION_free(made);
}

X509 *pki_certificate(OSSL_LIB_CTX *context, const struct certificate_spec *spec, EVP_PKEY *key, X509 *signer, EVP_PKEY *signer_key)
{
	X509 *certificate = X509_new_ex(context, NULL);
	if (certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), spec->serial) != 1 ||
	    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)spec->from) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)spec->until) == NULL || X509_set_pubkey(certificate, key) != 1)
		pki_die("make a certificate");
	X509_NAME *name = X509_get_subject_name(certificate);
	add_name(name, "C", "JP");
	add_name(name, "O", spec->organization);
	add_name(name, "OU", spec->unit);
	add_name(name, "CN", spec->common_name);
	if (X509_set_issuer_name(certificate, signer != NULL ? X509_get_subject_name(signer) : name) != 1)
		pki_die("set an issuer");
	add_extension(certificate, signer, NID_subject_key_identifier, "hash");
	if (signer != NULL)
		add_extension(certificate, signer, NID_authority_key_identifier, "keyid:always");
	add_extension(certificate, signer, NID_basic_constraints, spec->constraints);
	add_extension(certificate, signer, NID_key_usage, spec->key_usage);
	add_extension(certificate, signer, NID_ext_key_usage, spec->extended_usage);
	add_extension(certificate, signer, NID_subject_alt_name, spec->alternative_names);
	EVP_MD *sha256 = EVP_MD_fetch(context, "SHA256", NULL);
	if (X509_sign(certificate, signer != NULL ? signer_key : key, sha256) == 0)
		pki_die("sign a certificate");
	EVP_MD_free(sha256);
	return certificate;
}

X509 *pki_load(OSSL_LIB_CTX *context, const char *dir, const char *name)
{
	char *path = need_format("%s/%s.pem", dir, name);
	X509 *certificate = NULL;
	FILE *file = fopen(path, "re");
	if (file != NULL) {
		certificate = X509_new_ex(context, NULL);
		if (certificate == NULL || PEM_read_X509(file, &certificate, NULL, NULL) == NULL) {
			X509_free(certificate);
			certificate = NULL;
			ERR_clear_error();
		}
		(void)fclose(file);
	}
	free(path);
	return certificate;
}

void pki_store(const char *dir, const char *name, X509 *const *certificates, unsigned count)
{
	char *path = need_format("%s/%s.pem", dir, name);
	FILE *file = fopen(path, "we");
	if (file == NULL)
		die("cannot write %s: %s", path, strerror(errno));
	for (unsigned i = 0; i < count; i++)
		if (PEM_write_X509(file, certificates[i]) != 1)
			pki_die("write a certificate");
	if (fclose(file) != 0)
		die("cannot write %s: %s", path, strerror(errno));
	free(path);
}
