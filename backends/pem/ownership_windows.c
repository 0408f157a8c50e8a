/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: whose the files are and who may read them, on Windows: everything below DIR is for this user and SYSTEM alone, and takes nothing
 * over from the folders above. See ownership.c for the same by modes.
 */
#include "pem.h"

#include "file.h"

#include <errno.h>

const uint64_t pem_group_capability = 0;

naccs_status pem_group_find(const char *name, gid_t *ret, struct naccs_error *err)
{
	(void)ret;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot give files to the group %s: on Windows they have no group"), name);
	return naccs_error_hint(err, _("leave --group out, and let a service read them by: icacls DIR /grant SERVICE:(OI)(CI)R /T"));
}

naccs_status pem_path_check(const struct naccs_store *store, struct naccs_error *err)
{
	return naccs_path_check_safe(store->path, err);
}

struct pem_ownership pem_ownership_of(const struct naccs_store *store, int former, const char *name, bool is_private)
{
	(void)store;
	(void)former;
	(void)is_private;
	return (struct pem_ownership){(uid_t)-1, (gid_t)-1, name == NULL ? 0700 : 0600};
}

naccs_status pem_ownership_apply(int fd, const struct pem_ownership *ownership, const char *name, struct naccs_error *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot examine %s"), name);
	if ((status.st_mode & 0777) != ownership->mode && fchmod(fd, ownership->mode) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot set the mode of %s"), name);
	return NACCS_OK;
}
