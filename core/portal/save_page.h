/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a page that was not understood is kept so that it can be reported, without anything that must not be reported: values, cookies,
 * session ids, tokens, codes in any spelling. What is left are structure, labels, messages and the shape of addresses and scripts.
 */
#ifndef NACCS_PORTAL_SAVE_PAGE_H
#define NACCS_PORTAL_SAVE_PAGE_H

#include "page.h"
#include "secret.h"

struct naccs_save_options {
	int dirfd;
	int64_t now;				   /* names the file */
	const struct naccs_secret *const *secrets; /* what must not appear in any spelling */
	size_t secret_count;
};

/* Write the pages into one file, 0600. *ret_name: its name in the folder; caller frees. Failures: file.io, store.full, internal. */
naccs_status naccs_save_pages(const struct naccs_page *const *pages, size_t count, const struct naccs_save_options *options,
			      char **ret_name, struct naccs_error *err);

/* The same as text. Caller frees. */
naccs_status naccs_sanitise_page(const struct naccs_page *page, const struct naccs_secret *const *secrets, size_t secret_count, char **ret,
				 struct naccs_error *err);

/* What a page says, for a message: printable, short, and without a secret. Caller frees; NULL when memory is short. */
char *naccs_quote_page_text(const char *text, const struct naccs_secret *const *secrets, size_t secret_count);

#endif
