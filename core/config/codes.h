/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 認証コード1 to 3 come from a file of lines "code1 = …" and go into secrets, without a copy left behind. */
#ifndef NACCS_CONFIG_CODES_H
#define NACCS_CONFIG_CODES_H

#include "error.h"
#include "secret.h"

#include <stddef.h>

/* A member is NULL where the file has no such line. */
struct naccs_codes {
	struct naccs_secret *code1, *code2, *code3;
};

/* Read a codes file. NACCS_E_SECRETS_PERMISSIONS when others can read it; NACCS_E_FILE_MISSING; NACCS_E_CONFIG for a line that is not
 * understood, by its number alone: no message repeats a word of the file. *ret is written on success only; caller clears it. */
naccs_status naccs_codes_read(const char *path, struct naccs_codes *ret, struct naccs_error *err);

/* The same from memory. */
naccs_status naccs_codes_parse(const char *text, size_t length, const char *name, struct naccs_codes *ret, struct naccs_error *err);

/* Wipe and free the members, leaving NULL. */
void naccs_codes_clear(struct naccs_codes *codes);

#endif
