/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which token is meant (RFC 7512, read by p11-kit), and what each token is called from now on. */
#include "pkcs11.h"

#include <string.h>

static bool names_a_token(P11KitUri *uri)
{
	const CK_TOKEN_INFO *token = p11_kit_uri_get_token_info(uri);

	/* p11-kit fills what was not given with zeros. */
	return token->label[0] != '\0' || token->serialNumber[0] != '\0' || token->model[0] != '\0' || token->manufacturerID[0] != '\0' ||
	       p11_kit_uri_get_slot_id(uri) != (CK_SLOT_ID)-1 || p11_kit_uri_get_module_path(uri) != NULL ||
	       p11_kit_uri_get_module_name(uri) != NULL;
}

static naccs_status refuse(P11KitUri *uri, struct naccs_error *err)
{
	if (p11_kit_uri_get_pin_value(uri) != NULL) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("refused a PKCS#11 URI with pin-value: a PIN in it would be readable by others"));
		return naccs_error_hint(err, _("Put the PIN into a file that only you can read, and name that: ?pin-source=file:/path"));
	}
	if (p11_kit_uri_get_pin_source(uri) != NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("refused this pin-source in a PKCS#11 URI: only one that is a file is read"));
	if (p11_kit_uri_any_unrecognized(uri)) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use this PKCS#11 URI: it holds an attribute that is not known"));
		return naccs_error_hint(err, _("Known are token, manufacturer, model, serial, slot-id, object and id, and after a question mark "
					       "module-path, module-name and pin-source."));
	}
	if (!names_a_token(uri)) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use this PKCS#11 URI: it names no token"));
		return naccs_error_hint(err, _("Write pkcs11:token=LABEL; naccs-cert stores shows the tokens that there are."));
	}
	return NACCS_OK;
}

naccs_status pkcs11_uri_parse(const char *text, P11KitUri **ret, struct naccs_error *err)
{
	static const char scheme[] = PKCS11_SCHEME;
	naccs_auto(p11_uri) P11KitUri *uri = p11_kit_uri_new();

	if (uri == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	if (text == NULL || strncmp(text, scheme, sizeof scheme - 1) != 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("this is no URI of a token: it has to begin with %s"), scheme);
	if (!naccs_text_is_clean(text, strlen(text), NULL))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use this %s URI: it is no UTF-8 text without control characters"), scheme);
	int result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);
	if (result != P11_KIT_URI_OK)
		return naccs_fail(err, NACCS_E_USAGE, result, _("cannot read this PKCS#11 URI: %s"), p11_kit_uri_message(result));
	naccs_status status = refuse(uri, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&uri);
	return status;
}

char *pkcs11_uri_of(const struct pkcs11_name *name)
{
	naccs_auto(p11_uri) P11KitUri *uri = p11_kit_uri_new();
	naccs_auto(heap) char *text = NULL;

	if (uri == NULL)
		return NULL;
	CK_TOKEN_INFO *into = p11_kit_uri_get_token_info(uri);
	memcpy(into->label, name->token->label, sizeof into->label);
	memcpy(into->manufacturerID, name->token->manufacturerID, sizeof into->manufacturerID);
	memcpy(into->model, name->token->model, sizeof into->model);
	memcpy(into->serialNumber, name->token->serialNumber, sizeof into->serialNumber);
	if (name->module_path != NULL)
		p11_kit_uri_set_module_path(uri, name->module_path);
	if (name->module_name != NULL)
		p11_kit_uri_set_module_name(uri, name->module_name);
	if (name->has_slot)
		p11_kit_uri_set_slot_id(uri, name->slot);
	return p11_kit_uri_format(uri, P11_KIT_URI_FOR_ANY, &text) == P11_KIT_URI_OK ? naccs_take(&text) : NULL;
}

char *pkcs11_uri_with_wish(const char *canonical, P11KitUri *wish)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_LABEL, CKA_ID};
	naccs_auto(p11_uri) P11KitUri *uri = p11_kit_uri_new();
	naccs_auto(heap) char *text = NULL;

	if (uri == NULL || p11_kit_uri_parse(canonical, P11_KIT_URI_FOR_ANY, uri) != P11_KIT_URI_OK)
		return NULL;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		CK_ATTRIBUTE *attribute = p11_kit_uri_get_attribute(wish, types[i]);
		if (attribute != NULL && p11_kit_uri_set_attribute(uri, attribute) != P11_KIT_URI_OK)
			return NULL;
	}
	return p11_kit_uri_format(uri, P11_KIT_URI_FOR_ANY, &text) == P11_KIT_URI_OK ? naccs_take(&text) : NULL;
}

char *pkcs11_field(const CK_UTF8CHAR *field, size_t size)
{
	size_t length = p11_kit_space_strlen(field, size);

	return naccs_text_printable((const char *)field, strnlen((const char *)field, length));
}
