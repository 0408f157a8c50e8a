/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every operation reads the medium afresh, and mostly finds the bytes that it found before. What they decode to is kept while the
 * store is open: OpenSSL 3.0 looks through all its decoders for each certificate and key, which made up half of the cost of an install.
 */
#include "pem.h"

#include <string.h>

static bool is_same(struct naccs_bytes bytes, const uint8_t *known, size_t length)
{
	return known != NULL && bytes.length == length && memcmp(bytes.data, known, length) == 0;
}

X509 *pem_known_certificate(const struct naccs_store *store, struct naccs_bytes der)
{
	for (size_t i = 0; i < PEM_KNOWN_CERTIFICATES; i++) {
		const struct pem_known_certificate *entry = &store->known->certificate[i];
		if (is_same(der, entry->der, entry->length))
			return X509_up_ref(entry->certificate) == 1 ? entry->certificate : NULL;
	}
	return NULL;
}

/* In the place of the oldest. Without memory for it the next decoding takes its time again, nothing else. */
void pem_know_certificate(const struct naccs_store *store, struct naccs_bytes der, X509 *certificate)
{
	struct pem_known_certificate *entry = &store->known->certificate[store->known->next];
	uint8_t *copy = malloc(der.length);

	if (copy == NULL || X509_up_ref(certificate) != 1) {
		free(copy);
		return;
	}
	memcpy(copy, der.data, der.length);
	free(entry->der);
	X509_free(entry->certificate);
	*entry = (struct pem_known_certificate){.der = copy, .length = der.length, .certificate = certificate};
	store->known->next = (store->known->next + 1) % PEM_KNOWN_CERTIFICATES;
}

EVP_PKEY *pem_known_key(const struct naccs_store *store, struct naccs_bytes der)
{
	const struct pem_known *known = store->known;

	if (known->key == NULL || !is_same(der, naccs_secret_data(known->key_der), naccs_secret_length(known->key_der)))
		return NULL;
	return EVP_PKEY_up_ref(known->key) == 1 ? known->key : NULL;
}

void pem_know_key(const struct naccs_store *store, struct naccs_bytes der, EVP_PKEY *key)
{
	struct pem_known *known = store->known;
	struct naccs_error ignored = {0};
	struct naccs_secret *copy = NULL;

	if (naccs_secret_new_copy(der.data, der.length, &copy, &ignored) != NACCS_OK)
		return;
	if (EVP_PKEY_up_ref(key) != 1) {
		naccs_secret_free(copy);
		return;
	}
	naccs_secret_free(known->key_der);
	EVP_PKEY_free(known->key);
	known->key_der = copy;
	known->key = key;
}

void pem_known_free(struct pem_known *known)
{
	if (known == NULL)
		return;
	for (size_t i = 0; i < PEM_KNOWN_CERTIFICATES; i++) {
		free(known->certificate[i].der);
		X509_free(known->certificate[i].certificate);
	}
	naccs_secret_free(known->key_der);
	EVP_PKEY_free(known->key);
	free(known);
}
