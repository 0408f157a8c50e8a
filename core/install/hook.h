/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: telling the programs that use a certificate that there is a new one: the deploy hooks of a terminal, and the programs in the folders
 * hooks/pre.d, hooks/deploy.d and hooks/post.d beside the configuration.
 */
#ifndef NACCS_INSTALL_HOOK_H
#define NACCS_INSTALL_HOOK_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NACCS_HOOK_LIMIT_SECONDS 300

struct naccs_hook_facts {
	const char *terminal; /* may be NULL: empty */
	const char *stores;   /* URIs, one a line */
	const char *serial;
	int64_t not_after;
};

struct naccs_hook_watch {
	uint32_t limit_seconds; /* 0: NACCS_HOOK_LIMIT_SECONDS */
	/* Each line that the hook writes, to standard output or error. May be NULL. */
	void (*output)(void *context, const char *line);
	void *context;
};

/*
 * Run one command by /bin/sh -c, with PATH fixed, NACCS_CERT_TERMINAL, NACCS_CERT_STORES, NACCS_CERT_SERIAL and NACCS_CERT_NOT_AFTER (RFC 3339) and nothing else in
 * the environment; standard input is /dev/null. No secret. Waits until it ends; one that takes longer than it may is ended with all its children. What it leaves
 * running in the background is not waited for. On Windows: by cmd.exe, with what Windows programs cannot do without besides (SystemRoot, TEMP, USERPROFILE …).
 * watch may be NULL. hook.failed with its exit code, its signal, or the time that it had.
 */
naccs_status naccs_hook_run(const char *command, const struct naccs_hook_facts *facts, const struct naccs_hook_watch *watch, struct naccs_error *err);
/* The same for a program by its path, which may hold any character. */
naccs_status naccs_hook_run_file(const char *path, const struct naccs_hook_facts *facts, const struct naccs_hook_watch *watch,
				 struct naccs_error *err);

/* Is a regular file of this path and mode one that is run: executable; on Windows by what its name ends in, .cmd, .bat, .exe or .ps1? */
bool naccs_hook_is_program(const char *path, unsigned mode);

struct naccs_hook_files {
	char **items; /* paths */
	size_t count;
};
void naccs_hook_files_clear(struct naccs_hook_files *files);

/*
 * The programs of a folder, in the order of their names (bytes): regular files that may be executed, whose names hold letters, digits, '_', '-' and '.' and do not begin
 * with a dot: so editors' copies are passed over. A missing folder has none. Folder and files must belong to root or this user and be writable by their
 * owner alone: hook.failed otherwise, and nothing of the folder is run. *ret is set either way.
 */
naccs_status naccs_hook_files_find(const char *folder, struct naccs_hook_files *ret, struct naccs_error *err);

#endif
