/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one database, one name. The ledger knows a store by its canonical URI, so every spelling of a directory must end in the same one. */
#include "file.h"
#include "places.h"
#include "text.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEME "nss:"
#define SQL "sql:"
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

static naccs_status make_canonical(const char *path, char **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *absolute = NULL;
	char real[PATH_MAX];
	const char *rest, *whole;
	size_t head;
	naccs_status status = naccs_path_absolute(path, &absolute, err);

	if (status != NACCS_OK)
		return status;
	whole = realpath(absolute, real) != NULL ? real : absolute;
	*ret = find_snap_revision(whole, &head, &rest) ? naccs_format("%.*s/current%s", (int)head, whole, rest) : strdup(whole);
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

naccs_status naccs_nss_directory(const char *uri, char **ret, struct naccs_error *err)
{
	const char *path = uri + strlen(SCHEME);

	if (strncmp(uri, SCHEME, strlen(SCHEME)) != 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("this is no URI of an NSS database: it has to begin with nss:"));
	if (strncmp(path, SQL, strlen(SQL)) == 0)
		path += strlen(SQL);
	if (path[0] == '\0')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: it names no directory"), uri);
	if (!naccs_text_is_clean(path, strlen(path), NULL))
		return naccs_fail(err, NACCS_E_USAGE, 0,
				  _("cannot use this nss: URI: its path is no UTF-8 text without control characters"));
	if (strcmp(path, ".") != 0 && strcmp(path, "..") != 0 && strchr(path, '/') == NULL) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: it names neither a directory nor a browser that is known"), uri);
		return naccs_error_hint(err,
					_("Known are nss:firefox, nss:thunderbird, nss:chromium and nss:all. A directory in the current "
					  "one is written nss:./%s."),
					path);
	}
	return make_canonical(path, ret, err);
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
