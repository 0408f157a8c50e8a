/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of this room share: opening by the system's own call, which alone can start from the handle of a folder. */
#ifndef NACCS_WINDOWS_NATIVE_H
#define NACCS_WINDOWS_NATIVE_H

#include <windows.h>
#include <winternl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef FILE_OPEN_REPARSE_POINT
#define FILE_OPEN_REPARSE_POINT 0x00200000
#endif
#define NACCS_SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* The errno that means the same. Each sets errno and returns -1, for the caller to return. */
int naccs_windows_fail_status(NTSTATUS status);
int naccs_windows_fail_error(DWORD error);
int naccs_windows_fail_last(void);

/* What is to be opened and how. */
struct naccs_native_open {
	int dirfd;	  /* AT_FDCWD: path starts from the current folder */
	const char *path; /* UTF-8 */
	ACCESS_MASK access;
	ULONG disposition;	       /* FILE_OPEN, FILE_CREATE, … */
	ULONG options;		       /* beside FILE_SYNCHRONOUS_IO_NONALERT */
	SECURITY_DESCRIPTOR *security; /* of what is created; NULL: inherited */
};
/* *ret: the caller closes it by CloseHandle. 0, or -1 with errno. */
int naccs_native_open(const struct naccs_native_open *how, HANDLE *ret);
/* The same file again with other rights. */
int naccs_native_reopen(HANDLE file, ACCESS_MASK access, HANDLE *ret);

/* The handle behind fd; INVALID_HANDLE_VALUE with errno EBADF. */
HANDLE naccs_native_handle(int fd);

/* "\??\C:\…": where path leads in the system's own names. Caller frees; NULL with errno. */
wchar_t *naccs_native_path(const char *path);
/* Where path leads as Windows reads it, from the current folder, with "." and ".." worked out: "C:\…". Caller frees; NULL with errno. */
wchar_t *naccs_native_full_path(const char *path);
/* The open file's own path, with "/", through whatever links it was reached and in the case in which its names are kept. Caller frees; NULL
 * with errno. */
char *naccs_native_final_path(HANDLE file);
/* "a\b": path below a folder's handle; ".." and what Windows forbids in names: EINVAL. */
wchar_t *naccs_native_relative(const char *path);
/* Does path start at a root, whatever dirfd is? */
bool naccs_native_is_absolute(const char *path);

#define NACCS_LINK_LIMIT 1100 /* no link is longer */
/* Is the open file a link of ours (link.c), or a real link or junction? file needs FILE_READ_DATA for the former. */
bool naccs_native_is_link(HANDLE file);
bool naccs_native_is_real_link(HANDLE file);

#define NACCS_PATIENCE_STEPS 10
#define NACCS_PATIENCE_MS 20
/* Call attempt until it succeeds or says something else than that the file is in use, for about a second. */
NTSTATUS naccs_native_patiently(NTSTATUS (*attempt)(void *context), void *context);

#endif
