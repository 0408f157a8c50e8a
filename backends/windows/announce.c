/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Windows opens a window of its own before it takes a root into the user's store, or lets go of one. Nobody should meet it unprepared,
 * or say yes unread. */
#include "winstore.h"

#include <stdio.h>

void win_announce(const struct naccs_store *store, const struct win_certificate *certificate, bool is_added)
{
	naccs_auto(heap) char *name = win_certificate_name(certificate);
	naccs_auto(heap) char *message = NULL;
	uint8_t sha1[20];
	unsigned length = 0;
	char thumbprint[sizeof sha1 * 3 + 1] = "";
	void (*say)(void *context, const char *message) = store->host->announce != NULL ? store->host->announce : store->host->progress;

	if (store->is_machine || say == NULL || X509_digest(certificate->x509, EVP_sha1(), sha1, &length) != 1 || length != sizeof sha1)
		return;
	for (size_t i = 0; i < sizeof sha1; i++)
		(void)snprintf(thumbprint + 3 * i, 4, "%02X%s", sha1[i], i + 1 < sizeof sha1 ? " " : "");
	message = naccs_format(
		is_added ? _("Windows may now ask whether to trust the root \"%s\". Say Yes if it shows this thumbprint (sha1): %s")
			 : _("Windows may now ask whether to delete the root \"%s\", thumbprint (sha1): %s"),
		name != NULL ? name : "?", thumbprint);
	if (message != NULL)
		say(store->host->context, message);
}
