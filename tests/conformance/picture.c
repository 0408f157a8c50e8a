/* SPDX-License-Identifier: Apache-2.0 */
/* Why: "as it was before" has to be provable: a store as text, and a folder as text, so that two moments can be compared. */
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct lines {
	char **line;
	size_t count;
	OSSL_LIB_CTX *crypto;
};

__attribute__((format(__printf__, 2, 3))) static void add(struct lines *lines, const char *format, ...)
{
	va_list args;

	lines->line = reallocarray(lines->line, lines->count + 1, sizeof *lines->line);
	check(lines->line != NULL, "memory is short");
	va_start(args, format);
	check(vasprintf(&lines->line[lines->count++], format, args) >= 0, "memory is short");
	va_end(args);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted and joined; frees the lines. */
static char *join(struct lines *lines)
{
	size_t length = 1;

	if (lines->count > 1)
		qsort(lines->line, lines->count, sizeof *lines->line, compare);
	for (size_t i = 0; i < lines->count; i++)
		length += strlen(lines->line[i]) + 1;
	char *text = malloc(length);
	check(text != NULL, "memory is short");
	char *at = text;
	for (size_t i = 0; i < lines->count; i++) {
		at = stpcpy(stpcpy(at, lines->line[i]), "\n");
		free(lines->line[i]);
	}
	*at = '\0';
	free(lines->line);
	return text;
}

static void hex(const uint8_t *bytes, size_t length, char *ret)
{
	for (size_t i = 0; i < length; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

static void digest(OSSL_LIB_CTX *crypto, const void *bytes, size_t length, char ret[2 * NACCS_SHA256_SIZE + 1])
{
	uint8_t sha256[NACCS_SHA256_SIZE];

	check(EVP_Q_digest(crypto, "SHA256", NULL, bytes, length, sha256, NULL) == 1, "cannot compute a SHA-256");
	hex(sha256, sizeof sha256, ret);
}

static naccs_status add_item(void *context, const struct naccs_item *item)
{
	struct lines *lines = context;
	char sha256[2 * NACCS_SHA256_SIZE + 1] = "", owner[2 * NACCS_SHA256_SIZE + 1];

	if (item->certificate.length > 0)
		digest(lines->crypto, item->certificate.data, item->certificate.length, sha256);
	hex(item->owner, sizeof item->owner, owner);
	add(lines, "item role=%u %.16s owner=%.16s%s%s%s", item->role, sha256, owner, item->has_key ? " key" : "",
	    item->is_pending ? " pending" : "", item->is_current ? " current" : "");
	return NACCS_OK;
}

static void add_file(struct lines *lines, int folder, const char *name, const char *path)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	char sha256[2 * NACCS_SHA256_SIZE + 1];

	check(fd >= 0 && fstat(fd, &status) == 0, "%s: %s", path, strerror(errno));
	char *bytes = calloc(1, (size_t)status.st_size + 1);
	check(bytes != NULL && read(fd, bytes, (size_t)status.st_size) == status.st_size, "%s: %s", path, strerror(errno));
	digest(lines->crypto, bytes, (size_t)status.st_size, sha256);
	add(lines, "%s file %04o %d:%d %.16s", path, (unsigned)status.st_mode & 07777, (int)status.st_uid, (int)status.st_gid, sha256);
	free(bytes);
	(void)close(fd);
}

static void add_tree(struct lines *lines, int folder, const char *path)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	check(dir != NULL, "%s: %s", path, strerror(errno));
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		char name[PATH_MAX], target[PATH_MAX] = "";
		struct stat status;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		check(fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0, "%s: %s", name, strerror(errno));
		if (S_ISREG(status.st_mode)) {
			add_file(lines, folder, entry->d_name, name);
			continue;
		}
		ssize_t length = readlinkat(folder, entry->d_name, target, sizeof target - 1);
		target[length > 0 ? length : 0] = '\0';
		add(lines, "%s %s %04o %d:%d %s", name, S_ISDIR(status.st_mode) ? "folder" : "other", (unsigned)status.st_mode & 07777,
		    (int)status.st_uid, (int)status.st_gid, target);
		if (S_ISDIR(status.st_mode)) {
			int inner = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			check(inner >= 0, "%s: %s", name, strerror(errno));
			add_tree(lines, inner, name);
			(void)close(inner);
		}
	}
	(void)closedir(dir);
}

static void add_folder(struct lines *lines, const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	check(fd >= 0, "%s: %s", folder, strerror(errno));
	add_tree(lines, fd, "");
	(void)close(fd);
}

char *picture_of_tree(const char *folder)
{
	struct lines lines = {.crypto = OSSL_LIB_CTX_new()};

	add_folder(&lines, folder);
	char *text = join(&lines);
	OSSL_LIB_CTX_free(lines.crypto);
	return text;
}

/* Lines of the fixture's own program. */
static void add_inventory(struct lines *lines, const char *program)
{
	int status = 0;
	const char *const arguments[] = {program, NULL};
	char *text = program_output(arguments, &status), *rest = text;
	check(status == 0, "%s ended with wait status 0x%x: %s", program, (unsigned)status, text);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '\0')
			add(lines, "%s", line);
	free(text);
}

/* The listing is made in a child: this process may have other uses for the backend. */
struct drawing {
	const struct ground *ground;
	int fd;
};

static void draw(void *context)
{
	const struct drawing *drawing = context;
	const struct ground *ground = drawing->ground;
	struct session session;
	struct lines lines = {.crypto = inputs_crypto(ground->suite->inputs)};
	naccs_status status = session_try(&session, ground, NACCS_ACCESS_READ, 10000);

	if (status == NACCS_OK) {
		check_ok(ground->suite->backend->list(session.store, add_item, &lines, &session.err), &session.err);
		session_close(&session);
	} else {
		check(status == NACCS_E_STORE_OPEN, "open %s for reading: status %d: %s", ground->uri, (int)status, session.err.message);
	}
	if (ground->tree != NULL)
		add_folder(&lines, ground->tree);
	if (ground->inventory != NULL)
		add_inventory(&lines, ground->inventory);
	char *text = join(&lines);
	for (size_t length = strlen(text), at = 0; at < length;) {
		ssize_t count = write(drawing->fd, text + at, length - at);
		check(count > 0, "pipe: %s", strerror(errno));
		at += (size_t)count;
	}
	free(text);
}

char *picture(const struct ground *ground)
{
	/* A file without a name rather than a pipe: the picture may be larger than a pipe takes before anybody reads. */
	struct drawing drawing = {ground, memfd_create("picture", MFD_CLOEXEC)};
	struct stat status;

	check(drawing.fd >= 0, "memfd_create: %s", strerror(errno));
	int ended = in_child(draw, &drawing);
	check(ended == 0, "the store could not be listed");
	check(fstat(drawing.fd, &status) == 0, "fstat: %s", strerror(errno));
	char *text = calloc(1, (size_t)status.st_size + 1);
	check(text != NULL && pread(drawing.fd, text, (size_t)status.st_size, 0) == status.st_size, "pread: %s", strerror(errno));
	(void)close(drawing.fd);
	return text;
}
