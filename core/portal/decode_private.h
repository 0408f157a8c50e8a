/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what decode.c and decode_declared.c share. */
#ifndef NACCS_PORTAL_DECODE_PRIVATE_H
#define NACCS_PORTAL_DECODE_PRIVATE_H

#include "decode.h"

#define NACCS_DECLARED_MAX 3

/* What the reply says of its own character set, the strongest word first: header, meta tag, XML declaration. */
struct naccs_declared {
	bool has_mark; /* a byte order mark: stronger than any word */
	enum naccs_charset mark;
	enum naccs_charset charsets[NACCS_DECLARED_MAX];
	size_t count;
};

/* Returns the length of the byte order mark. */
size_t naccs_declared_read(const void *bytes, size_t length, const char *content_type, struct naccs_declared *ret);

/* What a declaration adds to a candidate's score: enough to decide among equals, too little to defend a lie. */
long naccs_declared_weight(const struct naccs_declared *declared, enum naccs_charset charset);

#endif
