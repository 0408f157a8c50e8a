/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: see hook.h. This file: Windows. A hook runs in a job of its own, so that it can be ended with all its children; it inherits the two
 * handles that it is given and no other, and has no console, so that Ctrl-C is ours.
 */
#include "hook_windows.h"

#include "cleanup.h"
#include "text.h"
#include "utf8.h"
#include "windows/wide.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 500
#define ENDED_BY_US 0xC000013Au /* STATUS_CONTROL_C_EXIT: what a program that was interrupted ends with */

/* A hook that runs. */
struct running {
	const char *name; /* for people */
	const struct naccs_hook_watch *watch;
	HANDLE process, job;
	HANDLE output;	 /* INVALID_HANDLE_VALUE: at its end */
	OVERLAPPED read; /* its event is set when output has come */
	char bytes[4096];
	char line[LINE_MAX_BYTES + 1];
	size_t length;
};

static naccs_status fail(const struct running *running, DWORD problem, struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_HOOK_FAILED, (int64_t)problem, _("cannot run the hook \"%s\": Windows error %lu"), running->name,
			  (unsigned long)problem);
}

static void close_handle(HANDLE *handle)
{
	if (*handle != NULL && *handle != INVALID_HANDLE_VALUE)
		(void)CloseHandle(*handle);
	*handle = NULL;
}

/* ---- what it writes ---- */

/* Programs write UTF-8, or the console's code page. Caller frees. */
static char *readable(const char *line, size_t length)
{
	wchar_t wide[LINE_MAX_BYTES + 1];
	int count;
	naccs_auto(heap) char *text = NULL;

	if (naccs_utf8_is_valid(line, length))
		return naccs_text_printable(line, length);
	count = MultiByteToWideChar(GetOEMCP(), 0, line, (int)length, wide, LINE_MAX_BYTES);
	text = naccs_wide_text_length(wide, count > 0 ? (size_t)count : 0);
	return text != NULL ? naccs_text_printable(text, strlen(text)) : NULL;
}

static void end_line(struct running *running)
{
	if (running->length > 0 && running->line[running->length - 1] == '\r')
		running->length--;
	naccs_auto(heap) char *clean = readable(running->line, running->length);
	if (running->length > 0 && clean != NULL && running->watch->output != NULL)
		running->watch->output(running->watch->context, clean);
	running->length = 0;
}

static void take_output(struct running *running, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n' || running->length == LINE_MAX_BYTES)
			end_line(running);
		if (bytes[i] != '\n')
			running->line[running->length++] = bytes[i];
	}
}

static void end_output(struct running *running)
{
	close_handle(&running->output);
	running->output = INVALID_HANDLE_VALUE;
}

/* Ask for output until the answer has to be waited for. */
static void begin_read(struct running *running)
{
	if (running->output == INVALID_HANDLE_VALUE)
		return;
	if (ReadFile(running->output, running->bytes, sizeof running->bytes, NULL, &running->read) == 0 &&
	    GetLastError() != ERROR_IO_PENDING)
		end_output(running);
}

static void finish_read(struct running *running)
{
	DWORD count = 0;

	if (GetOverlappedResult(running->output, &running->read, &count, FALSE) == 0) {
		end_output(running);
		return;
	}
	take_output(running, running->bytes, count);
	begin_read(running);
}

/* ---- its life ---- */

/* Our end of a pipe that can be waited for, and the end that the hook inherits. */
static DWORD make_pipe(HANDLE *ret_ours, HANDLE *ret_its)
{
	static const SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
	LARGE_INTEGER now;
	wchar_t name[96];

	(void)QueryPerformanceCounter(&now);
	(void)_snwprintf(name, sizeof name / sizeof name[0] - 1, L"\\\\.\\pipe\\naccs-cert-hook-%lu-%lld",
			 (unsigned long)GetCurrentProcessId(), (long long)now.QuadPart);
	name[sizeof name / sizeof name[0] - 1] = L'\0';
	*ret_ours = CreateNamedPipeW(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
				     PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, 65536, 0, NULL);
	if (*ret_ours == INVALID_HANDLE_VALUE)
		return GetLastError();
	*ret_its = CreateFileW(name, GENERIC_WRITE, 0, (SECURITY_ATTRIBUTES *)(uintptr_t)&inherited, OPEN_EXISTING, 0, NULL);
	return *ret_its != INVALID_HANDLE_VALUE ? 0 : GetLastError();
}

/* A job that the process is in before its first instruction. */
static DWORD start(struct running *running, const struct naccs_hook_launch *launch, STARTUPINFOEXW *how)
{
	PROCESS_INFORMATION made = {0};
	DWORD problem = 0;

	running->job = CreateJobObjectW(NULL, NULL);
	if (running->job == NULL)
		return GetLastError();
	if (CreateProcessW(launch->program, launch->line, NULL, NULL, TRUE,
			   CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT,
			   launch->environment, NULL, &how->StartupInfo, &made) == 0)
		return GetLastError();
	running->process = made.hProcess;
	if (AssignProcessToJobObject(running->job, made.hProcess) == 0) {
		problem = GetLastError();
		(void)TerminateProcess(made.hProcess, ENDED_BY_US);
	}
	(void)ResumeThread(made.hThread);
	(void)CloseHandle(made.hThread);
	return problem;
}

/* Which handles it inherits is said one by one. */
static DWORD start_with(struct running *running, const struct naccs_hook_launch *launch, HANDLE input, HANDLE output)
{
	HANDLE handles[2] = {input, output};
	STARTUPINFOEXW how = {
		.StartupInfo = {
			.cb = sizeof how, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = input, .hStdOutput = output, .hStdError = output}};
	SIZE_T size = 0;
	DWORD problem = 0;

	(void)InitializeProcThreadAttributeList(NULL, 1, 0, &size);
	naccs_auto(heap) void *list = calloc(1, size);
	if (list == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	how.lpAttributeList = list;
	if (InitializeProcThreadAttributeList(list, 1, 0, &size) == 0)
		return GetLastError();
	if (UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, sizeof handles, NULL, NULL) == 0)
		problem = GetLastError();
	if (problem == 0)
		problem = start(running, launch, &how);
	DeleteProcThreadAttributeList(list);
	return problem;
}

static naccs_status begin(struct running *running, const struct naccs_hook_launch *launch, struct naccs_error *err)
{
	SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
	HANDLE nothing = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
	HANDLE its = NULL;
	DWORD problem = nothing != INVALID_HANDLE_VALUE ? 0 : GetLastError();

	if (problem == 0)
		problem = make_pipe(&running->output, &its);
	running->read.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (problem == 0 && running->read.hEvent == NULL)
		problem = GetLastError();
	if (problem == 0)
		problem = start_with(running, launch, nothing, its);
	close_handle(&its);
	close_handle(&nothing);
	if (problem != 0)
		return fail(running, problem, err);
	begin_read(running);
	return NACCS_OK;
}

/* Wait for output or its end until a moment; true: it has ended. */
static bool has_ended(struct running *running, uint64_t until)
{
	for (;;) {
		const HANDLE both[2] = {running->process, running->read.hEvent};
		uint64_t now = GetTickCount64();
		uint64_t left = until > now ? until - now : 0;
		DWORD count = running->output != INVALID_HANDLE_VALUE ? 2 : 1;
		DWORD came = WaitForMultipleObjects(count, both, FALSE, left > 1000000 ? 1000000 : (DWORD)left);

		if (came == WAIT_OBJECT_0)
			return true;
		if (came == WAIT_OBJECT_0 + 1)
			finish_read(running);
		else if (left == 0 || came == WAIT_FAILED)
			return false;
	}
}

/* What it wrote last is in the pipe; what it left running may hold the other end, and is not waited for. */
static void clear(struct running *running)
{
	while (running->output != INVALID_HANDLE_VALUE && running->output != NULL && running->read.hEvent != NULL &&
	       WaitForSingleObject(running->read.hEvent, 0) == WAIT_OBJECT_0)
		finish_read(running);
	if (running->output != INVALID_HANDLE_VALUE && running->output != NULL && CancelIo(running->output) != 0) {
		DWORD count = 0;

		(void)GetOverlappedResult(running->output, &running->read, &count, TRUE);
	}
	end_line(running);
	close_handle(&running->output);
	close_handle(&running->read.hEvent);
	close_handle(&running->process);
	close_handle(&running->job);
}

naccs_status naccs_hook_launch(const char *name, const struct naccs_hook_launch *launch, const struct naccs_hook_watch *watch,
			       struct naccs_error *err)
{
	static const struct naccs_hook_watch nobody = {0};
	struct running running = {.name = name, .watch = watch != NULL ? watch : &nobody, .output = INVALID_HANDLE_VALUE};
	uint32_t limit = running.watch->limit_seconds != 0 ? running.watch->limit_seconds : NACCS_HOOK_LIMIT_SECONDS;
	DWORD exit_code = 1;
	naccs_status status = begin(&running, launch, err);

	if (status == NACCS_OK && !has_ended(&running, GetTickCount64() + (uint64_t)limit * 1000)) {
		(void)TerminateJobObject(running.job, ENDED_BY_US);
		(void)WaitForSingleObject(running.process, INFINITE);
		status = naccs_fail(err, NACCS_E_HOOK_FAILED, 0, _("the hook \"%s\" was ended: it took longer than %u seconds"), name,
				    (unsigned)limit);
	} else if (status == NACCS_OK) {
		(void)GetExitCodeProcess(running.process, &exit_code);
		if (exit_code != 0)
			status = naccs_fail(err, NACCS_E_HOOK_FAILED, exit_code, _("the hook \"%s\" ended with exit code %d"), name,
					    (int)exit_code);
	}
	clear(&running);
	return status;
}
