/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see codes_source.h. */
#include "codes_source.h"

#include "cleanup.h"
#include "codes.h"
#include "secret.h"
#include "names.h"
#include "text.h"

#include <stdlib.h>
#include <unistd.h>

/* The file that holds them, or NULL: then a person is asked. Caller frees. */
static naccs_status find_file(const struct cli *cli, const char *terminal, char **ret, struct naccs_error *err)
{
	const struct naccs_terminal_config *section = cli->terminal;
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	struct naccs_error ignored = {0};

	*ret = NULL;
	if (section == NULL && terminal != NULL && naccs_config_terminal(cli->config, terminal, &section, &ignored) != NACCS_OK)
		section = NULL;
	if (cli->options.codes != NULL)
		*ret = naccs_format("%s", cli->options.codes);
	else if (section != NULL && section->codes != NULL)
		*ret = naccs_format("%s", section->codes);
	else if (naccs_path_is_absolute(credentials)) {
		*ret = naccs_format("%s/codes", credentials);
		if (*ret != NULL && access(*ret, F_OK) != 0) {
			free(*ret);
			*ret = NULL;
		}
		return NACCS_OK;
	} else
		return NACCS_OK;
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory"));
}

static naccs_status ask(struct cli *cli, const char *terminal, struct naccs_secret *ret[3], struct naccs_error *err)
{
	struct naccs_ui ui = cli_ui_callbacks(&cli->ui);

	for (int i = 0; i < 3; i++) {
		naccs_auto(heap) char *prompt = terminal != NULL ? naccs_format(_("認証コード%d of %s"), i + 1, terminal) : naccs_format(_("認証コード%d"), i + 1);
		naccs_status status = prompt != NULL ? ui.ask_secret(ui.context, NACCS_ASK_CODE, prompt, &ret[i], err)
						     : naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory"));
		if (status != NACCS_OK)
			return status;
	}
	return NACCS_OK;
}

static naccs_status get(void *context, const char *terminal, struct naccs_secret *ret[3], struct naccs_error *err)
{
	struct cli *cli = context;
	struct naccs_codes codes = {0};
	naccs_auto(heap) char *file = NULL;
	naccs_status status = find_file(cli, terminal, &file, err);

	if (status != NACCS_OK || file == NULL)
		return status != NACCS_OK ? status : ask(cli, terminal, ret, err);
	status = naccs_codes_read(file, &codes, err);
	if (status == NACCS_OK && (codes.code1 == NULL || codes.code2 == NULL || codes.code3 == NULL)) {
		status = naccs_fail(err, NACCS_E_CONFIG, 0, _("%s does not hold all three codes"), file);
		(void)naccs_error_hint(err, _("It needs the lines code1 = …, code2 = … and code3 = …"));
	}
	if (status == NACCS_OK) {
		ret[0] = naccs_take(&codes.code1);
		ret[1] = naccs_take(&codes.code2);
		ret[2] = naccs_take(&codes.code3);
	}
	naccs_codes_clear(&codes);
	return status;
}

struct naccs_code_source cli_code_source(struct cli *cli)
{
	return (struct naccs_code_source){.context = cli, .get = get};
}
