/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: inih cuts long lines and long section names, joins indented lines to the key above and drops what follows " ;". A configuration that
 * is read differently from how it is written is worse than none, so every line is checked against inih's limits before inih sees it.
 */
#ifndef NACCS_CONFIG_LINES_H
#define NACCS_CONFIG_LINES_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

#define NACCS_CONFIG_LINE_LIMIT 190   /* bytes; inih 55 cuts at 200 with line end and NUL */
#define NACCS_CONFIG_SECTION_LIMIT 48 /* bytes; inih 55 cuts at 49 */

/* A key with its value, or (key NULL) the beginning of a section. Strings are valid during the call only; value is never empty. */
struct naccs_config_line {
	const char *section; /* "" before the first one */
	const char *key;
	const char *value;
	size_t number;
};

struct naccs_config_reader {
	const char *name; /* of the file, for messages */
	bool is_secret;	  /* no word of the file gets into a message; " #" is not refused */
	/* Called in the order of the file until it fails; that failure is then the result. */
	naccs_status (*line)(void *context, const struct naccs_config_line *line, struct naccs_error *err);
	void *context;
};

/* Read a file's text. inih's line buffer is wiped before and after each line. Failures: NACCS_E_CONFIG as "NAME:LINE: …". */
naccs_status naccs_config_read_lines(const char *text, size_t length, const struct naccs_config_reader *reader, struct naccs_error *err);

#endif
