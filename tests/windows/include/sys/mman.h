/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where tests look for memfd_create(). */
#include "../../posix.h"
