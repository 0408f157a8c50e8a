/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see options.h. getopt_long() reads; this file adds what it lacks: no abbreviations, names in messages, options by command. */
#include "options.h"

#include "clock.h"
#include "command.h"
#include "nearest.h"
#include "options_check.h"
#include "surroundings.h"
#include "text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_VALUE 256 /* getopt's value of option 0: above every character */
#define LONGEST_TIMEOUT 86400

/* Where each option's value goes. */
enum kind { FLAG, COUNT, TEXT, LIST, TIME, SECONDS, MILLISECONDS };
static const struct {
	enum kind kind;
	size_t offset;
} slots[CLI_OPTION_COUNT] = {
	[CLI_CONFIG] = {TEXT, offsetof(struct cli_options, config)},
	[CLI_STATE_DIR] = {TEXT, offsetof(struct cli_options, state_dir)},
	[CLI_BACKEND_DIR] = {TEXT, offsetof(struct cli_options, backend_dir)},
	[CLI_TERMINAL] = {TEXT, offsetof(struct cli_options, terminal)},
	[CLI_JSON] = {FLAG, offsetof(struct cli_options, json)},
	[CLI_NON_INTERACTIVE] = {FLAG, offsetof(struct cli_options, non_interactive)},
	[CLI_QUIET] = {FLAG, offsetof(struct cli_options, quiet)},
	[CLI_VERBOSE] = {COUNT, offsetof(struct cli_options, verbose)},
	[CLI_LANG] = {TEXT, offsetof(struct cli_options, lang)},
	[CLI_AT] = {TIME, offsetof(struct cli_options, at)},
	[CLI_TIMEOUT] = {MILLISECONDS, offsetof(struct cli_options, timeout_ms)},
	[CLI_ANCHOR] = {LIST, offsetof(struct cli_options, anchors)},
	[CLI_PORTAL] = {TEXT, offsetof(struct cli_options, portal)},
	[CLI_PROXY] = {TEXT, offsetof(struct cli_options, proxy)},
	[CLI_PROXY_AUTH] = {TEXT, offsetof(struct cli_options, proxy_auth)},
	[CLI_CONNECT_TO] = {LIST, offsetof(struct cli_options, connect_to)},
	[CLI_HELP] = {FLAG, offsetof(struct cli_options, help)},
	[CLI_VERSION] = {FLAG, offsetof(struct cli_options, version)},
	[CLI_TO] = {LIST, offsetof(struct cli_options, to)},
	[CLI_FROM] = {LIST, offsetof(struct cli_options, from)},
	[CLI_STORE] = {LIST, offsetof(struct cli_options, store)},
	[CLI_CERT] = {TEXT, offsetof(struct cli_options, certificate)},
	[CLI_GROUP] = {TEXT, offsetof(struct cli_options, group)},
	[CLI_PIN_FILE] = {TEXT, offsetof(struct cli_options, pin_file)},
	[CLI_USER] = {TEXT, offsetof(struct cli_options, user)},
	[CLI_CODES] = {TEXT, offsetof(struct cli_options, codes)},
	[CLI_PASSWORD_FILE] = {TEXT, offsetof(struct cli_options, password_file)},
	[CLI_CLIENT_CA_SHA256] = {TEXT, offsetof(struct cli_options, client_ca_sha256)},
	[CLI_TRUST_CLIENT_CA] = {FLAG, offsetof(struct cli_options, trust_client_ca)},
	[CLI_ALL_OR_NOTHING] = {FLAG, offsetof(struct cli_options, all_or_nothing)},
	[CLI_PRUNE] = {FLAG, offsetof(struct cli_options, prune)},
	[CLI_ONLINE] = {FLAG, offsetof(struct cli_options, online)},
	[CLI_HOST] = {TEXT, offsetof(struct cli_options, host)},
	[CLI_CHECK] = {FLAG, offsetof(struct cli_options, check)},
	[CLI_METRICS] = {FLAG, offsetof(struct cli_options, metrics)},
	[CLI_SYSTEMD] = {FLAG, offsetof(struct cli_options, systemd)},
	[CLI_SCHEDULED_TASK] = {FLAG, offsetof(struct cli_options, scheduled_task)},
	[CLI_OUTPUT] = {TEXT, offsetof(struct cli_options, output)},
	[CLI_BACKUP] = {TEXT, offsetof(struct cli_options, backup)},
	[CLI_PASSPHRASE_FILE] = {TEXT, offsetof(struct cli_options, passphrase_file)},
	[CLI_CONFIG_TO] = {TEXT, offsetof(struct cli_options, config_to)},
	[CLI_DUE] = {FLAG, offsetof(struct cli_options, due)},
	[CLI_DETAILED_EXITCODE] = {FLAG, offsetof(struct cli_options, detailed_exitcode)},
	[CLI_RANDOM_DELAY] = {SECONDS, offsetof(struct cli_options, random_delay)},
	[CLI_APPLY_AGAIN] = {FLAG, offsetof(struct cli_options, apply_again)},
};

void cli_options_glance(int argc, char *const *argv, struct cli_options *options)
{
	const char *language = NULL;
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		options->json = options->json || strcmp(argv[i], "--json") == 0;
		options->check = options->check || strcmp(argv[i], "--check") == 0;
		if (strncmp(argv[i], "--lang=", 7) == 0)
			language = argv[i] + 7;
		else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			language = argv[i + 1];
	}
	naccs_text_set_language(language != NULL ? naccs_text_language_from_locale(language) : cli_users_language());
}

void cli_options_clear(struct cli_options *options)
{
	struct cli_list *lists[] = {&options->arguments, &options->anchors, &options->connect_to,
				    &options->to,	 &options->from,    &options->store};
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		free(lists[i]->items);
		*lists[i] = (struct cli_list){0};
	}
}

static naccs_status list_append(struct cli_list *list, const char *item, struct naccs_error *err)
{
	const char **longer = reallocarray(list->items, list->count + 2, sizeof *longer);
	if (longer == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory to read the command line"));
	list->items = longer;
	longer[list->count++] = item;
	longer[list->count] = NULL;
	return NACCS_OK;
}

static naccs_status refuse_unknown(const char *word, const struct cli_options *options, struct naccs_error *err)
{
	const char *names[CLI_OPTION_COUNT + 1] = {NULL};
	for (size_t i = 0; i < CLI_OPTION_COUNT; i++)
		names[i] = cli_option_table[i].name;
	if (strncmp(word, "--", 2) != 0) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("unknown option -%c"), optopt > ' ' && optopt < 0x7F ? optopt : '?');
		return cli_point_to_help(options, err);
	}
	size_t length = strcspn(word + 2, "=");
	char *name = naccs_text_printable(word + 2, length);
	if (name == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory to read the command line"));
	const char *near = naccs_text_nearest(name, names);
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("unknown option --%s"), name);
	free(name);
	return near != NULL ? naccs_error_hint(err, _("Did you mean --%s?"), near) : cli_point_to_help(options, err);
}

static naccs_status take_seconds(const char *name, const char *text, uint32_t unit, uint32_t *ret, struct naccs_error *err)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long seconds = digits > 0 && digits <= 5 ? strtoul(text, NULL, 10) : LONGEST_TIMEOUT + 1;
	if (text[digits] != '\0' || seconds > LONGEST_TIMEOUT)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--%s: expected seconds, a whole number from 0 to %d"), name, LONGEST_TIMEOUT);
	*ret = (uint32_t)seconds * unit;
	return NACCS_OK;
}

static naccs_status take_option(struct cli_options *options, enum cli_option_id id, const char *value, struct naccs_error *err)
{
	const char *name = cli_option_table[id].name;
	void *slot = (char *)options + slots[id].offset;
	bool is_repeatable = slots[id].kind == FLAG || slots[id].kind == COUNT || slots[id].kind == LIST;
	if ((options->given & CLI_BIT(id)) != 0 && !is_repeatable)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--%s was given twice"), name);
	options->given |= CLI_BIT(id);
	if (value != NULL && (value[0] == '\0' || !naccs_text_is_clean(value, strlen(value), NULL)))
		return naccs_fail(err, NACCS_E_USAGE, 0,
				  value[0] == '\0' ? _("--%s was given an empty value") : _("the value of --%s is not UTF-8 text"), name);
	switch (slots[id].kind) {
	case FLAG:
		*(bool *)slot = true;
		return NACCS_OK;
	case COUNT:
		*(int *)slot += *(int *)slot < 2 ? 1 : 0;
		return NACCS_OK;
	case TEXT:
		*(const char **)slot = value;
		return NACCS_OK;
	case LIST:
		return list_append(slot, value, err);
	case TIME:
		if (naccs_time_parse(value, slot, err) == NACCS_OK)
			return NACCS_OK;
		return naccs_error_prefix(err, "--%s", name);
	case SECONDS:
		return take_seconds(name, value, 1, slot, err);
	case MILLISECONDS:
		return take_seconds(name, value, 1000, slot, err);
	}
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("--%s is not known to the parser"), name);
}

static naccs_status take_operand(struct cli_options *options, const char *word, struct naccs_error *err)
{
	if (options->command != NULL)
		return list_append(&options->arguments, word, err);
	options->command = cli_command_find(word);
	if (options->command != NULL)
		return NACCS_OK;
	char *shown = naccs_text_printable(word, strnlen(word, 64));
	if (shown == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory to read the command line"));
	const char *near = cli_command_nearest(shown);
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("unknown command %s"), shown);
	free(shown);
	return near != NULL ? naccs_error_hint(err, _("Did you mean %s?"), near) : cli_point_to_help(options, err);
}

/* What getopt_long() has just read: argv[optind - 1], or the word before it where that one is the value. */
static const char *word_read(char *const *argv)
{
	return optarg != NULL && optarg == argv[optind - 1] ? argv[optind - 2] : argv[optind - 1];
}

static naccs_status take_result(struct cli_options *options, int result, char *const *argv, struct naccs_error *err)
{
	if (result == 1)
		return take_operand(options, optarg, err);
	bool is_known = optopt >= FIRST_VALUE && optopt < FIRST_VALUE + CLI_OPTION_COUNT;
	if ((result == ':' || result == '?') && is_known) {
		const char *name = cli_option_table[optopt - FIRST_VALUE].name;
		(void)naccs_fail(err, NACCS_E_USAGE, 0, result == ':' ? _("--%s needs a value") : _("--%s takes no value"), name);
		return cli_point_to_help(options, err);
	}
	if (result < FIRST_VALUE) {
		for (size_t i = 0; i < CLI_OPTION_COUNT && result != '?'; i++)
			if (cli_option_table[i].letter == result)
				return take_option(options, (enum cli_option_id)i, NULL, err);
		return refuse_unknown(argv[optind - 1], options, err);
	}
	const struct cli_option *option = &cli_option_table[result - FIRST_VALUE];
	const char *word = word_read(argv);
	if (strncmp(word, "--", 2) != 0 || strcspn(word + 2, "=") != strlen(option->name)) {
		(void)refuse_unknown(word, options, err);
		return naccs_error_hint(err, _("Options are not abbreviated. Did you mean --%s?"), option->name);
	}
	return take_option(options, (enum cli_option_id)(result - FIRST_VALUE), optarg, err);
}

static naccs_status read_words(int argc, char **argv, struct cli_options *options, struct naccs_error *err)
{
	struct option longs[CLI_OPTION_COUNT + 1] = {{0}};
	for (int i = 0; i < CLI_OPTION_COUNT; i++) {
		longs[i].name = cli_option_table[i].name;
		longs[i].has_arg = cli_option_table[i].argument != NULL ? required_argument : no_argument;
		longs[i].val = FIRST_VALUE + i;
	}
	/* '-': words come in their order, whatever POSIXLY_CORRECT says; ':': a missing value is told apart; 0: begin anew. */
	optind = 0;
	opterr = 0;
	for (;;) {
		optopt = 0;
		int result = getopt_long(argc, argv, "-:hnqv", longs, NULL);
		if (result == -1)
			break;
		naccs_status status = take_result(options, result, argv, err);
		if (status != NACCS_OK)
			return status;
	}
	for (; optind < argc; optind++) {
		naccs_status status = take_operand(options, argv[optind], err);
		if (status != NACCS_OK)
			return status;
	}
	return NACCS_OK;
}

static naccs_status check(const struct cli_options *options, struct naccs_error *err)
{
	if (options->help || options->version)
		return NACCS_OK;
	if (options->command == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("no command was given"));
	naccs_status status = cli_check_command(options, err);
	return status == NACCS_OK ? cli_check_values(options, err) : status;
}

naccs_status cli_options_parse(int argc, char **argv, struct cli_options *options, struct naccs_error *err)
{
	naccs_status status = read_words(argc, argv, options, err);
	if (status == NACCS_OK)
		status = check(options, err);
	if (status == NACCS_E_USAGE && err != NULL && err->hint[0] == '\0')
		(void)cli_point_to_help(options, err);
	return status;
}
