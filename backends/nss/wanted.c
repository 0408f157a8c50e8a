/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a certificate may come in more than one role (a root that has issued both sides); it is written once, with the trust of all of them.
 */
#include "nss.h"

#include <string.h>

static struct nss_wanted *find(struct nss_wanted_list *list, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	for (size_t i = 0; i < list->count; i++) {
		if (memcmp(list->items[i].certificate.sha256, sha256, NACCS_SHA256_SIZE) == 0)
			return &list->items[i];
	}
	return NULL;
}

static naccs_status add(struct nss_wanted_list *list, struct naccs_bytes der, struct nss_wanted **ret, struct naccs_error *err)
{
	struct nss_wanted wanted = {0};
	naccs_status status = nss_certificate_read(list->arena, der, &wanted.certificate, err);

	if (status != NACCS_OK)
		return status;
	*ret = find(list, wanted.certificate.sha256);
	if (*ret != NULL)
		return NACCS_OK;
	struct nss_wanted *grown = reallocarray(list->items, list->count + 1, sizeof *grown);
	if (grown == NULL)
		return nss_fail_memory(err);
	list->items = grown;
	*ret = &grown[list->count++];
	**ret = wanted;
	return NACCS_OK;
}

static naccs_status add_all(struct nss_wanted_list *list, const struct naccs_bytes *der, size_t count, bool wants_server_trust,
			    struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < count && status == NACCS_OK; i++) {
		struct nss_wanted *wanted = NULL;
		status = add(list, der[i], &wanted, err);
		if (status == NACCS_OK)
			wanted->wants_server_trust |= wants_server_trust;
	}
	return status;
}

/* CAs first, the client certificate last: who meets it finds everything else in its place. */
naccs_status nss_wanted_read(const struct naccs_store *store, const struct naccs_installation *installation, struct nss_wanted_list *ret,
			     struct naccs_error *err)
{
	naccs_auto(nss_wanted) struct nss_wanted_list list = {.arena = PORT_NewArena(DER_DEFAULT_CHUNKSIZE)};
	struct nss_wanted *wanted = NULL;

	if (list.arena == NULL)
		return nss_fail_memory(err);
	naccs_status status = add_all(&list, installation->intermediates, installation->intermediate_count, false, err);
	if (status == NACCS_OK)
		status = add(&list, installation->client_ca, &wanted, err);
	if (status == NACCS_OK)
		wanted->wants_client_trust = !store->is_system;
	if (status == NACCS_OK)
		status = add_all(&list, installation->server_anchors, installation->server_anchor_count, true, err);
	if (status == NACCS_OK)
		status = add_all(&list, installation->server_intermediates, installation->server_intermediate_count, false, err);
	if (status == NACCS_OK)
		status = add(&list, installation->certificate, &wanted, err);
	if (status != NACCS_OK)
		return status;
	wanted->is_client = true;
	*ret = list;
	list = (struct nss_wanted_list){0};
	return NACCS_OK;
}

void nss_wanted_free(struct nss_wanted_list *list)
{
	if (list->arena != NULL)
		PORT_FreeArena(list->arena, PR_FALSE);
	free(list->items);
	*list = (struct nss_wanted_list){0};
}
