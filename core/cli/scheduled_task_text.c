/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the text of the task, on every system: so it is tested where the tools for XML are. See scheduled_task.h. */
#include "scheduled_task.h"

#include "builder.h"

#include <string.h>

static void add_escaped(struct naccs_builder *text, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '&')
			naccs_builder_add(text, "&amp;");
		else if (*value == '<')
			naccs_builder_add(text, "&lt;");
		else if (*value == '>')
			naccs_builder_add(text, "&gt;");
		else
			naccs_builder_add_char(text, *value);
	}
}

char *cli_scheduled_task_text(const struct cli_scheduled_task *task)
{
	const struct {
		const char *mark, *value;
	} values[] = {
		{"@ENCODING@", task->encoding},
		{"@USER@", task->user},
		{"@LEVEL@", task->is_elevated ? "HighestAvailable" : "LeastPrivilege"},
		{"@LOGON@", task->needs_logon ? "InteractiveToken" : "S4U"},
		{"@PROGRAM@", task->program},
		{"@ARGUMENTS@", task->arguments},
	};
	naccs_auto(builder) struct naccs_builder text = {0};

	for (const char *at = cli_scheduled_task_template; *at != '\0';) {
		size_t i = 0;

		while (i < sizeof values / sizeof values[0] && strncmp(at, values[i].mark, strlen(values[i].mark)) != 0)
			i++;
		if (i < sizeof values / sizeof values[0]) {
			add_escaped(&text, values[i].value);
			at += strlen(values[i].mark);
		} else {
			naccs_builder_add_char(&text, *at++);
		}
	}
	return naccs_builder_take(&text);
}
