/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a build tool that turns a file into a C array, so that the description travels inside the program. embed NAME HEADER INPUT OUTPUT, where HEADER declares NAME and NAME_size. */
#include <stdio.h>

int main(int argc, char **argv)
{
	FILE *in, *out;
	int byte, column = 0, failed;

	if (argc != 5)
		return 64;
	in = fopen(argv[3], "rb");
	out = fopen(argv[4], "wb");
	if (in == NULL || out == NULL) {
		perror(in == NULL ? argv[3] : argv[4]);
		return 74;
	}
	(void)fprintf(out, "#include \"%s\"\n\nconst char %s[] = {", argv[2], argv[1]);
	while ((byte = getc(in)) != EOF)
		(void)fprintf(out, "%s(char)%d,", column++ % 24 == 0 ? "\n\t" : " ", byte);
	(void)fprintf(out, "\n\t0};\nconst size_t %s_size = sizeof %s - 1;\n", argv[1], argv[1]);
	failed = ferror(in) != 0 || ferror(out) != 0;
	failed = fclose(out) != 0 || failed;
	(void)fclose(in);
	return failed ? 74 : 0;
}
