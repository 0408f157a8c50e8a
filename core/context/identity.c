/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see identity.h. */
#include "identity.h"

#include "store_key.h"

#include "text.h"

#include <string.h>

#include <openssl/x509.h>

void naccs_identity_clear(struct naccs_identity *identity)
{
	EVP_PKEY_free(identity->key);
	naccs_certificate_facts_free(identity->facts);
	sk_X509_pop_free(identity->chain, X509_free);
	X509_free(identity->certificate);
	naccs_open_store_free(identity->store);
	*identity = (struct naccs_identity){0};
}

static naccs_status take_chain(const struct naccs_contents *contents, const char *sha256, struct naccs_identity *identity, struct naccs_error *err)
{
	STACK_OF(X509) *borrowed = naccs_contents_of_role(contents, NACCS_ROLE_CLIENT_INTERMEDIATE, sha256);

	identity->chain = borrowed != NULL ? X509_chain_up_ref(borrowed) : NULL;
	sk_X509_free(borrowed);
	return identity->chain != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

naccs_status naccs_identity_choose(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_selected_store *selected,
				   const char *wanted, struct naccs_identity *ret, struct naccs_error *err)
{
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	const struct naccs_content *client = NULL;
	struct naccs_error damage = {0}; /* of other certificates: this one proves itself by signing */
	naccs_status status = naccs_selected_open(context, selected, NACCS_ACCESS_READ, &ret->store, err);

	if (status == NACCS_OK)
		status = naccs_contents_read(ret->store, context->crypto, &contents, &damage, err);
	if (status == NACCS_OK) {
		const struct naccs_choosing choosing = {
			.context = context, .ledger = ledger, .contents = contents, .uri = ret->store->uri, .wanted = wanted};

		status = naccs_select_certificate(&choosing, &client, err);
	}
	if (status == NACCS_OK && !client->has_key)
		status = naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no private key for the certificate %.16s…"), ret->store->uri,
				    client->sha256);
	if (status == NACCS_OK)
		status = naccs_certificate_facts_new(client->certificate, &ret->facts, err);
	if (status == NACCS_OK)
		status = take_chain(contents, client->sha256, ret, err);
	if (status != NACCS_OK)
		return status;
	if (X509_up_ref(client->certificate) != 1)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	ret->certificate = client->certificate;
	return NACCS_OK;
}

naccs_status naccs_identity_find(struct naccs *context, const struct naccs_selected_store *selected, const char *sha256,
				 struct naccs_identity *ret, struct naccs_error *err)
{
	return naccs_identity_choose(context, NULL, selected, sha256, ret, err);
}

naccs_status naccs_identity_unlock(struct naccs *context, struct naccs_identity *identity, struct naccs_error *err)
{
	identity->lacks_pss = naccs_store_key_lacks_pss(identity->store, identity->certificate);
	return naccs_store_key_new(context->crypto, identity->store, identity->certificate, &identity->key, err);
}

naccs_status naccs_identity_explain(const struct naccs_identity *identity, naccs_status status, struct naccs_error *err)
{
	struct naccs_error why = {0};

	if (status == NACCS_OK || identity->key == NULL || naccs_store_key_failure(identity->store, identity->key, &why) == NACCS_OK)
		return status;
	*err = why;
	return why.status;
}
