/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see tool.h. */
#include "tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *search_path(void)
{
	const char *path = getenv("PATH");
	return path != NULL ? path : "/usr/local/bin:/usr/bin:/bin";
}

bool has_tool(const char *name)
{
	char *folders = strdup(search_path()), *rest = folders, *folder;
	bool is_found = false;
	while (folders != NULL && !is_found && (folder = strsep(&rest, ":")) != NULL) {
		char *path = NULL;
		if (asprintf(&path, "%s/%s", folder, name) > 0)
			is_found = access(path, X_OK) == 0;
		free(path);
	}
	free(folders);
	return is_found;
}

static void show(const char *path)
{
	char line[1024];
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		(void)fputs(line, stderr);
	if (file != NULL)
		(void)fclose(file);
}

static void become(const char *folder, const char *log, const char *const *argv) __attribute__((noreturn));
static void become(const char *folder, const char *log, const char *const *argv)
{
	char *home = NULL, *path = NULL, *arguments[64] = {NULL};
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600), nothing = open("/dev/null", O_RDONLY);
	for (size_t i = 0; argv[i] != NULL && i < 63; i++)
		arguments[i] = strdup(argv[i]);
	if (fd < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir(folder) != 0 ||
	    asprintf(&home, "HOME=%s", folder) < 0 || asprintf(&path, "PATH=%s", search_path()) < 0)
		_exit(126);
	char locale[] = "LC_ALL=C.UTF-8";
	char *environment[] = {home, path, locale, NULL};
	(void)execvpe(arguments[0], arguments, environment);
	_exit(127);
}

int run_tool(const char *folder, const char *const *argv)
{
	char *log = NULL;
	int status = 0;
	if (asprintf(&log, "%s/tool.log", folder) < 0)
		return -1;
	pid_t child = fork();
	if (child == 0)
		become(folder, log, argv);
	int code = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (code != 0) {
		(void)fprintf(stderr, "%s ended with %d:\n", argv[0], code);
		show(log);
	}
	free(log);
	return code;
}
