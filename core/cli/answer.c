/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what counts as a yes, on every system. See prompt.h. */
#include "prompt.h"

#include <strings.h>

bool cli_answer_is_yes(const char *answer)
{
	static const char *const yes[] = {"y", "yes", "はい", "ｙ", "Ｙ", "ｙｅｓ", "ＹＥＳ"};
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (strcasecmp(answer, yes[i]) == 0)
			return true;
	return false;
}
