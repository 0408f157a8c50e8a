/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what an install touches, as the host's ledger keeps it; in this order:
 *     CLIENT_CA            SHA-256              a certificate in ROOT, whoever it serves (two installs that use it differently share it)
 *     TRUST                SHA-256:client-auth  one usage that it is limited to
 *     TRUST                SHA-256:server-auth
 *     CLIENT_INTERMEDIATE  SHA-256              a certificate in CA, whoever it serves
 *     CLIENT_KEY           SHA-256 of the public key info: the container's name
 *     CLIENT               SHA-256              CHANGE: it was there without its key; before = what Windows serialises of it
 */
#include "winstore.h"

#include <string.h>

#define SHA256_DIGITS (2 * (size_t)NACCS_SHA256_SIZE)

static const struct {
	const char *name;
	enum win_usage usage;
} usages[] = {{":client-auth", WIN_CLIENT_AUTH}, {":server-auth", WIN_SERVER_AUTH}};

char *win_part_trust_identity(const uint8_t sha256[NACCS_SHA256_SIZE], enum win_usage usage)
{
	naccs_auto(heap) char *hex = naccs_hex(sha256, NACCS_SHA256_SIZE);

	return hex != NULL ? naccs_format("%s%s", hex, usages[usage == usages[0].usage ? 0 : 1].name) : NULL;
}

uint32_t win_part_role(enum win_place place)
{
	return place == WIN_MY ? NACCS_ROLE_CLIENT : place == WIN_ROOT ? NACCS_ROLE_CLIENT_CA : NACCS_ROLE_CLIENT_INTERMEDIATE;
}

static bool read_sha256(const char *identity, uint8_t ret[NACCS_SHA256_SIZE])
{
	char hex[SHA256_DIGITS + 1] = "";

	if (strlen(identity) < SHA256_DIGITS)
		return false;
	memcpy(hex, identity, SHA256_DIGITS);
	return naccs_unhex(hex, ret, NACCS_SHA256_SIZE);
}

static bool read_trust(const char *identity, struct win_part *ret)
{
	ret->kind = WIN_PART_TRUST;
	if (!read_sha256(identity, ret->sha256))
		return false;
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
		if (strcmp(identity + SHA256_DIGITS, usages[i].name) == 0) {
			ret->usage = usages[i].usage;
			return true;
		}
	}
	return false;
}

static bool read_certificate(const char *identity, enum win_place place, struct win_part *ret)
{
	ret->kind = WIN_PART_CERTIFICATE;
	ret->place = place;
	return strlen(identity) == SHA256_DIGITS && read_sha256(identity, ret->sha256);
}

bool win_part_read(const struct naccs_part *part, struct win_part *ret)
{
	*ret = (struct win_part){.action = part->action, .before = part->before};
	switch ((enum naccs_role)part->role) {
	case NACCS_ROLE_CLIENT_KEY:
		ret->kind = WIN_PART_KEY;
		return win_key_from_hex(part->identity, &ret->key);
	case NACCS_ROLE_TRUST:
		return read_trust(part->identity, ret);
	case NACCS_ROLE_CLIENT:
		return read_certificate(part->identity, WIN_MY, ret);
	case NACCS_ROLE_CLIENT_CA:
		return read_certificate(part->identity, WIN_ROOT, ret);
	case NACCS_ROLE_CLIENT_INTERMEDIATE:
		return read_certificate(part->identity, WIN_CA, ret);
	default:
		return false;
	}
}

bool win_parts_have(const struct naccs_part *parts, size_t count, uint32_t role, const char *identity, uint32_t action)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].role == role && parts[i].action == action && strcmp(parts[i].identity, identity) == 0)
			return true;
	return false;
}
