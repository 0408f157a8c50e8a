/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what each kind of value must look like; one function per kind, each returning the value as the program will use it. */
#ifndef NACCS_CONFIG_VALUES_H
#define NACCS_CONFIG_VALUES_H

#include "error.h"

#include <stdint.h>

/* Where a value stands, for messages, and what relative paths start from. */
struct naccs_config_place {
	const char *name;
	size_t number;
	const char *key;
	const char *folder;
};

/* *ret: a new text that the caller frees. Failures: NACCS_E_CONFIG. */
typedef naccs_status naccs_config_value(const struct naccs_config_place *place, const char *value, char **ret, struct naccs_error *err);

naccs_config_value naccs_config_value_text;
naccs_config_value naccs_config_value_file;   /* made absolute */
naccs_config_value naccs_config_value_proxy;  /* never repeated in messages */
naccs_config_value naccs_config_value_store;  /* a URI with a scheme, without a PIN in it */
naccs_config_value naccs_config_value_sha256; /* 64 lower-case hex digits */

/* "28d" → seconds; 1 to 28 days. */
naccs_status naccs_config_days(const struct naccs_config_place *place, const char *value, int64_t *ret, struct naccs_error *err);

#endif
