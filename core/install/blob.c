/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see blob.h. */
#include "blob.h"

#include "text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

naccs_status naccs_blob_set(struct naccs_blob *blob, const uint8_t *data, size_t length, struct naccs_error *err)
{
	uint8_t *copy = malloc(length + 1);

	if (copy == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (length > 0)
		memcpy(copy, data, length);
	free(blob->data);
	blob->data = copy;
	blob->length = length;
	return NACCS_OK;
}

void naccs_blob_clear(struct naccs_blob *blob)
{
	free(blob->data);
	*blob = (struct naccs_blob){0};
}

struct naccs_bytes naccs_blob_bytes(const struct naccs_blob *blob)
{
	return (struct naccs_bytes){.data = blob->data, .length = blob->length};
}

json_t *naccs_blob_to_json(const struct naccs_blob *blob)
{
	naccs_auto(heap) char *text = NULL;

	if (blob->length > INT_MAX / 2)
		return NULL;
	text = malloc(blob->length / 3 * 4 + 8);
	if (text == NULL)
		return NULL;
	(void)EVP_EncodeBlock((unsigned char *)text, blob->data, (int)blob->length);
	return json_string(text);
}

bool naccs_blob_from_json(const json_t *json, struct naccs_blob *ret)
{
	const char *text = json_string_value(json);
	size_t length = json_string_length(json);
	uint8_t *data;
	int decoded;

	if (text == NULL || length > INT_MAX / 2 || length % 4 != 0)
		return false;
	data = malloc(length + 1);
	if (data == NULL)
		return false;
	decoded = EVP_DecodeBlock(data, (const unsigned char *)text, (int)length);
	if (decoded < 0) {
		free(data);
		return false;
	}
	/* EVP_DecodeBlock counts the padding as bytes. */
	for (size_t i = length; i > 0 && i + 2 > length && text[i - 1] == '='; i--)
		decoded--;
	free(ret->data);
	ret->data = data;
	ret->length = (size_t)decoded;
	return true;
}

char *naccs_json_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? strdup(text) : NULL;
}

void naccs_json_set_string(json_t *object, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(object, key, json_string(value));
}
