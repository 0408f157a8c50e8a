/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: with an ACL the group bits of a mode are the mask of all its named entries. So a file of mode 0440 may be closed to everybody but
 * one named user; the entries themselves tell. Their layout is the kernel's (linux/posix_acl_xattr.h).
 */
#include "acl.h"

#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>

#define ENTRY_LIMIT 64

static bool is_private_entry(const struct posix_acl_xattr_entry *entry, uid_t user)
{
	if (le16toh(entry->e_perm) == 0)
		return true;
	switch (le16toh(entry->e_tag)) {
	case ACL_USER_OBJ:
	case ACL_MASK:
		return true;
	case ACL_USER:
		return le32toh(entry->e_id) == user || le32toh(entry->e_id) == 0;
	default:
		return false;
	}
}

bool naccs_acl_is_private(int fd, uid_t user)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[ENTRY_LIMIT];
	} acl;
	ssize_t size = fgetxattr(fd, "system.posix_acl_access", &acl, sizeof acl);
	if (size <= (ssize_t)sizeof acl.header || le32toh(acl.header.a_version) != POSIX_ACL_XATTR_VERSION)
		return false;
	size_t bytes = (size_t)size - sizeof acl.header;
	if (bytes % sizeof acl.entries[0] != 0)
		return false;
	for (size_t i = 0; i < bytes / sizeof acl.entries[0]; i++) {
		if (!is_private_entry(&acl.entries[i], user))
			return false;
	}
	return true;
}
