/* SPDX-License-Identifier: Apache-2.0 */
/* Why: from a URI to the one token that it means, and what each token says that it can do. */
#include "pkcs11.h"

#include <string.h>

#define SLOTS 256
#define MECHANISMS 1024
#define LIST_LIMIT 700 /* bytes of a list of tokens in a message */

/* What is known of a module's library beyond what it says of itself. */
struct quirk {
	const char *manufacturer; /* of CK_INFO */
	struct pkcs11_quirks is;
};
static const struct quirk quirks[] = {
	{"tpm2-software.github.io", {.refuses_keys = true}}, /* keys come in by tpm2_ptool import only */
	{"SoftHSM", {.leaves_rubble = true}},		     /* up to 2.6.1 */
};

static struct pkcs11_quirks find_quirks(CK_FUNCTION_LIST *module)
{
	CK_INFO info = {0};

	if (module->C_GetInfo(&info) != CKR_OK)
		return (struct pkcs11_quirks){0};
	for (size_t i = 0; i < sizeof quirks / sizeof *quirks; i++) {
		size_t length = strlen(quirks[i].manufacturer);
		if (length <= sizeof info.manufacturerID && memcmp(info.manufacturerID, quirks[i].manufacturer, length) == 0)
			return quirks[i].is;
	}
	return (struct pkcs11_quirks){0};
}

static struct pkcs11_mechanisms read_mechanisms(CK_FUNCTION_LIST *module, CK_SLOT_ID slot)
{
	struct pkcs11_mechanisms found = {0};
	naccs_auto(heap) CK_MECHANISM_TYPE *list = calloc(MECHANISMS, sizeof *list);
	CK_ULONG count = MECHANISMS;

	if (list == NULL || module->C_GetMechanismList(slot, list, &count) != CKR_OK)
		return found;
	for (CK_ULONG i = 0; i < count; i++) {
		found.pkcs1 |= list[i] == CKM_RSA_PKCS;
		found.pss |= list[i] == CKM_RSA_PKCS_PSS;
		found.raw |= list[i] == CKM_RSA_X_509;
		found.ecdsa |= list[i] == CKM_ECDSA;
	}
	return found;
}

static uint64_t read_abilities(CK_FUNCTION_LIST *module, CK_SLOT_ID slot, const CK_TOKEN_INFO *token, struct pkcs11_abilities *ret)
{
	struct pkcs11_abilities can = {.quirks = find_quirks(module), .mechanisms = read_mechanisms(module, slot)};
	CK_SLOT_INFO info = {0};
	uint64_t capabilities = NACCS_CAN_TRUST | NACCS_CAN_SHARE;
	bool is_writable = (token->flags & CKF_WRITE_PROTECTED) == 0;
	bool takes_keys = is_writable && !can.quirks.refuses_keys;

	if (is_writable)
		capabilities |= NACCS_CAN_WRITE;
	if (takes_keys && can.mechanisms.pkcs1)
		capabilities |= NACCS_CAN_RSA;
	if (takes_keys && can.mechanisms.ecdsa)
		capabilities |= NACCS_CAN_EC;
	if (can.mechanisms.pkcs1 && (can.mechanisms.pss || can.mechanisms.raw))
		capabilities |= NACCS_CAN_SIGN_PSS;
	if (module->C_GetSlotInfo(slot, &info) == CKR_OK && (info.flags & CKF_HW_SLOT) != 0)
		capabilities |= NACCS_CAN_HARDWARE;
	*ret = can;
	return capabilities;
}

/* ---- every token of every module ---- */

struct seen {
	CK_FUNCTION_LIST *module;
	CK_SLOT_ID slot;
	const CK_TOKEN_INFO *token;
};
/* False: enough. */
typedef bool seen_function(void *context, const struct seen *seen);

static bool each_token_of(CK_FUNCTION_LIST *module, P11KitUri *wish, seen_function *function, void *context)
{
	naccs_auto(heap) CK_SLOT_ID *slots = calloc(SLOTS, sizeof *slots);
	CK_ULONG count = SLOTS;
	CK_SLOT_ID wanted = wish != NULL ? p11_kit_uri_get_slot_id(wish) : (CK_SLOT_ID)-1;

	if (slots == NULL || module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return true;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_TOKEN_INFO token = {0};
		struct seen seen = {module, slots[i], &token};
		if (wanted != (CK_SLOT_ID)-1 && slots[i] != wanted)
			continue;
		if (module->C_GetTokenInfo(slots[i], &token) != CKR_OK || (token.flags & CKF_TOKEN_INITIALIZED) == 0)
			continue;
		if (!function(context, &seen))
			return false;
	}
	return true;
}

static void each_token(const struct naccs_host *host, struct pkcs11_modules *modules, P11KitUri *wish, seen_function *function, void *context)
{
	const char *name = wish != NULL ? p11_kit_uri_get_module_name(wish) : NULL;

	for (size_t i = 0; i < modules->count; i++) {
		CK_FUNCTION_LIST *module;
		if (pkcs11_modules_use(host, modules, i, name, &module) && !each_token_of(module, wish, function, context))
			return;
	}
}

/* ---- find one ---- */

struct search {
	struct naccs_store *store;
	bool is_whole; /* the URI names everything that a canonical one does: the first that matches is it */
	size_t matches;
	char *there, *matching; /* lists, for messages */
};

static void append(char **list, const char *text)
{
	if (*list != NULL && strlen(*list) + strlen(text) > LIST_LIMIT)
		return;
	char *longer = *list == NULL ? naccs_format("%s", text) : naccs_format("%s, %s", *list, text);
	if (longer == NULL)
		return;
	free(*list);
	*list = longer;
}

static bool consider(void *context, const struct seen *seen)
{
	struct search *search = context;
	struct naccs_store *store = search->store;
	const char *path = p11_kit_uri_get_module_path(store->wish);
	naccs_auto(heap) char *uri = pkcs11_uri_of(seen->token, path);

	if (uri == NULL)
		return false;
	append(&search->there, uri);
	if (p11_kit_uri_match_token_info(store->wish, seen->token) == 0)
		return true;
	append(&search->matching, uri);
	if (search->matches++ > 0)
		return true;
	store->module = seen->module;
	store->slot = seen->slot;
	store->token = *seen->token;
	store->uri = naccs_take(&uri);
	store->label = pkcs11_field(seen->token->label, sizeof seen->token->label);
	return !search->is_whole;
}

static bool is_whole(P11KitUri *wish)
{
	const CK_TOKEN_INFO *token = p11_kit_uri_get_token_info(wish);

	return token->label[0] != '\0' && token->manufacturerID[0] != '\0' && token->model[0] != '\0' && token->serialNumber[0] != '\0';
}

static naccs_status conclude(const struct search *search, struct naccs_error *err)
{
	const struct naccs_store *store = search->store;

	if (search->matches == 0 && search->there == NULL) {
		(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("there is no token that the URI names: no token is there at all"));
		return naccs_error_hint(err, _("Is the token plugged in, and its module known to p11-kit (p11-kit list-modules) or named by module-path?"));
	}
	if (search->matches == 0)
		return naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("there is no token that the URI names. There are: %s"), search->there);
	if (search->matches > 1) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the URI names several tokens: %s"), search->matching);
		return naccs_error_hint(err, _("Give one of these URIs, or at least its serial."));
	}
	return store->uri != NULL && store->label != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

naccs_status pkcs11_token_find(struct naccs_store *store, struct naccs_error *err)
{
	struct search search = {.store = store, .is_whole = is_whole(store->wish)};

	each_token(store->host, &store->modules, store->wish, consider, &search);
	naccs_status status = conclude(&search, err);
	free(search.there);
	free(search.matching);
	if (status == NACCS_OK)
		store->capabilities = read_abilities(store->module, store->slot, &store->token, &store->can);
	return status;
}

/* ---- show all ---- */

struct places {
	naccs_place_sink *sink;
	void *context;
	naccs_status status;
};

static bool show(void *context, const struct seen *seen)
{
	struct places *places = context;
	naccs_auto(heap) char *uri = pkcs11_uri_of(seen->token, NULL);
	naccs_auto(heap) char *label = pkcs11_field(seen->token->label, sizeof seen->token->label);
	struct pkcs11_abilities ignored;
	struct naccs_place place = {
		.size = sizeof place,
		.uri = uri,
		.kind = _("PKCS#11 token"),
		.label = label,
		.is_writable = (seen->token->flags & CKF_WRITE_PROTECTED) == 0,
		.is_locked = (seen->token->flags & CKF_LOGIN_REQUIRED) != 0,
		.capabilities = read_abilities(seen->module, seen->slot, seen->token, &ignored),
	};

	places->status = uri != NULL && label != NULL ? places->sink(places->context, &place) : NACCS_E_INTERNAL;
	return places->status == NACCS_OK;
}

naccs_status pkcs11_places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	struct pkcs11_modules modules = {0};
	struct places places = {sink, context, NACCS_OK};

	pkcs11_take_language(host);
	naccs_status status = pkcs11_modules_load(NULL, &modules, err);

	(void)home; /* p11-kit finds its configuration by itself */
	if (status != NACCS_OK)
		return status;
	each_token(host, &modules, NULL, show, &places);
	pkcs11_modules_release(&modules);
	if (places.status != NACCS_OK)
		(void)naccs_fail(err, places.status, 0, _("listing the tokens was stopped"));
	return places.status;
}
