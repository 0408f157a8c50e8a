/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see security.h. */
#include "security.h"

#include "cleanup.h"
#include "native.h"
#include "text.h"
#include "wide.h"

#include <aclapi.h>
#include <errno.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>

#define SDDL_LIMIT 512
#define OWN_TOKEN ((HANDLE)(LONG_PTR)-4) /* that of this process, nothing to close (GetCurrentProcessToken() of Windows 8) */

/* The user of this process as "S-1-…". Caller frees by LocalFree(). */
static wchar_t *user_text(void)
{
	union {
		TOKEN_USER user;
		BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} about;
	DWORD size = 0;
	wchar_t *text = NULL;
	if (GetTokenInformation(OWN_TOKEN, TokenUser, &about, sizeof about, &size) && !ConvertSidToStringSidW(about.user.User.Sid, &text))
		text = NULL;
	return text;
}

/* Whom S-1-… stands for: trusted is everybody who could do anything here anyway. */
static unsigned owner_of(PSID sid, const wchar_t *user)
{
	static const wchar_t *const system[] = {
		L"S-1-5-18",							   /* SYSTEM */
		L"S-1-5-32-544",						   /* the administrators */
		L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", /* TrustedInstaller, who owns C:\ */
		L"S-1-3-4",							   /* whoever owns the file */
	};
	wchar_t *text = NULL;
	unsigned owner = NACCS_UID_OTHER;
	if (sid == NULL || !ConvertSidToStringSidW(sid, &text))
		return owner;
	for (size_t i = 0; i < sizeof system / sizeof system[0]; i++) {
		if (wcscmp(text, system[i]) == 0)
			owner = NACCS_UID_SYSTEM;
	}
	if (wcscmp(text, user) == 0)
		owner = NACCS_UID_SELF;
	(void)LocalFree(text);
	return owner;
}

static wchar_t *name_of(PSID sid)
{
	wchar_t name[256], domain[256];
	DWORD name_size = 256, domain_size = 256;
	SID_NAME_USE use;
	wchar_t *text = NULL;
	if (LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use))
		return wcsdup(name);
	wchar_t *copy = ConvertSidToStringSidW(sid, &text) ? wcsdup(text) : NULL;
	(void)LocalFree(text);
	return copy;
}

/* Text of others' names, a blank before each. */
static void note_other(PSID sid, struct naccs_security *ret)
{
	wchar_t *text = NULL;
	if (ret->first_other == NULL)
		ret->first_other = name_of(sid);
	if (!ConvertSidToStringSidW(sid, &text))
		return;
	size_t before = ret->other_sids != NULL ? wcslen(ret->other_sids) : 0;
	size_t room = wcslen(text) + sizeof " \"*\"";
	wchar_t *longer = realloc(ret->other_sids, (before + room) * sizeof *longer);
	if (longer != NULL) {
		(void)swprintf(longer + before, room, L" \"*%ls\"", text);
		ret->other_sids = longer;
	}
	(void)LocalFree(text);
}

static ACCESS_MASK specific(ACCESS_MASK mask)
{
	GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS};
	MapGenericMask(&mask, &mapping);
	return mask;
}

static void read_list(PACL list, const wchar_t *user, ACCESS_MASK wanted, struct naccs_security *ret)
{
	for (DWORD i = 0; i < list->AceCount; i++) {
		ACE_HEADER *header = NULL;
		if (!GetAce(list, i, (void **)&header) || (header->AceFlags & INHERIT_ONLY_ACE) != 0)
			continue;
		if (header->AceType == ACCESS_DENIED_ACE_TYPE) /* takes something away at most: not counted on */
			continue;
		if (header->AceType != ACCESS_ALLOWED_ACE_TYPE) {
			ret->others |=
				header->AceType == ACCESS_ALLOWED_OBJECT_ACE_TYPE || header->AceType == ACCESS_ALLOWED_CALLBACK_ACE_TYPE
					? FILE_ALL_ACCESS
					: 0;
			continue;
		}
		ACCESS_ALLOWED_ACE *entry = (ACCESS_ALLOWED_ACE *)header;
		PSID sid = &entry->SidStart;
		if (entry->Mask == 0 || owner_of(sid, user) != NACCS_UID_OTHER)
			continue;
		ret->others |= specific(entry->Mask);
		if ((specific(entry->Mask) & wanted) != 0)
			note_other(sid, ret);
	}
}

ACCESS_MASK naccs_security_forbidden(bool is_root, bool is_last)
{
	if (is_last)
		return NACCS_RIGHTS_TO_CHANGE;
	return is_root ? NACCS_RIGHTS_TO_REPLACE & ~(ACCESS_MASK)DELETE : NACCS_RIGHTS_TO_REPLACE;
}

int naccs_security_read(HANDLE file, ACCESS_MASK wanted, struct naccs_security *ret)
{
	PSID owner = NULL;
	PACL list = NULL;
	PSECURITY_DESCRIPTOR descriptor = NULL;
	SECURITY_DESCRIPTOR_CONTROL control = 0;
	DWORD revision = 0;
	wchar_t *user = user_text();
	if (user == NULL)
		return naccs_windows_fail_last();
	*ret = (struct naccs_security){.owner = NACCS_UID_OTHER};
	DWORD error = GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &list,
				      NULL, &descriptor);
	if (error == ERROR_SUCCESS) {
		ret->owner = owner_of(owner, user);
		ret->is_inherited = GetSecurityDescriptorControl(descriptor, &control, &revision) && (control & SE_DACL_PROTECTED) == 0;
		if (list == NULL) /* no list at all: everybody may do everything; so it is with file systems that know no rights */
			ret->others = FILE_ALL_ACCESS;
		else
			read_list(list, user, wanted, ret);
	}
	(void)LocalFree(descriptor);
	(void)LocalFree(user);
	return error == ERROR_SUCCESS ? 0 : naccs_windows_fail_error(error);
}

void naccs_security_wipe(struct naccs_security *security)
{
	free(security->first_other);
	free(security->other_sids);
	security->first_other = NULL;
	security->other_sids = NULL;
}

void naccs_security_hint(const struct naccs_security *security, const char *path, bool is_folder, struct naccs_error *err)
{
	const char *below = is_folder ? "(OI)(CI)" : "";
	wchar_t *user = user_text();
	naccs_auto(heap) char *self = user != NULL ? naccs_wide_text(user) : NULL;
	naccs_auto(heap) char *others = security->other_sids != NULL ? naccs_wide_text(security->other_sids) : NULL;
	naccs_auto(heap) char *line =
		self == NULL ? NULL
			     : naccs_format("icacls \"%s\" /inheritance:r /grant:r \"*%s:%sF\" \"*S-1-5-18:%sF\"%s%s", path, self, below,
					    below, others != NULL ? " /remove" : "", others != NULL ? others : "");
	(void)LocalFree(user);
	if (line != NULL && security->owner == NACCS_UID_OTHER)
		(void)naccs_error_hint(err, _("see who wrote it and why; then: takeown /F \"%s\", and: %s"), path, line);
	else if (line != NULL)
		(void)naccs_error_hint(err, "%s", line);
}

SECURITY_DESCRIPTOR *naccs_security_new(unsigned mode, bool is_folder)
{
	wchar_t text[SDDL_LIMIT];
	wchar_t *user = user_text();
	PSECURITY_DESCRIPTOR descriptor = NULL;
	if (user == NULL) {
		(void)naccs_windows_fail_last();
		return NULL;
	}
	/* P: nothing is taken over from the folder above. FA all, FRFX to read and to go in, WD everybody. */
	const wchar_t *below = is_folder ? L"OICI" : L"";
	const wchar_t *others = (mode & 077) == 0 ? L"" : is_folder ? L"(A;OICI;FRFX;;;WD)" : L"(A;;FR;;;WD)";
	int length = swprintf(text, SDDL_LIMIT, L"O:%lsD:P(A;%ls;FA;;;%ls)(A;%ls;FA;;;SY)%ls", user, below, user, below, others);
	(void)LocalFree(user);
	if (length < 0 || !ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL)) {
		(void)naccs_windows_fail_error(length < 0 ? ERROR_NOT_ENOUGH_MEMORY : GetLastError());
		return NULL;
	}
	return descriptor;
}

int naccs_security_set(HANDLE file, unsigned mode, bool is_folder)
{
	SECURITY_DESCRIPTOR *descriptor = naccs_security_new(mode, is_folder);
	PACL list = NULL;
	BOOL is_present = FALSE, is_default = FALSE;
	if (descriptor == NULL)
		return -1;
	DWORD error = GetSecurityDescriptorDacl(descriptor, &is_present, &list, &is_default) ? ERROR_SUCCESS : GetLastError();
	if (error == ERROR_SUCCESS) /* of this one alone: what lies in a folder has a list of its own */
		error = SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, descriptor)
				? ERROR_SUCCESS
				: GetLastError();
	(void)LocalFree(descriptor);
	return error == ERROR_SUCCESS ? 0 : naccs_windows_fail_error(error);
}

int naccs_security_copy(HANDLE from, HANDLE to)
{
	struct naccs_security about = {0};
	PACL list = NULL;
	PSECURITY_DESCRIPTOR descriptor = NULL;
	HANDLE changeable = NULL;
	if (naccs_security_read(from, 0, &about) != 0)
		return -1;
	if ((about.others & NACCS_RIGHTS_TO_CHANGE) != 0 || about.others == 0)
		return 0;
	if (naccs_native_reopen(to, WRITE_DAC | READ_CONTROL, &changeable) != 0)
		return -1;
	DWORD error = GetSecurityInfo(from, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list, NULL, &descriptor);
	if (error == ERROR_SUCCESS)
		error = SetSecurityInfo(changeable, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL,
					NULL, list, NULL);
	(void)LocalFree(descriptor);
	(void)CloseHandle(changeable);
	return error == ERROR_SUCCESS ? 0 : naccs_windows_fail_error(error);
}
