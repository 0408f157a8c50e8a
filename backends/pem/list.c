/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every object, read from the medium now. Damage must not hide the rest: everything readable is handed over first. Damage is an error
 * where it matters, in what programs meet or are about to meet: the pending set if there is one, else the live one. Elsewhere it is logged.
 */
#include "pem.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

struct listing {
	const struct naccs_store *store;
	naccs_item_sink *sink;
	void *context;
	int archive;
	char *live;
	bool has_pending;
	struct naccs_error damage; /* the first one that matters */
};

static naccs_status emit(struct listing *listing, const struct pem_set *set, uint32_t role, struct naccs_bytes der, bool has_key)
{
	struct naccs_item item = {
		.size = sizeof item,
		.role = role,
		.certificate = der,
		.has_key = has_key,
		.is_pending = set->is_pending,
		.is_current = !set->is_pending && listing->live != NULL && strcmp(strchr(listing->live, '/') + 1, set->name) == 0,
		.label = set->name,
	};

	memcpy(item.owner, set->sha256, sizeof item.owner);
	return listing->sink(listing->context, &item);
}

/* Note damage and go on. */
static void note(struct listing *listing, const char *name, bool is_pending, const struct naccs_error *found)
{
	bool is_live = listing->live != NULL && strcmp(strchr(listing->live, '/') + 1, name) == 0;
	bool matters = listing->has_pending ? is_pending : is_live;

	if (matters && listing->damage.status == NACCS_OK)
		listing->damage = *found;
	else
		pem_log(listing->store, "pem: %s", found->message);
}

/* Is the private key there? Not readable for this user: it is there all the same. */
static bool has_key(struct listing *listing, const struct pem_set *set)
{
	struct naccs_error found = {0};
	naccs_auto(pkey) EVP_PKEY *key = NULL;
	naccs_status status = pem_set_key(listing->store, set, &key, &found);

	if (status == NACCS_E_STORE_OPEN)
		pem_log(listing->store, "pem: %s", found.message);
	else if (status != NACCS_OK && status != NACCS_E_FILE_MISSING)
		note(listing, set->name, set->is_pending, &found);
	return status == NACCS_OK || status == NACCS_E_STORE_OPEN;
}

/* The certificates of one file; without: the one that has its own file (client-ca.pem ends chain.pem). */
static naccs_status list_file(struct listing *listing, const struct pem_set *set, enum pem_file file, uint32_t role,
			      const struct pem_certificates *without, struct pem_certificates *ret, struct naccs_error *err)
{
	struct naccs_error found = {0};
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_auto(heap) char *name = naccs_format("%s/%s/%s", PEM_ARCHIVE, set->name, pem_file_kinds[file].name);

	if (name == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	naccs_status status = pem_set_read(listing->store, set, file, &text, &found);
	if (status == NACCS_OK)
		status = pem_certificates_parse(listing->store, text, name, ret, &found);
	if (status == NACCS_E_INTERNAL)
		*err = found;
	else if (status != NACCS_OK && status != NACCS_E_FILE_MISSING)
		note(listing, set->name, set->is_pending, &found);
	if (status != NACCS_OK)
		return status == NACCS_E_INTERNAL ? status : NACCS_OK;
	for (size_t i = 0; i < ret->count && status == NACCS_OK; i++) {
		bool is_twice = without != NULL && without->count > 0 && ret->der[i].length == without->der[0].length &&
				memcmp(ret->der[i].data, without->der[0].data, ret->der[i].length) == 0;
		if (!is_twice)
			status = emit(listing, set, role, ret->der[i], false);
	}
	return status;
}

static naccs_status list_companions(struct listing *listing, const struct pem_set *set, struct naccs_error *err)
{
	naccs_auto(pem_certificates) struct pem_certificates ca = {0};
	naccs_auto(pem_certificates) struct pem_certificates chain = {0};
	naccs_auto(pem_certificates) struct pem_certificates anchors = {0};
	naccs_auto(pem_certificates) struct pem_certificates intermediates = {0};
	naccs_status status = list_file(listing, set, PEM_CLIENT_CA, NACCS_ROLE_CLIENT_CA, NULL, &ca, err);

	if (status == NACCS_OK)
		status = list_file(listing, set, PEM_CHAIN, NACCS_ROLE_CLIENT_INTERMEDIATE, &ca, &chain, err);
	if (status == NACCS_OK)
		status = list_file(listing, set, PEM_SERVER_CA, NACCS_ROLE_SERVER_ANCHOR, NULL, &anchors, err);
	if (status == NACCS_OK)
		status = list_file(listing, set, PEM_SERVER_INTERMEDIATES, NACCS_ROLE_SERVER_INTERMEDIATE, NULL, &intermediates, err);
	return status;
}

/* The files that put several together are what programs read: do they begin with this set's certificate, and with its key? */
static void check_compound(struct listing *listing, const struct pem_set *set, enum pem_file file)
{
	struct naccs_error found = {0};
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_auto(pem_certificates) struct pem_certificates certificates = {0};
	naccs_auto(pkey) EVP_PKEY *key = NULL;
	naccs_auto(x509) X509 *certificate = NULL;
	naccs_auto(heap) char *name = naccs_format("%s/%s/%s", PEM_ARCHIVE, set->name, pem_file_kinds[file].name);
	naccs_status status = name != NULL ? pem_set_read(listing->store, set, file, &text, &found) : NACCS_OK;

	if (name == NULL || status == NACCS_E_STORE_OPEN) /* not readable for this user */
		return;
	if (status == NACCS_OK)
		status = pem_certificates_parse(listing->store, text, name, &certificates, &found);
	if (status == NACCS_OK && pem_file_kinds[file].is_private)
		status = pem_key_parse(listing->store, text, name, &key, &found);
	if (status == NACCS_OK)
		status = pem_certificate_decode(listing->store, set->client.der[0], &certificate, &found);
	if (status == NACCS_OK && (certificates.der[0].length != set->client.der[0].length ||
				   memcmp(certificates.der[0].data, set->client.der[0].data, set->client.der[0].length) != 0 ||
				   (key != NULL && EVP_PKEY_eq(X509_get0_pubkey(certificate), key) != 1)))
		status = naccs_fail(&found, NACCS_E_STORE_DAMAGED, 0, _("%s in %s does not hold what the files beside it hold"), name,
				    listing->store->path);
	if (status == NACCS_OK)
		return;
	found.status = NACCS_E_STORE_DAMAGED;
	(void)naccs_error_hint(&found, _("install the certificate again: that mends the set"));
	note(listing, set->name, set->is_pending, &found);
}

static naccs_status list_set(struct listing *listing, const char *name, bool is_pending, struct naccs_error *err)
{
	struct naccs_error found = {0};
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_status status = pem_set_open(listing->store, listing->archive, name, &set, &found);

	if (status == NACCS_E_INTERNAL) {
		*err = found;
		return status;
	}
	if (status != NACCS_OK) {
		found.status = status == NACCS_E_FILE_MISSING ? NACCS_E_STORE_DAMAGED : status;
		note(listing, name, is_pending, &found);
		return NACCS_OK;
	}
	status = emit(listing, &set, NACCS_ROLE_CLIENT, set.client.der[0], has_key(listing, &set));
	if (status == NACCS_OK)
		check_compound(listing, &set, PEM_FULLCHAIN);
	if (status == NACCS_OK)
		check_compound(listing, &set, PEM_CREDENTIAL);
	return status == NACCS_OK ? list_companions(listing, &set, err) : status;
}

static naccs_status list_all(struct listing *listing, struct naccs_error *err)
{
	naccs_auto(pem_names) struct pem_names sets = {0};
	naccs_auto(pem_names) struct pem_names pending = {0};
	naccs_status status = pem_names_read(listing->archive, PEM_NAMES_SETS, &sets, err);

	/* What is staged concerns who writes. A reader beside a run must not take a set that comes and goes for damage. */
	if (status == NACCS_OK && listing->store->is_write)
		status = pem_names_read(listing->archive, PEM_NAMES_PENDING, &pending, err);
	listing->has_pending = pending.count > 0;
	for (size_t i = 0; i < sets.count && status == NACCS_OK; i++)
		status = list_set(listing, sets.name[i], false, err);
	for (size_t i = 0; i < pending.count && status == NACCS_OK; i++)
		status = list_set(listing, pending.name[i], true, err);
	return status;
}

naccs_status pem_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	struct listing listing = {.store = store, .sink = sink, .context = context, .archive = -1};
	naccs_status status = pem_archive_open(store, &listing.archive, err);

	if (status == NACCS_OK)
		status = pem_live_read(store, &listing.live, err);
	if (status == NACCS_OK && listing.archive >= 0)
		status = list_all(&listing, err);
	if (listing.archive >= 0)
		(void)close(listing.archive);
	free(listing.live);
	if (status == NACCS_OK && listing.damage.status != NACCS_OK) {
		*err = listing.damage;
		return err->status;
	}
	return status;
}
