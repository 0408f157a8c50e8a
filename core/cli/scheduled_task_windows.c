/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see scheduled_task.h. */
#include "scheduled_task.h"

#include "cleanup.h"
#include "file.h"
#include "names.h"
#include "session.h"
#include "text.h"
#include "windows/wide.h"

#include <windows.h>

#include <sddl.h>
#include <string.h>

#define FILE_NAME "naccs-cert-renew.xml"
#define TASK_NAME "naccs-cert-renew"

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* The user of this process, as "S-1-5-21-…". Caller frees. */
static char *own_sid(void)
{
	HANDLE token = NULL;
	DWORD size = 0;
	wchar_t *wide = NULL;
	char *sid = NULL;

	if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0)
		return NULL;
	(void)GetTokenInformation(token, TokenUser, NULL, 0, &size);
	naccs_auto(heap) TOKEN_USER *user = calloc(1, size);
	if (user != NULL && GetTokenInformation(token, TokenUser, user, size, &size) != 0 &&
	    ConvertSidToStringSidW(user->User.Sid, &wide) != 0)
		sid = naccs_wide_text(wide);
	(void)LocalFree(wide);
	(void)CloseHandle(token);
	return sid;
}

static bool has_store(const struct naccs_footprint *footprint, const char *uri)
{
	for (size_t i = 0; footprint->unknown != NULL && footprint->unknown[i] != NULL; i++)
		if (strcmp(footprint->unknown[i], uri) == 0)
			return true;
	return false;
}

static bool is_on_another_machine(const char *path)
{
	const wchar_t drive[] = {(wchar_t)(unsigned char)path[0], L':', L'\\', L'\0'};

	return strncmp(path, "//", 2) == 0 || (path[0] != '\0' && path[1] == ':' && GetDriveTypeW(drive) == DRIVE_REMOTE);
}

/* A task that runs without its user being logged on has no password of his: it opens neither the keys of his store nor another machine's
 * files. */
static bool needs_logon(const struct naccs_footprint *footprint)
{
	bool is_unknown = footprint->path_count == 0 && footprint->unknown == NULL; /* nothing is installed: it will be windows:user */
	bool is_away = is_on_another_machine(footprint->state_dir);

	for (size_t i = 0; i < footprint->path_count; i++)
		is_away = is_away || is_on_another_machine(footprint->paths[i].path);
	return is_unknown || is_away || has_store(footprint, "windows:user");
}

/* By what the configuration and the installs need: renew --due renews both. */
static naccs_status decide_rights(const struct cli *cli, struct cli_scheduled_task *task, struct naccs_error *err)
{
	struct naccs_footprint *footprint = NULL;
	naccs_status status = naccs_footprint_make(cli->context, cli->config, NULL, &footprint, err);

	if (status != NACCS_OK)
		return status;
	task->is_elevated = has_store(footprint, "windows:machine");
	task->needs_logon = needs_logon(footprint);
	naccs_footprint_free(footprint);
	return NACCS_OK;
}

/* What runs with the rights of an administrator must not lie where others can exchange it, or put a library beside it. */
static naccs_status check_program(const char *program, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_auto(heap) char *folder = NULL;
	naccs_status status = naccs_path_absolute(program, &path, err);

	if (status != NACCS_OK)
		return status;
	folder = naccs_path_parent(path);
	if (folder == NULL)
		return no_memory(err);
	status = naccs_path_check_safe(folder, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot have %s run as an administrator"), program);
	return NACCS_OK;
}

static char *with_backslashes(char *path)
{
	for (char *at = path; at != NULL && *at != '\0'; at++)
		if (*at == '/')
			*at = '\\';
	return path;
}

/* Said in full: the task must find the same files whatever becomes of the variables of its user. *ret: caller frees. */
static naccs_status make_arguments(const struct cli *cli, char **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *config = NULL;
	naccs_auto(heap) char *state = NULL;
	naccs_status status = naccs_path_absolute(cli->paths.state_dir, &state, err);

	if (status == NACCS_OK && cli->config->path != NULL)
		status = naccs_path_absolute(cli->paths.config, &config, err);
	if (status != NACCS_OK)
		return status;
	(void)with_backslashes(config);
	(void)with_backslashes(state);
	*ret = config != NULL ? naccs_format("--config \"%s\" --state-dir \"%s\" -n renew --due", config, state)
			      : naccs_format("--state-dir \"%s\" -n renew --due", state);
	return *ret != NULL ? NACCS_OK : no_memory(err);
}

/* Task Scheduler reads UTF-16 with a byte order mark on every Windows. */
static naccs_status write_file(struct cli *cli, const struct cli_scheduled_task *task, struct naccs_error *err)
{
	struct cli_scheduled_task wide_task = *task;
	naccs_auto(heap) char *path = NULL;
	naccs_auto(fd) int folder = -1;
	naccs_status status = naccs_path_absolute(cli->options.output, &path, err);

	if (status == NACCS_OK)
		status = naccs_dir_make(path, 0755, &folder, err);
	if (status != NACCS_OK)
		return status;
	wide_task.encoding = "UTF-16";
	naccs_auto(heap) char *text = cli_scheduled_task_text(&wide_task);
	naccs_auto(heap) char *marked = text != NULL ? naccs_format("\xEF\xBB\xBF%s", text) : NULL;
	naccs_auto(heap) wchar_t *wide = marked != NULL ? naccs_wide_new(marked) : NULL;
	if (wide == NULL)
		return no_memory(err);
	status = naccs_file_write(folder, FILE_NAME, wide, wcslen(wide) * sizeof *wide, 0644, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot write the task"));
	bool is_for_administrators = task->is_elevated || !task->needs_logon;
	naccs_auto(heap) char *file = naccs_format("%s/%s", path, FILE_NAME);
	if (file == NULL)
		return no_memory(err);
	cli->text = naccs_format(
		is_for_administrators ? _("%s is written. Let Windows take it, as an administrator: schtasks /Create /TN %s /XML \"%s\"\n")
				      : _("%s is written. Let Windows take it: schtasks /Create /TN %s /XML \"%s\"\n"),
		file, TASK_NAME, with_backslashes(file));
	return cli->text != NULL ? NACCS_OK : no_memory(err);
}

naccs_status cli_scheduled_task_run(struct cli *cli, struct naccs_error *err)
{
	naccs_auto(heap) char *program = with_backslashes(naccs_path_of_program());
	naccs_auto(heap) char *user = own_sid();
	naccs_auto(heap) char *arguments = NULL;
	naccs_auto(heap) char *text = NULL;
	naccs_status status = make_arguments(cli, &arguments, err);

	if (status != NACCS_OK)
		return status;
	if (program == NULL || user == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, (int64_t)GetLastError(), _("cannot tell who runs this program and where it lies"));
	struct cli_scheduled_task task = {.encoding = "UTF-8", .user = user, .program = program, .arguments = arguments};
	status = decide_rights(cli, &task, err);
	if (status == NACCS_OK && task.is_elevated)
		status = check_program(program, err);
	if (status != NACCS_OK)
		return status;
	text = cli_scheduled_task_text(&task);
	if (text != NULL)
		cli->extra = json_pack("{s:{s:s,s:s,s:s}}", "scheduled_task", "xml", text, "program", program, "arguments", arguments);
	if (text == NULL || cli->extra == NULL)
		return no_memory(err);
	if (cli->options.output != NULL)
		return write_file(cli, &task, err);
	cli->text = naccs_take(&text);
	return NACCS_OK;
}
