/* SPDX-License-Identifier: Apache-2.0 */
/* Why: as process.c, on Windows: no report of a crash that holds our memory; from now on no library from anywhere but the system's folder.
 * (What the program is linked with was bound before main, from the program's own folder first: it has to lie where others can't write.) See
 * naccscert.h. */
#include "context.h"

#include "text.h"

#include <windows.h>

#include <stdlib.h>

#ifndef LOAD_LIBRARY_SEARCH_SYSTEM32
#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x00000800
#endif

const char *naccs_daily_renewal_name(void)
{
	return _("the task naccs-cert-renew (naccs-cert config --scheduled-task)");
}

void naccs_process_init(void)
{
	(void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
	(void)HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
	(void)SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
	(void)SetDllDirectoryW(L"");
	/* libcurl would write TLS secrets there, OpenSSL would load code from there. */
	(void)unsetenv("SSLKEYLOGFILE");
	(void)unsetenv("OPENSSL_CONF");
	(void)unsetenv("OPENSSL_MODULES");
	(void)unsetenv("OPENSSL_ENGINES");
	naccs_crypto_process_init();
}
