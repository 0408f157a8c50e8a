/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"
#include "pki_make.h"
#include "pki_set.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NACCS_ORGANIZATION "Nippon Automated Cargo And Port Consolidated System, Inc."
#define SECOM_ORGANIZATION "SECOM Trust Systems CO.,LTD."
#define CA_CONSTRAINTS "critical,CA:TRUE"
#define CA_USAGE "critical,keyCertSign,cRLSign"
#define ROOT_FROM 1243573239  /* 2009-05-29T05:00:39Z, as the real one */
#define ROOT_UNTIL 2505877239 /* 2049-05-29T05:00:39Z: the real one ends in 2029; the simulator should outlive that */

static const struct certificate_spec root_spec = {.organization = SECOM_ORGANIZATION,
						  .unit = ROOT_NAME,
						  .constraints = CA_CONSTRAINTS,
						  .key_usage = CA_USAGE,
						  .from = ROOT_FROM,
						  .until = ROOT_UNTIL,
						  .serial = 0};
static const struct certificate_spec old_root_spec = {.organization = "SECOM Trust.net",
						      .unit = "Security Communication RootCA1",
						      .constraints = CA_CONSTRAINTS,
						      .key_usage = CA_USAGE,
						      .from = 1064834449,
						      .until = ROOT_UNTIL,
						      .serial = 0};
static const struct certificate_spec intermediate_spec = {.organization = "Cybertrust Japan Co., Ltd.",
							  .common_name = "Cybertrust Japan SureServer CA G4",
							  .constraints = "critical,CA:TRUE,pathlen:0",
							  .key_usage = CA_USAGE,
							  .extended_usage = "serverAuth,clientAuth",
							  .from = 1569549263,
							  .until = ROOT_UNTIL,
							  .serial = 0x22B9B1630CECB43C};
static const struct certificate_spec interceptor_spec = {.organization = "Example Company",
							 .common_name = "Example Company Proxy CA",
							 .constraints = CA_CONSTRAINTS,
							 .key_usage = CA_USAGE,
							 .from = 1483228800,
							 .until = ROOT_UNTIL,
							 .serial = 7};
static const struct certificate_spec client_ca_spec = {.organization = NACCS_ORGANIZATION,
						       .common_name = "NACCS Client CA",
						       .constraints = CA_CONSTRAINTS,
						       .key_usage = CA_USAGE,
						       .from = 1483228800,
						       .until = ROOT_UNTIL,
						       .serial = 1};

/* A file may be older than the keys it depends on, when a former run was killed. */
static X509 *load_certificate(struct pki *pki, const char *name, EVP_PKEY *key, EVP_PKEY *signer_key)
{
	X509 *certificate = pki_load(pki->context, pki->dir, name);
	if (certificate != NULL && X509_check_private_key(certificate, key) == 1 && X509_verify(certificate, signer_key) == 1)
		return certificate;
	X509_free(certificate);
	ERR_clear_error();
	return NULL;
}

static X509 *found_or_made(struct pki *pki, const char *name, const struct certificate_spec *spec, EVP_PKEY *key,
			   const struct authority *signer)
{
	EVP_PKEY *signer_key = signer != NULL ? signer->key : key;
	X509 *certificate = load_certificate(pki, name, key, signer_key);
	if (certificate == NULL) {
		certificate = pki_certificate(pki->context, spec, key, signer != NULL ? signer->certificate : NULL, signer_key);
		pki_store(pki->dir, name, &certificate, 1);
	}
	return certificate;
}

static struct authority authority(struct pki *pki, const char *name, bool is_rsa, const struct certificate_spec *spec,
				  const struct authority *signer)
{
	struct authority made = {.key = pki_key(pki->context, pki->dir, name, is_rsa)};
	made.certificate = found_or_made(pki, name, spec, made.key, signer);
	return made;
}

static X509 *cross(struct pki *pki, const char *name, const struct authority *subject)
{
	struct certificate_spec spec = root_spec;
	spec.serial = 0x1221;
	return found_or_made(pki, name, &spec, subject->key, &pki->old_root);
}

static void load_providers(struct pki *pki)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 || OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		pki_die("start OpenSSL");
	pki->context = OSSL_LIB_CTX_new();
	if (pki->context == NULL)
		pki_die("start OpenSSL");
	const char *quoted = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
	if (quoted == NULL || OSSL_PROVIDER_set_default_search_path(pki->context, quoted) != 1)
		pki_die("find OpenSSL's providers");
	pki->default_provider = OSSL_PROVIDER_load(pki->context, "default");
	pki->legacy_provider = OSSL_PROVIDER_load(pki->context, "legacy");
	if (pki->default_provider == NULL || pki->legacy_provider == NULL)
		pki_die("load OpenSSL's providers");
}

struct pki *pki_open(const char *dir)
{
	struct pki *pki = need(1, sizeof *pki);
	pki->dir = need_text(dir);
	load_providers(pki);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		die("cannot make %s: %s", dir, strerror(errno));
	char *lock_path = need_format("%s/lock", dir);
	int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) != 0)
		die("cannot lock %s: %s", lock_path, strerror(errno));
	pki->root = authority(pki, "root", false, &root_spec, NULL);
	pki->intermediate = authority(pki, "intermediate", false, &intermediate_spec, &pki->root);
	pki->rogue_root = authority(pki, "rogue-root", false, &root_spec, NULL);
	pki->rogue_intermediate = authority(pki, "rogue-intermediate", false, &intermediate_spec, &pki->rogue_root);
	pki->old_root = authority(pki, "old-root", false, &old_root_spec, NULL);
	pki->interceptor = authority(pki, "interceptor", false, &interceptor_spec, NULL);
	pki->cross_good = cross(pki, "cross-good", &pki->root);
	pki->cross_rogue = cross(pki, "cross-rogue", &pki->rogue_root);
	pki->client_ca = authority(pki, "client-ca", true, &client_ca_spec, NULL);
	pki->other_client_ca = authority(pki, "other-client-ca", false, &client_ca_spec, NULL);
	pki->leaf_key = pki_key(pki->context, dir, "leaf", false);
	(void)close(lock);
	free(lock_path);
	return pki;
}

static void authority_free(struct authority *authority)
{
	EVP_PKEY_free(authority->key);
	X509_free(authority->certificate);
}

void pki_free(struct pki *pki)
{
	if (pki == NULL)
		return;
	struct authority *all[] = {&pki->root,	   &pki->intermediate, &pki->rogue_root, &pki->rogue_intermediate,
				   &pki->old_root, &pki->client_ca, &pki->other_client_ca, &pki->interceptor};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		authority_free(all[i]);
	X509_free(pki->cross_good);
	X509_free(pki->cross_rogue);
	EVP_PKEY_free(pki->leaf_key);
	for (int i = 0; i < CHAIN_COUNT; i++)
		SSL_CTX_free(pki->server[i]);
	(void)OSSL_PROVIDER_unload(pki->legacy_provider);
	(void)OSSL_PROVIDER_unload(pki->default_provider);
	OSSL_LIB_CTX_free(pki->context);
	free(pki->dir);
	free(pki);
}

OSSL_LIB_CTX *pki_context(const struct pki *pki)
{
	return pki->context;
}

void pki_write_interceptor(struct pki *pki, const char *dir)
{
	pki_store(dir, "intercepting-ca", (X509 *[]){pki->interceptor.certificate}, 1);
}

void pki_write_anchors(struct pki *pki, const char *dir)
{
	pki_store(dir, "anchor", (X509 *[]){pki->root.certificate}, 1);
	pki_store(dir, "anchor-with-intermediate", (X509 *[]){pki->root.certificate, pki->intermediate.certificate}, 2);
	pki_store(dir, "partial-anchor", (X509 *[]){pki->old_root.certificate, pki->intermediate.certificate}, 2);
	pki_store(dir, "rogue-anchor", (X509 *[]){pki->rogue_root.certificate}, 1);
	pki_write_interceptor(pki, dir);
	pki_store(dir, "client-ca", (X509 *[]){pki->client_ca.certificate}, 1);
}

/* The same hour five years and one month later. */
static int64_t five_years_and_a_month_after(int64_t from)
{
	time_t seconds = (time_t)from;
	struct tm tm;
	(void)gmtime_r(&seconds, &tm);
	tm.tm_year += 5;
	tm.tm_mon += 1;
	return (int64_t)timegm(&tm);
}

void pki_use_ec_clients(struct pki *pki)
{
	pki->has_ec_clients = true;
}

/* Found or made, one process at a time. */
static EVP_PKEY *client_key(struct pki *pki, const struct client_spec *spec)
{
	unsigned generation = spec->has_old_key ? 0 : spec->generation;
	char *number = generation == 0 ? need_text("") : need_format("-%u", generation);
	char *name = need_format("terminal-%s%s%s", spec->terminal, number, pki->has_ec_clients ? "-ec" : "");
	char *lock_path = need_format("%s/lock", pki->dir);
	int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) != 0)
		die("cannot lock %s: %s", lock_path, strerror(errno));
	EVP_PKEY *key = pki_key(pki->context, pki->dir, name, !pki->has_ec_clients);
	(void)close(lock);
	free(lock_path);
	free(name);
	free(number);
	return key;
}

struct client pki_client(struct pki *pki, const struct client_spec *wanted)
{
	struct client client = {.key = client_key(pki, wanted)};
	const struct authority *signer = wanted->by_other ? &pki->other_client_ca : &pki->client_ca;
	uint64_t serial = 0x4e41434353; /* the terminal's name and the moment make it unique enough, and repeatable */
	for (const char *c = wanted->terminal; *c != '\0'; c++)
		serial = serial * 131 + (unsigned char)*c;
	struct certificate_spec spec = {.organization = NACCS_ORGANIZATION,
					.unit = "NACCS Client CA",
					.common_name = wanted->terminal,
					.key_usage = pki->has_ec_clients ? "critical,digitalSignature" : "critical,digitalSignature,keyEncipherment",
					.extended_usage = "clientAuth",
					.constraints = "CA:FALSE",
					.from = wanted->from,
					.until = wanted->until != 0 ? wanted->until : five_years_and_a_month_after(wanted->from),
					.serial = (serial ^ (uint64_t)wanted->from) >> 1};
	client.certificate = pki_certificate(pki->context, &spec, client.key, signer->certificate, signer->key);
	if (wanted->by_other && X509_up_ref(signer->certificate) == 1)
		client.authority = signer->certificate;
	return client;
}

void client_free(struct client *client)
{
	EVP_PKEY_free(client->key);
	X509_free(client->certificate);
	X509_free(client->authority);
	*client = (struct client){0};
}

/* As Windows shows it in the manual's screens: cn=…,ou=…, all lower case. */
static char *friendly_name(X509 *certificate)
{
	char common_name[128] = "";
	(void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common_name, sizeof common_name);
	char *name =
		need_format("cn=%s,ou=naccs client ca,o=nippon automated cargo and port consolidated system\\, inc.,c=jp", common_name);
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return name;
}

/* Put together by hand, as PKCS12_create() would refuse a key and a certificate that do not belong together. */
static PKCS12 *pack(struct pki *pki, const struct client *client, const char *password, int key_cipher, int certificate_cipher,
		    unsigned extra)
{
	char *name = friendly_name(client->certificate);
	unsigned char id[EVP_MAX_MD_SIZE];
	unsigned int id_size = 0;
	STACK_OF(PKCS12_SAFEBAG) *certificates = NULL, *keys = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	PKCS12_SAFEBAG *leaf = PKCS12_add_cert(&certificates, client->certificate);
	bool ok = X509_digest(client->certificate, EVP_sha1(), id, &id_size) == 1 && leaf != NULL &&
		  PKCS12_add_localkeyid(leaf, id, (int)id_size) == 1 && PKCS12_add_friendlyname_utf8(leaf, name, -1) == 1 &&
		  PKCS12_add_cert(&certificates, client->authority != NULL ? client->authority : pki->client_ca.certificate) != NULL;
	for (unsigned i = 0; ok && i < extra; i++)
		ok = PKCS12_add_cert(&certificates, pki->old_root.certificate) != NULL;
	PKCS12_SAFEBAG *key = ok ? PKCS12_add_key_ex(&keys, client->key, 0, 2048, key_cipher, password, pki->context, NULL) : NULL;
	ok = key != NULL && PKCS12_add_localkeyid(key, id, (int)id_size) == 1 && PKCS12_add_friendlyname_utf8(key, name, -1) == 1 &&
	     PKCS12_add_safe_ex(&safes, certificates, certificate_cipher, 2048, password, pki->context, NULL) == 1 &&
	     PKCS12_add_safe_ex(&safes, keys, -1, 0, NULL, pki->context, NULL) == 1;
	PKCS12 *p12 = ok ? PKCS12_add_safes_ex(safes, 0, pki->context, NULL) : NULL;
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(certificates, PKCS12_SAFEBAG_free);
	sk_PKCS12_SAFEBAG_pop_free(keys, PKCS12_SAFEBAG_free);
	free(name);
	return p12;
}

unsigned char *pki_pkcs12(struct pki *pki, const struct client *client, const char *password, enum p12_cipher cipher, unsigned extra,
			  size_t *ret_size)
{
	static const int key_cipher[] = {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_aes_256_cbc};
	static const int certificate_cipher[] = {NID_pbe_WithSHA1And40BitRC2_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_aes_256_cbc};
	EVP_MD *digest = EVP_MD_fetch(pki->context, cipher == P12_AES ? "SHA256" : "SHA1", NULL);
	PKCS12 *p12 = pack(pki, client, password, key_cipher[cipher], certificate_cipher[cipher], extra);
	unsigned char *der = NULL;
	int length = -1;
	if (digest != NULL && p12 != NULL && PKCS12_set_mac(p12, password, -1, NULL, 0, 2048, digest) == 1)
		length = i2d_PKCS12(p12, &der);
	if (length <= 0)
		pki_die("make a PKCS#12");
	unsigned char *copy = need(1, (size_t)length);
	memcpy(copy, der, (size_t)length);
	OPENSSL_free(der);
	PKCS12_free(p12);
	EVP_MD_free(digest);
	*ret_size = (size_t)length;
	return copy;
}
