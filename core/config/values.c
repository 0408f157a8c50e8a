/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see values.h. */
#include "values.h"

#include "cleanup.h"
#include "clock.h"
#include "names.h"
#include "text.h"
#include "uri.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory to read the configuration"));
}

static naccs_status give(char *text, char **ret, struct naccs_error *err)
{
	if (text == NULL)
		return no_memory(err);
	*ret = text;
	return NACCS_OK;
}

naccs_status naccs_config_value_text(const struct naccs_config_place *place, const char *value, char **ret, struct naccs_error *err)
{
	(void)place;
	return give(strdup(value), ret, err);
}

naccs_status naccs_config_value_file(const struct naccs_config_place *place, const char *value, char **ret, struct naccs_error *err)
{
	if (naccs_path_is_absolute(value))
		return give(strdup(value), ret, err);
	if (value[0] == '~') {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s: '~' has no meaning here"), place->name, place->number, place->key);
		return naccs_error_hint(err, _("Write the whole path; a relative one begins at the configuration file's folder."));
	}
	return give(naccs_format("%s/%s", place->folder, value), ret, err);
}

naccs_status naccs_config_value_proxy(const struct naccs_config_place *place, const char *value, char **ret, struct naccs_error *err)
{
	if (naccs_proxy_has_user(value)) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s: a user name or password must not stand in the proxy's address"),
				 place->name, place->number, place->key);
		return naccs_error_hint(err, _("Put it into a file that only you can read, and name that with: proxy-auth = FILE"));
	}
	return give(strdup(value), ret, err);
}

naccs_status naccs_config_value_store(const struct naccs_config_place *place, const char *value, char **ret, struct naccs_error *err)
{
	switch (naccs_store_uri_flaw(value)) {
	case NACCS_URI_FINE:
		return give(strdup(value), ret, err);
	case NACCS_URI_PIN_VALUE:
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s: a PIN must not stand in a store's URI"), place->name, place->number,
				 place->key);
		return naccs_error_hint(err, _("Put it into a file that only you can read, and write pin-source=file:… in the URI."));
	case NACCS_URI_PIN_COMMAND:
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s: a PIN is not taken from a command"), place->name, place->number,
				 place->key);
		return naccs_error_hint(err, _("Put it into a file that only you can read, and write pin-source=file:… in the URI."));
	case NACCS_URI_NO_SCHEME:
		break;
	}
	(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s: \"%s\" is no store"), place->name, place->number, place->key, value);
	return naccs_error_hint(err, _("A store begins with its kind, for example pem:/etc/naccs-cert/11110A or nss:firefox."));
}

naccs_status naccs_config_value_sha256(const struct naccs_config_place *place, const char *value, char **ret, struct naccs_error *err)
{
	uint8_t digest[32];
	if (!naccs_unhex(value, digest, sizeof digest))
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s: expected the 64 hexadecimal digits of a SHA-256"), place->name,
				  place->number, place->key);
	return give(naccs_hex(digest, sizeof digest), ret, err);
}

naccs_status naccs_config_days(const struct naccs_config_place *place, const char *value, int64_t *ret, struct naccs_error *err)
{
	size_t digits = strspn(value, "0123456789");
	long days = digits > 0 && digits <= 4 ? strtol(value, NULL, 10) : 0;
	int64_t most = NACCS_RENEWAL_WINDOW_SECONDS / NACCS_DAY_SECONDS;
	if (digits == 0 || strcmp(value + digits, "d") != 0 || days < 1 || days > most) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s: expected days from 1d to %dd"), place->name, place->number,
				 place->key, (int)most);
		return naccs_error_hint(err, _("The portal renews a certificate from %d days before its end, not earlier."), (int)most);
	}
	*ret = days * NACCS_DAY_SECONDS;
	return NACCS_OK;
}
