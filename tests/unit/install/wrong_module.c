/* SPDX-License-Identifier: Apache-2.0 */
/* Why: modules that the registry must refuse by name: built with WRONG_ABI, WRONG_SIZE, NO_OPERATIONS, or (none) without the symbol. */
#include <naccscert/backend.h>

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);
__attribute__((visibility("default"))) int unrelated(void);

int unrelated(void)
{
	return 0;
}

#if defined(WRONG_ABI) || defined(WRONG_SIZE) || defined(NO_OPERATIONS)
static const struct naccs_backend backend = {
#ifdef WRONG_ABI
	.abi = NACCS_BACKEND_ABI + 1,
#else
	.abi = NACCS_BACKEND_ABI,
#endif
#ifdef WRONG_SIZE
	.size = 16,
#else
	.size = sizeof backend,
#endif
	.scheme = "wrong",
};

const struct naccs_backend *naccs_backend_entry(void)
{
	return &backend;
}
#endif
