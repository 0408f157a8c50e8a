/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see private.h. */
#include "private.h"

#include "acl.h"
#include "text.h"

#include <inttypes.h>
#include <unistd.h>

naccs_status naccs_file_check_private(int fd, const char *path, const struct stat *about, struct naccs_error *err)
{
	if (about->st_uid != 0 && about->st_uid != geteuid()) {
		(void)naccs_fail(err, NACCS_E_SECRETS_PERMISSIONS, 0,
				 _("refused to read secrets from %s: it belongs to user %ju, neither to root nor to user %ju"), path,
				 (uintmax_t)about->st_uid, (uintmax_t)geteuid());
		(void)naccs_error_hint(err, _("chown %ju %s"), (uintmax_t)geteuid(), path);
		return NACCS_E_SECRETS_PERMISSIONS;
	}
	bool is_open = (about->st_mode & S_IRWXO) != 0 || ((about->st_mode & S_IRWXG) != 0 && !naccs_acl_is_private(fd, geteuid()));
	if (is_open) {
		(void)naccs_fail(err, NACCS_E_SECRETS_PERMISSIONS, 0,
				 _("refused to read secrets from %s: its mode %04o lets group or others at it"), path,
				 (unsigned)(about->st_mode & 07777));
		(void)naccs_error_hint(err, _("chmod 600 %s"), path);
		return NACCS_E_SECRETS_PERMISSIONS;
	}
	return NACCS_OK;
}
