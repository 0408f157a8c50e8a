/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what an install touches, as the host's ledger keeps it; in this order:
 *     FOLDER               "..", "../.."        missing parents of the folder (created only)
 *     FOLDER               "."                  the folder
 *     FOLDER               "cert9.db"           the database
 *     CLIENT_INTERMEDIATE  SHA-256              a CA that is no root, whoever it serves
 *     CLIENT_CA            SHA-256              a root, whoever it serves: so that two installs that use it differently share it
 *     TRUST                SHA-256:client-auth  one usage of a trust record. CREATE: there was no record. CHANGE: before = its former
 * value, hex TRUST                SHA-256:server-auth CLIENT_KEY           CKA_ID, hex CLIENT               SHA-256
 */
#include "nss.h"

#include <inttypes.h>
#include <string.h>

#define SHA256_DIGITS (2 * (size_t)NACCS_SHA256_SIZE)

static const struct {
	const char *name;
	CK_ATTRIBUTE_TYPE usage;
} usages[] = {{":client-auth", CKA_TRUST_CLIENT_AUTH}, {":server-auth", CKA_TRUST_SERVER_AUTH}};

char *nss_part_trust_identity(const uint8_t sha256[NACCS_SHA256_SIZE], CK_ATTRIBUTE_TYPE usage)
{
	naccs_auto(heap) char *hex = naccs_hex(sha256, NACCS_SHA256_SIZE);

	return hex != NULL ? naccs_format("%s%s", hex, usages[usage == usages[0].usage ? 0 : 1].name) : NULL;
}

static bool read_sha256(const char *identity, uint8_t ret[NACCS_SHA256_SIZE])
{
	char hex[SHA256_DIGITS + 1] = "";

	if (strlen(identity) < SHA256_DIGITS)
		return false;
	memcpy(hex, identity, SHA256_DIGITS);
	return naccs_unhex(hex, ret, NACCS_SHA256_SIZE);
}

static bool read_trust(const struct naccs_part *part, struct nss_part *ret)
{
	char text[20] = "";
	char *end = text;
	bool is_known = false;

	ret->kind = NSS_PART_TRUST;
	if (!read_sha256(part->identity, ret->sha256))
		return false;
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
		if (strcmp(part->identity + SHA256_DIGITS, usages[i].name) == 0) {
			ret->usage = usages[i].usage;
			is_known = true;
		}
	}
	if (part->action != NACCS_PART_CHANGE)
		return is_known;
	if (part->before.length == 0 || part->before.length >= sizeof text)
		return false;
	memcpy(text, part->before.data, part->before.length);
	ret->before = (CK_TRUST)strtoumax(text, &end, 16);
	return is_known && *end == '\0';
}

static bool read_key(const struct naccs_part *part, struct nss_part *ret)
{
	size_t length = strlen(part->identity) / 2;

	ret->kind = NSS_PART_KEY;
	if (length == 0 || length > sizeof ret->id || !naccs_unhex(part->identity, ret->id, length))
		return false;
	ret->key_id = (SECItem){siBuffer, ret->id, (unsigned)length};
	return true;
}

bool nss_part_read(const struct naccs_part *part, struct nss_part *ret)
{
	*ret = (struct nss_part){.action = part->action};
	switch ((enum naccs_role)part->role) {
	case NACCS_ROLE_FOLDER:
		ret->kind = strcmp(part->identity, NSS_CERTIFICATES) == 0 ? NSS_PART_DATABASE : NSS_PART_FOLDER;
		return true;
	case NACCS_ROLE_CLIENT_KEY:
		return read_key(part, ret);
	case NACCS_ROLE_TRUST:
		return read_trust(part, ret);
	case NACCS_ROLE_CLIENT:
	case NACCS_ROLE_CLIENT_CA:
	case NACCS_ROLE_CLIENT_INTERMEDIATE:
		ret->kind = NSS_PART_CERTIFICATE;
		return strlen(part->identity) == SHA256_DIGITS && read_sha256(part->identity, ret->sha256);
	default:
		return false;
	}
}

bool nss_parts_have(const struct naccs_part *parts, size_t count, uint32_t role, const char *identity, uint32_t action)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i].role == role && parts[i].action == action && strcmp(parts[i].identity, identity) == 0)
			return true;
	}
	return false;
}
