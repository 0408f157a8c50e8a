/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the backend, and what it says about itself. In naccs-cert.exe it is linked in: nothing is loaded. */
#include "winstore.h"

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.scheme = "windows",
	.summary = N_("the certificate store of Windows: windows:user, or windows:machine for services (as administrator)"),
	.places = win_places,
	.open = win_open,
	.close = win_close,
	.describe = win_describe,
	.list = win_list,
	.plan = win_plan,
	.stage = win_stage,
	.commit = win_commit,
	.abort = win_abort,
	.recover = win_recover,
	.remove = win_remove,
	.sign = win_sign,
	.export_key = win_export_key,
	.verify = win_verify,
	.archive = win_archive,
};

const struct naccs_backend *naccs_windows_backend_entry(void);

const struct naccs_backend *naccs_windows_backend_entry(void)
{
	return &backend;
}
