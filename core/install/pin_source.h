/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a store's URI may say where its PIN is (pin-source=file:…, RFC 7512, section 2.4; here for every kind of store). The host reads that file by its own rules, so a
 * backend never sees the attribute, and the ledger keeps a URI that is the same with or without it.
 */
#ifndef NACCS_INSTALL_PIN_SOURCE_H
#define NACCS_INSTALL_PIN_SOURCE_H

#include "error.h"

/*
 * Split "nss:/dir?pin-source=file:/etc/pin" into "nss:/dir" and "/etc/pin" (percent-decoded, absolute). *ret_file is NULL when there is no pin-source. Other attributes
 * stay. Refused with NACCS_E_USAGE: a command ('|'), a relative file, anything but a file, two of them, and pin-value (a PIN in the open). Caller frees both.
 */
naccs_status naccs_pin_source_split(const char *uri, char **ret_uri, char **ret_file, struct naccs_error *err);

#endif
