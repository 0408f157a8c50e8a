/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see arguments.h. main()'s are in the machine's code page, with wildcards expanded; Windows keeps the line itself in UTF-16. */
#include "arguments.h"

#include "windows/wide.h"

#include <windows.h>

#include <shellapi.h>
#include <stdlib.h>

char **cli_arguments(int *argc, char **argv)
{
	int count = 0;
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
	char **arguments = wide != NULL ? calloc((size_t)count + 1, sizeof *arguments) : NULL;

	(void)argv;
	for (int i = 0; arguments != NULL && i < count; i++) {
		arguments[i] = naccs_wide_text(wide[i]);
		if (arguments[i] == NULL)
			arguments = NULL;
	}
	(void)LocalFree(wide);
	if (arguments != NULL)
		*argc = count;
	return arguments;
}
