/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see codes.h. */
#include "codes.h"

#include "file.h"
#include "lines.h"
#include "text.h"

#include <string.h>

struct parsing {
	const char *name;
	struct naccs_codes codes;
};

void naccs_codes_clear(struct naccs_codes *codes)
{
	naccs_secret_free(naccs_take(&codes->code1));
	naccs_secret_free(naccs_take(&codes->code2));
	naccs_secret_free(naccs_take(&codes->code3));
}

static struct naccs_secret **find_slot(struct naccs_codes *codes, const char *key)
{
	if (strcmp(key, "code1") == 0)
		return &codes->code1;
	if (strcmp(key, "code2") == 0)
		return &codes->code2;
	return strcmp(key, "code3") == 0 ? &codes->code3 : NULL;
}

static naccs_status take_line(void *context, const struct naccs_config_line *line, struct naccs_error *err)
{
	struct parsing *parsing = context;
	struct naccs_secret **slot = line->key == NULL ? NULL : find_slot(&parsing->codes, line->key);
	if (slot == NULL) {
		(void)naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: the line is not understood"), parsing->name, line->number);
		return naccs_error_hint(err, _("A codes file has three lines: code1 = …, code2 = …, code3 = …"));
	}
	if (*slot != NULL)
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s:%zu: this code stands in the file already"), parsing->name, line->number);
	return naccs_secret_new_copy(line->value, strlen(line->value), slot, err);
}

naccs_status naccs_codes_parse(const char *text, size_t length, const char *name, struct naccs_codes *ret, struct naccs_error *err)
{
	struct parsing parsing = {.name = name};
	struct naccs_config_reader reader = {.name = name, .is_secret = true, .line = take_line, .context = &parsing};
	naccs_status status = naccs_config_read_lines(text, length, &reader, err);
	if (status == NACCS_OK)
		*ret = parsing.codes;
	else
		naccs_codes_clear(&parsing.codes);
	return status;
}

naccs_status naccs_codes_read(const char *path, struct naccs_codes *ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_status status = naccs_file_read_private(path, NACCS_SMALL_FILE_LIMIT, &text, err);
	if (status != NACCS_OK)
		return status;
	return naccs_codes_parse(naccs_secret_text(text), naccs_secret_length(text), path, ret, err);
}
