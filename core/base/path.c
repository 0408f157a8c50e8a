/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: before a secret is written into a folder, every step of the way to it is looked at, descriptor by descriptor: what was checked is
 * what the next step starts from, so nothing can be swapped in between.
 */
#include "file.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define LINK_LIMIT 40 /* as the kernel's own */

/* Where the walk stands: the folder, its name for messages, and what is left to walk. */
struct walk {
	int fd;
	char *walked;
	char *rest;
	int links;
};

static void walk_free(struct walk *walk)
{
	if (walk->fd >= 0)
		(void)close(walk->fd);
	free(walk->walked);
	free(walk->rest);
}

static naccs_status out_of_memory(struct naccs_error *err)
{
	return naccs_fail_errno(err, NACCS_E_INTERNAL, ENOMEM, _("cannot examine a path"));
}

static bool is_trusted_owner(const struct stat *about)
{
	return about->st_uid == 0 || about->st_uid == geteuid();
}

static naccs_status refuse_owner(struct naccs_error *err, const struct stat *about, const char *name)
{
	(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to use %s: it belongs to user %ju, who could change what we keep there"),
			 name, (uintmax_t)about->st_uid);
	(void)naccs_error_hint(err, _("choose a folder of your own, or: chown -h %ju %s"), (uintmax_t)geteuid(), name);
	return NACCS_E_STORE_UNSAFE;
}

static naccs_status check_folder(const struct stat *about, const char *name, bool is_last, struct naccs_error *err)
{
	if (!S_ISDIR(about->st_mode))
		return naccs_fail(err, NACCS_E_STORE_OPEN, ENOTDIR, _("cannot use %s: it is not a folder"), name);
	if (!is_trusted_owner(about))
		return refuse_owner(err, about, name);
	bool is_open = (about->st_mode & (S_IWGRP | S_IWOTH)) != 0;
	bool is_shared_parent = (about->st_mode & S_ISVTX) != 0 && about->st_uid == 0 && !is_last;
	if (!is_open || is_shared_parent)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to use %s: its mode %04o lets group or others write there"), name,
			 (unsigned)(about->st_mode & 07777));
	if ((about->st_mode & S_ISVTX) != 0 && about->st_uid == 0)
		(void)naccs_error_hint(err, _("choose a folder of your own inside it"));
	else
		(void)naccs_error_hint(err, _("chmod go-w %s"), name);
	return NACCS_E_STORE_UNSAFE;
}

void naccs_path_hint_mend(const char *path, struct naccs_error *err)
{
	(void)naccs_error_hint(err, _("see who wrote it and why; then: chown %ju %s && chmod go-w %s"), (uintmax_t)geteuid(), path, path);
}

/* Move to the root folder; it must be as safe as every other part. */
static naccs_status walk_to_root(struct walk *walk, bool is_last, struct naccs_error *err)
{
	struct stat about;
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0) {
		naccs_status status = naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot examine %s"), "/");
		if (fd >= 0)
			(void)close(fd);
		return status;
	}
	if (walk->fd >= 0)
		(void)close(walk->fd);
	walk->fd = fd;
	free(walk->walked);
	walk->walked = strdup("");
	if (walk->walked == NULL)
		return out_of_memory(err);
	return check_folder(&about, "/", is_last, err);
}

/* Put the link's target before the rest of the walk. */
static naccs_status walk_through_link(struct walk *walk, int link, const struct stat *about, const char *name, struct naccs_error *err)
{
	if (!is_trusted_owner(about))
		return refuse_owner(err, about, name);
	if (++walk->links > LINK_LIMIT)
		return naccs_fail_errno(err, NACCS_E_STORE_UNSAFE, ELOOP, _("cannot follow %s"), name);
	char target[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof target);
	if (length < 0 || (size_t)length >= sizeof target)
		return naccs_fail_errno(err, NACCS_E_STORE_OPEN, length < 0 ? errno : ENAMETOOLONG, _("cannot follow %s"), name);
	target[length] = '\0';
	char *rest = naccs_format("%s/%s", target, walk->rest);
	if (rest == NULL)
		return out_of_memory(err);
	free(walk->rest);
	walk->rest = rest;
	return target[0] == '/' ? walk_to_root(walk, false, err) : NACCS_OK;
}

/* Cut the next part off the rest; caller frees it. It is empty when nothing was left. */
static naccs_status next_part(struct walk *walk, char **ret, struct naccs_error *err)
{
	const char *part = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(part, "/");
	char *rest = strdup(part + length + strspn(part + length, "/"));
	char *name = rest == NULL ? NULL : strndup(part, length);
	if (name == NULL) {
		free(rest);
		return out_of_memory(err);
	}
	free(walk->rest);
	walk->rest = rest;
	*ret = name;
	return NACCS_OK;
}

/* Is nothing left but "." and "/"? */
static bool is_end(const char *rest)
{
	for (;;) {
		rest += strspn(rest, "/");
		size_t length = strcspn(rest, "/");
		if (length == 0)
			return true;
		if (length != 1 || *rest != '.')
			return false;
		rest += length;
	}
}

/* One step into part. *ret_is_done: it does not exist, so there is nothing more to look at. */
static naccs_status walk_step(struct walk *walk, const char *part, bool *ret_is_done, struct naccs_error *err)
{
	bool is_last = is_end(walk->rest);
	naccs_auto(heap) char *name = naccs_format("%s/%s", walk->walked, part);
	if (name == NULL)
		return out_of_memory(err);
	naccs_auto(fd) int fd = openat(walk->fd, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*ret_is_done = true;
		return NACCS_OK;
	}
	struct stat about;
	if (fd < 0 || fstat(fd, &about) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot examine %s"), name);
	if (S_ISLNK(about.st_mode) && is_last) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, ELOOP, _("refused to use %s: it is a symbolic link"), name);
		(void)naccs_error_hint(err, _("name the folder that it points to"));
		return NACCS_E_STORE_UNSAFE;
	}
	if (S_ISLNK(about.st_mode))
		return walk_through_link(walk, fd, &about, name, err);
	naccs_status status = check_folder(&about, name, is_last, err);
	if (status != NACCS_OK)
		return status;
	(void)close(walk->fd);
	walk->fd = naccs_take_fd(&fd);
	free(walk->walked);
	walk->walked = naccs_take(&name);
	return NACCS_OK;
}

naccs_status naccs_path_check_safe(const char *path, struct naccs_error *err)
{
	if (path[0] != '/')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot examine \"%s\": it is not an absolute path"), path);
	__attribute__((cleanup(walk_free))) struct walk walk = {.fd = -1, .rest = strdup(path + strspn(path, "/"))};
	if (walk.rest == NULL)
		return out_of_memory(err);
	bool is_done = is_end(walk.rest);
	naccs_status status = walk_to_root(&walk, is_done, err);
	while (status == NACCS_OK && !is_done && walk.rest[0] != '\0') {
		naccs_auto(heap) char *part = NULL;
		status = next_part(&walk, &part, err);
		if (status == NACCS_OK && part[0] != '\0' && strcmp(part, ".") != 0)
			status = walk_step(&walk, part, &is_done, err);
	}
	return status;
}

size_t naccs_path_root(const char *path)
{
	return strspn(path, "/");
}

/* Drop ".", "..", "//" and a trailing "/" from an absolute path, in place, without looking at the disk. */
static void normalise(char *path)
{
	char *to = path;
	for (const char *from = path; *from != '\0';) {
		from += strspn(from, "/");
		size_t length = strcspn(from, "/");
		if (length == 2 && memcmp(from, "..", 2) == 0) {
			while (to > path && *--to != '/')
				;
		} else if (length > 0 && !(length == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

/* Resolve the links in the longest existing part of path that leaves out its last component. NULL with errno ENOMEM when memory is short.
 */
static char *resolve_parents(char *path)
{
	for (char *slash = strrchr(path, '/'); slash != NULL && slash != path; slash = memrchr(path, '/', (size_t)(slash - path))) {
		*slash = '\0';
		naccs_auto(heap) char *resolved = realpath(path, NULL);
		*slash = '/';
		if (resolved != NULL)
			return naccs_format("%s%s", strcmp(resolved, "/") == 0 ? "" : resolved, slash);
		if (errno == ENOMEM)
			return NULL;
	}
	return strdup(path);
}

naccs_status naccs_path_absolute(const char *path, char **ret, struct naccs_error *err)
{
	if (path[0] == '\0')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use an empty path"));
	naccs_auto(heap) char *here = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
	if (here == NULL)
		return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot tell the current folder"));
	naccs_auto(heap) char *whole = naccs_format("%s/%s", here, path);
	if (whole == NULL)
		return out_of_memory(err);
	normalise(whole);
	char *absolute = resolve_parents(whole);
	if (absolute == NULL)
		return out_of_memory(err);
	*ret = absolute;
	return NACCS_OK;
}
