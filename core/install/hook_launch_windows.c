/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: see hook.h. A command is cmd.exe's. A file is run by what its name ends in: .cmd and .bat by cmd.exe, .ps1 by Windows PowerShell,
 * .exe by itself. Where cmd.exe is to run a file, the path comes to it in a variable: nothing in a path can then be taken for an operator,
 * a quote or another variable.
 */
#include "hook_windows.h"

#include "builder.h"
#include "cleanup.h"
#include "clock.h"
#include "text.h"
#include "windows/wide.h"

#include <knownfolders.h>
#include <shlobj.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_VARIABLE "NACCS_CERT_HOOK"

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static char *known_folder(const KNOWNFOLDERID *folder)
{
	wchar_t *wide = NULL;
	char *path = SHGetKnownFolderPath(folder, KF_FLAG_DONT_VERIFY, NULL, &wide) == S_OK ? naccs_wide_text(wide) : NULL;

	CoTaskMemFree(wide);
	return path;
}

/* SEPARATOR stands for the NUL behind each variable until the block is made, so it can't be in a value. */
#define SEPARATOR '\1'

static void add(struct naccs_builder *block, const char *name, const char *value)
{
	naccs_builder_print(block, "%s=", name);
	for (; *value != '\0'; value++)
		naccs_builder_add_char(block, *value == SEPARATOR ? '?' : *value);
	naccs_builder_add_char(block, SEPARATOR);
}

/* The variables of a hook in the order that Windows wants them in, without regard to case. */
static naccs_status make_environment(const struct naccs_hook_facts *facts, const char *file, const char *windows, wchar_t **ret,
				     struct naccs_error *err)
{
	char time[NACCS_TIME_TEXT_SIZE];
	naccs_auto(heap) char *local = known_folder(&FOLDERID_LocalAppData);
	naccs_auto(heap) char *profile = known_folder(&FOLDERID_Profile);
	naccs_auto(builder) struct naccs_builder text = {0};

	if (local == NULL || profile == NULL)
		return no_memory(err);
	naccs_time_format_utc(facts->not_after, time);
	naccs_builder_print(&text, "ComSpec=%s\\System32\\cmd.exe\1", windows);
	if (file != NULL)
		add(&text, FILE_VARIABLE, file);
	add(&text, "NACCS_CERT_NOT_AFTER", time);
	add(&text, "NACCS_CERT_SERIAL", facts->serial);
	add(&text, "NACCS_CERT_STORES", facts->stores);
	add(&text, "NACCS_CERT_TERMINAL", facts->terminal != NULL ? facts->terminal : "");
	naccs_builder_add(&text, "NoDefaultCurrentDirectoryInExePath=1\1");
	naccs_builder_print(&text, "PATH=%s\\System32;%s;%s\\System32\\Wbem;%s\\System32\\WindowsPowerShell\\v1.0\1", windows, windows,
			    windows, windows);
	naccs_builder_add(&text, "PATHEXT=.COM;.EXE;.BAT;.CMD\1");
	naccs_builder_print(&text, "SystemDrive=%.2s\1SystemRoot=%s\1", windows, windows);
	naccs_builder_print(&text, "TEMP=%s\\Temp\1TMP=%s\\Temp\1", local, local);
	naccs_builder_print(&text, "USERPROFILE=%s\1windir=%s\1", profile, windows);
	naccs_auto(heap) char *whole = naccs_builder_take(&text);
	*ret = whole != NULL ? naccs_wide_new(whole) : NULL;
	for (wchar_t *at = *ret; at != NULL && *at != L'\0'; at++)
		if (*at == SEPARATOR)
			*at = L'\0';
	return *ret != NULL ? NACCS_OK : no_memory(err);
}

static bool ends_in(const char *path, const char *end)
{
	size_t length = strlen(path);

	return length >= strlen(end) && strcasecmp(path + length - strlen(end), end) == 0;
}

/* *ret_program and *ret_line, from malloc. NULL: memory. */
static void make_line(const char *command, const char *file, const char *windows, char **ret_program, char **ret_line)
{
	*ret_program = naccs_format("%s\\System32\\cmd.exe", windows);
	if (file == NULL) {
		*ret_line = naccs_format("cmd.exe /d /s /c \"%s\"", command);
	} else if (ends_in(file, ".exe")) {
		free(*ret_program);
		*ret_program = strdup(file);
		*ret_line = naccs_format("\"%s\"", file);
	} else if (ends_in(file, ".ps1")) {
		free(*ret_program);
		*ret_program = naccs_format("%s\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", windows);
		*ret_line = naccs_format("powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File \"%s\"", file);
	} else {
		*ret_line = naccs_format("cmd.exe /d /v:off /s /c \"\"%%" FILE_VARIABLE "%%\"\"");
	}
}

static naccs_status run(const char *name, const char *command, const char *file, const struct naccs_hook_facts *facts,
			const struct naccs_hook_watch *watch, struct naccs_error *err)
{
	wchar_t folder[MAX_PATH + 1];
	UINT length = GetSystemWindowsDirectoryW(folder, MAX_PATH);
	naccs_auto(heap) char *windows = length > 0 && length <= MAX_PATH ? naccs_wide_text(folder) : NULL;
	naccs_auto(heap) char *program = NULL;
	naccs_auto(heap) char *line = NULL;
	naccs_auto(heap) wchar_t *environment = NULL;

	if (windows == NULL)
		return no_memory(err);
	naccs_status status = make_environment(facts, file, windows, &environment, err);
	if (status != NACCS_OK)
		return status;
	make_line(command, file, windows, &program, &line);
	naccs_auto(heap) wchar_t *wide_program = program != NULL ? naccs_wide_new(program) : NULL;
	naccs_auto(heap) wchar_t *wide_line = line != NULL ? naccs_wide_new(line) : NULL;
	if (wide_program == NULL || wide_line == NULL)
		return no_memory(err);
	return naccs_hook_launch(name, &(struct naccs_hook_launch){.program = wide_program, .line = wide_line, .environment = environment},
				 watch, err);
}

naccs_status naccs_hook_run(const char *command, const struct naccs_hook_facts *facts, const struct naccs_hook_watch *watch,
			    struct naccs_error *err)
{
	return run(command, command, NULL, facts, watch, err);
}

naccs_status naccs_hook_run_file(const char *path, const struct naccs_hook_facts *facts, const struct naccs_hook_watch *watch,
				 struct naccs_error *err)
{
	naccs_auto(heap) char *file = strdup(path);

	if (file == NULL)
		return no_memory(err);
	for (char *at = file; *at != '\0'; at++)
		if (*at == '/')
			*at = '\\';
	return run(path, NULL, file, facts, watch, err);
}

bool naccs_hook_is_program(const char *path, unsigned mode)
{
	(void)mode;
	return ends_in(path, ".cmd") || ends_in(path, ".bat") || ends_in(path, ".exe") || ends_in(path, ".ps1");
}
