/* SPDX-License-Identifier: Apache-2.0 */
/* Why: keys and certificates of the tests, made in a private OpenSSL context. See pki.h. */
#include "pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

struct pki {
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *base;
	OSSL_PROVIDER *legacy;
};

void pki_die(const char *what)
{
	(void)fprintf(stderr, "harness: cannot %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

struct pki *pki_new(void)
{
	struct pki *pki = calloc(1, sizeof *pki);
	if (pki == NULL)
		pki_die("get memory");
	pki->libctx = OSSL_LIB_CTX_new();
	if (pki->libctx == NULL || OSSL_PROVIDER_set_default_search_path(pki->libctx, OPENSSL_info(OPENSSL_INFO_MODULES_DIR)) != 1)
		pki_die("make an OpenSSL context");
	pki->base = OSSL_PROVIDER_load(pki->libctx, "default");
	if (pki->base == NULL)
		pki_die("load OpenSSL's default provider");
	return pki;
}

void pki_free(struct pki *pki)
{
	if (pki == NULL)
		return;
	if (pki->legacy != NULL)
		(void)OSSL_PROVIDER_unload(pki->legacy);
	(void)OSSL_PROVIDER_unload(pki->base);
	OSSL_LIB_CTX_free(pki->libctx);
	free(pki);
}

OSSL_LIB_CTX *pki_libctx(const struct pki *pki)
{
	return pki->libctx;
}

void pki_need_legacy(struct pki *pki)
{
	if (pki->legacy == NULL)
		pki->legacy = OSSL_PROVIDER_load(pki->libctx, "legacy");
	if (pki->legacy == NULL)
		pki_die("load OpenSSL's legacy provider (Debian 13 and later: package openssl-provider-legacy)");
}

EVP_PKEY *pki_make_key(struct pki *pki, enum pki_key_type type)
{
	EVP_PKEY *key = NULL;
	if (type == PKI_RSA)
		key = EVP_PKEY_Q_keygen(pki->libctx, NULL, "RSA", (size_t)2048);
	else if (type == PKI_ED25519)
		key = EVP_PKEY_Q_keygen(pki->libctx, NULL, "ED25519");
	else
		key = EVP_PKEY_Q_keygen(pki->libctx, NULL, "EC", type == PKI_EC ? "P-256" : "P-384");
	if (key == NULL)
		pki_die("make a key");
	return key;
}

void pki_identity_free(struct pki_identity *identity)
{
	if (identity == NULL)
		return;
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
	free(identity);
}

static X509_NAME *make_name(const char *const *parts)
{
	X509_NAME *name = X509_NAME_new();
	for (size_t i = 0; parts[i] != NULL; i++) {
		const char *equals = strchr(parts[i], '=');
		char field[16] = "";
		if (equals == NULL || (size_t)(equals - parts[i]) >= sizeof field)
			pki_die("read a part of a name (FIELD=value)");
		memcpy(field, parts[i], (size_t)(equals - parts[i]));
		const unsigned char *value = (const unsigned char *)equals + 1;
		int type = ASN1_PRINTABLE_type(value, -1) == V_ASN1_PRINTABLESTRING ? V_ASN1_PRINTABLESTRING : MBSTRING_UTF8;
		if (X509_NAME_add_entry_by_txt(name, field, type, value, -1, -1, 0) != 1)
			pki_die("make a name");
	}
	return name;
}

static void set_serial(X509 *certificate, const char *hex)
{
	BIGNUM *number = NULL;
	unsigned char bytes[16];
	if (hex != NULL) {
		if (BN_hex2bn(&number, hex) == 0)
			pki_die("read a serial");
	} else {
		if (RAND_bytes(bytes, sizeof bytes) != 1)
			pki_die("draw a serial");
		bytes[0] = (unsigned char)((bytes[0] & 0x3F) | 0x40);
		number = BN_bin2bn(bytes, sizeof bytes, NULL);
	}
	ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(number, NULL);
	if (serial == NULL || X509_set_serialNumber(certificate, serial) != 1)
		pki_die("set a serial");
	ASN1_INTEGER_free(serial);
	BN_free(number);
}

static void set_time(ASN1_TIME *field, int64_t value)
{
	struct tm parts;
	time_t time = (time_t)value;
	char text[32];
	if (gmtime_r(&time, &parts) == NULL)
		pki_die("convert a time");
	(void)strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &parts);
	if (ASN1_TIME_set_string_X509(field, text) != 1)
		pki_die("set a time");
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (extension == NULL || X509_add_ext(certificate, extension, -1) != 1)
		pki_die("add an extension");
	X509_EXTENSION_free(extension);
}

static void add_host(GENERAL_NAMES *names, const char *host)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
	if (address != NULL) {
		GENERAL_NAME_set0_value(name, GEN_IPADD, address);
	} else {
		ERR_clear_error();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();
		if (text == NULL || ASN1_STRING_set(text, host, -1) != 1)
			pki_die("set a host name");
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
	}
	if (sk_GENERAL_NAME_push(names, name) <= 0)
		pki_die("add a host name");
}

static void add_hosts(X509 *certificate, const char *const *hosts)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	for (size_t i = 0; hosts != NULL && hosts[i] != NULL; i++)
		add_host(names, hosts[i]);
	if (sk_GENERAL_NAME_num(names) > 0 && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1)
		pki_die("add host names");
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
}

static void add_comment(X509 *certificate, size_t length)
{
	char *text = malloc(length + 1);
	if (text == NULL)
		pki_die("get memory");
	memset(text, 'x', length);
	text[length] = '\0';
	add_extension(certificate, certificate, NID_netscape_comment, text);
	free(text);
}

static void add_extensions(X509 *certificate, X509 *issuer, const struct pki_spec *spec)
{
	bool is_ca = spec->profile == PKI_ROOT || spec->profile == PKI_INTERMEDIATE;
	add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
	if (issuer != certificate)
		add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
	add_extension(certificate, issuer, NID_basic_constraints,
		      spec->profile == PKI_ROOT           ? "critical,CA:TRUE"
		      : spec->profile == PKI_INTERMEDIATE ? "critical,CA:TRUE,pathlen:0"
							  : "critical,CA:FALSE");
	add_extension(certificate, issuer, NID_key_usage, is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment");
	if (spec->profile == PKI_CLIENT)
		add_extension(certificate, issuer, NID_ext_key_usage, "clientAuth");
	if (spec->profile == PKI_SERVER)
		add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
	add_hosts(certificate, spec->hosts);
	if (spec->comment > 0)
		add_comment(certificate, spec->comment);
}

static void sign(struct pki *pki, X509 *certificate, EVP_PKEY *key, const char *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const char *name = EVP_PKEY_is_a(key, "ED25519") ? NULL : digest != NULL ? digest : "SHA256";
	if (context == NULL || EVP_DigestSignInit_ex(context, NULL, name, pki->libctx, NULL, key, NULL) != 1 ||
	    X509_sign_ctx(certificate, context) <= 0)
		pki_die("sign a certificate");
	EVP_MD_CTX_free(context);
}

struct pki_identity *pki_issue(struct pki *pki, const struct pki_identity *issuer, const struct pki_spec *spec)
{
	struct pki_identity *made = calloc(1, sizeof *made);
	X509_NAME *subject = make_name(spec->name);
	if (made == NULL)
		pki_die("get memory");
	made->certificate = X509_new_ex(pki->libctx, NULL);
	made->key = spec->key != NULL && EVP_PKEY_up_ref(spec->key) == 1 ? spec->key : pki_make_key(pki, spec->key_type);
	X509 *signer = issuer != NULL ? issuer->certificate : made->certificate;
	if (made->certificate == NULL || X509_set_version(made->certificate, X509_VERSION_3) != 1 ||
	    X509_set_subject_name(made->certificate, subject) != 1 ||
	    X509_set_issuer_name(made->certificate, X509_get_subject_name(signer)) != 1 ||
	    X509_set_pubkey(made->certificate, made->key) != 1)
		pki_die("make a certificate");
	set_serial(made->certificate, spec->serial);
	set_time(X509_getm_notBefore(made->certificate), spec->not_before);
	set_time(X509_getm_notAfter(made->certificate), spec->not_after);
	add_extensions(made->certificate, signer, spec);
	sign(pki, made->certificate, issuer != NULL ? issuer->key : made->key, spec->digest);
	X509_NAME_free(subject);
	return made;
}
