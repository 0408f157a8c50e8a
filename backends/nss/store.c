/* SPDX-License-Identifier: Apache-2.0 */
/* Why: from a URI to an open store: whose it is, safe, locked, whole, writable; only then NSS sees it. */
#include "nss.h"
#include "places.h"

#include "file.h"

#include <errno.h>
#include <string.h>

void nss_close(struct naccs_store *store)
{
	if (store == NULL)
		return;
	nss_session_stop(store);
	if (store->dir >= 0)
		(void)close(store->dir); /* and with it the lock */
	free(store->path);
	free(store->uri);
	free(store);
}
NACCS_DEFINE_CLEANUP(struct naccs_store *, nss_close, store)

naccs_status nss_check_write(const struct naccs_store *store, struct naccs_error *err)
{
	if (!store->is_write)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot change %s: it was opened for reading"), store->path);
	return NACCS_OK;
}

static naccs_status find_folder(struct naccs_store *store, const char *uri, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_auto(heap) char *canonical = NULL;
	naccs_status status = nss_uri_read(uri, &path, err);

	if (status == NACCS_OK)
		status = nss_path_real(path, &store->path, err);
	if (status != NACCS_OK)
		return status;
	store->is_system = naccs_nss_is_system_wide(store->path);
	status = naccs_nss_directory(uri, &canonical, err);
	if (status != NACCS_OK)
		return status;
	store->uri = naccs_format("nss:%s", canonical);
	if (store->uri == NULL)
		return nss_fail_memory(err);
	status = nss_become_owner(store->path, err);
	if (status == NACCS_OK && store->is_write)
		status = naccs_path_check_safe(store->path, err);
	return status;
}

static naccs_status open_database(struct naccs_store *store, struct naccs_error *err)
{
	enum nss_files files = NSS_FILES_MISSING;
	naccs_status status = nss_files_look(store, &files, err);

	if (status != NACCS_OK)
		return status;
	if (files != NSS_FILES_THERE && !store->is_write)
		return naccs_fail(err, NACCS_E_STORE_OPEN, ENOENT, _("there is no NSS database in %s"), store->path);
	if (store->is_write)
		status = nss_path_probe(store, err);
	if (status == NACCS_OK && files == NSS_FILES_THERE)
		status = nss_health_check(store, err);
	if (status == NACCS_OK)
		status = nss_session_start(store, files == NSS_FILES_THERE, err);
	if (status == NACCS_OK && files == NSS_FILES_THERE)
		status = nss_session_log_in(store, err);
	return status;
}

naccs_status nss_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
		      struct naccs_error *err)
{
	naccs_auto(store) struct naccs_store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return nss_fail_memory(err);
	store->host = host;
	if (host->size > offsetof(struct naccs_host, language) && host->language != NULL)
		naccs_text_set_language(naccs_text_language_from_locale(host->language));
	store->dir = -1;
	store->is_write = options->access == NACCS_ACCESS_WRITE;
	store->lock_timeout_ms = options->lock_timeout_ms;
	naccs_status status = find_folder(store, uri, err);
	if (status == NACCS_OK)
		status = nss_folder_open(store, err);
	if (status == NACCS_OK)
		status = open_database(store, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&store);
	return status;
}
