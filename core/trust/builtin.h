/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what embed_certificates.c writes from data/ and anchors.c reads: the certificates that are part of the program. */
#ifndef NACCS_TRUST_BUILTIN_H
#define NACCS_TRUST_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct naccs_builtin_certificate {
	bool is_anchor; /* else an intermediate: help on the way, never an end */
	const uint8_t *der;
	size_t length;
};

extern const struct naccs_builtin_certificate naccs_builtin_certificates[];
extern const size_t naccs_builtin_certificate_count;

#endif
