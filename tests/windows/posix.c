/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see posix.h. */
#include "posix.h"

#include <windows.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

char *mkdtemp(char *template)
{
	uint32_t random = 0;
	char *hole = template + strlen(template) - strlen("XXXXXX");
	(void)getrandom(&random, sizeof random, 0);
	(void)snprintf(hole, sizeof "XXXXXX", "%06x", random & 0xFFFFFF);
	return mkdirat(AT_FDCWD, template, 0700) == 0 ? template : NULL;
}

int setenv(const char *name, const char *value, int replaces)
{
	return replaces || getenv(name) == NULL ? _putenv_s(name, value) : 0;
}
