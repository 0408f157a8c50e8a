/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Windows says why in its numbers, the program reads errno. */
#include "native.h"

#include <errno.h>
#include <string.h>

int naccs_windows_fail_error(DWORD error)
{
	static const struct {
		DWORD error;
		int errnum;
	} table[] = {
		{ERROR_FILE_NOT_FOUND, ENOENT},
		{ERROR_PATH_NOT_FOUND, ENOENT},
		{ERROR_INVALID_DRIVE, ENOENT},
		{ERROR_BAD_NETPATH, ENOENT},
		{ERROR_BAD_NET_NAME, ENOENT},
		{ERROR_BAD_PATHNAME, ENOENT},
		{ERROR_NOT_READY, ENOENT},
		{ERROR_INVALID_NAME, EINVAL},
		{ERROR_INVALID_PARAMETER, EINVAL},
		{ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG},
		{ERROR_ALREADY_EXISTS, EEXIST},
		{ERROR_FILE_EXISTS, EEXIST},
		{ERROR_DIR_NOT_EMPTY, ENOTEMPTY},
		{ERROR_DIRECTORY, ENOTDIR},
		{336 /* ERROR_DIRECTORY_NOT_SUPPORTED */, EISDIR},
		{ERROR_CANT_RESOLVE_FILENAME, ELOOP},
		{681 /* ERROR_STOPPED_ON_SYMLINK */, ELOOP},
		{ERROR_ACCESS_DENIED, EACCES},
		{ERROR_PRIVILEGE_NOT_HELD, EPERM},
		{ERROR_INVALID_OWNER, EPERM},
		{ERROR_SHARING_VIOLATION, EBUSY},
		{ERROR_DELETE_PENDING, EBUSY},
		{ERROR_BUSY, EBUSY},
		{ERROR_LOCK_VIOLATION, EWOULDBLOCK},
		{ERROR_WRITE_PROTECT, EROFS},
		{ERROR_NOT_SAME_DEVICE, EXDEV},
		{ERROR_DISK_FULL, ENOSPC},
		{ERROR_HANDLE_DISK_FULL, ENOSPC},
		{1295 /* ERROR_DISK_QUOTA_EXCEEDED */, EDQUOT},
		{ERROR_FILE_TOO_LARGE, EFBIG},
		{ERROR_NOT_ENOUGH_MEMORY, ENOMEM},
		{ERROR_OUTOFMEMORY, ENOMEM},
		{ERROR_NO_SYSTEM_RESOURCES, ENOMEM},
		{ERROR_TOO_MANY_OPEN_FILES, EMFILE},
		{ERROR_INVALID_HANDLE, EBADF},
		{ERROR_INVALID_FUNCTION, ENOTSUP},
		{ERROR_NOT_SUPPORTED, ENOTSUP},
		{ERROR_CALL_NOT_IMPLEMENTED, ENOSYS},
		{ERROR_BROKEN_PIPE, EPIPE},
		{ERROR_NO_DATA, EPIPE},
	};
	errno = EIO;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].error == error)
			errno = table[i].errnum;
	}
	return -1;
}

int naccs_windows_fail_last(void)
{
	return naccs_windows_fail_error(GetLastError());
}

int naccs_windows_fail_status(NTSTATUS status)
{
	static const struct {
		ULONG status;
		int errnum;
	} table[] = {
		/* RtlNtStatusToDosError() takes these together with others. */
		{0xC0000103, ENOTDIR},	    /* STATUS_NOT_A_DIRECTORY */
		{0xC00000BA, EISDIR},	    /* STATUS_FILE_IS_A_DIRECTORY */
		{0xC0000056, EBUSY},	    /* STATUS_DELETE_PENDING */
		{0xC0000121, EACCES},	    /* STATUS_CANNOT_DELETE */
		{0xC0000280, ELOOP},	    /* STATUS_REPARSE_POINT_NOT_RESOLVED */
		{0xC0000106, ENAMETOOLONG}, /* STATUS_NAME_TOO_LONG */
		{0xC0000033, EINVAL},	    /* STATUS_OBJECT_NAME_INVALID */
		{0xC0000003, EINVAL},	    /* STATUS_INVALID_INFO_CLASS */
		{0xC0000002, ENOSYS},	    /* STATUS_NOT_IMPLEMENTED */
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].status == (ULONG)status) {
			errno = table[i].errnum;
			return -1;
		}
	}
	return naccs_windows_fail_error(RtlNtStatusToDosError(status));
}

const char *strerrordesc_np(int errnum)
{
	static const struct {
		int errnum;
		const char *text;
	} table[] = {
		{EPERM, "Operation not permitted"},
		{ENOENT, "No such file or directory"},
		{EINTR, "Interrupted system call"},
		{EIO, "Input/output error"},
		{EBADF, "Bad file descriptor"},
		{EAGAIN, "Resource temporarily unavailable"},
		{EWOULDBLOCK, "Resource temporarily unavailable"},
		{ENOMEM, "Cannot allocate memory"},
		{EACCES, "Permission denied"},
		{EBUSY, "Device or resource busy"},
		{EEXIST, "File exists"},
		{EXDEV, "Invalid cross-device link"},
		{ENOTDIR, "Not a directory"},
		{EISDIR, "Is a directory"},
		{EINVAL, "Invalid argument"},
		{EMFILE, "Too many open files"},
		{EFBIG, "File too large"},
		{ENOSPC, "No space left on device"},
		{EROFS, "Read-only file system"},
		{EPIPE, "Broken pipe"},
		{ERANGE, "Numerical result out of range"},
		{ENAMETOOLONG, "File name too long"},
		{ENOSYS, "Function not implemented"},
		{ENOTEMPTY, "Directory not empty"},
		{EILSEQ, "Invalid or incomplete multibyte or wide character"},
		{ELOOP, "Too many levels of symbolic links"},
		{ENOTSUP, "Operation not supported"},
		{EOPNOTSUPP, "Operation not supported"},
		{EDQUOT, "Disk quota exceeded"},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].errnum == errnum)
			return table[i].text;
	}
	return NULL;
}
