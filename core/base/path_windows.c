/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the same questions as in path.c, asked of access control lists. See file.h. */
#include "file.h"

#include "text.h"
#include "windows/native.h"
#include "windows/security.h"
#include "windows/wide.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static naccs_status out_of_memory(struct naccs_error *err)
{
	return naccs_fail_errno(err, NACCS_E_INTERNAL, ENOMEM, _("cannot examine a path"));
}

size_t naccs_path_root(const char *path)
{
	bool has_drive = ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) && path[1] == ':';
	if (has_drive)
		return 2 + strspn(path + 2, "/\\");
	if (strspn(path, "/\\") < 2)
		return strspn(path, "/\\");
	const char *share = path + 2 + strcspn(path + 2, "/\\");
	share += strspn(share, "/\\");
	share += strcspn(share, "/\\");
	return (size_t)(share - path) + strspn(share, "/\\");
}

static void hint_elsewhere(struct naccs_error *err)
{
	(void)naccs_error_hint(err, _("choose a folder of your own, in %%LOCALAPPDATA%% for instance"));
}

/* can_mend: it is the folder that was named, or one of the user's own; else it is others' too, and closing it is no way. */
static naccs_status refuse_rights(const struct naccs_security *security, const char *name, bool can_mend, struct naccs_error *err)
{
	naccs_auto(heap) char *who = security->first_other != NULL ? naccs_wide_text(security->first_other) : NULL;
	if (who != NULL)
		(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to use %s: its permissions let %s change what we keep there"),
				 name, who);
	else
		(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0,
				 _("refused to use %s: its permissions let other users change what we keep there"), name);
	if (can_mend)
		naccs_security_hint(security, name, true, err);
	else
		hint_elsewhere(err);
	return NACCS_E_STORE_UNSAFE;
}

static naccs_status check_security(HANDLE folder, const char *name, bool is_root, bool is_last, struct naccs_error *err)
{
	struct naccs_security security = {0};
	ACCESS_MASK forbidden = naccs_security_forbidden(is_root, is_last);
	if (naccs_security_read(folder, forbidden, &security) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot examine %s"), name);
	naccs_status status = NACCS_OK;
	if (security.owner == NACCS_UID_OTHER) {
		status = naccs_fail(err, NACCS_E_STORE_UNSAFE, 0,
				    _("refused to use %s: it belongs to another user, who could change what we keep there"), name);
		hint_elsewhere(err);
	} else if ((security.others & forbidden) != 0) {
		status = refuse_rights(&security, name, !is_root && (is_last || security.owner == NACCS_UID_SELF), err);
	}
	naccs_security_wipe(&security);
	return status;
}

/* Look at one folder on the way; a drive is none to be a link, whatever Wine makes of it. *ret_is_missing: it does not exist, so there is
 * nothing more to look at. */
static naccs_status check_folder(const char *name, bool is_root, bool is_last, bool *ret_is_missing, struct naccs_error *err)
{
	HANDLE folder = NULL;
	BY_HANDLE_FILE_INFORMATION about;
	const struct naccs_native_open how = {
		.dirfd = AT_FDCWD,
		.path = name,
		.access = FILE_READ_ATTRIBUTES | READ_CONTROL,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT,
	};
	if (naccs_native_open(&how, &folder) != 0) {
		*ret_is_missing = errno == ENOENT;
		return *ret_is_missing ? NACCS_OK : naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot examine %s"), name);
	}
	naccs_status status = NACCS_OK;
	if (!is_root && naccs_native_is_real_link(folder)) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, ELOOP, _("refused to use %s: it is a symbolic link"), name);
		status = naccs_error_hint(err, _("name the folder that it points to"));
	} else if (!GetFileInformationByHandle(folder, &about) || (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
		status = naccs_fail(err, NACCS_E_STORE_OPEN, ENOTDIR, _("cannot use %s: it is not a folder"), name);
	} else {
		status = check_security(folder, name, is_root, is_last, err);
	}
	(void)CloseHandle(folder);
	return status;
}

void naccs_path_hint_mend(const char *path, struct naccs_error *err)
{
	HANDLE file = NULL;
	BY_HANDLE_FILE_INFORMATION about;
	struct naccs_security security = {0};
	const struct naccs_native_open how = {
		.dirfd = AT_FDCWD,
		.path = path,
		.access = FILE_READ_ATTRIBUTES | READ_CONTROL,
		.disposition = FILE_OPEN,
	};
	if (naccs_native_open(&how, &file) != 0)
		return;
	if (GetFileInformationByHandle(file, &about) && naccs_security_read(file, NACCS_RIGHTS_TO_CHANGE, &security) == 0)
		naccs_security_hint(&security, path, (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0, err);
	naccs_security_wipe(&security);
	(void)CloseHandle(file);
}

naccs_status naccs_path_check_safe(const char *path, struct naccs_error *err)
{
	size_t root = naccs_path_root(path);
	if (root < 2)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot examine \"%s\": it is not an absolute path"), path);
	naccs_auto(heap) char *walked = strdup(path);
	if (walked == NULL)
		return out_of_memory(err);
	bool is_missing = false;
	naccs_status status = NACCS_OK;
	for (size_t end = root; status == NACCS_OK && !is_missing;) {
		char kept = walked[end];
		size_t next = end + strspn(path + end, "/\\");
		next += strcspn(path + next, "/\\");
		walked[end] = '\0';
		status = check_folder(walked, end == root, strspn(path + end, "/\\") == strlen(path + end), &is_missing, err);
		walked[end] = kept;
		if (kept == '\0' || next == end)
			break;
		end = next;
	}
	return status;
}

static void use_slashes(char *path)
{
	for (; *path != '\0'; path++)
		*path = *path == '\\' ? '/' : *path;
}

/* The longest part of path that exists, as it is kept on the disk, and what is left of path after it. A link as the last part stays. */
static char *with_real_parents(char *path)
{
	size_t root = naccs_path_root(path);
	size_t end = strlen(path);
	while (end >= root) {
		HANDLE file = NULL;
		char kept = path[end];
		path[end] = '\0';
		const struct naccs_native_open how = {
			.dirfd = AT_FDCWD,
			.path = path,
			.access = FILE_READ_ATTRIBUTES,
			.disposition = FILE_OPEN,
			.options = FILE_OPEN_FOR_BACKUP_INTENT | (kept == '\0' ? FILE_OPEN_REPARSE_POINT : 0),
		};
		naccs_auto(heap) char *resolved = naccs_native_open(&how, &file) == 0 ? naccs_native_final_path(file) : NULL;
		if (file != NULL)
			(void)CloseHandle(file);
		path[end] = kept;
		if (resolved != NULL && kept == '\0')
			return naccs_take(&resolved);
		if (resolved != NULL) {
			const char *rest = path + end + strspn(path + end, "/");
			return naccs_format("%s%s%s", resolved, resolved[strlen(resolved) - 1] == '/' ? "" : "/", rest);
		}
		if (errno == ENOMEM)
			return NULL;
		const char *slash = memrchr(path, '/', end);
		size_t shorter = slash == NULL ? 0 : (size_t)(slash - path);
		if (end == root || slash == NULL)
			break;
		end = shorter < root ? root : shorter;
	}
	return strdup(path);
}

static naccs_status refuse_name(const char *path, struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use \"%s\": Windows does not allow it as the name of a folder"), path);
}

naccs_status naccs_path_absolute(const char *path, char **ret, struct naccs_error *err)
{
	if (path[0] == '\0')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use an empty path"));
	wchar_t *wide = naccs_native_full_path(path);
	naccs_auto(heap) char *full = wide != NULL ? naccs_wide_text(wide) : NULL;
	int errnum = errno;
	free(wide);
	if (full == NULL)
		return errnum == ENOMEM ? out_of_memory(err) : refuse_name(path, err);
	use_slashes(full);
	if (strncmp(full, "//./", 4) == 0 || strncmp(full, "//?/", 4) == 0 || strchr(full + 2, ':') != NULL)
		return refuse_name(path, err);
	if (full[0] >= 'a' && full[0] <= 'z')
		full[0] = (char)(full[0] - 'a' + 'A');
	size_t length = strlen(full);
	if (length > naccs_path_root(full) && full[length - 1] == '/')
		full[length - 1] = '\0';
	char *absolute = with_real_parents(full);
	if (absolute == NULL)
		return out_of_memory(err);
	*ret = absolute;
	return NACCS_OK;
}
