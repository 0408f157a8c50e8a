/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see systemd.h. Syntax: systemd.syntax(7), systemd.exec(5) of systemd 252. */
#include "systemd.h"

#include "builder.h"
#include "cleanup.h"
#include "file.h"
#include "names.h"
#include "session.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNIT "naccs-cert-renew.service"
#define CREDENTIALS_DIR "/run/credentials/" UNIT
#define DROP_IN "stores.conf"
#define STATE_DIR "/var/lib/naccs-cert" /* StateDirectory= of the unit */

char *cli_systemd_quote(const char *prefix, const char *word, bool is_command)
{
	bool is_plain = word[0] != '\0' && strcspn(word, " \t\"'\\;#") == strlen(word);
	char *quoted = calloc(1, strlen(prefix) + 2 * strlen(word) + 3);
	size_t to = 0;

	if (quoted == NULL)
		return NULL;
	if (!is_plain)
		quoted[to++] = '"';
	while (*prefix != '\0')
		quoted[to++] = *prefix++;
	for (; *word != '\0'; word++) {
		if (*word == '%' || (*word == '$' && is_command))
			quoted[to++] = *word;
		else if (*word == '"' || *word == '\\')
			quoted[to++] = '\\';
		quoted[to++] = *word;
	}
	if (!is_plain)
		quoted[to++] = '"';
	return quoted;
}

static void print_setting(struct naccs_builder *text, const char *name, const char *prefix, const char *word)
{
	naccs_auto(heap) char *quoted = cli_systemd_quote(prefix, word, false);

	text->has_failed = text->has_failed || quoted == NULL;
	naccs_builder_print(text, "%s=%s\n", name, quoted != NULL ? quoted : "");
}

/* What came from outside stands in a comment on one line. */
static void print_comment(struct naccs_builder *text, const char *before, const char *outside, const char *after)
{
	naccs_auto(heap) char *clean = naccs_text_printable(outside, strlen(outside));

	text->has_failed = text->has_failed || clean == NULL;
	naccs_builder_print(text, "# %s%s%s\n", before, clean != NULL ? clean : "", after);
}

static void print_paths(struct naccs_builder *text, const struct naccs_footprint *footprint)
{
	for (size_t i = 0; i < footprint->path_count; i++) {
		const struct naccs_footprint_path *path = &footprint->paths[i];

		print_comment(text, "", path->store, path->is_parent ? " (it is not there yet: its parent)" : "");
		/* '-': a folder that has gone is that store's failure, not the end of the whole run. */
		print_setting(text, "ReadWritePaths", "-", path->path);
	}
	for (size_t i = 0; footprint->unmade != NULL && footprint->unmade[i] != NULL; i++)
		print_comment(text, "MISSING: make this folder, then write this file anew: ", footprint->unmade[i], "");
	if (strcmp(footprint->state_dir, STATE_DIR) != 0) {
		print_comment(text, "the state directory", "", "");
		print_setting(text, "ReadWritePaths", "", footprint->state_dir);
	}
}

/* A token's module is others' code: it may want devices, and memory that is both written and run. */
static void print_token(struct naccs_builder *text, const struct naccs_footprint *footprint)
{
	for (size_t i = 0; footprint->unknown != NULL && footprint->unknown[i] != NULL; i++)
		print_comment(text, "", footprint->unknown[i],
			      ": what it writes is not known here; add ReadWritePaths= in a drop-in of your own");
	if (footprint->needs_devices)
		naccs_builder_add(text, "ReadWritePaths=-/var/lib/softhsm\n"
					"PrivateDevices=no\n"
					"DevicePolicy=closed\n"
					"DeviceAllow=char-usb_device rw\n"
					"DeviceAllow=char-hidraw rw\n"
					"DeviceAllow=/dev/tpmrm0 rw\n"
					"MemoryDenyWriteExecute=no\n");
}

char *cli_systemd_drop_in(const struct naccs_footprint *footprint, const char *command)
{
	naccs_auto(builder) struct naccs_builder builder = {0};
	struct naccs_builder *text = &builder;

	naccs_builder_add(
		text,
		"# Written by naccs-cert config --systemd from the configuration and the installs on this machine. Write it anew when "
		"they change;\n"
		"# what is yours goes into another file beside this one.\n"
		"[Service]\n");
	if (command != NULL)
		naccs_builder_print(text, "ExecStart=\nExecStart=%s\n", command);
	print_paths(text, footprint);
	if (footprint->needs_home)
		naccs_builder_add(text, "ProtectHome=read-only\n");
	print_token(text, footprint);
	for (size_t i = 0; footprint->credentials != NULL && footprint->credentials[i] != NULL; i++)
		print_setting(text, "LoadCredentialEncrypted", "", footprint->credentials[i]);
	return naccs_builder_take(text);
}

/* The unit's command knows the usual places only: what was said about others is said there too. *ret NULL: nothing was said. */
static naccs_status make_command(const struct cli *cli, char **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *program = naccs_path_of_program();
	naccs_auto(heap) char *config = NULL;
	naccs_auto(heap) char *state = NULL;
	naccs_status status;

	*ret = NULL;
	if (cli->options.config == NULL && cli->options.state_dir == NULL)
		return NACCS_OK;
	if (program == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot tell where this program lies"));
	status = naccs_path_absolute(cli->paths.config, &config, err);
	if (status == NACCS_OK)
		status = naccs_path_absolute(cli->paths.state_dir, &state, err);
	if (status != NACCS_OK)
		return status;
	naccs_auto(heap) char *quoted_program = cli_systemd_quote("", program, true);
	naccs_auto(heap) char *quoted_config = cli_systemd_quote("", config, true);
	naccs_auto(heap) char *quoted_state = cli_systemd_quote("", state, true);
	if (quoted_program != NULL && quoted_config != NULL && quoted_state != NULL)
		*ret = naccs_format("%s --config %s --state-dir %s -n renew --due", quoted_program, quoted_config, quoted_state);
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory for the drop-in"));
}

static naccs_status write_drop_in(struct cli *cli, const char *text, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_auto(fd) int folder = -1;
	naccs_status status = naccs_path_absolute(cli->options.output, &path, err);

	if (status == NACCS_OK)
		status = naccs_dir_make(path, 0755, &folder, err);
	if (status == NACCS_OK)
		status = naccs_file_write(folder, DROP_IN, text, strlen(text), 0644, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot write the drop-in"));
	cli->text = naccs_format(_("%s/%s is written. Let systemd read it: systemctl daemon-reload\n"), path, DROP_IN);
	return cli->text != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory for the drop-in"));
}

static json_t *paths_json(const struct naccs_footprint *footprint)
{
	json_t *array = json_array();

	for (size_t i = 0; i < footprint->path_count; i++)
		(void)json_array_append_new(array, json_string(footprint->paths[i].path));
	return array;
}

naccs_status cli_systemd_run(struct cli *cli, struct naccs_error *err)
{
	struct naccs_footprint *footprint = NULL;
	naccs_auto(heap) char *command = NULL;
	naccs_auto(heap) char *text = NULL;
	naccs_status status = make_command(cli, &command, err);

	if (status == NACCS_OK)
		status = naccs_footprint_make(cli->context, cli->config, CREDENTIALS_DIR, &footprint, err);
	if (status != NACCS_OK)
		return status;
	text = cli_systemd_drop_in(footprint, command);
	if (text != NULL)
		cli->extra = json_pack("{s:{s:s,s:o}}", "systemd", "drop_in", text, "writable", paths_json(footprint));
	naccs_footprint_free(footprint);
	if (text == NULL || cli->extra == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory for the drop-in"));
	if (cli->options.output != NULL)
		return write_drop_in(cli, text, err);
	cli->text = naccs_take(&text);
	return NACCS_OK;
}
