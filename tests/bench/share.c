/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what isolation costs is the CPU time of the worker processes, which the parent alone can tell apart from its own. Preloaded into naccs-cert, this appends both, in
 * milliseconds, to the file that NACCS_SHARE_FILE names when the program ends. Workers do not inherit it: their environment is not the caller's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static double milliseconds(int who)
{
	struct rusage usage = {0};

	(void)getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("NACCS_SHARE_FILE");
	int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	(void)dprintf(fd, "%.3f\t%.3f\n", milliseconds(RUSAGE_SELF), milliseconds(RUSAGE_CHILDREN));
	(void)close(fd);
}
