/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see include/sys/stat.h. */
#include "native.h"
#include "security.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TICKS_PER_SECOND 10000000
#define TICKS_TO_1970 INT64_C(116444736000000000)

static mode_t mode_of(const struct naccs_security *security, DWORD attributes)
{
	bool is_folder = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
	mode_t mode = is_folder ? S_IFDIR | S_IRWXU : S_IFREG | S_IRUSR | S_IWUSR;
	if ((security->others & NACCS_RIGHTS_TO_CHANGE) != 0)
		mode |= S_IWOTH;
	if ((security->others & FILE_READ_DATA) != 0)
		mode |= S_IROTH;
	if (is_folder && (security->others & FILE_TRAVERSE) != 0)
		mode |= S_IXOTH;
	if ((attributes & FILE_ATTRIBUTE_READONLY) != 0 && !is_folder)
		mode &= ~(mode_t)S_IWUSR;
	return mode;
}

static int examine(HANDLE file, struct naccs_stat *ret)
{
	BY_HANDLE_FILE_INFORMATION about;
	struct naccs_security security = {0};
	DWORD type = GetFileType(file);
	*ret = (struct naccs_stat){
		.st_mode = type == FILE_TYPE_CHAR ? S_IFCHR | 0600 : S_IFIFO | 0600, .st_uid = NACCS_UID_SELF, .st_nlink = 1};
	if (type != FILE_TYPE_DISK)
		return 0;
	if (!GetFileInformationByHandle(file, &about))
		return naccs_windows_fail_last();
	if (naccs_security_read(file, 0, &security) != 0)
		return -1;
	int64_t ticks = (int64_t)((uint64_t)about.ftLastWriteTime.dwHighDateTime << 32 | about.ftLastWriteTime.dwLowDateTime);
	*ret = (struct naccs_stat){
		.st_dev = about.dwVolumeSerialNumber,
		.st_ino = (uint64_t)about.nFileIndexHigh << 32 | about.nFileIndexLow,
		.st_mode = mode_of(&security, about.dwFileAttributes),
		.st_nlink = about.nNumberOfLinks,
		.st_uid = security.owner,
		.st_size = (int64_t)((uint64_t)about.nFileSizeHigh << 32 | about.nFileSizeLow),
		.st_mtime = (ticks - TICKS_TO_1970) / TICKS_PER_SECOND,
	};
	if (naccs_native_is_real_link(file))
		ret->st_mode = S_IFLNK | 0777;
	return 0;
}

int naccs_fstat(int fd, struct naccs_stat *ret)
{
	HANDLE file = naccs_native_handle(fd);
	return file == INVALID_HANDLE_VALUE ? -1 : examine(file, ret);
}

/* A link of ours is told by what is in it: that takes the right to read, which the rest of an examination does not. */
static void tell_link(struct naccs_native_open how, struct naccs_stat *about)
{
	HANDLE file = NULL;
	int kept = errno;
	how.access = FILE_GENERIC_READ;
	if (S_ISREG(about->st_mode) && about->st_size <= NACCS_LINK_LIMIT && naccs_native_open(&how, &file) == 0) {
		if (naccs_native_is_link(file))
			about->st_mode = S_IFLNK | (about->st_mode & ~(mode_t)S_IFMT);
		(void)CloseHandle(file);
	}
	errno = kept;
}

int fstatat(int dirfd, const char *path, struct naccs_stat *ret, int flags)
{
	HANDLE file = NULL;
	const struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = FILE_READ_ATTRIBUTES | READ_CONTROL,
		.disposition = FILE_OPEN,
		.options = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? FILE_OPEN_REPARSE_POINT : 0,
	};
	if (naccs_native_open(&how, &file) != 0)
		return -1;
	int result = examine(file, ret);
	int kept = errno;
	(void)CloseHandle(file);
	errno = kept;
	if (result == 0)
		tell_link(how, ret);
	return result;
}

int naccs_lstat(const char *path, struct naccs_stat *ret)
{
	return fstatat(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW);
}

int naccs_stat(const char *path, struct naccs_stat *ret)
{
	return fstatat(AT_FDCWD, path, ret, 0);
}

/* Windows itself is asked: it knows all groups that this user is in. */
int faccessat(int dirfd, const char *path, int mode, int flags)
{
	HANDLE file = NULL;
	struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = FILE_READ_ATTRIBUTES,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_FOR_BACKUP_INTENT | ((flags & AT_SYMLINK_NOFOLLOW) != 0 ? FILE_OPEN_REPARSE_POINT : 0),
	};
	if ((mode & R_OK) != 0)
		how.access |= FILE_READ_DATA;
	if ((mode & W_OK) != 0)
		how.access |= FILE_WRITE_DATA | FILE_APPEND_DATA;
	if (naccs_native_open(&how, &file) != 0)
		return -1;
	(void)CloseHandle(file);
	return 0;
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

static int change_mode(HANDLE file, mode_t mode)
{
	BY_HANDLE_FILE_INFORMATION about;
	if (!GetFileInformationByHandle(file, &about))
		return naccs_windows_fail_last();
	return naccs_security_set(file, mode, (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0);
}

int fchmod(int fd, mode_t mode)
{
	HANDLE file = naccs_native_handle(fd);
	HANDLE again = NULL;
	if (file == INVALID_HANDLE_VALUE)
		return -1;
	int result = change_mode(file, mode);
	if (result == 0 || errno != EACCES)
		return result;
	/* It was opened without the right to change its list, as folders are. */
	if (naccs_native_reopen(file, WRITE_DAC | READ_CONTROL | FILE_READ_ATTRIBUTES, &again) != 0)
		return -1;
	result = change_mode(again, mode);
	int kept = errno;
	(void)CloseHandle(again);
	errno = kept;
	return result;
}

int fchmodat(int dirfd, const char *path, mode_t mode, int flags)
{
	HANDLE file = NULL;
	const struct naccs_native_open how = {
		.dirfd = dirfd,
		.path = path,
		.access = WRITE_DAC | READ_CONTROL | FILE_READ_ATTRIBUTES,
		.disposition = FILE_OPEN,
		.options = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? FILE_OPEN_REPARSE_POINT : 0,
	};
	if (naccs_native_open(&how, &file) != 0)
		return -1;
	int result = change_mode(file, mode);
	int kept = errno;
	(void)CloseHandle(file);
	errno = kept;
	return result;
}

uid_t geteuid(void)
{
	return NACCS_UID_SELF;
}

gid_t getegid(void)
{
	return 0;
}

static int refuse_change(const struct naccs_stat *about, uid_t owner, gid_t group)
{
	if ((owner == (uid_t)-1 || owner == about->st_uid) && (group == (gid_t)-1 || group == about->st_gid))
		return 0;
	errno = EPERM;
	return -1;
}

int fchown(int fd, uid_t owner, gid_t group)
{
	struct naccs_stat about;
	return naccs_fstat(fd, &about) == 0 ? refuse_change(&about, owner, group) : -1;
}

int fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags)
{
	struct naccs_stat about;
	return fstatat(dirfd, path, &about, flags) == 0 ? refuse_change(&about, owner, group) : -1;
}
