/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a certificate may come in more than one role (a root that has issued both sides); it is written once, for all of them. */
#include "winstore.h"

#include <string.h>

static struct win_wanted *find(struct win_wanted_list *list, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	for (size_t i = 0; i < list->count; i++)
		if (memcmp(list->items[i].certificate.sha256, sha256, NACCS_SHA256_SIZE) == 0)
			return &list->items[i];
	return NULL;
}

static naccs_status add(const struct naccs_store *store, struct win_wanted_list *list, struct naccs_bytes der, enum win_place place,
			unsigned usages, struct naccs_error *err)
{
	naccs_auto(win_certificate) struct win_certificate certificate = {0};
	naccs_status status = win_certificate_read(store, der, &certificate, err);
	struct win_wanted *known = status == NACCS_OK ? find(list, certificate.sha256) : NULL;

	if (status != NACCS_OK)
		return status;
	if (known != NULL && known->place == WIN_ROOT) {
		known->usages |= usages;
		return NACCS_OK;
	}
	if (known != NULL) {
		known->place = place;
		known->usages = usages;
		return NACCS_OK;
	}
	struct win_wanted *grown = reallocarray(list->items, list->count + 1, sizeof *grown);
	if (grown == NULL)
		return win_fail_memory(err);
	list->items = grown;
	grown[list->count++] = (struct win_wanted){.certificate = certificate, .place = place, .usages = usages};
	certificate = (struct win_certificate){0};
	return NACCS_OK;
}

static naccs_status add_all(const struct naccs_store *store, struct win_wanted_list *list, const struct naccs_bytes *der, size_t count,
			    enum win_place place, unsigned usages, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < count && status == NACCS_OK; i++)
		status = add(store, list, der[i], place, usages, err);
	return status;
}

/* Roots first, about which Windows asks: a "no" then leaves little to take back. The client certificate last: who meets it finds everything
 * else in its place. */
naccs_status win_wanted_read(const struct naccs_store *store, const struct naccs_installation *installation, struct win_wanted_list *ret,
			     struct naccs_error *err)
{
	naccs_auto(win_wanted) struct win_wanted_list list = {0};
	naccs_status status = add(store, &list, installation->client_ca, WIN_ROOT, WIN_CLIENT_AUTH, err);

	if (status == NACCS_OK)
		status = add_all(store, &list, installation->server_anchors, installation->server_anchor_count, WIN_ROOT, WIN_SERVER_AUTH,
				 err);
	if (status == NACCS_OK)
		status = add_all(store, &list, installation->intermediates, installation->intermediate_count, WIN_CA, 0, err);
	if (status == NACCS_OK)
		status = add_all(store, &list, installation->server_intermediates, installation->server_intermediate_count, WIN_CA, 0, err);
	if (status == NACCS_OK && find(&list, installation->sha256) != NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: the client certificate stands among its own CAs"),
				  store->uri);
	if (status == NACCS_OK)
		status = add(store, &list, installation->certificate, WIN_MY, 0, err);
	if (status != NACCS_OK)
		return status;
	*ret = list;
	list = (struct win_wanted_list){0};
	return NACCS_OK;
}

void win_wanted_clear(struct win_wanted_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		win_certificate_clear(&list->items[i].certificate);
	free(list->items);
	*list = (struct win_wanted_list){0};
}
