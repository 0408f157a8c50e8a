/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: one writer for each user's stores on this machine. The lock is the name of a kernel object: it is there while somebody has it open
 * and goes with the process, so a crash leaves none behind, and trying leaves no trace. A mutex would let the same thread in twice.
 */
#include "winstore.h"

#include <sddl.h>

#define POLL_MS 50

/* The user's security identifier as text: two sessions of one user share their stores. Caller frees with LocalFree(). */
static wchar_t *user_of(void)
{
	union {
		TOKEN_USER user;
		uint8_t room[256]; /* SECURITY_MAX_SID_SIZE is 68 */
	} info;
	DWORD size = 0;
	HANDLE token = NULL;
	wchar_t *text = NULL;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return NULL;
	if (!GetTokenInformation(token, TokenUser, &info, sizeof info, &size) || !ConvertSidToStringSidW(info.user.User.Sid, &text))
		text = NULL;
	(void)CloseHandle(token);
	return text;
}

/* NULL with the reason in *ret_code; ERROR_ALREADY_EXISTS: somebody else has it. */
static HANDLE take(const wchar_t *name, DWORD *ret_code)
{
	HANDLE handle = CreateEventW(NULL, TRUE, FALSE, name);

	*ret_code = GetLastError();
	if (handle == NULL && *ret_code == ERROR_ACCESS_DENIED) /* the same user's, with other rights */
		*ret_code = ERROR_ALREADY_EXISTS;
	if (handle != NULL && *ret_code == ERROR_ALREADY_EXISTS) {
		(void)CloseHandle(handle);
		handle = NULL;
	}
	return handle;
}

naccs_status win_lock(bool is_machine, uint32_t timeout_ms, HANDLE *ret, struct naccs_error *err)
{
	const char *uri = is_machine ? "windows:machine" : "windows:user";
	wchar_t *user = user_of();
	ULONGLONG start = GetTickCount64();
	wchar_t name[256];
	DWORD code = 0;
	HANDLE handle;

	(void)_snwprintf(name, sizeof name / sizeof *name - 1, L"Global\\naccs-cert windows:%ls",
			 is_machine	? L"machine"
			 : user != NULL ? user
					: L"user");
	name[sizeof name / sizeof *name - 1] = L'\0';
	(void)LocalFree(user);
	while ((handle = take(name, &code)) == NULL && code == ERROR_ALREADY_EXISTS && GetTickCount64() - start < timeout_ms)
		Sleep(POLL_MS);
	if (handle == NULL && code == ERROR_ALREADY_EXISTS)
		return naccs_fail(err, NACCS_E_RUN_LOCKED, (int64_t)code,
				  _("cannot write to %s: another run of naccs-cert is writing to it"), uri);
	if (handle == NULL)
		return win_fail(err, code, _("cannot lock %s"), uri);
	*ret = handle;
	return NACCS_OK;
}
