/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one database, one name. The ledger knows a store by its canonical URI, so every spelling of a directory must end in the same one. */
#include "file.h"
#include "names.h"
#include "places.h"
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEME "nss:"
#define SQL "sql:"
#define OLD "dbm:"
#define PATH_LIMIT ((size_t)3000)
#define SNAP "/snap/"

/* In …/snap/NAME/REVISION/…, where …/snap/NAME/current leads to that revision: the length up to and with NAME, and where the rest begins.
 */
static bool find_snap_revision(const char *path, size_t *ret_head, const char **ret_rest)
{
	for (const char *snap = strstr(path, SNAP); snap != NULL; snap = strstr(snap + 1, SNAP)) {
		const char *name = snap + strlen(SNAP);
		size_t head = (size_t)(name - path) + strcspn(name, "/");
		size_t revision = path[head] == '/' ? strcspn(path + head + 1, "/") : 0;
		naccs_auto(heap) char *current = naccs_format("%.*s/current", (int)head, path);
		char target[PATH_MAX];

		if (revision == 0 || current == NULL || realpath(current, target) == NULL)
			continue;
		if (strlen(target) != head + 1 + revision || strncmp(target, path, strlen(target)) != 0)
			continue;
		*ret_head = head;
		*ret_rest = path + head + 1 + revision;
		return true;
	}
	return false;
}

/* What stands before a path for NSS alone: "dbm:", "extern:", "rdb:", … */
static naccs_status refuse_format(const char *uri, const char *path, struct naccs_error *err)
{
	if (strncmp(path, OLD, strlen(OLD)) == 0) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot use %s: databases of the old format (dbm:) are not served"),
				 uri);
		return naccs_error_hint(err, "certutil -K -X -d sql:%s", path + strlen(OLD));
	}
	(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot use %s: only databases of the form sql: are served"), uri);
	return naccs_error_hint(err, _("write nss:/absolute/path"));
}

naccs_status naccs_nss_path_said(const char *uri, const char **ret, struct naccs_error *err)
{
	if (uri == NULL || strncmp(uri, SCHEME, strlen(SCHEME)) != 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("this is no URI of an NSS database: it has to begin with %s"), SCHEME);
	const char *path = uri + strlen(SCHEME);
	if (!naccs_text_is_clean(path, strlen(path), NULL) || strlen(path) > PATH_LIMIT)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use this %s URI: its path is no UTF-8 text without control characters"),
				  SCHEME);
	if (strncmp(path, SQL, strlen(SQL)) == 0)
		path += strlen(SQL);
	else if (path[strspn(path, "abcdefghijklmnopqrstuvwxyz")] == ':')
		return refuse_format(uri, path, err);
	*ret = path;
	return NACCS_OK;
}

naccs_status naccs_nss_directory(const char *uri, char **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *real = NULL;
	const char *path = NULL, *rest;
	size_t head;
	naccs_status status = naccs_nss_path_said(uri, &path, err);

	if (status != NACCS_OK)
		return status;
	if (path[0] == '\0')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: it names no directory"), uri);
	if (strcmp(path, ".") != 0 && strcmp(path, "..") != 0 && path[0] != '~' && strchr(path, '/') == NULL) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: it names neither a directory nor a browser that is known"), uri);
		return naccs_error_hint(err,
					_("Known are nss:firefox, nss:thunderbird, nss:chromium and nss:all. A directory in the current "
					  "one is written nss:./%s."),
					path);
	}
	status = naccs_path_real(path, &real, err);
	if (status != NACCS_OK)
		return status;
	*ret = find_snap_revision(real, &head, &rest) ? naccs_format("%.*s/current%s", (int)head, real, rest) : strdup(real);
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

char *nss_path_existing(const char *path)
{
	char *existing = strdup(path);
	struct stat status;

	while (existing != NULL && stat(existing, &status) != 0 && errno == ENOENT && strcmp(existing, "/") != 0) {
		char *parent = naccs_path_parent(existing);
		free(existing);
		existing = parent;
	}
	return existing;
}

bool naccs_nss_is_system_wide(const char *directory)
{
	return strncmp(directory, "/etc/", 5) == 0 || strncmp(directory, "/usr/", 5) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

const char *naccs_nss_kind(const char *directory)
{
	if (naccs_nss_is_system_wide(directory))
		return "system-wide NSS database";
	if (strstr(directory, "/.mozilla/firefox/") != NULL || strstr(directory, "/mozilla/firefox/") != NULL)
		return "Firefox profile";
	if (strstr(directory, "/.thunderbird/") != NULL)
		return "Thunderbird profile";
	return ends_with(directory, "/.pki/nssdb") || ends_with(directory, "/pki/nssdb") ? "Chromium database" : "NSS database";
}
