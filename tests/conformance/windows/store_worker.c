/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the conformance suite runs natively, forks and kills; the Windows backend runs under Wine. This is its process: it serves one store
 * over standard input and output by the same messages as naccs-cert-store does over a socket. windows-store-worker face          says what
 * the backend is windows-store-worker serve FAULTS  serves; FAULTS is the file that says where to strike (strikes.h)
 */
#include "strikes.h"

#include "builtin_backends.h"
#include "serve.h"

#include <stdio.h>
#include <string.h>

/* As naccs-cert.exe finds it. */
static const struct naccs_backend *windows_backend(void)
{
	const struct naccs_builtin *builtin = naccs_builtin_backends;

	while (builtin->scheme != NULL && strcmp(builtin->scheme, "windows") != 0)
		builtin++;
	return builtin->entry();
}

static int show_face(const struct naccs_backend *backend)
{
	(void)printf("abi=%u\nsize=%u\nflags=%u\nscheme=%s\nsummary=%s\n", backend->abi, backend->size, backend->flags, backend->scheme,
		     backend->summary);
	(void)printf("can=%s%s%s%s%s%s\n", backend->places != NULL ? "places," : "", backend->resolve != NULL ? "resolve," : "",
		     backend->export_key != NULL ? "export_key," : "", backend->verify != NULL ? "verify," : "",
		     backend->activate != NULL ? "activate," : "", backend->archive != NULL ? "archive," : "");
	return 0;
}

int main(int argc, char **argv)
{
	const struct naccs_backend *backend = windows_backend();

	if (argc == 2 && strcmp(argv[1], "face") == 0)
		return show_face(backend);
	if (argc != 3 || strcmp(argv[1], "serve") != 0) {
		(void)fputs("usage: windows-store-worker face\n       windows-store-worker serve FAULTS\n", stderr);
		return 64;
	}
	strikes_read(argv[2]);
	return naccs_serve(0, backend);
}
