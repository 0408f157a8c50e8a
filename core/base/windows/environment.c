/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see include/stdlib.h. */
#include <stdlib.h>

int unsetenv(const char *name)
{
	return _putenv_s(name, "") == 0 ? 0 : -1;
}
