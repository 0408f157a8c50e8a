/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the program for Windows has its backends linked in; this is the one for Windows's own certificate store. */
#ifndef NACCS_WINDOWS_ENTRY_H
#define NACCS_WINDOWS_ENTRY_H

#include <naccscert/backend.h>

/* The backend that serves windows:user and windows:machine. Static. */
const struct naccs_backend *naccs_windows_backend(void);

#endif
