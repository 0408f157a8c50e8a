/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the result for programs: one JSON object, always of the same shape. */
#ifndef NACCS_CLI_RENDER_JSON_H
#define NACCS_CLI_RENDER_JSON_H

#include <naccscert/naccscert.h>

#include <jansson.h>

/* The object as text with a line end; the caller frees. extra (may be NULL) adds members. NULL when memory is short. */
char *cli_render_json(const struct naccs_report *report, json_t *extra);

#endif
