/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the one symbol that this module exports. */
#include "pkcs11.h"

/* Where modules find their configuration and their device when that is not the usual one; the agent of a token that p11-kit reaches by ssh ("remote: |ssh …"). None of them
 * makes a module write down what it is given. */
static const char *const environment[] = {
	"SOFTHSM2_CONF", "TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI", "P11_KIT_SERVER_ADDRESS", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
	"SSH_AUTH_SOCK", "PCSCLITE_CSOCK_NAME", "OPENSC_CONF", "YUBIHSM_PKCS11_CONF", "NFAST_*", "CKNFAST_*", "ChrystokiConfigurationPath", "CS_PKCS11_R2_CFG", "CS_PKCS11_R3_CFG",
	NULL,
};

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.isolated = true, /* modules are others' code: they crash, hang and keep state */
	.scheme = "pkcs11",
	.summary = N_("a PKCS#11 token (hardware token, HSM, TPM), pkcs11:token=LABEL"),
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
	.environment = environment,
};

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

const struct naccs_backend *naccs_backend_entry(void)
{
	return &backend;
}
