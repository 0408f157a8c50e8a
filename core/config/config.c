/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what may stand in a configuration file: a table of keys for each kind of section, and the reading of a file into it. */
#include "config.h"

#include "cleanup.h"
#include "lines.h"
#include "nearest.h"
#include "text.h"
#include "values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum shape { SINGLE, LIST, DAYS };

struct key {
	const char *name;
	enum shape shape;
	size_t offset; /* of a char *, a char ** (LIST) or an int64_t (DAYS) in the section's struct */
	naccs_config_value *value;
};

static const struct key portal_keys[] = {
	{"proxy", SINGLE, offsetof(struct naccs_config, proxy), naccs_config_value_proxy},
	{"proxy-auth", SINGLE, offsetof(struct naccs_config, proxy_auth), naccs_config_value_file},
	{"anchor", LIST, offsetof(struct naccs_config, anchors), naccs_config_value_file},
	{"portal", SINGLE, offsetof(struct naccs_config, portal), naccs_config_value_file},
	{"connect-to", LIST, offsetof(struct naccs_config, connect_to), naccs_config_value_text},
	{NULL},
};

static const struct key terminal_keys[] = {
	{"codes", SINGLE, offsetof(struct naccs_terminal_config, codes), naccs_config_value_file},
	{"store", LIST, offsetof(struct naccs_terminal_config, stores), naccs_config_value_store},
	{"deploy-hook", LIST, offsetof(struct naccs_terminal_config, deploy_hooks), naccs_config_value_text},
	{"renew-before", DAYS, offsetof(struct naccs_terminal_config, renew_before_seconds), NULL},
	{"group", SINGLE, offsetof(struct naccs_terminal_config, group), naccs_config_value_text},
	{"client-ca-sha256", SINGLE, offsetof(struct naccs_terminal_config, client_ca_sha256), naccs_config_value_sha256},
	{NULL},
};

#define MOST_KEYS 8
#define TERMINAL "terminal"

struct parsing {
	struct naccs_config *config;
	const char *name, *folder;
	bool has_portal;
	const struct key *keys; /* of the present section; NULL before the first */
	char *section;		/* that section's struct */
};

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory to read the configuration"));
}

static size_t list_length(char *const *list)
{
	size_t length = 0;
	while (list != NULL && list[length] != NULL)
		length++;
	return length;
}

static naccs_status list_append(char ***list, char *text, struct naccs_error *err)
{
	size_t length = list_length(*list);
	char **longer = reallocarray(*list, length + 2, sizeof *longer);
	if (longer == NULL) {
		free(text);
		return no_memory(err);
	}
	longer[length] = text;
	longer[length + 1] = NULL;
	*list = longer;
	return NACCS_OK;
}

static void list_free(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void terminal_clear(struct naccs_terminal_config *terminal)
{
	free(terminal->name);
	free(terminal->codes);
	list_free(terminal->stores);
	list_free(terminal->deploy_hooks);
	free(terminal->group);
	free(terminal->client_ca_sha256);
}

void naccs_config_free(struct naccs_config *config)
{
	if (config == NULL)
		return;
	free(config->path);
	free(config->proxy);
	free(config->proxy_auth);
	list_free(config->anchors);
	free(config->portal);
	list_free(config->connect_to);
	for (size_t i = 0; i < config->terminal_count; i++)
		terminal_clear(&config->terminals[i]);
	free(config->terminals);
	free(config);
}

NACCS_DEFINE_CLEANUP(struct naccs_config *, naccs_config_free, config)

static const struct naccs_terminal_config *find_terminal(const struct naccs_config *config, const char *name)
{
	for (size_t i = 0; i < config->terminal_count; i++)
		if (strcmp(config->terminals[i].name, name) == 0)
			return &config->terminals[i];
	return NULL;
}

/* A terminal's name gets into file names and into the environment of hooks. */
static bool is_terminal_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && name[0] != '-' && strpbrk(name, " \t/=") == NULL;
}

static naccs_status begin_terminal(struct parsing *parsing, const char *name, size_t number, struct naccs_error *err)
{
	struct naccs_config *config = parsing->config;
	if (!is_terminal_name(name)) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: \"%s\" is no name for a terminal"), parsing->name, number, name);
		return naccs_error_hint(err, _("Write the terminal's name as NACCS lists it, for example [terminal 11110A]."));
	}
	if (find_terminal(config, name) != NULL)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: there is already a section for terminal %s"), parsing->name, number,
				  name);
	struct naccs_terminal_config *longer = reallocarray(config->terminals, config->terminal_count + 1, sizeof *longer);
	if (longer == NULL)
		return no_memory(err);
	config->terminals = longer;
	struct naccs_terminal_config *terminal = &longer[config->terminal_count];
	*terminal = (struct naccs_terminal_config){.name = strdup(name)};
	if (terminal->name == NULL)
		return no_memory(err);
	config->terminal_count++;
	parsing->keys = terminal_keys;
	parsing->section = (char *)terminal;
	return NACCS_OK;
}

static naccs_status begin_section(struct parsing *parsing, const char *section, size_t number, struct naccs_error *err)
{
	static const char *const known[] = {"portal", TERMINAL, NULL};
	size_t word = strcspn(section, " \t");
	if (word == strlen(TERMINAL) && memcmp(section, TERMINAL, word) == 0)
		return begin_terminal(parsing, section + word + strspn(section + word, " \t"), number, err);
	if (strcmp(section, "portal") == 0) {
		if (parsing->has_portal)
			return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: there is already a section [portal]"), parsing->name, number);
		parsing->has_portal = true;
		parsing->keys = portal_keys;
		parsing->section = (char *)parsing->config;
		return NACCS_OK;
	}
	naccs_auto(heap) char *first = strndup(section, word);
	if (first == NULL)
		return no_memory(err);
	const char *near = naccs_text_nearest(first, known);
	(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: unknown section [%s]"), parsing->name, number, section);
	if (near == NULL)
		return naccs_error_hint(err, _("Sections are [portal] and [terminal NAME]."));
	return naccs_error_hint(err, _("Did you mean [%s]?"), near == known[0] ? "portal" : "terminal NAME");
}

static naccs_status refuse_key(const struct parsing *parsing, const struct naccs_config_line *line, struct naccs_error *err)
{
	const char *names[MOST_KEYS + 1] = {NULL};
	for (size_t i = 0; i < MOST_KEYS && parsing->keys[i].name != NULL; i++)
		names[i] = parsing->keys[i].name;
	const char *near = naccs_text_nearest(line->key, names);
	(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: unknown key %s in [%s]"), parsing->name, line->number, line->key,
			 line->section);
	if (near != NULL)
		return naccs_error_hint(err, _("Did you mean %s?"), near);
	bool is_portal = parsing->keys == portal_keys;
	return naccs_error_hint(err, _("Keys there are: %s."),
				is_portal ? "proxy, proxy-auth, anchor, portal, connect-to"
					  : "codes, store, deploy-hook, renew-before, group, client-ca-sha256");
}

static naccs_status take_value(const struct parsing *parsing, const struct key *key, const struct naccs_config_line *line,
			       struct naccs_error *err)
{
	struct naccs_config_place place = {.name = parsing->name, .number = line->number, .key = key->name, .folder = parsing->folder};
	void *member = parsing->section + key->offset;
	bool is_set = key->shape == SINGLE ? *(char **)member != NULL : key->shape == DAYS && *(int64_t *)member != 0;
	if (is_set)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s stands in this section already"), place.name, place.number,
				  key->name);
	if (key->shape == DAYS)
		return naccs_config_days(&place, line->value, member, err);
	char *value = NULL;
	naccs_status status = key->value(&place, line->value, &value, err);
	if (status != NACCS_OK)
		return status;
	if (key->shape == LIST)
		return list_append(member, value, err);
	*(char **)member = value;
	return NACCS_OK;
}

static naccs_status take_line(void *context, const struct naccs_config_line *line, struct naccs_error *err)
{
	struct parsing *parsing = context;
	if (line->key == NULL)
		return begin_section(parsing, line->section, line->number, err);
	if (parsing->keys == NULL)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: %s stands before any section"), parsing->name, line->number,
				  line->key);
	for (const struct key *key = parsing->keys; key->name != NULL; key++)
		if (strcmp(key->name, line->key) == 0)
			return take_value(parsing, key, line, err);
	return refuse_key(parsing, line, err);
}

naccs_status naccs_config_parse(const char *text, size_t length, const char *name, const char *folder, struct naccs_config **ret,
				struct naccs_error *err)
{
	naccs_auto(config) struct naccs_config *config = calloc(1, sizeof *config);
	if (config == NULL)
		return no_memory(err);
	struct parsing parsing = {.config = config, .name = name, .folder = folder};
	struct naccs_config_reader reader = {.name = name, .line = take_line, .context = &parsing};
	naccs_status status = naccs_config_read_lines(text, length, &reader, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&config);
	return status;
}

bool naccs_config_steers(const struct naccs_config *config)
{
	if (list_length(config->anchors) > 0 || list_length(config->connect_to) > 0 || config->portal != NULL)
		return true;
	for (size_t i = 0; i < config->terminal_count; i++) {
		const struct naccs_terminal_config *terminal = &config->terminals[i];
		if (list_length(terminal->deploy_hooks) > 0)
			return true;
		for (size_t j = 0; j < list_length(terminal->stores); j++)
			if (strcasestr(terminal->stores[j], "module-path=") != NULL)
				return true;
	}
	return false;
}

naccs_status naccs_config_terminal(const struct naccs_config *config, const char *name, const struct naccs_terminal_config **ret,
				   struct naccs_error *err)
{
	const struct naccs_terminal_config *terminal = find_terminal(config, name);
	if (terminal != NULL) {
		*ret = terminal;
		return NACCS_OK;
	}
	naccs_auto(heap) char *names = strdup("");
	for (size_t i = 0; i < config->terminal_count && names != NULL; i++) {
		char *longer = naccs_format("%s%s%s", names, i == 0 ? "" : ", ", config->terminals[i].name);
		free(names);
		names = longer;
	}
	if (names == NULL)
		return no_memory(err);
	if (config->path == NULL)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("there is no terminal %s: no configuration file was read"), name);
	(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s has no section [terminal %s]"), config->path, name);
	return names[0] == '\0' ? NACCS_E_CONFIG : naccs_error_hint(err, _("Terminals there are: %s."), names);
}
