/* SPDX-License-Identifier: Apache-2.0 */
/* Why: from a URI to the one token that it means, and what each token says that it can do. */
#include "pkcs11.h"

#include <string.h>

#define SLOTS 256 /* room for the first answer; a module that has more says so */
#define SLOTS_LIMIT 65536
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

struct tokens {
	struct token {
		CK_FUNCTION_LIST *module;
		CK_SLOT_ID slot;
		CK_TOKEN_INFO info;
	} * item;
	size_t count;
	bool is_short; /* of memory */
};

/* False: enough. */
typedef bool token_function(const void *context, const struct token *token);

/* NULL: none, or the module does not tell. */
static CK_SLOT_ID *list_slots(CK_FUNCTION_LIST *module, CK_ULONG *ret_count)
{
	CK_RV rv = CKR_BUFFER_TOO_SMALL;

	for (CK_ULONG room = SLOTS; rv == CKR_BUFFER_TOO_SMALL && room <= SLOTS_LIMIT;) {
		naccs_auto(heap) CK_SLOT_ID *slots = calloc(room, sizeof *slots);
		CK_ULONG count = room;

		rv = slots != NULL ? module->C_GetSlotList(CK_TRUE, slots, &count) : CKR_HOST_MEMORY;
		if (rv == CKR_OK) {
			*ret_count = count;
			return naccs_take(&slots);
		}
		room = count > room ? count : 2 * room;
	}
	return NULL;
}

static bool keep_token(struct tokens *tokens, const struct token *token)
{
	struct token *grown = reallocarray(tokens->item, tokens->count + 1, sizeof *grown);

	tokens->is_short = grown == NULL;
	if (grown == NULL)
		return false;
	tokens->item = grown;
	grown[tokens->count++] = *token;
	return true;
}

static bool gather_of(CK_FUNCTION_LIST *module, struct tokens *tokens, token_function *is_enough, const void *context)
{
	CK_ULONG count = 0;
	naccs_auto(heap) CK_SLOT_ID *slots = list_slots(module, &count);

	for (CK_ULONG i = 0; slots != NULL && i < count; i++) {
		struct token token = {.module = module, .slot = slots[i]};
		if (module->C_GetTokenInfo(slots[i], &token.info) != CKR_OK || (token.info.flags & CKF_TOKEN_INITIALIZED) == 0)
			continue;
		if (!keep_token(tokens, &token) || (is_enough != NULL && is_enough(context, &token)))
			return false;
	}
	return true;
}

/* All there are, or up to the first that is enough. */
static void gather(const struct naccs_host *host, struct pkcs11_modules *modules, struct tokens *tokens, token_function *is_enough,
		   const void *context)
{
	for (size_t i = 0; i < modules->count; i++) {
		CK_FUNCTION_LIST *module;
		if (pkcs11_modules_use(host, modules, i, &module) && !gather_of(module, tokens, is_enough, context))
			return;
	}
}

bool pkcs11_is_same_token(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b)
{
	return memcmp(a->label, b->label, sizeof a->label) == 0 &&
	       memcmp(a->manufacturerID, b->manufacturerID, sizeof a->manufacturerID) == 0 &&
	       memcmp(a->model, b->model, sizeof a->model) == 0 && memcmp(a->serialNumber, b->serialNumber, sizeof a->serialNumber) == 0;
}

/* Blanks and zeros are what NSS's databases and TPMs give, one like the other. */
static bool has_own_serial(const CK_TOKEN_INFO *token)
{
	for (size_t i = 0; i < sizeof token->serialNumber; i++)
		if (strchr(" 0", token->serialNumber[i]) == NULL) /* a NUL is found too */
			return true;
	return false;
}

/* What the token is called. Where another one looks just the same, its module or its slot tells them apart. */
static char *name_token(const struct tokens *tokens, size_t i, const char *module_path, bool has_path)
{
	const struct token *token = &tokens->item[i];
	naccs_auto(heap) char *module_name = NULL;
	struct pkcs11_name name = {.token = &token->info, .module_path = has_path ? module_path : NULL, .slot = token->slot};

	for (size_t j = 0; j < tokens->count; j++) {
		if (j == i || !pkcs11_is_same_token(&tokens->item[j].info, &token->info))
			continue;
		name.has_slot |= tokens->item[j].module == token->module;
		if (tokens->item[j].module != token->module && module_name == NULL)
			module_name = p11_kit_module_get_name(token->module);
	}
	name.module_name = module_name;
	return pkcs11_uri_of(&name);
}

/* ---- find one ---- */

/* The URI names everything that a canonical one does, of a token that is one of its kind: the first that matches is it, and no module
 * behind is waited for. */
static bool is_whole(P11KitUri *wish)
{
	const CK_TOKEN_INFO *token = p11_kit_uri_get_token_info(wish);

	return token->label[0] != '\0' && token->manufacturerID[0] != '\0' && token->model[0] != '\0' && has_own_serial(token) &&
	       p11_kit_uri_get_slot_id(wish) == (CK_SLOT_ID)-1 && p11_kit_uri_get_module_name(wish) == NULL;
}

static bool is_wished(const void *context, const struct token *token)
{
	const struct naccs_store *store = context;
	CK_SLOT_ID slot = p11_kit_uri_get_slot_id(store->wish);
	const char *name = p11_kit_uri_get_module_name(store->wish);

	return p11_kit_uri_match_token_info(store->wish, &token->info) != 0 && (slot == (CK_SLOT_ID)-1 || slot == token->slot) &&
	       (name == NULL || pkcs11_module_is_named(token->module, name));
}

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

static naccs_status take_token(struct naccs_store *store, const struct tokens *tokens, size_t i, struct naccs_error *err)
{
	const struct token *token = &tokens->item[i];
	const char *path = p11_kit_uri_get_module_path(store->wish);

	store->module = token->module;
	store->slot = token->slot;
	store->token = token->info;
	store->uri = name_token(tokens, i, path, true);
	/* Not the whole URI: the same token may be reached by a module's path or through p11-kit. */
	store->lock_name = has_own_serial(&token->info) ? pkcs11_uri_of(&(struct pkcs11_name){.token = &token->info})
							: name_token(tokens, i, path, false);
	store->label = pkcs11_field(token->info.label, sizeof token->info.label);
	if (store->uri == NULL || store->lock_name == NULL || store->label == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	store->capabilities = read_abilities(store->module, store->slot, &store->token, &store->can);
	return NACCS_OK;
}

static char *list_tokens(const struct naccs_store *store, const struct tokens *tokens, bool only_wished)
{
	char *list = NULL;

	for (size_t i = 0; i < tokens->count; i++) {
		naccs_auto(heap) char *uri = name_token(tokens, i, p11_kit_uri_get_module_path(store->wish), true);
		if (uri != NULL && (!only_wished || is_wished(store, &tokens->item[i])))
			append(&list, uri);
	}
	return list;
}

static naccs_status fail_choice(const struct naccs_store *store, const struct tokens *tokens, size_t matches, struct naccs_error *err)
{
	naccs_auto(heap) char *list = list_tokens(store, tokens, matches > 0);

	if (tokens->count == 0) {
		(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("there is no token that the URI names: no token is there at all"));
		return naccs_error_hint(err, _("Is the token plugged in, and its module known to p11-kit (p11-kit list-modules) or named by module-path?"));
	}
	if (matches == 0)
		return naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("there is no token that the URI names. There are: %s"),
				  list != NULL ? list : "");
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the URI names several tokens: %s"), list != NULL ? list : "");
	return naccs_error_hint(err, _("Give one of these URIs, or at least its serial."));
}

naccs_status pkcs11_token_find(struct naccs_store *store, struct naccs_error *err)
{
	struct tokens tokens = {0};
	size_t matches = 0, found = 0;
	naccs_status status;

	gather(store->host, &store->modules, &tokens, is_whole(store->wish) ? is_wished : NULL, store);
	for (size_t i = 0; i < tokens.count; i++)
		if (is_wished(store, &tokens.item[i]) && matches++ == 0)
			found = i;
	if (tokens.is_short)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	else
		status = matches == 1 ? take_token(store, &tokens, found, err) : fail_choice(store, &tokens, matches, err);
	free(tokens.item);
	return status;
}

/* ---- show all ---- */

static naccs_status show(const struct tokens *tokens, size_t i, naccs_place_sink *sink, void *context)
{
	const struct token *token = &tokens->item[i];
	naccs_auto(heap) char *uri = name_token(tokens, i, NULL, false);
	naccs_auto(heap) char *label = pkcs11_field(token->info.label, sizeof token->info.label);
	struct pkcs11_abilities ignored;
	const struct naccs_place place = {
		.size = sizeof place,
		.uri = uri,
		.kind = _("PKCS#11 token"),
		.label = label,
		.is_writable = (token->info.flags & CKF_WRITE_PROTECTED) == 0,
		.is_locked = (token->info.flags & CKF_LOGIN_REQUIRED) != 0,
		.capabilities = read_abilities(token->module, token->slot, &token->info, &ignored),
	};

	return uri != NULL && label != NULL ? sink(context, &place) : NACCS_E_INTERNAL;
}

naccs_status pkcs11_places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	struct pkcs11_modules modules = {0};
	struct tokens tokens = {0};

	pkcs11_take_language(host);
	naccs_status status = pkcs11_modules_load(NULL, &modules, err);

	(void)home; /* p11-kit finds its configuration by itself */
	if (status != NACCS_OK)
		return status;
	gather(host, &modules, &tokens, NULL, NULL);
	for (size_t i = 0; i < tokens.count && status == NACCS_OK; i++)
		status = show(&tokens, i, sink, context);
	free(tokens.item);
	pkcs11_modules_release(&modules);
	if (status != NACCS_OK)
		(void)naccs_fail(err, status, 0, _("listing the tokens was stopped"));
	return status;
}
