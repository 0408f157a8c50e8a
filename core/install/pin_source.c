/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see pin_source.h. */
#include "pin_source.h"

#include "cleanup.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define ATTRIBUTE "pin-source="
#define PIN_VALUE "pin-value="

static naccs_status refuse(const char *uri, const char *why, struct naccs_error *err)
{
	naccs_auto(heap) char *shown = naccs_text_printable(uri, strcspn(uri, "?"));

	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the PIN of %s: %s"), shown != NULL ? shown : "", why);
	return naccs_error_hint(err, _("Put the PIN into a file that only you can read, and write pin-source=file:/absolute/path, or use --pin-file FILE."));
}

/* %41 → A, in place. False on a bad escape or a NUL. */
static bool percent_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		uint8_t byte;

		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		char digits[3] = {from[1], from[1] != '\0' ? from[2] : '\0', '\0'};
		if (strlen(digits) != 2 || !naccs_unhex(digits, &byte, 1) || byte == 0)
			return false;
		*to++ = (char)byte;
		from += 2;
	}
	*to = '\0';
	return true;
}

static naccs_status read_value(const char *uri, const char *value, char **ret_file, struct naccs_error *err)
{
	naccs_auto(heap) char *decoded = strdup(value);
	const char *path;

	if (decoded == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (!percent_decode(decoded))
		return refuse(uri, _("pin-source holds a bad %-escape"), err);
	if (decoded[0] == '|')
		return refuse(uri, _("pin-source names a command, and a PIN is not taken from one"), err);
	path = strncmp(decoded, "file:", 5) == 0 ? decoded + 5 : decoded;
	if (strncmp(path, "///", 3) == 0) /* file:///etc/pin */
		path += 2;
	if (path[0] != '/' || path[1] == '/')
		return refuse(uri, _("pin-source must name a file by its absolute path"), err);
	*ret_file = strdup(path);
	return *ret_file != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* One attribute of the query: kept in out, or read. */
static naccs_status take_attribute(const char *uri, const char *attribute, char *out, bool *is_first, char **ret_file, struct naccs_error *err)
{
	if (strncmp(attribute, PIN_VALUE, strlen(PIN_VALUE)) == 0)
		return refuse(uri, _("pin-value would show it to every user of this machine"), err);
	if (strncmp(attribute, ATTRIBUTE, strlen(ATTRIBUTE)) != 0) {
		size_t length = strlen(out);

		out[length] = *is_first ? '?' : '&';
		memcpy(out + length + 1, attribute, strlen(attribute) + 1);
		*is_first = false;
		return NACCS_OK;
	}
	if (*ret_file != NULL)
		return refuse(uri, _("pin-source is given twice"), err);
	return read_value(uri, attribute + strlen(ATTRIBUTE), ret_file, err);
}

naccs_status naccs_pin_source_split(const char *uri, char **ret_uri, char **ret_file, struct naccs_error *err)
{
	naccs_auto(heap) char *out = calloc(1, strlen(uri) + 2);
	naccs_auto(heap) char *query = NULL, *file = NULL;
	const char *question = strchr(uri, '?');
	naccs_status status = NACCS_OK;
	bool is_first = true;

	if (out == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	memcpy(out, uri, question != NULL ? (size_t)(question - uri) : strlen(uri));
	if (question != NULL && (query = strdup(question + 1)) == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (char *rest = query, *attribute; status == NACCS_OK && (attribute = strsep(&rest, "&")) != NULL;)
		status = take_attribute(uri, attribute, out, &is_first, &file, err);
	if (status != NACCS_OK)
		return status;
	*ret_uri = naccs_take(&out);
	*ret_file = naccs_take(&file);
	return NACCS_OK;
}
