/* SPDX-License-Identifier: Apache-2.0 */
/* Why: owned bytes that are no secret (certificates, what was in a store before), and their form in JSON. */
#ifndef NACCS_INSTALL_BLOB_H
#define NACCS_INSTALL_BLOB_H

#include "cleanup.h"
#include "error.h"

#include <naccscert/backend.h>

#include <jansson.h>

struct naccs_blob {
	uint8_t *data;
	size_t length;
};

naccs_status naccs_blob_set(struct naccs_blob *blob, const uint8_t *data, size_t length, struct naccs_error *err);
void naccs_blob_clear(struct naccs_blob *blob);
struct naccs_bytes naccs_blob_bytes(const struct naccs_blob *blob); /* borrowed */

/* A Base64 JSON string; NULL when memory is short. New reference. */
json_t *naccs_blob_to_json(const struct naccs_blob *blob);
/* false: no string, or no Base64. */
bool naccs_blob_from_json(const json_t *json, struct naccs_blob *ret);

/* A copy of a JSON object's string member; NULL when it is missing or null. Caller frees. */
char *naccs_json_string(const json_t *object, const char *key);
/* Set a string member; NULL value: left out. */
void naccs_json_set_string(json_t *object, const char *key, const char *value);

#endif
