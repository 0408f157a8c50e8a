/* SPDX-License-Identifier: Apache-2.0 */
/* Why: real PKCS#12 files come from other people's programs; each has habits of its own (BER, iteration counts, names, ciphers). */
#include "file.h"
#include "fixture.h"
#include "tool.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct workshop {
	struct fixture *fixture;
	char folder[64];
	struct pki_identity *rsa; /* the files of the folder: key.pem, cert.pem, ca.pem, chain.pem (cert, ca) */
};

static char *in_folder(const struct workshop *workshop, const char *name)
{
	char *path = NULL;
	assert_true(asprintf(&path, "%s/%s", workshop->folder, name) > 0);
	return path;
}

static void write_pem(const struct workshop *workshop, const char *name, EVP_PKEY *key, X509 *const *certificates, size_t count)
{
	char *path = in_folder(workshop, name);
	pki_write_pem(path, key, certificates, count);
	free(path);
}

static int workshop_setup(void **state)
{
	struct workshop *workshop = calloc(1, sizeof *workshop);
	void *fixture = NULL;
	if (workshop == NULL || fixture_setup(&fixture) != 0)
		return -1;
	workshop->fixture = fixture;
	(void)snprintf(workshop->folder, sizeof workshop->folder, "/tmp/naccs-tools-XXXXXX");
	if (mkdtemp(workshop->folder) == NULL)
		return -1;
	const struct pki_identity *ca = workshop->fixture->ca;
	workshop->rsa = pki_make_client(workshop->fixture->pki, ca, "33330C", PKI_RSA, NOW - DAY, NOW + 1000 * DAY);
	X509 *const chain[] = {workshop->rsa->certificate, ca->certificate};
	X509 *const ec_chain[] = {workshop->fixture->client->certificate, ca->certificate};
	char *password = in_folder(workshop, "password");
	write_pem(workshop, "key.pem", workshop->rsa->key, NULL, 0);
	write_pem(workshop, "cert.pem", NULL, chain, 1);
	write_pem(workshop, "ca.pem", NULL, chain + 1, 1);
	write_pem(workshop, "ec-key.pem", workshop->fixture->client->key, NULL, 0);
	write_pem(workshop, "ec-cert.pem", NULL, ec_chain, 1);
	pki_write_file(password, PASSWORD, strlen(PASSWORD));
	free(password);
	*state = workshop;
	return 0;
}

static int workshop_teardown(void **state)
{
	struct workshop *workshop = *state;
	void *fixture = workshop->fixture;
	int result = naccs_dir_remove(AT_FDCWD, workshop->folder, NULL) == NACCS_OK ? 0 : -1;
	pki_identity_free(workshop->rsa);
	(void)fixture_teardown(&fixture);
	free(workshop);
	return result;
}

static void open_file(const struct workshop *workshop, const char *name, struct opening opening, struct opened *ret)
{
	naccs_auto(secret) struct naccs_secret *bytes = NULL;
	char *path = in_folder(workshop, name);
	assert_int_equal(naccs_file_read(AT_FDCWD, path, NACCS_PKCS12_LIMIT, &bytes, NULL), NACCS_OK);
	free(path);
	open_bytes(workshop->fixture, naccs_secret_data(bytes), naccs_secret_length(bytes), opening, ret);
}

/* The file opens, with that client, the CA, and that friendly name (NULL: do not look). */
static void check_opens(const struct workshop *workshop, const char *name, const struct pki_identity *client, const char *friendly_name)
{
	struct opened opened;
	open_file(workshop, name, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	assert_int_equal(X509_cmp(opened.credential->certificate, client->certificate), 0);
	assert_int_equal(X509_cmp(opened.credential->client_ca, workshop->fixture->ca->certificate), 0);
	assert_true(key_fits(opened.credential->key, client->certificate));
	if (friendly_name != NULL) {
		assert_non_null(opened.credential->friendly_name);
		assert_string_equal(opened.credential->friendly_name, friendly_name);
	}
	open_end(&opened);
	open_file(workshop, name, (struct opening){.password = "another"}, &opened);
	assert_status(opened, NACCS_E_PKCS12_PASSWORD);
}

#define EXPORT "openssl", "pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-certfile", "ca.pem", "-passout", "pass:" PASSWORD

static void test_openssl_by_default(void **state)
{
	const struct workshop *workshop = *state;
	if (!has_tool("openssl")) {
		print_message("skipped: openssl (Debian: package openssl) is missing\n");
		skip();
	}
	assert_int_equal(run(workshop->folder, EXPORT, "-name", "通関 33330C", "-out", "openssl.p12"), 0);
	check_opens(workshop, "openssl.p12", workshop->rsa, "通関 33330C");
	assert_int_equal(run(workshop->folder, "openssl", "pkcs12", "-export", "-inkey", "ec-key.pem", "-in", "ec-cert.pem", "-certfile", "ca.pem",
			     "-passout", "pass:" PASSWORD, "-out", "openssl-ec.p12"),
			 0);
	check_opens(workshop, "openssl-ec.p12", workshop->fixture->client, NULL);
}

static void test_openssl_legacy(void **state)
{
	const struct workshop *workshop = *state;
	struct opened opened;
	if (!has_tool("openssl")) {
		print_message("skipped: openssl (Debian: package openssl) is missing\n");
		skip();
	}
	assert_int_equal(run(workshop->folder, EXPORT, "-legacy", "-out", "legacy.p12"), 0);
	check_opens(workshop, "legacy.p12", workshop->rsa, NULL);
	open_file(workshop, "legacy.p12", (struct opening){0}, &opened);
	assert_true(opened.credential->used_legacy_ciphers);
	open_end(&opened);
	assert_int_equal(run(workshop->folder, EXPORT, "-legacy", "-descert", "-out", "descert.p12"), 0);
	check_opens(workshop, "descert.p12", workshop->rsa, NULL);
}

static void test_openssl_with_chosen_algorithms(void **state)
{
	static const char *const variants[][6] = {
		{"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"},
		{"-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "sha384"},
		{"-keypbe", "AES-256-CBC", "-certpbe", "NONE", "-macalg", "sha512"},
		{"-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "sha224"},
		{"-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC", "-macalg", "sha256"},
		{"-iter", "1", "-maciter", "-macalg", "sha256", "-keyex"},
		{"-iter", "100000", "-nomaciter", "-macalg", "sha1", "-keysig"},
	};
	const struct workshop *workshop = *state;
	if (!has_tool("openssl")) {
		print_message("skipped: openssl (Debian: package openssl) is missing\n");
		skip();
	}
	for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
		const char *const *more = variants[i];
		assert_int_equal(run(workshop->folder, EXPORT, more[0], more[1], more[2], more[3], more[4], more[5], "-out", "chosen.p12"), 0);
		check_opens(workshop, "chosen.p12", workshop->rsa, NULL);
	}
	static const char *const legacy[] = {"PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128", "PBE-SHA1-RC4-128", "PBE-SHA1-RC4-40", "PBE-SHA1-2DES"};
	for (size_t i = 0; i < sizeof legacy / sizeof legacy[0]; i++) {
		assert_int_equal(run(workshop->folder, EXPORT, "-legacy", "-keypbe", legacy[i], "-certpbe", legacy[i], "-out", "chosen.p12"), 0);
		check_opens(workshop, "chosen.p12", workshop->rsa, NULL);
	}
}

static void test_openssl_without_mac_is_refused(void **state)
{
	const struct workshop *workshop = *state;
	struct opened opened;
	if (!has_tool("openssl")) {
		print_message("skipped: openssl (Debian: package openssl) is missing\n");
		skip();
	}
	assert_int_equal(run(workshop->folder, EXPORT, "-nomac", "-out", "nomac.p12"), 0);
	open_file(workshop, "nomac.p12", (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "no MAC");
}

static void test_gnutls_certtool(void **state)
{
	static const char *const ciphers[] = {"3des-pkcs12", "aes-128", "aes-256", "rc2-40"};
	const struct workshop *workshop = *state;
	if (!has_tool("certtool")) {
		print_message("skipped: certtool (Debian: package gnutls-bin) is missing\n");
		skip();
	}
	for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
		assert_int_equal(run(workshop->folder, "certtool", "--to-p12", "--load-privkey", "key.pem", "--load-certificate", "cert.pem",
				     "--load-ca-certificate", "ca.pem", "--p12-name", "33330C", "--password", PASSWORD, "--pkcs-cipher", ciphers[i],
				     "--outder", "--outfile", "gnutls.p12"),
				 0);
		check_opens(workshop, "gnutls.p12", workshop->rsa, "33330C");
	}
}

static void test_nss_pk12util(void **state)
{
	static const char *const ciphers[][2] = {
		{"AES-256-CBC", "AES-128-CBC"},
		{"PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC", "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC"},
		{"AES-128-CBC", "none"},
	};
	const struct workshop *workshop = *state;
	if (!has_tool("pk12util") || !has_tool("certutil") || !has_tool("openssl")) {
		print_message("skipped: pk12util, certutil (Debian: package libnss3-tools) or openssl is missing\n");
		skip();
	}
	assert_int_equal(run(workshop->folder, EXPORT, "-name", "通関 NSS", "-out", "to-nss.p12"), 0);
	assert_int_equal(run(workshop->folder, "mkdir", "nssdb"), 0);
	assert_int_equal(run(workshop->folder, "certutil", "-N", "-d", "sql:nssdb", "--empty-password"), 0);
	assert_int_equal(run(workshop->folder, "pk12util", "-i", "to-nss.p12", "-d", "sql:nssdb", "-w", "password"), 0);
	assert_int_equal(run(workshop->folder, "pk12util", "-o", "nss.p12", "-n", "通関 NSS", "-d", "sql:nssdb", "-w", "password"), 0);
	check_opens(workshop, "nss.p12", workshop->rsa, "通関 NSS");
	for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
		assert_int_equal(run(workshop->folder, "pk12util", "-o", "nss.p12", "-n", "通関 NSS", "-d", "sql:nssdb", "-w", "password", "-c",
				     ciphers[i][0], "-C", ciphers[i][1]),
				 0);
		check_opens(workshop, "nss.p12", workshop->rsa, "通関 NSS");
	}
}

static void test_java_keytool(void **state)
{
	const struct workshop *workshop = *state;
	if (!has_tool("keytool") || !has_tool("openssl")) {
		print_message("skipped: keytool (Debian: package default-jre-headless) or openssl is missing\n");
		skip();
	}
	assert_int_equal(run(workshop->folder, EXPORT, "-name", "33330c", "-out", "to-java.p12"), 0);
	assert_int_equal(run(workshop->folder, "keytool", "-importkeystore", "-noprompt", "-srckeystore", "to-java.p12", "-srcstoretype", "PKCS12",
			     "-srcstorepass", PASSWORD, "-destkeystore", "java.p12", "-deststoretype", "PKCS12", "-deststorepass", PASSWORD),
			 0);
	check_opens(workshop, "java.p12", workshop->rsa, "33330c");
	assert_int_equal(run(workshop->folder, "keytool", "-J-Dkeystore.pkcs12.legacy", "-importkeystore", "-noprompt", "-srckeystore",
			     "to-java.p12", "-srcstoretype", "PKCS12", "-srcstorepass", PASSWORD, "-destkeystore", "java-legacy.p12",
			     "-deststoretype", "PKCS12", "-deststorepass", PASSWORD),
			 0);
	check_opens(workshop, "java-legacy.p12", workshop->rsa, "33330c");
}

static void test_what_make_pkcs12_makes_opens_in_openssl_too(void **state)
{
	const struct workshop *workshop = *state;
	size_t length;
	if (!has_tool("openssl")) {
		print_message("skipped: openssl (Debian: package openssl) is missing\n");
		skip();
	}
	X509 *const certificates[] = {workshop->rsa->certificate, workshop->fixture->ca->certificate};
	uint8_t *bytes = pki_make_pkcs12(workshop->fixture->pki,
					 &(struct pki_pkcs12){.key = workshop->rsa->key,
							      .certificates = certificates,
							      .certificate_count = 2,
							      .password = PASSWORD,
							      .nested = true},
					 &length);
	char *path = in_folder(workshop, "ours.p12");
	pki_write_file(path, bytes, length);
	free(path);
	free(bytes);
	assert_int_equal(run(workshop->folder, "openssl", "pkcs12", "-in", "ours.p12", "-noout", "-passin", "pass:" PASSWORD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openssl_by_default),
		cmocka_unit_test(test_openssl_legacy),
		cmocka_unit_test(test_openssl_with_chosen_algorithms),
		cmocka_unit_test(test_openssl_without_mac_is_refused),
		cmocka_unit_test(test_gnutls_certtool),
		cmocka_unit_test(test_nss_pk12util),
		cmocka_unit_test(test_java_keytool),
		cmocka_unit_test(test_what_make_pkcs12_makes_opens_in_openssl_too),
	};
	naccs_crypto_process_init();
	return cmocka_run_group_tests(tests, workshop_setup, workshop_teardown);
}
