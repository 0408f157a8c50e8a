/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: who may do what with a file. Windows lists it (an access control list), the program thinks in modes: here is where they meet, and
 * what path_windows.c asks, which needs more than a mode says. The user of this process, SYSTEM, the administrators and the
 * installer of Windows are trusted: they can do everything anyway.
 */
#ifndef NACCS_WINDOWS_SECURITY_H
#define NACCS_WINDOWS_SECURITY_H

#include "error.h"

#include <windows.h>

#include <stdbool.h>

#define NACCS_UID_SYSTEM 0u
#define NACCS_UID_SELF 1000u
#define NACCS_UID_OTHER 65534u

/* What is known about a file's protection. */
struct naccs_security {
	unsigned owner;	      /* NACCS_UID_… */
	ACCESS_MASK others;   /* what is granted to anybody who is not trusted, on the file itself */
	bool is_inherited;    /* does it take over what its folder hands down? */
	wchar_t *first_other; /* the name of the first who was looked for, for messages; NULL: nobody, or not known */
	wchar_t *other_sids;  /* all of them, for icacls: L" \"*S-1-1-0\" \"*S-1-5-11\""; NULL: nobody */
};

/* Rights by which others could change what the file holds, or who may. */
#define NACCS_RIGHTS_TO_CHANGE (FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER)
/* Rights by which others could put another folder or file in the place of one that is there. */
#define NACCS_RIGHTS_TO_REPLACE (FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER)

/* What others must not have on a folder of a path: on the way they may add folders, as they may to C:\, but not take away or rename the one
 * that leads on. The root of a drive can't be taken away itself: a right to delete it means nothing (users have it on D:\). */
ACCESS_MASK naccs_security_forbidden(bool is_root, bool is_last);

/* Of an open file (READ_CONTROL). 0, or -1 with errno. Others who have any of the rights in wanted are named; with any, *ret is to be given
 * to naccs_security_wipe(). */
int naccs_security_read(HANDLE file, ACCESS_MASK wanted, struct naccs_security *ret);
void naccs_security_wipe(struct naccs_security *security);
/* The hint by which path becomes its user's alone, as naccs_security_read() found it: an icacls line for the command prompt and for
 * PowerShell. */
void naccs_security_hint(const struct naccs_security *security, const char *path, bool is_folder, struct naccs_error *err);

/* The user, and SYSTEM; for a mode with bits for others everybody may read as well. Caller frees by LocalFree(). NULL with errno. */
SECURITY_DESCRIPTOR *naccs_security_new(unsigned mode, bool is_folder);
/* to gets the list of from, unless that lets others change the file: then it keeps its own. 0, or -1 with errno. */
int naccs_security_copy(HANDLE from, HANDLE to);
/* The file gets this access control list (WRITE_DAC). 0, or -1 with errno. */
int naccs_security_set(HANDLE file, unsigned mode, bool is_folder);

#endif
