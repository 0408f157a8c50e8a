/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the one symbol that this module exports. */
#include "pkcs11.h"

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.isolated = true, /* modules are others' code: they crash, hang and keep state */
	.scheme = "pkcs11",
	.summary = "a PKCS#11 token (hardware token, HSM, TPM), pkcs11:token=LABEL",
	.places = pkcs11_places,
	.open = pkcs11_open,
	.close = pkcs11_close,
	.describe = pkcs11_describe,
	.list = pkcs11_list,
	.plan = pkcs11_plan,
	.stage = pkcs11_stage,
	.commit = pkcs11_commit,
	.abort = pkcs11_abort,
	.recover = pkcs11_recover,
	.remove = pkcs11_remove,
	.sign = pkcs11_sign,
};

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

const struct naccs_backend *naccs_backend_entry(void)
{
	return &backend;
}
