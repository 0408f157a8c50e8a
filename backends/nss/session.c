/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: NSS on one database, without anything else of this machine: no module list (so no foreign module is loaded), no built-in roots.
 * The token gets a name of its own, so that in a process that has NSS in use already we never write into another database.
 */
#include "nss.h"

#include <prerror.h>
#include <secerr.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD_LIMIT 1024

/* A name for the token of a folder: at most 32 bytes. FNV-1a: it has to differ, not to be secret. */
static void name_token(const char *folder, char ret[33])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *c = folder; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	(void)snprintf(ret, 33, "NACCS %016jx", (uintmax_t)hash);
}

static naccs_status start(const char *folder, PRUint32 flags, NSSInitContext **ret_context, PK11SlotInfo **ret_slot,
			  struct naccs_error *err)
{
	char token[33];
	naccs_auto(heap) char *where = naccs_format("sql:%s", folder);
	name_token(folder, token);
	NSSInitParameters parameters = {.length = sizeof parameters, .dbTokenDescription = token};

	if (where == NULL)
		return nss_fail_memory(err);
	NSSInitContext *context =
		NSS_InitContext(where, "", "", "", &parameters, flags | NSS_INIT_NOMODDB | NSS_INIT_NOROOTINIT | NSS_INIT_OPTIMIZESPACE);
	if (context == NULL)
		return nss_fail(err, NACCS_E_STORE_IO, _("cannot open the NSS database %s"), folder);
	PK11SlotInfo *slot = PK11_GetInternalKeySlot();
	if (slot != NULL && strcmp(PK11_GetTokenName(slot), token) == 0) {
		*ret_context = context;
		*ret_slot = slot;
		return NACCS_OK;
	}
	if (slot != NULL)
		PK11_FreeSlot(slot);
	(void)NSS_ShutdownContext(context);
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot open the NSS database %s: this process uses another one already"), folder);
}

naccs_status nss_session_start(struct naccs_store *store, bool has_database, struct naccs_error *err)
{
	NSSInitParameters parameters = {.length = sizeof parameters};

	if (has_database)
		return start(store->path, store->is_write ? 0 : NSS_INIT_READONLY, &store->context, &store->slot, err);
	store->context = NSS_InitContext("", "", "", "", &parameters,
					 NSS_INIT_READONLY | NSS_INIT_NOCERTDB | NSS_INIT_NOMODDB | NSS_INIT_NOROOTINIT |
						 NSS_INIT_FORCEOPEN | NSS_INIT_OPTIMIZESPACE);
	return store->context != NULL ? NACCS_OK : nss_fail(err, NACCS_E_INTERNAL, _("cannot start NSS"));
}

void nss_session_stop(struct naccs_store *store)
{
	if (store->slot != NULL)
		PK11_FreeSlot(store->slot);
	store->slot = NULL;
	if (store->context != NULL && NSS_ShutdownContext(store->context) != SECSuccess)
		nss_log(store, "nss: shutting down %s: NSS error %d", store->path, (int)PR_GetError());
	store->context = NULL;
}

struct answering {
	struct naccs_store *store;
	struct naccs_error *err;
};

static naccs_status take_password(void *context, const uint8_t *secret, size_t length)
{
	struct answering *answering = context;
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_status status = naccs_secret_new_copy(secret, length, &password, answering->err);

	if (status != NACCS_OK)
		return status;
	if (length > PASSWORD_LIMIT || strlen(naccs_secret_text(password)) != length)
		return naccs_fail(answering->err, NACCS_E_PIN_WRONG, 0, _("the password of the NSS database %s is wrong"),
				  answering->store->path);
	SECStatus result = PK11_CheckUserPassword(answering->store->slot, naccs_secret_text(password));
	if (result == SECSuccess)
		return NACCS_OK;
	if (result == SECWouldBlock)
		return naccs_fail(answering->err, NACCS_E_PIN_WRONG, 0, _("the password of the NSS database %s is wrong"),
				  answering->store->path);
	return nss_fail(answering->err, NACCS_E_STORE_IO, _("cannot unlock the NSS database %s"), answering->store->path);
}

naccs_status nss_session_log_in(struct naccs_store *store, struct naccs_error *err)
{
	struct answering answering = {store, err};

	store->is_locked = PK11_NeedLogin(store->slot) && !PK11_NeedUserInit(store->slot);
	if (!store->is_locked)
		return NACCS_OK;
	naccs_auto(heap) char *prompt = naccs_format(_("Password of the NSS database %s"), store->path);
	if (prompt == NULL)
		return nss_fail_memory(err);
	naccs_status status = store->host->ask_secret(store->host->context, prompt, false, take_password, &answering, err);
	if (status != NACCS_OK && err->message[0] == '\0')
		return naccs_fail(err, status, 0, _("cannot unlock the NSS database %s: no password was given"), store->path);
	return status;
}

naccs_status nss_session_make_database(const char *folder, struct naccs_error *err)
{
	NSSInitContext *context = NULL;
	PK11SlotInfo *slot = NULL;
	naccs_status status = start(folder, 0, &context, &slot, err);

	if (status != NACCS_OK)
		return status;
	if (PK11_NeedUserInit(slot) && PK11_InitPin(slot, NULL, "") != SECSuccess)
		status = nss_fail(err, NACCS_E_STORE_IO, _("cannot make the NSS database %s"), folder);
	PK11_FreeSlot(slot);
	if (NSS_ShutdownContext(context) != SECSuccess && status == NACCS_OK)
		status = nss_fail(err, NACCS_E_STORE_IO, _("cannot make the NSS database %s"), folder);
	return status;
}
