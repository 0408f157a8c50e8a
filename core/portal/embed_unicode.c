/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a build tool that writes libunistring's general categories as a table for systems without it, so that both compare alike. embed_unicode OUTPUT. */
#include <stdbool.h>
#include <stdio.h>
#include <unictype.h>

static bool is_ignored(ucs4_t character)
{
	return uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S);
}

int main(int argc, char **argv)
{
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
	bool has_failed;

	if (out == NULL)
		return 74;
	(void)fprintf(out, "#include \"unicode_table.h\"\n\nconst struct naccs_unicode_range naccs_unicode_ignored[] = {\n");
	for (ucs4_t first = 0; first <= 0x10FFFF; first++) {
		ucs4_t last = first;

		if (!is_ignored(first))
			continue;
		while (last < 0x10FFFF && is_ignored(last + 1))
			last++;
		(void)fprintf(out, "\t{0x%X, 0x%X},\n", (unsigned)first, (unsigned)last);
		first = last;
	}
	(void)fprintf(out, "};\nconst size_t naccs_unicode_ignored_count = sizeof naccs_unicode_ignored / sizeof naccs_unicode_ignored[0];\n");
	has_failed = ferror(out) != 0;
	has_failed = fclose(out) != 0 || has_failed;
	return has_failed ? 74 : 0;
}
