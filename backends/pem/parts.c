/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what an install touches, as the host's ledger keeps it. At most these, in this order:
 *     FOLDER  "..", "../.."    missing parents of DIR (created only)
 *     FOLDER  "."              DIR            CHANGE: before = "mode group"
 *     FOLDER  "archive"        DIR/archive    CHANGE: before = "mode group"
 *     CLIENT  "archive/NAME"   a set          CHANGE: before = ".replaced-NAME.N", the folder that will keep the old one
 *     CURRENT "live"           the link       CHANGE: before = its target
 */
#include "pem.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

const struct naccs_part *pem_part_find(const struct pem_parts *parts, uint32_t role, const char *identity)
{
	for (size_t i = 0; i < parts->count; i++) {
		if (parts->parts[i].role == role && strcmp(parts->parts[i].identity, identity) == 0)
			return &parts->parts[i];
	}
	return NULL;
}

const char *pem_part_set_name(const struct naccs_part *part)
{
	static const char folder[] = PEM_ARCHIVE "/";

	if (part->role != NACCS_ROLE_CLIENT || strncmp(part->identity, folder, sizeof folder - 1) != 0)
		return NULL;
	const char *name = part->identity + sizeof folder - 1;
	return pem_is_set_name(name) ? name : NULL;
}

const struct naccs_part *pem_part_next_set(const struct pem_parts *parts, const struct naccs_part *after)
{
	for (size_t i = after == NULL ? 0 : (size_t)(after - parts->parts) + 1; i < parts->count; i++) {
		if (pem_part_set_name(&parts->parts[i]) != NULL)
			return &parts->parts[i];
	}
	return NULL;
}

/* Before's bytes as text; caller frees. NULL when there is none or it can't be ours. */
static char *before_text(const struct naccs_part *part)
{
	if (part->before.length == 0 || part->before.length > PATH_MAX || memchr(part->before.data, '\0', part->before.length) != NULL)
		return NULL;
	return strndup((const char *)part->before.data, part->before.length);
}

char *pem_part_before_folder(const struct stat *status)
{
	return naccs_format("%04o %ju", (unsigned)(status->st_mode & 07777), (uintmax_t)status->st_gid);
}

#define REPLACED_LIMIT 100

/* A free number, so that an undo never takes the leftover of a former run for the set that it has to bring back. */
char *pem_part_before_set(int archive, const char *set_name)
{
	static const char prefix[] = PEM_REPLACED;

	for (unsigned n = 1; n <= REPLACED_LIMIT; n++) {
		naccs_auto(heap) char *name = naccs_format("%s%s.%u", prefix, set_name, n);
		if (name == NULL || !pem_exists(archive, name))
			return naccs_take(&name);
	}
	return NULL;
}

char *pem_part_replaced(const struct naccs_part *part)
{
	static const char prefix[] = PEM_REPLACED;
	naccs_auto(heap) char *text = part->action == NACCS_PART_CHANGE ? before_text(part) : NULL;
	const char *name = pem_part_set_name(part);
	naccs_auto(heap) char *wanted = naccs_format("%s%s.", prefix, name != NULL ? name : "");

	if (text == NULL || wanted == NULL || strncmp(text, wanted, strlen(wanted)) != 0)
		return NULL;
	const char *number = text + strlen(wanted);
	return number[0] != '\0' && strspn(number, "0123456789") == strlen(number) ? naccs_take(&text) : NULL;
}

bool pem_part_read_folder(const struct naccs_part *part, mode_t *ret_mode, gid_t *ret_group)
{
	naccs_auto(heap) char *text = before_text(part);
	char *end = NULL;

	if (text == NULL)
		return false;
	errno = 0;
	unsigned long mode = strtoul(text, &end, 8);
	if (errno != 0 || end == text || *end != ' ' || mode > 07777)
		return false;
	const char *group_text = end + 1;
	unsigned long group = strtoul(group_text, &end, 10);
	if (errno != 0 || end == group_text || *end != '\0' || group >= (gid_t)-1)
		return false;
	*ret_mode = (mode_t)mode;
	*ret_group = (gid_t)group;
	return true;
}

char *pem_part_before_live(const struct naccs_part *part)
{
	static const char folder[] = PEM_ARCHIVE "/";
	naccs_auto(heap) char *text = part->action == NACCS_PART_CHANGE ? before_text(part) : NULL;

	if (text == NULL || strncmp(text, folder, sizeof folder - 1) != 0)
		return NULL;
	const char *name = text + sizeof folder - 1;
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL ? naccs_take(&text) : NULL;
}
