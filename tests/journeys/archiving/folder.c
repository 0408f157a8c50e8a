/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a store that archives what has expired, as Windows's does, without Windows: the example backend, and a file beside its folder that
 * says what was archived. */
#define naccs_backend_entry example_backend_entry
#include "../../conformance/example-backend/folder.c"
#undef naccs_backend_entry

#include <stdio.h>

/* "PATH.archived" gets a line. Where "PATH.refuses" lies, the store can't after all. */
static naccs_status archive(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	char name[4096];

	(void)snprintf(name, sizeof name, "%s.refuses", store->path);
	if (access(name, F_OK) == 0)
		return naccs_error_set(err, NACCS_E_STORE_UNSUPPORTED, 0, "%s can't archive", store->path);
	(void)snprintf(name, sizeof name, "%s.archived", store->path);
	FILE *file = fopen(name, "ae");
	if (file == NULL)
		return naccs_error_set(err, NACCS_E_STORE_IO, errno, "cannot write %s", name);
	for (size_t i = 0; i < NACCS_SHA256_SIZE; i++)
		(void)fprintf(file, "%02x", certificate[i]);
	(void)fputc('\n', file);
	return fclose(file) == 0 ? NACCS_OK : naccs_error_set(err, NACCS_E_STORE_IO, errno, "cannot write %s", name);
}

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

const struct naccs_backend *naccs_backend_entry(void)
{
	static struct naccs_backend archiving;

	archiving = *example_backend_entry();
	archiving.archive = archive;
	return &archiving;
}
