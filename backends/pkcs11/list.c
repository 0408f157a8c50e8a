/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every object, read from the token now, with the role that the certificates' relations give it: a token knows no roles. Without a PIN, private keys
 * can't be seen; then a certificate that has an id is taken to have its key, because that is what an id on it is for. Signing tells for sure.
 */
#include "pkcs11.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#define PATH_LIMIT 8

struct entry {
	const struct pkcs11_certificate *item;
	X509 *certificate; /* NULL: can't be read */
	bool is_ca, is_root, is_twin; /* twin: the same certificate came before */
	bool has_key;
	bool serves_clients, serves_servers; /* on the path of a certificate that has a key here */
};

struct listing {
	struct naccs_store *store;
	struct pkcs11_certificates certificates;
	struct pkcs11_keys keys;
	struct entry *entry;
	bool *is_used; /* by key: a certificate goes with it */
	naccs_item_sink *sink;
	void *context;
};

static bool is_wished(const struct naccs_store *store, const struct pkcs11_certificate *item)
{
	const CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(store->wish, CKA_ID), *label = p11_kit_uri_get_attribute(store->wish, CKA_LABEL);

	if (id != NULL && (id->ulValueLen != item->id.length || memcmp(id->pValue, item->id.bytes, item->id.length) != 0))
		return false;
	return label == NULL || (label->ulValueLen == strlen(item->label) && memcmp(label->pValue, item->label, label->ulValueLen) == 0);
}

/* Does the key of this certificate lie here? */
static bool find_key(struct listing *listing, const struct entry *entry)
{
	struct naccs_error ignored = {0};
	naccs_auto(pkcs11_public) struct pkcs11_public public_key = {0};
	enum pkcs11_match match;

	if (pkcs11_public_of(listing->store, entry->certificate, &public_key, &ignored) != NACCS_OK)
		return false;
	const struct pkcs11_key *key = pkcs11_keys_find(&listing->keys, &public_key, &entry->item->id, &match);
	if (key != NULL)
		listing->is_used[key - listing->keys.item] = true;
	return key != NULL || (!listing->store->is_logged_in && entry->item->id.length > 0);
}

static void examine(struct listing *listing, size_t i)
{
	struct entry *entry = &listing->entry[i];
	struct naccs_error ignored = {0};

	entry->item = &listing->certificates.item[i];
	for (size_t j = 0; j < i; j++)
		entry->is_twin |= memcmp(listing->certificates.item[j].sha256, entry->item->sha256, NACCS_SHA256_SIZE) == 0;
	if (pkcs11_certificate_decode(listing->store, entry->item->der, &entry->certificate, &ignored) != NACCS_OK) {
		pkcs11_log(listing->store, "pkcs11: passed over: %s", ignored.message);
		return;
	}
	entry->is_ca = X509_check_ca(entry->certificate) != 0;
	entry->is_root = entry->is_ca && X509_self_signed(entry->certificate, 1) == 1;
	entry->has_key = !entry->is_ca && find_key(listing, entry);
	ERR_clear_error();
}

static struct entry *find_issuer(struct listing *listing, X509 *certificate)
{
	for (size_t i = 0; i < listing->certificates.count; i++) {
		struct entry *entry = &listing->entry[i];
		if (!entry->is_ca || entry->is_twin || X509_check_issued(entry->certificate, certificate) != X509_V_OK)
			continue;
		bool is_signer = X509_verify(certificate, X509_get0_pubkey(entry->certificate)) == 1;
		ERR_clear_error();
		if (is_signer)
			return entry;
	}
	return NULL;
}

/* A TLS server's certificate with its key may lie on the same token: the CAs above it are no client CAs for that. */
static void mark_path(struct listing *listing, const struct entry *leaf)
{
	uint32_t usage = X509_get_extended_key_usage(leaf->certificate); /* UINT32_MAX: no such extension */
	bool is_client = (usage & XKU_SSL_CLIENT) != 0, is_server = usage != UINT32_MAX && (usage & XKU_SSL_SERVER) != 0;
	X509 *below = leaf->certificate;

	for (int depth = 0; depth < PATH_LIMIT; depth++) {
		struct entry *issuer = find_issuer(listing, below);
		if (issuer == NULL)
			return;
		issuer->serves_clients |= is_client;
		issuer->serves_servers |= is_server;
		if (issuer->is_root)
			return;
		below = issuer->certificate;
	}
}

/* A root that has signed a CA which is on no client's path here (RootCA2 and its intermediate) serves servers, whatever else it serves. */
static void mark_server_roots(struct listing *listing)
{
	for (size_t i = 0; i < listing->certificates.count; i++) {
		struct entry *entry = &listing->entry[i];
		if (!entry->is_ca || entry->is_root || entry->serves_clients)
			continue;
		struct entry *issuer = find_issuer(listing, entry->certificate);
		if (issuer != NULL && issuer->serves_clients)
			issuer->serves_servers = true;
	}
}

/* Does a last longer than b, or the same time and begin later? A last resort decides between equals, so that exactly one is the newest. */
static bool is_newer(const struct entry *a, const struct entry *b)
{
	int order = ASN1_TIME_compare(X509_get0_notAfter(a->certificate), X509_get0_notAfter(b->certificate));

	if (order == 0)
		order = ASN1_TIME_compare(X509_get0_notBefore(a->certificate), X509_get0_notBefore(b->certificate));
	return order != 0 ? order > 0 : memcmp(a->item->sha256, b->item->sha256, NACCS_SHA256_SIZE) > 0;
}

/* A token has no mark for the current one: of several certificates of one subject it is the one that lasts longest. */
static bool is_newest(const struct listing *listing, const struct entry *entry)
{
	for (size_t i = 0; i < listing->certificates.count; i++) {
		const struct entry *other = &listing->entry[i];
		if (other != entry && other->certificate != NULL && !other->is_ca && !other->is_twin &&
		    is_wished(listing->store, other->item) &&
		    X509_NAME_cmp(X509_get_subject_name(other->certificate), X509_get_subject_name(entry->certificate)) == 0 &&
		    is_newer(other, entry))
			return false;
	}
	return true;
}

static naccs_status emit(struct listing *listing, const struct entry *entry, uint32_t role)
{
	struct naccs_item item = {
		.size = sizeof item,
		.role = role,
		.certificate = entry->item->der,
		.has_key = role == NACCS_ROLE_CLIENT && entry->has_key,
		.is_current = role == NACCS_ROLE_CLIENT && is_newest(listing, entry),
		.label = entry->item->label,
	};

	return listing->sink(listing->context, &item);
}

static naccs_status emit_roles(struct listing *listing, const struct entry *entry)
{
	naccs_status status = NACCS_OK;

	if (entry->certificate == NULL || entry->is_twin)
		return NACCS_OK;
	if (!entry->is_ca)
		return is_wished(listing->store, entry->item) ? emit(listing, entry, NACCS_ROLE_CLIENT) : NACCS_OK;
	if (entry->serves_clients)
		status = emit(listing, entry, entry->is_root ? NACCS_ROLE_CLIENT_CA : NACCS_ROLE_CLIENT_INTERMEDIATE);
	if (status == NACCS_OK && (!entry->serves_clients || entry->serves_servers))
		status = emit(listing, entry, entry->is_root ? NACCS_ROLE_SERVER_ANCHOR : NACCS_ROLE_SERVER_INTERMEDIATE);
	return status;
}

static naccs_status emit_orphans(struct listing *listing)
{
	naccs_status status = NACCS_OK;
	const struct naccs_item item = {.size = sizeof item, .role = NACCS_ROLE_CLIENT_KEY, .has_key = true, .is_current = true, .label = ""};

	for (size_t i = 0; i < listing->keys.count && status == NACCS_OK; i++)
		if (!listing->is_used[i])
			status = listing->sink(listing->context, &item);
	return status;
}

static naccs_status read_all(struct listing *listing, struct naccs_error *err)
{
	naccs_status status = pkcs11_certificates_read(listing->store, &listing->certificates, err);

	if (status == NACCS_OK)
		status = pkcs11_keys_read(listing->store, &listing->keys, err);
	if (status != NACCS_OK)
		return status;
	listing->entry = calloc(listing->certificates.count + 1, sizeof *listing->entry);
	listing->is_used = calloc(listing->keys.count + 1, sizeof *listing->is_used);
	if (listing->entry == NULL || listing->is_used == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	for (size_t i = 0; i < listing->certificates.count; i++)
		examine(listing, i);
	for (size_t i = 0; i < listing->certificates.count; i++)
		if (listing->entry[i].has_key)
			mark_path(listing, &listing->entry[i]);
	mark_server_roots(listing);
	return NACCS_OK;
}

naccs_status pkcs11_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	struct listing listing = {.store = store, .sink = sink, .context = context};
	naccs_status status = read_all(&listing, err);

	for (size_t i = 0; i < listing.certificates.count && status == NACCS_OK; i++)
		status = emit_roles(&listing, &listing.entry[i]);
	if (status == NACCS_OK)
		status = emit_orphans(&listing);
	for (size_t i = 0; listing.entry != NULL && i < listing.certificates.count; i++)
		X509_free(listing.entry[i].certificate);
	free(listing.entry);
	free(listing.is_used);
	pkcs11_certificates_clear(&listing.certificates);
	pkcs11_keys_clear(&listing.keys);
	return status;
}
