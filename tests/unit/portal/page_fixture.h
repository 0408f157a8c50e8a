/* SPDX-License-Identifier: Apache-2.0 */
/* Why: pages from strings, and a portal made of a table of answers, so that tests of pages and journeys need no network. */
#ifndef NACCS_TESTS_PAGE_FIXTURE_H
#define NACCS_TESTS_PAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "obtain.h"
#include "page.h"
#include "renew.h"

#define FAKE_HOST "https://cert.nac.naccs.jp"
#define FAKE_PAGE FAKE_HOST "/NACCSClientCA/pages/ee/"
#define FAKE_RENEWAL FAKE_HOST "/NACCSClientCA/pages/renew/"

/* ---- pages ---- */

/* A page as sent from FAKE_PAGE "index.jsp" in UTF-8; fails the test when it can't be parsed. */
struct naccs_page *page_of(const char *html);
struct naccs_page *page_of_bytes(const void *bytes, size_t length, const char *content_type);
/* UTF-8 → another character set. Caller frees. */
char *encoded(const char *text, const char *charset, size_t *ret_length);
/* The folded form of text, in the page's arena. */
const char *folded(struct naccs_page *page, const char *text);
bool shows(const struct naccs_page *page, const char *text);

struct naccs_secret *secret_of(const char *text);

/* ---- a portal ---- */

struct answer {
	const char *request; /* "GET menu.jsp": method and what follows FAKE_PAGE or FAKE_RENEWAL, without query and path parameters; or a whole URL */
	const char *body;
	const char *content_type; /* NULL: text/html; charset=UTF-8 */
	long status;		  /* 0: 200 */
	const char *refresh, *disposition;
	size_t length; /* 0: that of the string */
	bool is_cut;
	const char *url; /* final; NULL: as asked for */
};

#define REQUESTS_MAX 80
struct fake_request {
	char *line; /* "POST login.do" */
	char *url, *referer, *body;
};

struct fake {
	const struct answer *answers; /* the first that fits, these before the manual's; the end: request NULL */
	const struct answer *manual;
	/* Answers that are given once each, in order, before all others. */
	const struct answer *once;
	size_t once_count;
	bool once_given[16];
	struct fake_request requests[REQUESTS_MAX];
	size_t request_count;
	unsigned waited;
	/* what the journey reported */
	int submits, receives;
	bool received_cut;
	char *received_name;
	struct naccs_secret *received;
	char warnings[256], progress[2048];
	naccs_status refuse_submit; /* what about_to_submit() answers */
	naccs_status refuse_receive;
	struct naccs_error err;
	char *page_dir; /* where pages are saved */
	int page_dirfd;
	int64_t now;
	const char *code1, *code2, *code3, *password;
	/* of a renewal */
	int applies;
	bool was_applied, apply_again;
	unsigned patience;
	int alert; /* -1: none */
};

struct fake *fake_new(const struct answer *answers);
void fake_free(struct fake *fake);
naccs_status fake_obtain(struct fake *fake);
/* With the certificate of terminal 11110A. */
naccs_status fake_renew(struct fake *fake);
/* The whole saved page, or NULL. Caller frees. */
char *fake_saved_page(const struct fake *fake);
/* Did a request of this line carry this text in its body? */
bool fake_sent(const struct fake *fake, const char *line, const char *text);
size_t fake_count(const struct fake *fake, const char *line);
/* Where the secret went: how many requests carry it at all. */
size_t fake_count_carrying(const struct fake *fake, const char *text);

/* What the manual's portal answers; tests replace single answers. */
extern const struct answer manual_portal[];
extern const struct answer manual_renewal[];
extern const char fake_file[8];

#endif
