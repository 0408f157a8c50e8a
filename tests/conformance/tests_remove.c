/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what we put there goes, and only that: strangers' files, adopted parts and the other certificates stay as they are. */
#include "groups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void remove_brings_back_an_empty_store(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	char *before = picture(&ground);
	struct session session;
	struct ledger ledger = install(&ground, input);

	for (int i = 0; i < 2; i++) { /* again: missing parts are fine */
		session_open(&session, &ground, NACCS_ACCESS_WRITE);
		session_remove(&session, &ledger);
		check(!session_look(&session, input).is_there, "a removed certificate is still listed");
		check_status(session_sign(&session, input, NACCS_HASH_SHA256, NACCS_PADDING_NONE, 0), NACCS_E_VERIFY_NONE, &session.err);
		session_close(&session);
	}
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void removing_a_renewal_makes_the_old_one_current(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *old = any_input(suite, &ground);
	const struct input *renewed = renewal_of(suite, old);
	struct session session;

	(void)install(&ground, old);
	char *before = picture(&ground);
	struct ledger ledger = install(&ground, renewed);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &ledger);
	session_check_installed(&session, old, true);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

/* As the host does it: parts that the other certificate uses too are not handed over. */
static struct ledger ledger_without_shared(const struct ledger *ledger, const struct ledger *other)
{
	struct ledger kept = {0};

	for (size_t i = 0; i < ledger->count; i++) {
		bool is_shared = false;
		for (size_t j = 0; j < other->count; j++)
			is_shared |= ledger->part[i].role == other->part[j].role &&
				     strcmp(ledger->part[i].identity, other->part[j].identity) == 0;
		if (!is_shared)
			kept.part[kept.count++] = ledger->part[i];
	}
	return kept;
}

static void removing_the_old_leaves_the_renewal(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *old = any_input(suite, &ground);
	const struct input *renewed = renewal_of(suite, old);
	struct session session;
	char *before = picture(&ground);

	struct ledger first = install(&ground, old);
	struct ledger second = install(&ground, renewed);
	struct ledger alone = ledger_without_shared(&first, &second);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &alone);
	check(!session_look(&session, old).is_there, "a removed certificate is still listed");
	session_check_installed(&session, renewed, true);
	/* The last user goes: now everything that either of them made. */
	session_remove(&session, &second);
	session_remove(&session, &first);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void write_stranger(int folder, const char *name)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	check(fd >= 0 && write(fd, "not yours\n", 10) == 10, "cannot write a stranger's file: %s", strerror(errno));
	(void)close(fd);
}

/* Into every folder that there is. */
static void write_strangers(const char *path, int depth)
{
	char command[8192];
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	check(folder >= 0, "%s: %s", path, strerror(errno));
	write_stranger(folder, depth == 0 ? "stranger" : "stranger.pem");
	check(mkdirat(folder, "strangers", 0700) == 0, "%s: %s", path, strerror(errno));
	(void)snprintf(command, sizeof command, "%s/strangers", path);
	int inner = open(command, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(inner >= 0, "%s: %s", command, strerror(errno));
	write_stranger(inner, "file");
	check(symlinkat("/nonexistent/elsewhere", inner, "link") == 0, "%s: %s", command, strerror(errno));
	(void)close(inner);
	(void)close(folder);
}

static void a_strangers_files_stay(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *old = any_input(suite, &ground);
	const struct input *renewed = renewal_of(suite, old);
	const char *colon = strchr(ground.uri, ':');
	struct session session;

	if (ground.tree == NULL)
		test_skip("this store is no folder of ours to put a stranger's file into");
	(void)install(&ground, old);
	write_strangers(ground.tree, 0);
	if (colon != NULL && colon[1] == '/' && access(colon + 1, F_OK) == 0)
		write_strangers(colon + 1, 1);
	char *before = picture(&ground);
	struct ledger ledger = install(&ground, renewed);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &ledger);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void adopted_parts_stay(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	struct session session;

	(void)install(&ground, input); /* "before us": its ledger is lost */
	char *before = picture(&ground);
	struct ledger ledger = install(&ground, input);
	check(ledger_is_all(&ledger, NACCS_PART_ADOPT), "the same certificate again is not all adopted");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &ledger); /* nothing is left of it without the adopted parts */
	session_check_installed(&session, input, true);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

const struct test tests_remove[] = {
	{"remove brings back an empty store, also twice", remove_brings_back_an_empty_store},
	{"removing a renewal makes the old one current", removing_a_renewal_makes_the_old_one_current},
	{"removing the old one leaves the renewal", removing_the_old_leaves_the_renewal},
	{"a stranger's files stay byte for byte", a_strangers_files_stay},
	{"adopted parts stay", adopted_parts_stay},
	{NULL, NULL},
};
