/* SPDX-License-Identifier: Apache-2.0 */
/* Why: from a URI to an open store: the path made absolute and looked at, the lock taken, writing tried. */
#include "pem.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <string.h>

#define SCHEME "pem:"

void pem_close(struct naccs_store *store)
{
	if (store == NULL)
		return;
	if (store->dir >= 0)
		(void)close(store->dir); /* and with it the lock */
	pem_known_free(store->known);
	if (store->provider != NULL)
		(void)OSSL_PROVIDER_unload(store->provider);
	OSSL_LIB_CTX_free(store->crypto);
	free(store->path);
	free(store->uri);
	free(store);
}
NACCS_DEFINE_CLEANUP(struct naccs_store *, pem_close, store)

naccs_status pem_check_write(const struct naccs_store *store, struct naccs_error *err)
{
	if (!store->is_write)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot change %s: it was opened for reading"), store->path);
	return NACCS_OK;
}

/* Everything after "pem:" is the path, as it stands: no percent-decoding. */
naccs_status pem_uri_read(const char *uri, char **ret_path, char **ret_uri, struct naccs_error *err)
{
	static const char scheme[] = SCHEME;

	if (uri == NULL || strncmp(uri, scheme, sizeof scheme - 1) != 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("this is no URI of a PEM directory: it has to begin with %s"), scheme);
	const char *path = uri + sizeof scheme - 1;
	if (path[0] == '\0')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: it names no folder"), uri);
	if (!naccs_text_is_clean(path, strlen(path), NULL))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use this %s URI: its path is no UTF-8 text without control characters"),
				  scheme);
	naccs_status status = naccs_path_absolute(path, ret_path, err);
	if (status != NACCS_OK)
		return status;
	if (strcmp(*ret_path, "/") == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: the root folder can't be a store"), uri);
	*ret_uri = naccs_format("%s%s", scheme, *ret_path);
	return *ret_uri != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

static naccs_status open_crypto(struct naccs_store *store, struct naccs_error *err)
{
	/* No configuration file, in no context of this process: OPENSSL_CONF must change nothing. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	store->crypto = OSSL_LIB_CTX_new();
	if (store->crypto != NULL)
		store->provider = OSSL_PROVIDER_load(store->crypto, "default"); /* built in: OPENSSL_MODULES is not looked at */
	store->known = calloc(1, sizeof *store->known);
	if (store->provider == NULL || store->known == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot set up OpenSSL"));
	return NACCS_OK;
}

/* Open DIR, or leave -1 when it does not exist. */
static naccs_status open_dir(struct naccs_store *store, struct naccs_error *err)
{
	store->dir = open(store->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (store->dir >= 0 || (errno == ENOENT && store->is_write))
		return NACCS_OK;
	int errnum = errno;
	struct stat status;
	if (lstat(store->path, &status) == 0 && S_ISLNK(status.st_mode)) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, ELOOP, _("refused to use %s: it is a symbolic link"), store->path);
		return naccs_error_hint(err, _("name the folder that it points to"));
	}
	return naccs_fail_errno(err, naccs_store_status_from_errno(errnum), errnum, _("cannot open the PEM directory %s"), store->path);
}

static bool is_still_there(const struct naccs_store *store)
{
	struct stat ours, there;

	return fstat(store->dir, &ours) == 0 && lstat(store->path, &there) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/* The lock is on DIR itself: no file of ours lies about, and it ends with the process. */
static naccs_status open_locked(struct naccs_store *store, struct naccs_error *err)
{
	naccs_status status = open_dir(store, err);

	while (status == NACCS_OK && store->dir >= 0) {
		status = naccs_lock_fd_patiently(store->dir, store->path, store->lock_timeout_ms, store->host->cancelled,
						 store->host->context, err);
		if (status != NACCS_OK || is_still_there(store))
			break;
		/* Who held it took the folder away meanwhile. */
		(void)close(store->dir);
		status = open_dir(store, err);
	}
	return status;
}

static naccs_status open_for_writing(struct naccs_store *store, struct naccs_error *err)
{
	naccs_auto(heap) char *live = NULL;
	naccs_status status = pem_path_check(store, err);

	if (status == NACCS_OK)
		status = open_locked(store, err);
	if (status == NACCS_OK)
		status = pem_live_read(store, &live, err);
	return status == NACCS_OK ? pem_probe(store, err) : status;
}

naccs_status pem_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
		      struct naccs_error *err)
{
	naccs_auto(store) struct naccs_store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	store->host = host;
	store->dir = -1;
	store->is_write = options->access == NACCS_ACCESS_WRITE;
	store->lock_timeout_ms = options->lock_timeout_ms;
	naccs_status status = pem_uri_read(uri, &store->path, &store->uri, err);
	if (status == NACCS_OK && options->group != NULL) {
		status = pem_group_find(options->group, &store->group, err);
		store->has_group = true;
	}
	if (status == NACCS_OK)
		status = open_crypto(store, err);
	if (status == NACCS_OK)
		status = store->is_write ? open_for_writing(store, err) : open_dir(store, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&store);
	return status;
}
