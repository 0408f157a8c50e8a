/* SPDX-License-Identifier: Apache-2.0 */
/* Why: NSS names certificates by nicknames, which people type (certutil -n). A name that two subjects share makes NSS refuse or mix them
 * up. */
#include "nss.h"

#include <string.h>
#include <time.h>

#define NUMBER_LIMIT 10000

/* A colon would mean a token's name before it. */
static void make_typable(char *name)
{
	for (char *c = name; *c != '\0'; c++) {
		if (*c == ':')
			*c = '-';
	}
}

char *nss_nickname_wanted(const struct naccs_installation *installation)
{
	time_t end = (time_t)installation->not_after;
	struct tm parts;
	char month[16] = "";

	if (gmtime_r(&end, &parts) == NULL || strftime(month, sizeof month, "%Y-%m", &parts) == 0)
		month[0] = '\0';
	const char *name = installation->common_name != NULL ? installation->common_name : "";
	naccs_auto(heap) char *printable = naccs_text_printable(name, strlen(name));
	if (printable == NULL)
		return NULL;
	char *nickname = naccs_format("NACCS %s (%s)", printable, month);
	if (nickname != NULL)
		make_typable(nickname);
	return nickname;
}

static bool is_same_subject(const struct nss_certificate *a, const struct nss_certificate *b)
{
	return SECITEM_ItemsAreEqual(&a->decoded->derSubject, &b->decoded->derSubject) != PR_FALSE;
}

static bool is_free(const struct nss_contents *contents, const struct nss_certificate *certificate, const char *name, bool is_client)
{
	for (size_t i = 0; i < contents->count; i++) {
		const struct nss_entry *entry = &contents->entries[i];
		if (strcmp(entry->label, name) != 0)
			continue;
		if (is_client || !is_same_subject(&entry->certificate, certificate))
			return false;
	}
	return true;
}

char *nss_nickname_for(const struct nss_contents *contents, const struct nss_certificate *certificate, const char *wanted, bool is_client)
{
	naccs_auto(heap) char *base = wanted != NULL ? strdup(wanted) : nss_certificate_name(certificate);

	/* The name that the subject's other certificates have. */
	for (size_t i = 0; !is_client && i < contents->count; i++) {
		const struct nss_entry *entry = &contents->entries[i];
		if (entry->label[0] != '\0' && is_same_subject(&entry->certificate, certificate))
			return strdup(entry->label);
	}
	if (base == NULL)
		return NULL;
	make_typable(base);
	if (is_free(contents, certificate, base, is_client))
		return naccs_take(&base);
	for (int number = 2; number < NUMBER_LIMIT; number++) {
		naccs_auto(heap) char *numbered = naccs_format("%s #%d", base, number);
		if (numbered == NULL || is_free(contents, certificate, numbered, is_client))
			return naccs_take(&numbered);
	}
	return NULL;
}
