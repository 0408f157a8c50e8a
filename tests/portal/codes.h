/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the certificates that wait to be taken: terminal, three codes, and when it was first taken. */
#ifndef PORTAL_CODES_H
#define PORTAL_CODES_H

#include "pki.h"
#include "util.h"

#define CODE_SIZE 40

struct terminal {
	char name[CODE_SIZE], code1[CODE_SIZE], code2[CODE_SIZE], code3[CODE_SIZE];
	struct client client;
	char file_name[40]; /* 15 digits.p12 */
	int64_t first_day;  /* day in Japan of the first acquisition; -1: not taken yet */
	unsigned downloads;
	/* its renewal */
	struct client next; /* what was applied for; certificate NULL: nothing */
	unsigned generation; /* of next's key */
	unsigned applications, polls;
	int64_t renewed_day; /* day in Japan of its first acquisition; -1: not taken yet */
	unsigned next_downloads;
	char next_file_name[40];
};

struct codes {
	struct terminal *terminals;
	size_t count;
};

/* From an INI file with a section per terminal (code1, code2, code3), or `count` terminals by chance (path NULL). */
struct codes *codes_open(const char *path, size_t count, struct chance *chance);
/* Issue every terminal's certificate: valid from `from`, named by the day in Japan. */
void codes_issue(struct codes *codes, struct pki *pki, int64_t from);
/* dir/codes for the first terminal and dir/codes-NAME for each; 0600, "code1 = …". */
void codes_write(const struct codes *codes, const char *dir);
void codes_free(struct codes *codes);

/* By the certificate that it holds, or that it has been renewed to. NULL: nobody's. */
struct terminal *codes_by_certificate(const struct codes *codes, X509 *certificate);
/* The terminal applies for a renewal at that time (once: further calls are counted only). */
void terminal_renew(struct terminal *terminal, struct pki *pki, int64_t now);
/* Its renewed certificate has become the one that it holds: it can be renewed in its turn. */
void terminal_succeed(struct terminal *terminal);
/* As if it had never applied. */
void terminal_forget_renewal(struct terminal *terminal);
struct terminal *codes_by_login(const struct codes *codes, const char *code1, const char *code2);

#endif
