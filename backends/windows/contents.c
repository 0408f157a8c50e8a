/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what lies in MY, ROOT and CA now, as programs meet it, and which of it is kept for this user (this machine) itself. One reading
 * serves one operation. */
#include "winstore.h"

#include <string.h>

#define ENTRIES_LIMIT 8192

static char *label_of(PCCERT_CONTEXT context)
{
	DWORD size = 0;
	naccs_auto(heap) wchar_t *wide = NULL;
	char *label = NULL;

	if (CertGetCertificateContextProperty(context, CERT_FRIENDLY_NAME_PROP_ID, NULL, &size) &&
	    (wide = calloc(size / sizeof *wide + 1, sizeof *wide)) != NULL &&
	    CertGetCertificateContextProperty(context, CERT_FRIENDLY_NAME_PROP_ID, wide, &size))
		label = naccs_wide_text(wide);
	return label != NULL ? label : strdup("");
}

static bool has_property(PCCERT_CONTEXT context, DWORD property)
{
	DWORD size = 0;

	return CertGetCertificateContextProperty(context, property, NULL, &size) != FALSE;
}

static bool has_key(PCCERT_CONTEXT context)
{
	naccs_auto(win_acquired) struct win_acquired key = {0};

	return win_acquire(context, &key);
}

/* false: memory is short. What can't be read is passed over: it is none of ours. */
static bool add(const struct naccs_store *store, enum win_place place, bool is_own, PCCERT_CONTEXT context, struct win_contents *contents)
{
	struct win_entry entry = {.place = place, .is_own = is_own};

	if (!win_certificate_decode(store, (struct naccs_bytes){context->pbCertEncoded, context->cbCertEncoded}, &entry.certificate))
		return true;
	if (win_contents_find(contents, place, entry.certificate.sha256) != NULL) { /* what is kept here itself was read first */
		win_certificate_clear(&entry.certificate);
		return true;
	}
	struct win_entry *grown = reallocarray(contents->entries, contents->count + 1, sizeof *grown);
	entry.label = grown != NULL ? label_of(context) : NULL;
	if (grown != NULL)
		contents->entries = grown;
	if (entry.label == NULL) {
		win_certificate_clear(&entry.certificate);
		return false;
	}
	entry.has_key = place == WIN_MY && has_key(context);
	entry.is_archived = place == WIN_MY && has_property(context, CERT_ARCHIVED_PROP_ID);
	if (place == WIN_ROOT)
		entry.usages = win_usages_of(context, &entry.is_disabled);
	grown[contents->count++] = entry;
	return true;
}

static naccs_status read_view(const struct naccs_store *store, enum win_place place, enum win_view view, struct win_contents *contents,
			      struct naccs_error *err)
{
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_system_store_open(store, place, view, false, &handle, err);
	PCCERT_CONTEXT context = NULL;

	if (status != NACCS_OK || handle == NULL)
		return status;
	while (contents->count < ENTRIES_LIMIT && (context = CertEnumCertificatesInStore(handle, context)) != NULL) {
		if (!add(store, place, view == WIN_OWN, context, contents)) {
			(void)CertFreeCertificateContext(context);
			return win_fail_memory(err);
		}
	}
	return NACCS_OK;
}

naccs_status win_contents_read(const struct naccs_store *store, struct win_contents *ret, struct naccs_error *err)
{
	static const struct {
		enum win_place place;
		enum win_view view;
	} views[] = {{WIN_MY, WIN_OWN}, {WIN_ROOT, WIN_OWN}, {WIN_ROOT, WIN_SEEN},
		     {WIN_CA, WIN_OWN}, {WIN_CA, WIN_SEEN},  {WIN_DISALLOWED, WIN_SEEN}};
	naccs_auto(win_contents) struct win_contents contents = {0};
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < sizeof views / sizeof *views && status == NACCS_OK; i++)
		status = read_view(store, views[i].place, views[i].view, &contents, err);
	if (status == NACCS_OK)
		status = win_key_list(store, &contents.keys, err);
	if (status != NACCS_OK)
		return status;
	*ret = contents;
	contents = (struct win_contents){0};
	return NACCS_OK;
}

void win_contents_clear(struct win_contents *contents)
{
	for (size_t i = 0; i < contents->count; i++) {
		win_certificate_clear(&contents->entries[i].certificate);
		free(contents->entries[i].label);
	}
	free(contents->entries);
	free(contents->keys.hex);
	*contents = (struct win_contents){0};
}

struct win_entry *win_contents_find(const struct win_contents *contents, enum win_place place, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	for (size_t i = 0; i < contents->count; i++) {
		struct win_entry *entry = &contents->entries[i];
		if (entry->place == place && memcmp(entry->certificate.sha256, sha256, NACCS_SHA256_SIZE) == 0)
			return entry;
	}
	return NULL;
}
