/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a store that lets no key out, as a token does, without a token: the example backend, saying so. */
#include <naccscert/backend.h>

#undef NACCS_CAN_EXPORT_KEY
#define NACCS_CAN_EXPORT_KEY ((uint64_t)0)

#include "../../conformance/example-backend/folder.c"
