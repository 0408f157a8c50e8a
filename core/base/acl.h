/* SPDX-License-Identifier: Apache-2.0 */
/* Why: systemd hands credentials to a service's user by an ACL entry, which shows as group permission in the mode. Only for file.c. */
#ifndef NACCS_BASE_ACL_H
#define NACCS_BASE_ACL_H

#include <stdbool.h>
#include <sys/types.h>

/* Has the open file an access ACL, and does it let nobody in but its owner, root and user? */
bool naccs_acl_is_private(int fd, uid_t user);

#endif
