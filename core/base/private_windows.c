/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see private.h. */
#include "private.h"

#include "text.h"
#include "windows/native.h"
#include "windows/security.h"
#include "windows/wide.h"

#include <errno.h>
#include <stdlib.h>

static naccs_status refuse(const char *path, const struct naccs_security *security, struct naccs_error *err)
{
	char *name = security->first_other != NULL ? naccs_wide_text(security->first_other) : NULL;
	if (name != NULL)
		(void)naccs_fail(err, NACCS_E_SECRETS_PERMISSIONS, 0, _("refused to read secrets from %s: its permissions let %s at it"),
				 path, name);
	else
		(void)naccs_fail(err, NACCS_E_SECRETS_PERMISSIONS, 0,
				 _("refused to read secrets from %s: its permissions let other users at it"), path);
	free(name);
	naccs_security_hint(security, path, false, err);
	return NACCS_E_SECRETS_PERMISSIONS;
}

naccs_status naccs_file_check_private(int fd, const char *path, const struct stat *about, struct naccs_error *err)
{
	struct naccs_security security = {0};
	(void)about;
	if (naccs_security_read(naccs_native_handle(fd), FILE_ALL_ACCESS, &security) != 0)
		return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot examine %s"), path);
	naccs_status status = NACCS_OK;
	if (security.owner == NACCS_UID_OTHER) {
		status = naccs_fail(err, NACCS_E_SECRETS_PERMISSIONS, 0, _("refused to read secrets from %s: it belongs to another user"),
				    path);
		naccs_security_hint(&security, path, false, err);
	} else if (security.others != 0) {
		status = refuse(path, &security, err);
	}
	naccs_security_wipe(&security);
	return status;
}
