/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the provider and the worker cost beside a token's module that is called directly: the same number of RSA signatures over the same
 * message by the same key, in turns. signatures MODULE TOKEN PIN-FILE NACCS-URI [COUNT] The provider is loaded as openssl.cnf says. Prints
 * the medians of five turns and the ratio; exit 1 when it is above 1.10.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <p11-kit/pkcs11.h>

#define TURNS 5
static const unsigned char message[] = "what the server sends";

static void die(const char *what)
{
	(void)fprintf(stderr, "signatures: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(EXIT_FAILURE);
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct direct {
	CK_FUNCTION_LIST *module;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
};

static CK_SLOT_ID find_slot(CK_FUNCTION_LIST *module, const char *label)
{
	CK_SLOT_ID slots[64];
	CK_ULONG count = 64;
	CK_TOKEN_INFO info;

	if (module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		die("no slots");
	for (CK_ULONG i = 0; i < count; i++)
		if (module->C_GetTokenInfo(slots[i], &info) == CKR_OK && strncmp((const char *)info.label, label, strlen(label)) == 0)
			return slots[i];
	die("no such token");
	return 0;
}

static void direct_open(struct direct *direct, const char *path, const char *label, const char *pin_file)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
	CK_C_GetFunctionList get;
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
	CK_ULONG found = 0;
	char pin[64] = "";
	FILE *file = fopen(pin_file, "r");

	if (symbol == NULL || file == NULL || fscanf(file, "%63s", pin) != 1)
		die("cannot load the module or read the PIN");
	(void)fclose(file);
	memcpy(&get, &symbol, sizeof get);
	if (get(&direct->module) != CKR_OK || direct->module->C_Initialize(NULL) != CKR_OK ||
	    direct->module->C_OpenSession(find_slot(direct->module, label), CKF_SERIAL_SESSION, NULL, NULL, &direct->session) != CKR_OK ||
	    direct->module->C_Login(direct->session, CKU_USER, (unsigned char *)pin, strlen(pin)) != CKR_OK ||
	    direct->module->C_FindObjectsInit(direct->session, &wanted, 1) != CKR_OK ||
	    direct->module->C_FindObjects(direct->session, &direct->key, 1, &found) != CKR_OK || found != 1 ||
	    direct->module->C_FindObjectsFinal(direct->session) != CKR_OK)
		die("the token gives no key");
}

/* CKM_RSA_PKCS over a DigestInfo, as the backend signs. */
static double sign_directly(const struct direct *direct, unsigned count)
{
	static const unsigned char head[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
					     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
	CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
	unsigned char info[sizeof head + 32], sig[512];
	double begin = seconds();

	memcpy(info, head, sizeof head);
	for (unsigned i = 0; i < count; i++) {
		CK_ULONG length = sizeof sig;

		if (EVP_Digest(message, sizeof message, info + sizeof head, NULL, EVP_sha256(), NULL) != 1 ||
		    direct->module->C_SignInit(direct->session, &mechanism, direct->key) != CKR_OK ||
		    direct->module->C_Sign(direct->session, info, sizeof info, sig, &length) != CKR_OK)
			die("the module does not sign");
	}
	return seconds() - begin;
}

static EVP_PKEY *provider_key(const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	EVP_PKEY *key = NULL;

	if (store == NULL || OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) != 1)
		die("the store does not open");
	while (key == NULL && OSSL_STORE_eof(store) == 0) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info != NULL)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	(void)OSSL_STORE_close(store);
	if (key == NULL)
		die("the store has no key");
	return key;
}

static double sign_by_provider(EVP_PKEY *key, unsigned count)
{
	unsigned char sig[512];
	double begin = seconds();

	for (unsigned i = 0; i < count; i++) {
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		size_t length = sizeof sig;

		if (context == NULL || EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) != 1 ||
		    EVP_DigestSign(context, sig, &length, message, sizeof message) != 1)
			die("the provider does not sign");
		EVP_MD_CTX_free(context);
	}
	return seconds() - begin;
}

static int compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	double direct_times[TURNS], provider_times[TURNS];
	struct direct direct;

	if (argc < 5)
		die("usage: signatures MODULE TOKEN PIN-FILE NACCS-URI [COUNT]");
	unsigned count = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 1000;
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default"), *naccs = OSSL_PROVIDER_load(NULL, "naccs");
	if (usual == NULL || naccs == NULL)
		die("the providers do not load");
	EVP_PKEY *key = provider_key(argv[4]);
	direct_open(&direct, argv[1], argv[2], argv[3]);
	(void)sign_directly(&direct, 10);
	(void)sign_by_provider(key, 10);
	for (int i = 0; i < TURNS; i++) {
		direct_times[i] = sign_directly(&direct, count);
		provider_times[i] = sign_by_provider(key, count);
	}
	qsort(direct_times, TURNS, sizeof direct_times[0], compare);
	qsort(provider_times, TURNS, sizeof provider_times[0], compare);
	double ratio = provider_times[TURNS / 2] / direct_times[TURNS / 2];
	(void)printf("%u RSA-2048 signatures: the module directly %.3f s, provider and worker %.3f s, ratio %.2f (at most 1.10)\n", count,
		     direct_times[TURNS / 2], provider_times[TURNS / 2], ratio);
	EVP_PKEY_free(key);
	(void)OSSL_PROVIDER_unload(naccs);
	(void)OSSL_PROVIDER_unload(usual);
	return ratio <= 1.10 ? EXIT_SUCCESS : EXIT_FAILURE;
}
