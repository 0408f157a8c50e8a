/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: "the key can't leave the token" is the token's promise, not ours. So what was asked for is read back after the import, and what the token
 * lets happen all the same is said.
 */
#include "pkcs11.h"

#include <string.h>

static naccs_status fail_flag(const struct naccs_store *store, const char *attribute, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
			 _("the token %s took the private key, but does not protect it as it was told (%s); the key was deleted again"), store->label,
			 attribute);
	return naccs_error_hint(err, _("Use another token, or a newer version of its software."));
}

naccs_status pkcs11_key_check_created(const struct naccs_store *store, CK_OBJECT_HANDLE key, const struct pkcs11_id *id, struct naccs_error *err)
{
	CK_BBOOL sensitive = CK_FALSE, extractable = CK_TRUE, private = CK_FALSE, token = CK_FALSE;
	uint8_t there[PKCS11_ID_LIMIT];
	CK_ATTRIBUTE attributes[] = {
		{CKA_SENSITIVE, &sensitive, sizeof sensitive}, {CKA_EXTRACTABLE, &extractable, sizeof extractable},
		{CKA_PRIVATE, &private, sizeof private},       {CKA_TOKEN, &token, sizeof token},
		{CKA_ID, there, sizeof there},
	};
	naccs_status status = pkcs11_object_read(store, key, attributes, sizeof attributes / sizeof *attributes, err);

	if (status != NACCS_OK)
		return status;
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (!pkcs11_is_there(&attributes[i]))
			return fail_flag(store, _("it does not tell"), err);
	if (sensitive != CK_TRUE)
		return fail_flag(store, "CKA_SENSITIVE", err);
	if (extractable != CK_FALSE)
		return fail_flag(store, "CKA_EXTRACTABLE", err);
	if (private != CK_TRUE)
		return fail_flag(store, "CKA_PRIVATE", err);
	if (token != CK_TRUE)
		return fail_flag(store, "CKA_TOKEN", err);
	if (attributes[4].ulValueLen != id->length || memcmp(there, id->bytes, id->length) != 0)
		return fail_flag(store, "CKA_ID", err);
	return NACCS_OK;
}

void pkcs11_warn_of_key(struct naccs_store *store, const struct pkcs11_key *key)
{
	naccs_auto(heap) char *message = NULL;

	if (!key->is_extractable && key->is_sensitive)
		return;
	message = naccs_format(_("The private key that was on the token %s before may leave it: it is marked so. Keys put there by naccs-cert may not."),
			       store->label);
	if (message != NULL)
		pkcs11_warn(store, "token.key-extractable", message);
}

/*
 * Only tokens that are programs are tried: a device that watches over its keys may write an attempt down, and promises more than a try could show.
 * What comes out is the key under a random one that nobody has, and is wiped.
 */
void pkcs11_warn_of_wrapping(struct naccs_store *store, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_AES;
	CK_ULONG size = 32, length = 8192;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	uint8_t iv[16] = {0};
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, &no, sizeof no},
		{CKA_VALUE_LEN, &size, sizeof size}, {CKA_WRAP, &yes, sizeof yes},
	};
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
	CK_MECHANISM wraps[] = {{CKM_AES_CBC_PAD, iv, sizeof iv}, {CKM_AES_KEY_WRAP_PAD, NULL, 0}};
	CK_OBJECT_HANDLE wrapping;
	CK_RV rv = CKR_KEY_UNEXTRACTABLE;
	naccs_auto(heap) uint8_t *out = malloc(length);
	struct naccs_error ignored = {0};

	if ((store->capabilities & NACCS_CAN_HARDWARE) != 0 || out == NULL ||
	    store->module->C_GenerateKey(store->session, &generate, template, sizeof template / sizeof *template, &wrapping) != CKR_OK)
		return;
	for (size_t i = 0; i < sizeof wraps / sizeof *wraps && rv != CKR_OK; i++) {
		length = 8192;
		rv = store->module->C_WrapKey(store->session, &wraps[i], wrapping, key, out, &length);
		if (rv == CKR_KEY_UNEXTRACTABLE || rv == CKR_KEY_NOT_WRAPPABLE)
			break;
	}
	naccs_wipe(out, 8192);
	(void)pkcs11_object_destroy(store, wrapping, &ignored);
	if (rv != CKR_OK)
		return;
	naccs_auto(heap) char *message = naccs_format(_("The token %s lets a program that knows the PIN take the private key out (wrapped), although the key is "
							"marked as one that can't leave it."),
						      store->label);
	if (message != NULL)
		pkcs11_warn(store, "token.key-wrappable", message);
}
