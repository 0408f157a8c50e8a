/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a build tool that writes what libunistring knows as tables for Windows. embed_unicode OUTPUT. */
#include <stdbool.h>
#include <stdio.h>
#include <unictype.h>
#include <uniwidth.h>

#define LAST 0x10FFFF

static bool is_ignored(ucs4_t character)
{
	return uc_is_general_category_withtable(character,
						UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S);
}

static bool is_wide(ucs4_t character)
{
	return uc_width(character, "UTF-8") == 2;
}

static bool has_no_width(ucs4_t character)
{
	return uc_width(character, "UTF-8") <= 0;
}

static void write_table(FILE *out, const char *name, bool (*is_in)(ucs4_t character))
{
	(void)fprintf(out, "\nstatic const struct naccs_unicode_range %s[] = {\n", name);
	for (ucs4_t first = 0; first <= LAST; first++) {
		ucs4_t last = first;

		if (!is_in(first))
			continue;
		while (last < LAST && is_in(last + 1))
			last++;
		(void)fprintf(out, "\t{0x%X, 0x%X},\n", (unsigned)first, (unsigned)last);
		first = last;
	}
	(void)fprintf(out, "};\nconst struct naccs_unicode_table naccs_unicode_%s = {%s, sizeof %s / sizeof %s[0]};\n", name, name, name,
		      name);
}

int main(int argc, char **argv)
{
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
	bool has_failed;

	if (out == NULL)
		return 74;
	(void)fprintf(out, "#include \"windows/unicode_table.h\"\n");
	write_table(out, "ignored", is_ignored);
	write_table(out, "wide", is_wide);
	write_table(out, "no_width", has_no_width);
	has_failed = ferror(out) != 0;
	has_failed = fclose(out) != 0 || has_failed;
	return has_failed ? 74 : 0;
}
