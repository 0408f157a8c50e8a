/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every fuzz target's corpus runs in the ordinary tests too, under any compiler: this main() stands in for libFuzzer's. Arguments are
 * files and folders of files; each one is handed to LLVMFuzzerTestOneInput() in a block of exactly its size, so that sanitizers see every
 * step beyond it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static int fail(const char *path)
{
	(void)fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
	return -1;
}

/* Returns how many inputs ran, or -1. Closes fd. */
static int run_file(int fd, size_t length, const char *path)
{
	uint8_t *bytes = malloc(length > 0 ? length : 1);
	size_t got = 0;
	while (bytes != NULL && got < length) {
		ssize_t step = read(fd, bytes + got, length - got);
		if (step <= 0)
			break;
		got += (size_t)step;
	}
	(void)close(fd);
	if (bytes == NULL || got != length) {
		free(bytes);
		return fail(path);
	}
	(void)LLVMFuzzerTestOneInput(bytes, length);
	free(bytes);
	return 1;
}

static int run(int dirfd, const char *path);

static int run_folder(int fd, const char *path)
{
	DIR *folder = fdopendir(fd);
	const struct dirent *entry;
	int count = 0;
	if (folder == NULL)
		return fail(path);
	while (count >= 0 && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		int got = run(fd, entry->d_name);
		count = got < 0 ? -1 : count + got;
	}
	(void)closedir(folder);
	return count;
}

static int run(int dirfd, const char *path)
{
	struct stat about;
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0)
		return fail(path);
	return S_ISDIR(about.st_mode) ? run_folder(fd, path) : run_file(fd, (size_t)about.st_size, path);
}

int main(int argc, char **argv)
{
	int count = 0;
	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		int got = run(AT_FDCWD, argv[i]);
		if (got < 0)
			return 1;
		count += got;
	}
	(void)printf("%d inputs ran\n", count);
	return count > 0 ? 0 : 1;
}
