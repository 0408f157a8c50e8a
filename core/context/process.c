/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the process as a whole must not do: write our memory to disk, load code or settings that the environment names. See
 * naccscert.h. */
#include "context.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

const char *naccs_daily_renewal_name(void)
{
	return "naccs-cert-renew.timer";
}

void naccs_process_init(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	/* libcurl would write TLS secrets there, OpenSSL would load code from there. */
	(void)unsetenv("SSLKEYLOGFILE");
	(void)unsetenv("OPENSSL_CONF");
	(void)unsetenv("OPENSSL_MODULES");
	(void)unsetenv("OPENSSL_ENGINES");
	naccs_crypto_process_init();
}
