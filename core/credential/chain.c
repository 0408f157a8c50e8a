/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a PKCS#12 is a bag of keys and certificates in any order. Which certificate belongs to the key is told by the public key; who issued
 * it is told by name and signature, never by position or name alone. The search is breadth first, each certificate at most once, so its
 * cost is bounded and the shortest chain wins whatever the order in the file.
 */
#include "pkcs12_internal.h"

#include "clock.h"
#include "text.h"

#include <openssl/err.h>
#include <string.h>

#define NOBODY (-1)

struct candidate {
	X509 *certificate; /* borrowed */
	int64_t not_after;
	bool is_current;
	bool is_seen;
	int subject; /* index of the certificate that this one issued; NOBODY for the client's */
};

struct search {
	struct candidate pool[NACCS_PKCS12_CERTIFICATES_MAX];
	int count;
	int queue[NACCS_PKCS12_CERTIFICATES_MAX];
	int queue_end;
	X509 *impostor_of; /* a certificate that names an issuer which is here by name, but did not sign it */
};

static bool is_issued_by(X509 *subject, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	(void)ERR_set_mark();
	bool is_signed = key != NULL && X509_verify(subject, key) == 1;
	(void)ERR_pop_to_mark();
	return is_signed;
}

static bool names_as_issuer(const X509 *subject, const X509 *issuer)
{
	return X509_NAME_cmp(X509_get_issuer_name(subject), X509_get_subject_name(issuer)) == 0;
}

static bool is_self_issued(const X509 *certificate)
{
	return names_as_issuer(certificate, certificate);
}

static bool is_root(X509 *certificate)
{
	return is_self_issued(certificate) && is_issued_by(certificate, certificate);
}

/* The most useful first: valid now, then the latest end; fingerprints make the order total. */
static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	if (a->is_current != b->is_current)
		return a->is_current ? -1 : 1;
	if (a->not_after != b->not_after)
		return a->not_after > b->not_after ? -1 : 1;
	return X509_cmp(a->certificate, b->certificate);
}

static naccs_status fill_pool(struct search *search, STACK_OF(X509) *certificates, int64_t now, struct naccs_error *err)
{
	for (int i = 0; i < sk_X509_num(certificates) && i < NACCS_PKCS12_CERTIFICATES_MAX; i++) {
		naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
		X509 *certificate = sk_X509_value(certificates, i);
		naccs_status status = naccs_certificate_facts_new(certificate, &facts, err);
		if (status != NACCS_OK) {
			if (err != NULL && status != NACCS_E_INTERNAL)
				err->status = NACCS_E_PKCS12_CORRUPT;
			return status != NACCS_E_INTERNAL ? NACCS_E_PKCS12_CORRUPT : status;
		}
		search->pool[search->count++] = (struct candidate){.certificate = certificate,
								   .not_after = facts->not_after,
								   .is_current = facts->not_before <= now && now < facts->not_after,
								   .subject = NOBODY};
	}
	qsort(search->pool, (size_t)search->count, sizeof search->pool[0], compare_candidates);
	return NACCS_OK;
}

static const struct naccs_pkcs12_key *key_of(const struct naccs_pkcs12_reader *reader, const X509 *certificate)
{
	EVP_PKEY *public_key = X509_get0_pubkey(certificate);
	for (size_t i = 0; public_key != NULL && i < reader->key_count; i++) {
		(void)ERR_set_mark();
		bool is_equal = EVP_PKEY_eq(reader->keys[i].key, public_key) == 1;
		(void)ERR_pop_to_mark();
		if (is_equal)
			return &reader->keys[i];
	}
	return NULL;
}

static naccs_status no_pair(const struct naccs_pkcs12_reader *reader, bool has_self_issued, struct naccs_error *err)
{
	if (has_self_issued)
		return naccs_fail(err, NACCS_E_PKCS12_MISMATCH, 0,
				  _("cannot use the PKCS#12: the certificate of its key is issued by itself, not by a CA"));
	if (sk_X509_num(reader->certificates) == 0)
		return naccs_fail(err, NACCS_E_PKCS12_MISMATCH, 0, _("cannot use the PKCS#12: it holds a key, but no certificate"));
	if (reader->key_count > 1)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  _("cannot use the PKCS#12: it holds several keys, and none of its certificates fits one of them"));
	return naccs_fail(err, NACCS_E_PKCS12_MISMATCH, 0, _("cannot use the PKCS#12: its key and its certificate do not belong together"));
}

/* The one certificate that fits a key and was issued by somebody else. */
static naccs_status find_client(const struct naccs_pkcs12_reader *reader, const struct search *search, int *ret, struct naccs_error *err)
{
	int found = NOBODY;
	bool has_self_issued = false;
	if (reader->key_count == 0)
		return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				  reader->foreign_key_count > 0 ? _("cannot use the PKCS#12: its key is neither RSA nor EC")
								: _("cannot use the PKCS#12: it holds no private key"));
	for (int i = 0; i < search->count; i++) {
		if (key_of(reader, search->pool[i].certificate) == NULL)
			continue;
		if (is_self_issued(search->pool[i].certificate)) {
			has_self_issued = true;
			continue;
		}
		if (found != NOBODY)
			return naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
					  _("cannot use the PKCS#12: it holds more than one client certificate with its key"));
		found = i;
	}
	if (found == NOBODY)
		return no_pair(reader, has_self_issued, err);
	*ret = found;
	return NACCS_OK;
}

static void enqueue(struct search *search, int candidate, int subject)
{
	search->pool[candidate].is_seen = true;
	search->pool[candidate].subject = subject;
	search->queue[search->queue_end++] = candidate;
}

/* From the client certificate upwards. Returns the index of the root that ends the shortest chain, or NOBODY. */
static int find_root(struct search *search, int client)
{
	enqueue(search, client, NOBODY);
	for (int at = 0; at < search->queue_end; at++) {
		int subject = search->queue[at];
		X509 *certificate = search->pool[subject].certificate;
		if (is_root(certificate))
			return subject;
		for (int i = 0; i < search->count; i++) {
			X509 *issuer = search->pool[i].certificate;
			if (!names_as_issuer(certificate, issuer) || (search->pool[i].is_seen && i != subject))
				continue;
			if (i != subject && is_issued_by(certificate, issuer))
				enqueue(search, i, subject);
			else if (search->impostor_of == NULL)
				search->impostor_of = certificate;
		}
	}
	return NOBODY;
}

/* A root that a person trusted before, for the certificate nearest the root that one of them signed. */
static X509 *find_remembered(struct search *search, STACK_OF(X509) *remembered, int *ret_subject)
{
	for (int at = 0; at < search->queue_end; at++) {
		X509 *certificate = search->pool[search->queue[at]].certificate;
		for (int i = 0; i < sk_X509_num(remembered); i++) { /* NULL counts as empty */
			X509 *root = sk_X509_value(remembered, i);
			if (!names_as_issuer(certificate, root))
				continue;
			if (is_root(root) && is_issued_by(certificate, root)) {
				*ret_subject = search->queue[at];
				return root;
			}
			if (search->impostor_of == NULL)
				search->impostor_of = certificate;
		}
	}
	return NULL;
}

static naccs_status no_chain(const struct search *search, struct naccs_error *err)
{
	X509 *last = search->impostor_of != NULL ? search->impostor_of : search->pool[search->queue[search->queue_end - 1]].certificate;
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	naccs_status status = naccs_certificate_facts_new(last, &facts, err);
	if (status != NACCS_OK)
		return status;
	if (search->impostor_of != NULL && is_self_issued(last))
		return naccs_fail(err, NACCS_E_PKCS12_MISMATCH, 0,
				  _("cannot use the PKCS#12: the root certificate %s in it is not signed by its own key"), facts->subject);
	if (search->impostor_of != NULL)
		return naccs_fail(
			err, NACCS_E_PKCS12_MISMATCH, 0,
			_("cannot use the PKCS#12: certificate %s is signed by another CA of the name %s than the one that is at hand"),
			facts->subject, facts->issuer);
	(void)naccs_fail(err, NACCS_E_PKCS12_MISMATCH, 0,
			 _("cannot use the PKCS#12: it lacks the certificate of the CA %s, and no CA of that name is remembered"),
			 facts->issuer);
	(void)naccs_error_hint(err,
			       _("Ask for a file that holds the whole chain, or install once a certificate whose file holds this CA."));
	return NACCS_E_PKCS12_MISMATCH;
}

static naccs_status check_validity(const struct naccs_certificate_facts *facts, int64_t now, struct naccs_error *err)
{
	char date[NACCS_TIME_TEXT_SIZE];
	if (now < facts->not_before) {
		naccs_time_format_japan(facts->not_before, date);
		(void)naccs_fail(err, NACCS_E_PKCS12_NOT_YET, 0, _("cannot use the PKCS#12: client certificate %s is not valid before %s"),
				 facts->subject, date);
		(void)naccs_error_hint(err, _("Check the clock of this machine, or wait until then."));
		return NACCS_E_PKCS12_NOT_YET;
	}
	if (now >= facts->not_after) {
		naccs_time_format_japan(facts->not_after, date);
		(void)naccs_fail(err, NACCS_E_PKCS12_EXPIRED, 0, _("cannot use the PKCS#12: client certificate %s expired at %s"),
				 facts->subject, date);
		(void)naccs_error_hint(err, _("An expired certificate can't be renewed: apply for a reissue."));
		return NACCS_E_PKCS12_EXPIRED;
	}
	return NACCS_OK;
}

static bool push(STACK_OF(X509) *stack, X509 *certificate)
{
	if (X509_up_ref(certificate) != 1)
		return false;
	if (sk_X509_push(stack, certificate) > 0)
		return true;
	X509_free(certificate);
	return false;
}

/* Certificates between client and root (leaf side first) and those in nobody's chain. last: the uppermost one below the root. */
static bool sort_certificates(const struct search *search, int client, int root, int last, struct naccs_credential *credential)
{
	bool is_in_chain[NACCS_PKCS12_CERTIFICATES_MAX] = {false};
	credential->intermediates = sk_X509_new_null();
	credential->extras = sk_X509_new_null();
	if (credential->intermediates == NULL || credential->extras == NULL)
		return false;
	is_in_chain[client] = true;
	if (root != NOBODY)
		is_in_chain[root] = true;
	for (int i = last; i != NOBODY && i != client; i = search->pool[i].subject) {
		is_in_chain[i] = true;
		X509 *certificate = search->pool[i].certificate;
		if (X509_up_ref(certificate) != 1)
			return false;
		if (sk_X509_unshift(credential->intermediates, certificate) <= 0) {
			X509_free(certificate);
			return false;
		}
	}
	for (int i = 0; i < search->count; i++)
		if (!is_in_chain[i] && !push(credential->extras, search->pool[i].certificate))
			return false;
	return true;
}

/* key's name, else the certificate's. */
static char *choose_name(const struct naccs_pkcs12_key *key, X509 *certificate)
{
	int length = 0;
	const unsigned char *alias = X509_alias_get0(certificate, &length);
	if (key->friendly_name != NULL)
		return strdup(key->friendly_name);
	return alias != NULL && length > 0 ? strndup((const char *)alias, (size_t)length) : NULL;
}

/* Take references to what the search found. last: the uppermost certificate below root. */
static naccs_status assemble(const struct naccs_pkcs12_reader *reader, const struct search *search, int client, int root_index, X509 *root,
			     int last, struct naccs_credential **ret, struct naccs_error *err)
{
	naccs_auto(credential) struct naccs_credential *credential = calloc(1, sizeof *credential);
	X509 *certificate = search->pool[client].certificate;
	const struct naccs_pkcs12_key *key = key_of(reader, certificate);
	if (credential == NULL || key == NULL || EVP_PKEY_up_ref(key->key) != 1)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot use the PKCS#12: memory is short"));
	credential->key = key->key;
	if (X509_up_ref(certificate) == 1)
		credential->certificate = certificate;
	if (X509_up_ref(root) == 1)
		credential->client_ca = root;
	credential->is_client_ca_remembered = root_index == NOBODY;
	credential->friendly_name = choose_name(key, certificate);
	credential->used_legacy_ciphers = reader->used_legacy_ciphers;
	if (credential->certificate == NULL || credential->client_ca == NULL ||
	    !sort_certificates(search, client, root_index, last, credential))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot use the PKCS#12: memory is short"));
	naccs_status status = naccs_certificate_facts_new(certificate, &credential->facts, err);
	if (status == NACCS_OK)
		status = naccs_certificate_facts_new(root, &credential->client_ca_facts, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&credential);
	return status;
}

naccs_status naccs_pkcs12_make_credential(const struct naccs_pkcs12_reader *reader, STACK_OF(X509) *remembered_ca, int64_t now,
					  struct naccs_credential **ret, struct naccs_error *err)
{
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	struct search search = {0};
	int client = NOBODY;
	naccs_status status = fill_pool(&search, reader->certificates, now, err);
	if (status == NACCS_OK)
		status = find_client(reader, &search, &client, err);
	if (status != NACCS_OK)
		return status;
	int root_index = find_root(&search, client), last = NOBODY;
	X509 *root = NULL;
	if (root_index != NOBODY) {
		root = search.pool[root_index].certificate;
		last = search.pool[root_index].subject;
	} else {
		root = find_remembered(&search, remembered_ca, &last);
	}
	if (root == NULL)
		return no_chain(&search, err);
	status = assemble(reader, &search, client, root_index, root, last, &credential, err);
	if (status == NACCS_OK)
		status = check_validity(credential->facts, now, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&credential);
	return status;
}
