/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a key without a certificate shows to nobody who does not log in. token-objects URI PIN-FILE prints every object of a token, so that tests can
 * compare what is really there before and after; token-objects URI PIN-FILE wipe deletes them. It shares no code with the backend.
 */
#include <openssl/evp.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 16384

static void die(const char *what, CK_RV rv)
{
	(void)fprintf(stderr, "token-objects: %s: %s\n", what, p11_kit_strerror(rv));
	exit(1);
}

static void print_digest(const char *name, const void *bytes, size_t length)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t size = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, bytes, length, digest, &size) != 1)
		die("SHA-256", CKR_GENERAL_ERROR);
	(void)printf(" %s=", name);
	for (size_t i = 0; i < 8; i++)
		(void)printf("%02x", digest[i]);
}

static void print_attribute(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const char *name, CK_ATTRIBUTE_TYPE type)
{
	static unsigned char room[ROOM];
	CK_ATTRIBUTE attribute = {type, room, sizeof room};

	if (module->C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK && attribute.ulValueLen != CK_UNAVAILABLE_INFORMATION &&
	    attribute.ulValueLen > 0)
		print_digest(name, room, attribute.ulValueLen);
}

static void print_object(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS class = 0;
	char label[256];
	CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, label, sizeof label}};

	/* Without a class: what a killed module left, which no program can use. */
	if (module->C_GetAttributeValue(session, object, &attributes[0], 1) != CKR_OK)
		return;
	bool has_label = module->C_GetAttributeValue(session, object, &attributes[1], 1) == CKR_OK;
	if (class != CKO_CERTIFICATE && class != CKO_PRIVATE_KEY && class != CKO_PUBLIC_KEY && class != CKO_DATA && class != CKO_SECRET_KEY)
		return; /* NSS shows trust and builtin objects too, made by itself */
	(void)printf("object class=%lu \"%.*s\"", class, has_label ? (int)attributes[1].ulValueLen : 0, label);
	print_attribute(module, session, object, "id", CKA_ID);
	if (class == CKO_CERTIFICATE)
		print_attribute(module, session, object, "value", CKA_VALUE);
	else
		print_attribute(module, session, object, "modulus", CKA_MODULUS);
	(void)printf("\n");
}

static void visit_token(CK_FUNCTION_LIST *module, CK_SLOT_ID slot, CK_BYTE *pin, CK_ULONG pin_length, bool is_wiped)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE objects[1024];
	CK_ULONG count = 0, got = 0;
	CK_RV rv = module->C_OpenSession(slot, CKF_SERIAL_SESSION | (is_wiped ? CKF_RW_SESSION : 0), NULL, NULL, &session);

	if (rv != CKR_OK)
		die("C_OpenSession", rv);
	rv = pin_length > 0 ? module->C_Login(session, CKU_USER, pin, pin_length) : CKR_OK;
	if (rv != CKR_OK)
		die("C_Login", rv);
	rv = module->C_FindObjectsInit(session, NULL, 0);
	do {
		if (rv == CKR_OK)
			rv = module->C_FindObjects(session, objects + count, 1024 - count, &got);
		if (rv != CKR_OK)
			die("C_FindObjects", rv);
		count += got;
	} while (got > 0 && count < 1024);
	(void)module->C_FindObjectsFinal(session);
	for (CK_ULONG i = 0; i < count; i++) {
		if (is_wiped)
			(void)module->C_DestroyObject(session, objects[i]);
		else
			print_object(module, session, objects[i]);
	}
	(void)module->C_CloseSession(session);
}

int main(int argc, char **argv)
{
	static char pin[256];
	P11KitUri *uri = p11_kit_uri_new();
	bool is_found = false;

	if (argc < 3 || p11_kit_uri_parse(argv[1], P11_KIT_URI_FOR_ANY, uri) != P11_KIT_URI_OK)
		return 64;
	FILE *file = fopen(argv[2], "re");
	if (file != NULL && fgets(pin, sizeof pin, file) != NULL)
		pin[strcspn(pin, "\n")] = '\0';
	if (file != NULL)
		(void)fclose(file);
	CK_FUNCTION_LIST **modules = p11_kit_modules_load_and_initialize(0);
	for (size_t i = 0; modules != NULL && modules[i] != NULL; i++) {
		CK_SLOT_ID slots[64];
		CK_ULONG count = 64;
		if (modules[i]->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
			continue;
		for (CK_ULONG j = 0; j < count; j++) {
			CK_TOKEN_INFO token;
			if (modules[i]->C_GetTokenInfo(slots[j], &token) != CKR_OK || p11_kit_uri_match_token_info(uri, &token) != 1)
				continue;
			visit_token(modules[i], slots[j], (CK_BYTE *)pin, strlen(pin), argc > 3 && strcmp(argv[3], "wipe") == 0);
			is_found = true;
		}
	}
	p11_kit_modules_finalize_and_release(modules);
	p11_kit_uri_free(uri);
	if (!is_found)
		(void)fprintf(stderr, "token-objects: there is no token %s\n", argv[1]);
	return is_found ? 0 : 1;
}
