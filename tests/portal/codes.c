/* SPDX-License-Identifier: Apache-2.0 */
#include "codes.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIGITS "0123456789"
#define CODE_ALPHABET "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

static struct terminal *add_terminal(struct codes *codes, const char *name)
{
	struct terminal *longer = reallocarray(codes->terminals, codes->count + 1, sizeof *longer);
	if (longer == NULL)
		die("out of memory");
	codes->terminals = longer;
	struct terminal *terminal = &longer[codes->count++];
	*terminal = (struct terminal){.first_day = -1, .renewed_day = -1};
	(void)snprintf(terminal->name, sizeof terminal->name, "%s", name);
	return terminal;
}

static int on_line(void *closure, const char *section, const char *name, const char *value)
{
	struct codes *codes = closure;
	const char *wanted = section[0] != '\0' ? section : "11110A";
	struct terminal *terminal = NULL;
	for (size_t i = 0; i < codes->count && terminal == NULL; i++)
		if (strcmp(codes->terminals[i].name, wanted) == 0)
			terminal = &codes->terminals[i];
	if (terminal == NULL)
		terminal = add_terminal(codes, wanted);
	char *code = strcmp(name, "code1") == 0	  ? terminal->code1
		     : strcmp(name, "code2") == 0 ? terminal->code2
		     : strcmp(name, "code3") == 0 ? terminal->code3
						  : NULL;
	if (code == NULL || strlen(value) >= CODE_SIZE || value[0] == '\0')
		return 0;
	(void)snprintf(code, CODE_SIZE, "%s", value);
	return 1;
}

struct codes *codes_open(const char *path, size_t count, struct chance *chance)
{
	struct codes *codes = need(1, sizeof *codes);
	if (path != NULL) {
		int line = ini_parse(path, on_line, codes);
		if (line != 0)
			die("cannot read the codes in %s, line %d", path, line);
		for (size_t i = 0; i < codes->count; i++)
			if (codes->terminals[i].code1[0] == '\0' || codes->terminals[i].code2[0] == '\0' ||
			    codes->terminals[i].code3[0] == '\0')
				die("%s: terminal %s lacks a code", path, codes->terminals[i].name);
		if (codes->count == 0)
			die("%s holds no codes", path);
		return codes;
	}
	for (size_t i = 0; i < count; i++) {
		char name[CODE_SIZE];
		(void)snprintf(name, sizeof name, "%05zu%c", 11110 + i / 26, (char)('A' + i % 26));
		struct terminal *terminal = add_terminal(codes, name);
		chance_text(chance, DIGITS, terminal->code1, 12);
		chance_text(chance, CODE_ALPHABET, terminal->code2, 10);
		chance_text(chance, CODE_ALPHABET, terminal->code3, 12);
	}
	return codes;
}

void codes_issue(struct codes *codes, struct pki *pki, int64_t from)
{
	char day[16];
	clock_format_japan(from, "%Y%m%d", day, sizeof day);
	for (size_t i = 0; i < codes->count; i++) {
		struct terminal *terminal = &codes->terminals[i];
		terminal->client = pki_client(pki, &(struct client_spec){.terminal = terminal->name, .from = from});
		(void)snprintf(terminal->file_name, sizeof terminal->file_name, "%s%07zu.p12", day, (295 + i) % 10000000);
	}
}

static void write_file(const struct terminal *terminal, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || dprintf(fd, "code1 = %s\ncode2 = %s\ncode3 = %s\n", terminal->code1, terminal->code2, terminal->code3) < 0)
		die("cannot write %s: %s", path, strerror(errno));
	(void)close(fd);
}

void codes_write(const struct codes *codes, const char *dir)
{
	for (size_t i = 0; i < codes->count; i++) {
		char *path = need_format("%s/codes-%s", dir, codes->terminals[i].name);
		write_file(&codes->terminals[i], path);
		free(path);
	}
	char *path = need_format("%s/codes", dir);
	write_file(&codes->terminals[0], path);
	free(path);
}

void codes_free(struct codes *codes)
{
	if (codes == NULL)
		return;
	for (size_t i = 0; i < codes->count; i++)
		{
		client_free(&codes->terminals[i].client);
		client_free(&codes->terminals[i].next);
	}
	free(codes->terminals);
	free(codes);
}

struct terminal *codes_by_certificate(const struct codes *codes, X509 *certificate)
{
	for (size_t i = 0; i < codes->count; i++) {
		struct terminal *terminal = &codes->terminals[i];
		if (X509_cmp(terminal->client.certificate, certificate) == 0 ||
		    (terminal->next.certificate != NULL && X509_cmp(terminal->next.certificate, certificate) == 0))
			return terminal;
	}
	return NULL;
}

void terminal_renew(struct terminal *terminal, struct pki *pki, int64_t now)
{
	char day[16];
	terminal->applications++;
	if (terminal->next.certificate != NULL)
		return;
	terminal->generation++;
	terminal->next = pki_client(pki, &(struct client_spec){.terminal = terminal->name, .generation = terminal->generation, .from = now - 60});
	terminal->polls = 0;
	terminal->renewed_day = -1;
	clock_format_japan(now, "%Y%m%d", day, sizeof day);
	(void)snprintf(terminal->next_file_name, sizeof terminal->next_file_name, "%s%07u.p12", day, 443 + terminal->generation);
}

void terminal_succeed(struct terminal *terminal)
{
	client_free(&terminal->client);
	terminal->client = terminal->next;
	terminal->next = (struct client){0};
	terminal->applications = terminal->polls = 0;
	terminal->renewed_day = -1;
}

void terminal_forget_renewal(struct terminal *terminal)
{
	client_free(&terminal->next);
	terminal->generation = terminal->applications = terminal->polls = terminal->next_downloads = 0;
	terminal->renewed_day = -1;
}

struct terminal *codes_by_login(const struct codes *codes, const char *code1, const char *code2)
{
	for (size_t i = 0; i < codes->count; i++)
		if (strcmp(codes->terminals[i].code1, code1) == 0 && strcmp(codes->terminals[i].code2, code2) == 0)
			return &codes->terminals[i];
	return NULL;
}
