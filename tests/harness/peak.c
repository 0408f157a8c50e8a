/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: tests of bounded memory: runs a program and says what it took at most.
 *
 *     peak FILE PROGRAM [ARGUMENTS…]
 *
 * Writes the peak resident set in KiB to FILE, and ends as the program does (128 + signal when one killed it).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status = 0;
	struct rusage usage;

	if (argc < 3)
		return 126;
	pid_t child = fork();
	if (child == 0) {
		(void)execv(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 126;
	FILE *file = fopen(argv[1], "we");
	if (file == NULL || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file) != 0)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
