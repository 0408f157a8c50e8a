/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see description.h. inih cuts long lines in silence, so lengths are checked before it sees them. */
#include "description.h"

#include "description_private.h"
#include "file.h"
#include "text.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 190
#define SECTION_MAX_BYTES 45

struct strings {
	const char **items;
	size_t count, capacity;
};

struct naccs_portal_description {
	struct naccs_arena *arena;
	const char *obtain_start, *renew_start;
	struct strings hosts, anchors; /* a NULL behind the last */
	struct naccs_phrases texts[NACCS_TEXT_COUNT];
};

static const struct {
	const char *section, *key;
	enum naccs_text_key text;
	bool is_optional;
} text_keys[] = {
	{"labels", "code1", NACCS_TEXT_CODE1, false},
	{"labels", "code2", NACCS_TEXT_CODE2, false},
	{"labels", "code3", NACCS_TEXT_CODE3, false},
	{"labels", "password", NACCS_TEXT_PASSWORD, false},
	{"labels", "confirmation", NACCS_TEXT_CONFIRMATION, false},
	{"labels", "optional", NACCS_TEXT_OPTIONAL, true},
	{"labels", "unrelated", NACCS_TEXT_UNRELATED, true},
	{"buttons", "login", NACCS_TEXT_LOGIN, false},
	{"buttons", "submit", NACCS_TEXT_SUBMIT, false},
	{"buttons", "apply", NACCS_TEXT_APPLY, true},
	{"buttons", "download", NACCS_TEXT_DOWNLOAD, false},
	{"buttons", "here", NACCS_TEXT_HERE, true},
	{"buttons", "logout", NACCS_TEXT_LOGOUT, false},
	{"obtain", "menu", NACCS_TEXT_MENU_OBTAIN, false},
	{"renew", "menu", NACCS_TEXT_MENU_RENEW, true},
	{"renew", "common-name", NACCS_TEXT_COMMON_NAME, true},
	{"renew", "organizational-unit", NACCS_TEXT_ORGANIZATIONAL_UNIT, true},
	{"renew", "organization", NACCS_TEXT_ORGANIZATION, true},
	{"renew", "country", NACCS_TEXT_COUNTRY, true},
	{"renew", "status", NACCS_TEXT_STATUS, true},
	{"renew", "working", NACCS_TEXT_WORKING, true},
	{"renew", "issued", NACCS_TEXT_ISSUED, true},
	{"renew", "failed", NACCS_TEXT_FAILED, true},
	{"messages", "session-ended", NACCS_TEXT_SESSION_ENDED, false},
	{"messages", "maintenance", NACCS_TEXT_MAINTENANCE, false},
	{"messages", "maintenance-hint", NACCS_TEXT_MAINTENANCE_HINT, true},
	{"messages", "locked", NACCS_TEXT_LOCKED, false},
	{"messages", "not-due", NACCS_TEXT_NOT_DUE, true},
	{"messages", "expired", NACCS_TEXT_EXPIRED, true},
	{"messages", "login-refused", NACCS_TEXT_LOGIN_REFUSED, false},
	{"messages", "code-refused", NACCS_TEXT_CODE_REFUSED, false},
	{"messages", "password-refused", NACCS_TEXT_PASSWORD_REFUSED, false},
	{"messages", "application-refused", NACCS_TEXT_APPLICATION_REFUSED, true},
	{"messages", "certificate-refused", NACCS_TEXT_CERTIFICATE_REFUSED, true},
};

void naccs_portal_description_free(struct naccs_portal_description *description)
{
	if (description == NULL)
		return;
	naccs_arena_free(description->arena);
	free(description);
}

const char *naccs_portal_obtain_start(const struct naccs_portal_description *description)
{
	return description->obtain_start;
}

const char *naccs_portal_renew_start(const struct naccs_portal_description *description)
{
	return description->renew_start;
}

const char *const *naccs_portal_hosts(const struct naccs_portal_description *description)
{
	return description->hosts.items;
}

const char *const *naccs_portal_anchors(const struct naccs_portal_description *description)
{
	return description->anchors.items;
}

const struct naccs_phrases *naccs_portal_texts(const struct naccs_portal_description *description, enum naccs_text_key key)
{
	return &description->texts[key];
}

struct reading {
	struct naccs_portal_description *description;
	const char *name;
	struct naccs_error *err;
	naccs_status status;
};

static bool refuse(struct reading *reading, const char *message, const char *section, const char *key, const char *value)
{
	reading->status = naccs_fail(reading->err, NACCS_E_CONFIG, 0, _("cannot use the portal description %s: [%s] %s = %s: %s"),
				     reading->name, section, key, value, message);
	return false;
}

static bool out_of_memory(struct reading *reading)
{
	reading->status = naccs_fail(reading->err, NACCS_E_INTERNAL, 0, _("out of memory"));
	return false;
}

static bool is_https(const char *value)
{
	CURLU *url = curl_url();
	char *scheme = NULL;
	bool is_it = url != NULL && curl_url_set(url, CURLUPART_URL, value, 0) == CURLUE_OK &&
		     curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && strcasecmp(scheme, "https") == 0;

	curl_free(scheme);
	curl_url_cleanup(url);
	return is_it;
}

static bool add_string(struct reading *reading, struct strings *list, const char *value)
{
	const char *copy = naccs_arena_string(reading->description->arena, value);

	if (copy == NULL || !naccs_arena_push(reading->description->arena, list, copy) ||
	    !naccs_arena_grow(reading->description->arena, &list->items, &list->capacity, list->count, sizeof *list->items))
		return out_of_memory(reading);
	list->items[list->count] = NULL;
	return true;
}

static bool set_start(struct reading *reading, const char **slot, const char *section, const char *value)
{
	if (*slot != NULL)
		return refuse(reading, _("it stands there twice"), section, "start", value);
	if (!is_https(value))
		return refuse(reading, _("not an https:// address"), section, "start", value);
	*slot = naccs_arena_string(reading->description->arena, value);
	return *slot != NULL || out_of_memory(reading);
}

static bool add_text(struct reading *reading, size_t index, const char *value)
{
	struct naccs_phrases *phrases = &reading->description->texts[text_keys[index].text];
	struct naccs_error why = {0};
	struct naccs_phrase phrase;

	if (naccs_phrase_read(reading->description->arena, value, &phrase, &why) != NACCS_OK)
		return refuse(reading, why.message, text_keys[index].section, text_keys[index].key, value);
	return naccs_arena_push(reading->description->arena, phrases, phrase) || out_of_memory(reading);
}

static bool is_host(const char *value)
{
	return *value != '\0' && strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]") == strlen(value);
}

static int on_value(void *context, const char *section, const char *key, const char *value)
{
	struct reading *reading = context;
	struct naccs_portal_description *description = reading->description;

	if (reading->status != NACCS_OK)
		return 0;
	if (strcmp(section, "portal") == 0 && strcmp(key, "host") == 0)
		return is_host(value) ? add_string(reading, &description->hosts, value)
				      : refuse(reading, _("not a host name"), section, key, value);
	if (strcmp(section, "portal") == 0 && strcmp(key, "anchor") == 0)
		return *value != '\0' ? add_string(reading, &description->anchors, value)
				      : refuse(reading, _("it is empty"), section, key, value);
	if (strcmp(section, "obtain") == 0 && strcmp(key, "start") == 0)
		return set_start(reading, &description->obtain_start, section, value);
	if (strcmp(section, "renew") == 0 && strcmp(key, "start") == 0)
		return set_start(reading, &description->renew_start, section, value);
	for (size_t i = 0; i < sizeof text_keys / sizeof *text_keys; i++)
		if (strcmp(section, text_keys[i].section) == 0 && strcmp(key, text_keys[i].key) == 0)
			return add_text(reading, i, value);
	return refuse(reading, _("no such key"), section, key, value);
}

/* What inih would cut or misread. */
static naccs_status check_lines(const char *text, size_t length, const char *name, struct naccs_error *err)
{
	size_t number = 1;

	if (memchr(text, '\0', length) != NULL)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("cannot use the portal description %s: it holds a NUL character"), name);
	for (const char *line = text; line < text + length; number++) {
		const char *end = memchr(line, '\n', (size_t)(text + length - line));
		size_t line_length = (size_t)((end != NULL ? end : text + length) - line);
		size_t limit = *line == '[' ? SECTION_MAX_BYTES : LINE_MAX_BYTES;

		if (line_length > limit)
			return naccs_fail(err, NACCS_E_CONFIG, 0,
					  _("cannot use the portal description %s: line %zu is longer than %zu bytes"), name, number,
					  limit);
		line += line_length + 1;
	}
	return NACCS_OK;
}

static naccs_status check_complete(const struct naccs_portal_description *description, const char *name, struct naccs_error *err)
{
	const char *section = NULL, *key = NULL;

	if (description->hosts.count == 0) {
		section = "portal";
		key = "host";
	} else if (description->obtain_start == NULL) {
		section = "obtain";
		key = "start";
	}
	for (size_t i = 0; key == NULL && i < sizeof text_keys / sizeof *text_keys; i++) {
		if (!text_keys[i].is_optional && description->texts[text_keys[i].text].count == 0) {
			section = text_keys[i].section;
			key = text_keys[i].key;
		}
	}
	if (key == NULL)
		return NACCS_OK;
	return naccs_fail(err, NACCS_E_CONFIG, 0, _("cannot use the portal description %s: [%s] %s is missing"), name, section, key);
}

naccs_status naccs_portal_description_parse(const char *text, size_t length, const char *name, struct naccs_portal_description **ret,
					    struct naccs_error *err)
{
	naccs_auto(portal_description) struct naccs_portal_description *description = calloc(1, sizeof *description);
	naccs_auto(heap) char *copy = strndup(text, length);
	struct reading reading = {.description = description, .name = name, .err = err};
	naccs_status status;
	int line;

	if (description == NULL || copy == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_arena_new((size_t)4 * 1024 * 1024, &description->arena, err);
	if (status == NACCS_OK)
		status = check_lines(text, length, name, err);
	if (status != NACCS_OK)
		return status;
	line = ini_parse_string(copy, on_value, &reading);
	if (reading.status != NACCS_OK)
		return reading.status;
	if (line != 0)
		return naccs_fail(err, NACCS_E_CONFIG, 0,
				  _("cannot use the portal description %s: line %d is neither a section nor KEY = TEXT"), name, line);
	if (description->anchors.count == 0 && !add_string(&reading, &description->anchors, "rootca2"))
		return reading.status;
	status = check_complete(description, name, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&description);
	return status;
}

naccs_status naccs_portal_description_builtin(struct naccs_portal_description **ret, struct naccs_error *err)
{
	return naccs_portal_description_parse(naccs_description_builtin, naccs_description_builtin_size, _("(built in)"), ret, err);
}

naccs_status naccs_portal_description_read(const char *path, struct naccs_portal_description **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_status status = naccs_file_read(AT_FDCWD, path, NACCS_SMALL_FILE_LIMIT, &text, err);

	if (status != NACCS_OK)
		return status;
	return naccs_portal_description_parse(naccs_secret_text(text), naccs_secret_length(text), path, ret, err);
}
