/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: before a secret is written into a folder, every step of the way to it is looked at, descriptor by descriptor: what was checked is
 * what the next step starts from, so nothing can be swapped in between. A path as somebody said it goes the same way: whose links have led
 * it is known only while they are followed.
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
	uid_t user; /* who has to be safe there */
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

static bool is_trusted_owner(const struct stat *about, uid_t user)
{
	return about->st_uid == 0 || about->st_uid == user;
}

static naccs_status refuse_owner(struct naccs_error *err, const struct stat *about, uid_t user, const char *name)
{
	(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to use %s: it belongs to user %ju, who could change what we keep there"),
			 name, (uintmax_t)about->st_uid);
	(void)naccs_error_hint(err, _("choose a folder of your own, or: chown -h %ju %s"), (uintmax_t)user, name);
	return NACCS_E_STORE_UNSAFE;
}

static naccs_status check_folder(const struct stat *about, uid_t user, const char *name, bool is_last, struct naccs_error *err)
{
	if (!S_ISDIR(about->st_mode))
		return naccs_fail(err, NACCS_E_STORE_OPEN, ENOTDIR, _("cannot use %s: it is not a folder"), name);
	if (!is_trusted_owner(about, user))
		return refuse_owner(err, about, user, name);
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

/* Move to the root folder. */
static naccs_status walk_to_root(struct walk *walk, struct stat *ret_about, struct naccs_error *err)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, ret_about) != 0) {
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
	return walk->walked != NULL ? NACCS_OK : out_of_memory(err);
}

/* Root's folder must be as safe as every other part. */
static naccs_status walk_to_safe_root(struct walk *walk, bool is_last, struct naccs_error *err)
{
	struct stat about;
	naccs_status status = walk_to_root(walk, &about, err);
	return status == NACCS_OK ? check_folder(&about, walk->user, "/", is_last, err) : status;
}

/* Put the link's target before the rest of the walk. *ret_is_absolute: it goes on from the root folder. */
static naccs_status turn_into_link(struct walk *walk, int link, const char *name, bool *ret_is_absolute, struct naccs_error *err)
{
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
	*ret_is_absolute = target[0] == '/';
	return NACCS_OK;
}

static naccs_status walk_through_link(struct walk *walk, int link, const struct stat *about, const char *name, struct naccs_error *err)
{
	bool is_absolute = false;
	if (!is_trusted_owner(about, walk->user))
		return refuse_owner(err, about, walk->user, name);
	naccs_status status = turn_into_link(walk, link, name, &is_absolute, err);
	return status == NACCS_OK && is_absolute ? walk_to_safe_root(walk, false, err) : status;
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

/* The part itself, be it a link or not. As a folder first: what is mounted on demand is mounted then. */
static int open_part(const struct walk *walk, const char *part)
{
	const int how = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(walk->fd, part, how | O_DIRECTORY);
	return fd < 0 && errno == ENOTDIR ? openat(walk->fd, part, how) : fd;
}

static void walk_on(struct walk *walk, int *fd, char **name)
{
	(void)close(walk->fd);
	walk->fd = naccs_take_fd(fd);
	free(walk->walked);
	walk->walked = naccs_take(name);
}

/* One step into part. *ret_is_done: it does not exist, so there is nothing more to look at. */
static naccs_status walk_step(struct walk *walk, const char *part, bool *ret_is_done, struct naccs_error *err)
{
	bool is_last = is_end(walk->rest);
	naccs_auto(heap) char *name = naccs_format("%s/%s", walk->walked, part);
	if (name == NULL)
		return out_of_memory(err);
	naccs_auto(fd) int fd = open_part(walk, part);
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
	naccs_status status = check_folder(&about, walk->user, name, is_last, err);
	if (status == NACCS_OK)
		walk_on(walk, &fd, &name);
	return status;
}

naccs_status naccs_path_check_safe(const char *path, struct naccs_error *err)
{
	return naccs_path_check_safe_for(path, geteuid(), err);
}

naccs_status naccs_path_check_safe_for(const char *path, uid_t user, struct naccs_error *err)
{
	if (path[0] != '/')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot examine \"%s\": it is not an absolute path"), path);
	__attribute__((cleanup(walk_free))) struct walk walk = {.fd = -1, .rest = strdup(path + strspn(path, "/")), .user = user};
	if (walk.rest == NULL)
		return out_of_memory(err);
	bool is_done = is_end(walk.rest);
	naccs_status status = walk_to_safe_root(&walk, is_done, err);
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

/* A walk that takes links out of a path. */
struct resolving {
	struct walk walk;
	bool follows_last;
	char *kept;	     /* within a link of the path: how the path went on before it; NULL: outside */
	size_t kept_rest;    /* how much is left to walk when that link is done */
	char *stranger_link; /* the first link of somebody else, and whose it is */
	uid_t stranger;
};

static void resolving_free(struct resolving *resolving)
{
	walk_free(&resolving->walk);
	free(resolving->kept);
	free(resolving->stranger_link);
}

static naccs_status refuse_link(struct naccs_error *err, const char *name, uid_t owner)
{
	(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0,
			 _("refused to use %s: it is a symbolic link of user %ju, who could turn it elsewhere"), name, (uintmax_t)owner);
	return naccs_error_hint(err, _("name the folder that it points to, if that is the one that is meant"));
}

static naccs_status note_stranger(struct resolving *resolving, const struct stat *about, const char *name, struct naccs_error *err)
{
	if (is_trusted_owner(about, resolving->walk.user))
		return NACCS_OK;
	if (resolving->stranger_link != NULL)
		return about->st_uid == resolving->stranger ? NACCS_OK : refuse_link(err, name, about->st_uid);
	resolving->stranger = about->st_uid;
	resolving->stranger_link = strdup(name);
	return resolving->stranger_link != NULL ? NACCS_OK : out_of_memory(err);
}

static void forget_link_that_is_done(struct resolving *resolving)
{
	const char *rest = resolving->walk.rest;
	if (resolving->kept == NULL || strlen(rest + strspn(rest, "/")) > resolving->kept_rest)
		return;
	free(resolving->kept);
	resolving->kept = NULL;
}

static naccs_status resolve_link(struct resolving *resolving, int link, const char *name, bool *ret_is_done, struct naccs_error *err)
{
	struct walk *walk = &resolving->walk;
	bool is_absolute = false;
	struct stat ignored;
	if (resolving->kept == NULL) {
		resolving->kept_rest = strlen(walk->rest);
		resolving->kept = naccs_format("%s%s%s", name, walk->rest[0] != '\0' ? "/" : "", walk->rest);
	}
	if (resolving->kept == NULL)
		return out_of_memory(err);
	*ret_is_done = walk->links == LINK_LIMIT; /* it leads nowhere */
	if (*ret_is_done)
		return NACCS_OK;
	naccs_status status = turn_into_link(walk, link, name, &is_absolute, err);
	return status == NACCS_OK && is_absolute ? walk_to_root(walk, &ignored, err) : status;
}

/* One step into part. *ret_is_done: the rest of the path stays as it is. */
static naccs_status resolve_step(struct resolving *resolving, const char *part, bool *ret_is_done, struct naccs_error *err)
{
	struct walk *walk = &resolving->walk;
	bool is_last = walk->rest[0] == '\0';
	naccs_auto(heap) char *name = naccs_format("%s/%s", walk->walked, part);
	if (name == NULL)
		return out_of_memory(err);
	naccs_auto(fd) int fd = open_part(walk, part);
	struct stat about = {0};
	bool is_there = fd >= 0 && fstat(fd, &about) == 0;
	bool is_link = is_there && S_ISLNK(about.st_mode);
	if (is_link && (!is_last || resolving->follows_last || resolving->kept != NULL)) {
		naccs_status status = note_stranger(resolving, &about, name, err);
		return status == NACCS_OK ? resolve_link(resolving, fd, name, ret_is_done, err) : status;
	}
	if (is_there && !is_link) {
		walk_on(walk, &fd, &name);
		return NACCS_OK;
	}
	*ret_is_done = true;
	if (resolving->kept == NULL)
		resolving->kept = naccs_format("%s%s%s", name, is_last ? "" : "/", walk->rest);
	return resolving->kept != NULL ? NACCS_OK : out_of_memory(err);
}

/* The parent of where the walk stands, as ".." in a link means it; false: there is none, so the link leads nowhere. */
static bool resolve_up(struct walk *walk)
{
	char *slash = strrchr(walk->walked, '/');
	naccs_auto(fd) int fd = openat(walk->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)close(walk->fd);
	walk->fd = naccs_take_fd(&fd);
	if (slash != NULL)
		*slash = '\0';
	return true;
}

/* A stranger's link may lead only to what is the stranger's own. */
static naccs_status judge_stranger(const struct resolving *resolving, struct naccs_error *err)
{
	struct stat about;
	if (resolving->stranger_link == NULL || (fstat(resolving->walk.fd, &about) == 0 && about.st_uid == resolving->stranger))
		return NACCS_OK;
	return refuse_link(err, resolving->stranger_link, resolving->stranger);
}

/* Take the links out of an absolute path without dots. */
static naccs_status resolve(const char *path, bool follows_last, char **ret, struct naccs_error *err)
{
	__attribute__((cleanup(resolving_free))) struct resolving resolving = {.walk = {.fd = -1, .rest = strdup(path), .user = geteuid()},
									       .follows_last = follows_last};
	struct walk *walk = &resolving.walk;
	struct stat ignored;
	bool is_done = false;
	if (walk->rest == NULL)
		return out_of_memory(err);
	naccs_status status = walk_to_root(walk, &ignored, err);
	while (status == NACCS_OK && !is_done && walk->rest[0] != '\0') {
		naccs_auto(heap) char *part = NULL;
		forget_link_that_is_done(&resolving);
		status = next_part(walk, &part, err);
		if (status == NACCS_OK && strcmp(part, "..") == 0)
			is_done = !resolve_up(walk);
		else if (status == NACCS_OK && part[0] != '\0' && strcmp(part, ".") != 0)
			status = resolve_step(&resolving, part, &is_done, err);
	}
	if (!is_done)
		forget_link_that_is_done(&resolving);
	if (status == NACCS_OK)
		status = judge_stranger(&resolving, err);
	if (status != NACCS_OK)
		return status;
	*ret = resolving.kept != NULL ? naccs_take(&resolving.kept) : walk->walked[0] == '\0' ? strdup("/") : naccs_take(&walk->walked);
	return *ret != NULL ? NACCS_OK : out_of_memory(err);
}

static naccs_status refuse_tilde(const char *path, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: here ~ does not stand for a home folder"), path);
	return naccs_error_hint(err, _("write the home folder out, or \"$HOME\" in a shell; a folder of that very name is ./%s"), path);
}

static naccs_status make_absolute(const char *path, bool follows_last, char **ret, struct naccs_error *err)
{
	if (path[0] == '\0')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use an empty path"));
	if (path[0] == '~')
		return refuse_tilde(path, err);
	naccs_auto(heap) char *here = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
	if (here == NULL)
		return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot tell the current folder"));
	naccs_auto(heap) char *whole = naccs_format("%s/%s", here, path);
	if (whole == NULL)
		return out_of_memory(err);
	normalise(whole);
	return resolve(whole, follows_last, ret, err);
}

naccs_status naccs_path_absolute(const char *path, char **ret, struct naccs_error *err)
{
	return make_absolute(path, false, ret, err);
}

naccs_status naccs_path_real(const char *path, char **ret, struct naccs_error *err)
{
	return make_absolute(path, true, ret, err);
}
