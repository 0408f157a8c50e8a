/* SPDX-License-Identifier: Apache-2.0 */
/* Why: copying an order for escrow, with the stores' canonical names, what was asked of them, and the anchors in force, so that resume does
 * the same from any folder. */
#include "context.h"

#include "text.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>

static bool copy(const char *from, char **to)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

static bool write_pem(BIO *memory, STACK_OF(X509) *certificates)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (PEM_write_bio_X509(memory, sk_X509_value(certificates, i)) != 1)
			return false;
	return true;
}

/* Anchors that were given stay with the order, not where their file is: it may be gone, or say something else by then. */
static naccs_status remember_anchors(const struct naccs *context, struct naccs_escrow_order *order, struct naccs_error *err)
{
	BIO *memory;
	char *text = NULL;
	long length;

	if (naccs_trust_is_builtin(context->trust))
		return NACCS_OK;
	memory = BIO_new(BIO_s_mem());
	if (memory != NULL && write_pem(memory, naccs_trust_anchors(context->trust)) && write_pem(memory, naccs_trust_intermediates(context->trust))) {
		length = BIO_get_mem_data(memory, &text);
		order->anchors = strndup(text, (size_t)length);
	}
	BIO_free(memory);
	return order->anchors != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

naccs_status naccs_order_renews(struct naccs_escrow_order *order, X509 *certificate, const char *sha256, const char *from, const char *from_pin_file,
				struct naccs_error *err)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *text = NULL;
	long length;

	if (memory != NULL && PEM_write_bio_X509(memory, certificate) == 1) {
		length = BIO_get_mem_data(memory, &text);
		order->previous_certificate = strndup(text, (size_t)length);
	}
	BIO_free(memory);
	if (order->previous_certificate == NULL || !copy(sha256, &order->previous_sha256) || !copy(from, &order->from) ||
	    !copy(from_pin_file, &order->from_pin_file))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	return NACCS_OK;
}

naccs_status naccs_order_use_anchors(struct naccs *context, const struct naccs_escrow_order *order, struct naccs_error *err)
{
	if (order->anchors == NULL || !naccs_trust_is_builtin(context->trust))
		return NACCS_OK;
	return naccs_trust_add_pem(context->trust, order->anchors, strlen(order->anchors), _("the escrow entry's anchors"), err);
}

/*
 * A store that is open, or was found by an alias, by its canonical URI, with what it was asked for beyond that. A path that could not be
 * opened as it was said: a link on the way may be what will be mended.
 */
static const char *name_for_later(const struct naccs_run *run, size_t index)
{
	const struct naccs_selected_store *selected = &run->selection.items[index];

	if (run->stores[index].tx != NULL)
		return naccs_open_store_later(run->stores[index].tx->store);
	return naccs_is_found_by_alias(selected->said, selected->uri) ? selected->uri : selected->said;
}

naccs_status naccs_order_copy(const struct naccs *context, const struct naccs_escrow_order *order, const struct naccs_run *run, const char *subject,
			      struct naccs_escrow_order *ret, struct naccs_error *err)
{
	naccs_status status = remember_anchors(context, ret, err);

	if (status != NACCS_OK)
		return status;
	if (!copy(order->command, &ret->command) || !copy(order->terminal, &ret->terminal) || !copy(order->group, &ret->group) ||
	    !copy(order->client_ca_sha256, &ret->client_ca_sha256) || !copy(order->code3_hash, &ret->code3_hash) || !copy(subject, &ret->subject) ||
	    !copy(order->previous_sha256, &ret->previous_sha256) || !copy(order->previous_certificate, &ret->previous_certificate) ||
	    !copy(order->from, &ret->from) || !copy(order->from_pin_file, &ret->from_pin_file))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	ret->all_or_nothing = order->all_or_nothing;
	ret->prune = order->prune;
	ret->trust_first_use = order->trust_first_use;
	for (size_t i = 0; status == NACCS_OK && i < run->count; i++)
		status = naccs_escrow_order_add_store(ret, name_for_later(run, i), run->stores[i].opening.pin_file, err);
	for (size_t i = 0; status == NACCS_OK && i < order->deploy_hook_count; i++)
		status = naccs_escrow_order_add_hook(ret, order->deploy_hooks[i], err);
	return status;
}
