/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a credential and the servers' roots in the form that crosses the contract: DER and plain values. See transaction.h. */
#include "transaction.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/x509.h>

static naccs_status blob_of_certificate(const X509 *certificate, struct naccs_blob *ret, struct naccs_error *err)
{
	uint8_t *der = NULL;
	size_t length = 0;
	naccs_status status = naccs_certificate_to_der(certificate, &der, &length, err);

	if (status == NACCS_OK)
		status = naccs_blob_set(ret, der, length, err);
	OPENSSL_free(der);
	return status;
}

static naccs_status blobs_of_stack(STACK_OF(X509) *stack, struct naccs_blob **ret_blobs, struct naccs_bytes **ret_views, struct naccs_error *err)
{
	int count = stack != NULL ? sk_X509_num(stack) : 0;

	*ret_blobs = calloc((size_t)count + 1, sizeof **ret_blobs);
	*ret_views = calloc((size_t)count + 1, sizeof **ret_views);
	if (*ret_blobs == NULL || *ret_views == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (int i = 0; i < count; i++) {
		naccs_status status = blob_of_certificate(sk_X509_value(stack, i), &(*ret_blobs)[i], err);

		if (status != NACCS_OK)
			return status;
		(*ret_views)[i] = naccs_blob_bytes(&(*ret_blobs)[i]);
	}
	return NACCS_OK;
}

static size_t stack_count(STACK_OF(X509) *stack)
{
	return stack != NULL ? (size_t)sk_X509_num(stack) : 0;
}

/* The views as the contract shows them; every pointer refers to payload. */
static void describe(struct naccs_payload *payload, STACK_OF(X509) *intermediates)
{
	const struct naccs_credential *credential = payload->credential;
	struct naccs_installation *installation = &payload->installation;

	*installation = (struct naccs_installation){
		.size = sizeof *installation,
		.private_key = {.data = naccs_secret_data(payload->private_key), .length = naccs_secret_length(payload->private_key)},
		.certificate = naccs_blob_bytes(&payload->certificate),
		.intermediates = payload->intermediate_views,
		.intermediate_count = stack_count(credential->intermediates),
		.client_ca = naccs_blob_bytes(&payload->client_ca),
		.server_anchors = payload->anchor_views,
		.server_anchor_count = stack_count(payload->anchors),
		.server_intermediates = payload->server_intermediate_views,
		.server_intermediate_count = stack_count(intermediates),
		.common_name = credential->facts->common_name,
		.serial = credential->facts->serial,
		.not_before = credential->facts->not_before,
		.not_after = credential->facts->not_after,
	};
	memcpy(installation->sha256, credential->facts->sha256_bytes, sizeof installation->sha256);
}

naccs_status naccs_payload_new(const struct naccs_credential *credential, STACK_OF(X509) *anchors, STACK_OF(X509) *intermediates,
			       struct naccs_payload **ret, struct naccs_error *err)
{
	naccs_auto(payload) struct naccs_payload *payload = calloc(1, sizeof *payload);
	naccs_status status;

	if (payload == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	payload->credential = credential;
	payload->anchors = anchors;
	status = naccs_credential_export_key(credential, &payload->private_key, err);
	if (status == NACCS_OK)
		status = blob_of_certificate(credential->certificate, &payload->certificate, err);
	if (status == NACCS_OK)
		status = blob_of_certificate(credential->client_ca, &payload->client_ca, err);
	if (status == NACCS_OK)
		status = blobs_of_stack(credential->intermediates, &payload->intermediates, &payload->intermediate_views, err);
	if (status == NACCS_OK)
		status = blobs_of_stack(anchors, &payload->server_anchors, &payload->anchor_views, err);
	if (status == NACCS_OK)
		status = blobs_of_stack(intermediates, &payload->server_intermediates, &payload->server_intermediate_views, err);
	if (status != NACCS_OK)
		return status;
	describe(payload, intermediates);
	*ret = naccs_take(&payload);
	return NACCS_OK;
}

/* The arrays end with an empty blob. */
static void blobs_free(struct naccs_blob *blobs)
{
	for (size_t i = 0; blobs != NULL && blobs[i].data != NULL; i++)
		naccs_blob_clear(&blobs[i]);
	free(blobs);
}

void naccs_payload_free(struct naccs_payload *payload)
{
	if (payload == NULL)
		return;
	naccs_secret_free(payload->private_key);
	naccs_blob_clear(&payload->certificate);
	naccs_blob_clear(&payload->client_ca);
	blobs_free(payload->intermediates);
	blobs_free(payload->server_anchors);
	blobs_free(payload->server_intermediates);
	free(payload->intermediate_views);
	free(payload->anchor_views);
	free(payload->server_intermediate_views);
	free(payload);
}
