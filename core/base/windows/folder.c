/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see include/dirent.h. */
#include "native.h"
#include "wide.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM 16384
#define NAMES_INFORMATION ((FILE_INFORMATION_CLASS)12)
#define STATUS_NO_MORE ((NTSTATUS)0x80000006)
#define STATUS_NO_SUCH ((NTSTATUS)0xC000000F)

struct name_information {
	ULONG next;
	ULONG index;
	ULONG name_bytes;
	WCHAR name[];
};

struct naccs_windows_folder {
	int fd;
	bool is_started;
	size_t at, filled; /* where the next entry stands in room */
	struct dirent entry;
	alignas(8) uint8_t room[ROOM];
};

NTSYSAPI NTSTATUS NTAPI NtQueryDirectoryFile(HANDLE, HANDLE, PIO_APC_ROUTINE, PVOID, PIO_STATUS_BLOCK, PVOID, ULONG, FILE_INFORMATION_CLASS,
					     BOOLEAN, PUNICODE_STRING, BOOLEAN);

DIR *fdopendir(int fd)
{
	BY_HANDLE_FILE_INFORMATION about;
	HANDLE handle = naccs_native_handle(fd);
	if (handle == INVALID_HANDLE_VALUE)
		return NULL;
	if (!GetFileInformationByHandle(handle, &about) || (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
		errno = ENOTDIR;
		return NULL;
	}
	DIR *folder = calloc(1, sizeof *folder);
	if (folder != NULL)
		folder->fd = fd;
	return folder;
}

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (folder == NULL && fd >= 0) {
		int kept = errno;
		(void)close(fd);
		errno = kept;
	}
	return folder;
}

int dirfd(const DIR *folder)
{
	return folder->fd;
}

int closedir(DIR *folder)
{
	int result = close(folder->fd);
	free(folder);
	return result;
}

/* false: the end, or a failure with errno. */
static bool fill_room(DIR *folder)
{
	IO_STATUS_BLOCK io = {0};
	NTSTATUS status = NtQueryDirectoryFile(naccs_native_handle(folder->fd), NULL, NULL, NULL, &io, folder->room, sizeof folder->room,
					       NAMES_INFORMATION, FALSE, NULL, !folder->is_started);
	folder->is_started = true;
	folder->at = 0;
	folder->filled = NT_SUCCESS(status) ? (size_t)io.Information : 0;
	if (!NT_SUCCESS(status) && status != STATUS_NO_MORE && status != STATUS_NO_SUCH)
		(void)naccs_windows_fail_status(status);
	return folder->filled > 0;
}

struct dirent *readdir(DIR *folder)
{
	if (folder->at >= folder->filled && !fill_room(folder))
		return NULL;
	const struct name_information *information = (const struct name_information *)(const void *)(folder->room + folder->at);
	char *name = naccs_wide_text_length(information->name, information->name_bytes / sizeof(WCHAR));
	folder->at = information->next == 0 ? folder->filled : folder->at + information->next;
	if (name == NULL)
		return NULL;
	(void)snprintf(folder->entry.d_name, sizeof folder->entry.d_name, "%s", name);
	free(name);
	return &folder->entry;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool append(struct dirent ***list, int *count, const struct dirent *entry)
{
	struct dirent **grown = reallocarray(*list, (size_t)*count + 1, sizeof *grown);
	if (grown == NULL)
		return false;
	*list = grown;
	grown[*count] = malloc(sizeof *entry);
	if (grown[*count] == NULL)
		return false;
	*grown[(*count)++] = *entry;
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	return alphasort((const struct dirent **)(uintptr_t)a, (const struct dirent **)(uintptr_t)b);
}

int scandir(const char *path, struct dirent ***ret, int (*is_wanted)(const struct dirent *),
	    int (*compare)(const struct dirent **, const struct dirent **))
{
	struct dirent **list = NULL;
	int count = 0;
	if (compare != NULL && compare != alphasort) {
		errno = EINVAL;
		return -1;
	}
	DIR *folder = opendir(path);
	if (folder == NULL)
		return -1;
	errno = 0;
	for (const struct dirent *entry; errno == 0 && (entry = readdir(folder)) != NULL;) {
		if ((is_wanted == NULL || is_wanted(entry) != 0) && !append(&list, &count, entry))
			errno = ENOMEM;
	}
	int errnum = errno;
	(void)closedir(folder);
	if (errnum != 0) {
		for (int i = 0; i < count; i++)
			free(list[i]);
		free(list);
		errno = errnum;
		return -1;
	}
	if (compare != NULL && count > 1)
		qsort(list, (size_t)count, sizeof *list, compare_entries);
	*ret = list;
	return count;
}
