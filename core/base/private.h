/* SPDX-License-Identifier: Apache-2.0 */
/* Why: who else can read a file is said by modes here, by access control lists there. Only for file.c. */
#ifndef NACCS_BASE_PRIVATE_H
#define NACCS_BASE_PRIVATE_H

#include "error.h"

#include <sys/stat.h>

/* Does the open file belong to the system or this user, and is it closed to all others? Else NACCS_E_SECRETS_PERMISSIONS with a hint. */
naccs_status naccs_file_check_private(int fd, const char *path, const struct stat *about, struct naccs_error *err);

#endif
