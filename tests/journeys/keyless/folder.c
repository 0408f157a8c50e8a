/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a store that takes no key from outside, as a TPM does, without a TPM: the example backend, saying so. */
#include <naccscert/backend.h>

#undef NACCS_CAN_RSA
#define NACCS_CAN_RSA ((uint64_t)0)
#undef NACCS_CAN_EC
#define NACCS_CAN_EC ((uint64_t)0)

#include "../../conformance/example-backend/folder.c"
