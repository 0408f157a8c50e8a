/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: after a credential is freed neither its key nor the password may remain in the memory of the process (a core file would show
 * them). A child process opens and frees; then it searches its own writable memory for them. It knows them only inverted, so that the
 * search finds no copy of its own.
 */
#include "credential.h"
#include "file.h"
#include "pki.h"

#include <setjmp.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#define PATTERN_BYTES 16
#define PATTERNS_MAX 8
#define PASSWORD "Kagi0-Himitsu99!"
#define NOW 1800000000

struct patterns {
	uint8_t inverted[PATTERNS_MAX][PATTERN_BYTES];
	size_t count;
};

static void add_pattern(struct patterns *patterns, const uint8_t *bytes)
{
	for (size_t i = 0; i < PATTERN_BYTES; i++)
		patterns->inverted[patterns->count][i] = (uint8_t)~bytes[i];
	patterns->count++;
}

/* A number as DER holds it and as OpenSSL's big numbers hold it (little end first). */
static void add_number(struct patterns *patterns, EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;
	uint8_t bytes[512], reversed[512];
	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
	int length = BN_num_bytes(number);
	assert_true(length >= 24 && length <= (int)sizeof bytes);
	(void)BN_bn2bin(number, bytes);
	for (int i = 0; i < length; i++)
		reversed[i] = bytes[length - 1 - i];
	add_pattern(patterns, bytes + 4);
	add_pattern(patterns, reversed + 4);
	BN_clear_free(number);
}

static void add_password(struct patterns *patterns)
{
	uint8_t bmp[2 * (sizeof PASSWORD - 1)];
	for (size_t i = 0; i < sizeof PASSWORD - 1; i++) {
		bmp[2 * i] = 0;
		bmp[2 * i + 1] = (uint8_t)PASSWORD[i];
	}
	add_pattern(patterns, bmp);
}

static bool is_inverted_match(const uint8_t *memory, const uint8_t *inverted)
{
	for (size_t i = 0; i < PATTERN_BYTES; i++)
		if ((memory[i] ^ inverted[i]) != 0xFF)
			return false;
	return true;
}

/* How often the patterns occur in the writable memory of this process; says where on stderr. */
static int search_memory(const struct patterns *patterns)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int hits = 0;
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		char mode[5];
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[0] != 'r' || mode[1] != 'w')
			continue;
		const uint8_t *bytes = (const uint8_t *)from;
		for (size_t at = 0; at + PATTERN_BYTES <= to - from; at++)
			for (size_t i = 0; i < patterns->count; i++)
				if (is_inverted_match(bytes + at, patterns->inverted[i])) {
					(void)fprintf(stderr, "pattern %zu in %s", i, line);
					hits++;
				}
	}
	if (maps == NULL)
		return -1;
	(void)fclose(maps);
	return hits;
}

/* The child: its exit status is the number of hits; 100 and more when it could not try. */
static int open_free_and_search(const char *folder)
{
	struct patterns patterns;
	char path[512];
	struct naccs_secret *pkcs12 = NULL, *password = NULL, *exported = NULL;
	struct naccs_crypto *crypto = NULL;
	struct naccs_credential *credential = NULL;
	struct naccs_error err = {0};
	naccs_crypto_process_init();
	(void)snprintf(path, sizeof path, "%s/patterns", folder);
	FILE *file = fopen(path, "re");
	if (file == NULL || fread(&patterns, sizeof patterns, 1, file) != 1)
		return 100;
	(void)fclose(file);
	(void)snprintf(path, sizeof path, "%s/client.p12", folder);
	if (naccs_file_read(AT_FDCWD, path, NACCS_PKCS12_LIMIT, &pkcs12, &err) != NACCS_OK)
		return 101;
	(void)snprintf(path, sizeof path, "%s/password", folder);
	if (naccs_file_read(AT_FDCWD, path, 100, &password, &err) != NACCS_OK || naccs_crypto_new(&crypto, &err) != NACCS_OK)
		return 102;
	if (naccs_pkcs12_open(crypto, pkcs12, password, NULL, NOW, NULL, &credential, &err) != NACCS_OK ||
	    naccs_credential_export_key(credential, &exported, &err) != NACCS_OK) {
		(void)fprintf(stderr, "%s\n", err.message);
		return 103;
	}
	if (search_memory(&patterns) <= 0) /* while it is open the key is there: the search works */
		return 104;
	(void)fprintf(stderr, "-- freed\n");
	naccs_credential_free(credential);
	naccs_secret_free(exported);
	naccs_secret_free(password);
	naccs_secret_free(pkcs12);
	naccs_crypto_free(crypto);
	int hits = search_memory(&patterns);
	return hits < 0 ? 105 : hits < 99 ? hits : 99;
}

static void check_wiped(enum pki_key_type key_type, enum pki_cipher cipher)
{
	char folder[] = "/tmp/naccs-wiped-XXXXXX", path[512];
	struct patterns patterns = {.count = 0};
	size_t length;
	assert_non_null(mkdtemp(folder));
	struct pki *pki = pki_new();
	struct pki_identity *ca = pki_make_client_ca(pki, PKI_EC, NOW);
	struct pki_identity *client = pki_make_client(pki, ca, "11110A", key_type, NOW, pki_add_months(NOW, PKI_CLIENT_MONTHS));
	X509 *const certificates[] = {client->certificate, ca->certificate};
	uint8_t *pkcs12 = pki_make_pkcs12(pki,
					  &(struct pki_pkcs12){.key = client->key,
							       .certificates = certificates,
							       .certificate_count = 2,
							       .password = PASSWORD,
							       .cipher = cipher},
					  &length);
	if (key_type == PKI_RSA) {
		add_number(&patterns, client->key, OSSL_PKEY_PARAM_RSA_D);
		add_number(&patterns, client->key, OSSL_PKEY_PARAM_RSA_FACTOR1);
		add_number(&patterns, client->key, OSSL_PKEY_PARAM_RSA_EXPONENT2);
	} else {
		add_number(&patterns, client->key, OSSL_PKEY_PARAM_PRIV_KEY);
	}
	add_password(&patterns);
	(void)snprintf(path, sizeof path, "%s/client.p12", folder);
	pki_write_file(path, pkcs12, length);
	(void)snprintf(path, sizeof path, "%s/password", folder);
	pki_write_file(path, PASSWORD, sizeof PASSWORD - 1);
	(void)snprintf(path, sizeof path, "%s/patterns", folder);
	pki_write_file(path, &patterns, sizeof patterns);
	free(pkcs12);
	pki_identity_free(client);
	pki_identity_free(ca);
	pki_free(pki);
	pid_t child = fork();
	if (child == 0) {
		(void)execl("/proc/self/exe", "test-credential-wiped", folder, (char *)NULL);
		_exit(110);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(naccs_dir_remove(AT_FDCWD, folder, NULL), NACCS_OK);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_rsa_key_and_password_are_gone_from_memory_after_free(void **state)
{
	(void)state;
	check_wiped(PKI_RSA, PKI_MODERN);
}

static void test_ec_key_and_password_are_gone_from_memory_after_free(void **state)
{
	(void)state;
	check_wiped(PKI_EC, PKI_MODERN);
}

static void test_key_of_a_legacy_file_is_gone_from_memory_after_free(void **state)
{
	(void)state;
	check_wiped(PKI_RSA, PKI_LEGACY);
}

static void test_key_of_a_plain_bag_is_gone_from_memory_after_free(void **state)
{
	(void)state;
	check_wiped(PKI_RSA, PKI_PLAIN);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return open_free_and_search(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rsa_key_and_password_are_gone_from_memory_after_free),
		cmocka_unit_test(test_ec_key_and_password_are_gone_from_memory_after_free),
		cmocka_unit_test(test_key_of_a_legacy_file_is_gone_from_memory_after_free),
		cmocka_unit_test(test_key_of_a_plain_bag_is_gone_from_memory_after_free),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
