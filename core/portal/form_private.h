/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what form.c (what is sent) and form_writer.c (how it is written) share. */
#ifndef NACCS_PORTAL_FORM_PRIVATE_H
#define NACCS_PORTAL_FORM_PRIVATE_H

#include "form.h"

struct naccs_form_writer {
	const struct naccs_form_entry *entries;
	size_t entry_count;
	enum naccs_charset charset;
	bool is_multipart;
	struct naccs_secret *body;
	struct naccs_secret *boundary; /* of multipart */
};

naccs_status naccs_form_writer_begin(struct naccs_form_writer *writer, bool is_multipart, struct naccs_error *err);
/* One name and value; line ends in it become CR LF. A character that the character set lacks: portal.unknown-page. */
naccs_status naccs_form_write(struct naccs_form_writer *writer, const char *name, const char *value, size_t length,
			      struct naccs_error *err);
/* An upload field in which no file was chosen. */
naccs_status naccs_form_write_no_file(struct naccs_form_writer *writer, const char *name, struct naccs_error *err);
/* Hands body and content type over. */
naccs_status naccs_form_writer_end(struct naccs_form_writer *writer, struct naccs_secret **ret_body, char **ret_content_type,
				   struct naccs_error *err);
void naccs_form_writer_clear(struct naccs_form_writer *writer);

#endif
