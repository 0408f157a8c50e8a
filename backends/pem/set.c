/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one set of files, read afresh from the medium, and deleted without touching what strangers put beside it. */
#include "pem.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

void pem_set_close(struct pem_set *set)
{
	if (set->folder >= 0)
		(void)close(set->folder);
	pem_certificates_free(&set->client);
	set->folder = -1;
}

naccs_status pem_set_read(const struct naccs_store *store, const struct pem_set *set, enum pem_file file, struct naccs_secret **ret,
			  struct naccs_error *err)
{
	const char *name = pem_file_kinds[file].name;
	struct stat status;
	naccs_auto(fd) int fd = openat(set->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return naccs_fail_errno(err, NACCS_E_FILE_MISSING, errno, _("cannot open %s/%s/%s/%s"), store->path, PEM_ARCHIVE, set->name,
					name);
	if (fd < 0)
		return naccs_fail_errno(err, errno == ELOOP ? NACCS_E_STORE_UNSAFE : NACCS_E_STORE_OPEN, errno,
					_("cannot open %s/%s/%s/%s"), store->path, PEM_ARCHIVE, set->name, name);
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot read %s/%s/%s/%s: it is no regular file"), store->path,
				  PEM_ARCHIVE, set->name, name);
	naccs_status result = naccs_file_read_fd(fd, name, PEM_FILE_LIMIT, ret, err);
	if (result != NACCS_OK) {
		err->status = result == NACCS_E_INTERNAL ? result : NACCS_E_STORE_IO;
		return naccs_error_prefix(err, _("cannot read %s/%s/%s"), store->path, PEM_ARCHIVE, set->name);
	}
	return NACCS_OK;
}

static naccs_status read_client(const struct naccs_store *store, struct pem_set *set, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_auto(heap) char *name = naccs_format("%s/%s/%s", PEM_ARCHIVE, set->name, pem_file_kinds[PEM_CERT].name);
	naccs_status status = pem_set_read(store, set, PEM_CERT, &text, err);

	if (status == NACCS_OK)
		status = pem_certificates_parse(store, text, name != NULL ? name : set->name, &set->client, err);
	if (status == NACCS_OK && set->client.count != 1)
		status = naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot use %s in %s: it holds %zu certificates, not one"),
				    name != NULL ? name : set->name, store->path, set->client.count);
	if (status == NACCS_OK && !pem_sha256(store, set->client.der[0], set->sha256))
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot compute a SHA-256"));
	return status;
}

naccs_status pem_set_open(const struct naccs_store *store, int archive, const char *name, struct pem_set *ret, struct naccs_error *err)
{
	static const char pending[] = PEM_PENDING;
	naccs_auto(pem_set) struct pem_set set = {.name = name, .folder = -1};

	set.is_pending = strncmp(name, pending, sizeof pending - 1) == 0;
	set.set_name = set.is_pending ? name + sizeof pending - 1 : name;
	naccs_status status = pem_folder_open(store, archive, name, &set.folder, err);
	if (status == NACCS_OK && set.folder < 0)
		return naccs_fail(err, NACCS_E_FILE_MISSING, ENOENT, _("there is no %s/%s/%s"), store->path, PEM_ARCHIVE, name);
	if (status == NACCS_OK)
		status = read_client(store, &set, err);
	if (status != NACCS_OK)
		return status;
	*ret = set;
	set = (struct pem_set){.folder = -1};
	return NACCS_OK;
}

naccs_status pem_set_key(const struct naccs_store *store, const struct pem_set *set, EVP_PKEY **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_auto(x509) X509 *certificate = NULL;
	naccs_auto(pkey) EVP_PKEY *key = NULL;
	naccs_auto(heap) char *name = naccs_format("%s/%s/%s", PEM_ARCHIVE, set->name, pem_file_kinds[PEM_PRIVKEY].name);

	if (name == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	naccs_status status = pem_set_read(store, set, PEM_PRIVKEY, &text, err);
	if (status == NACCS_OK)
		status = pem_key_parse(store, text, name, &key, err);
	if (status == NACCS_OK)
		status = pem_certificate_decode(store, set->client.der[0], &certificate, err);
	if (status == NACCS_OK && EVP_PKEY_eq(X509_get0_pubkey(certificate), key) != 1)
		status = naccs_fail(err, NACCS_E_STORE_DAMAGED, 0,
				    _("cannot use %s in %s: it does not belong to the certificate beside it"), name, store->path);
	if (status == NACCS_OK)
		*ret = naccs_take(&key);
	return status;
}

/* Is it the one? Damaged and half-deleted sets are not. */
static bool set_has(const struct naccs_store *store, int archive, const char *name, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	struct naccs_error ignored = {0};
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};

	return pem_set_open(store, archive, name, &set, &ignored) == NACCS_OK && memcmp(set.sha256, sha256, NACCS_SHA256_SIZE) == 0;
}

static naccs_status find_among(const struct naccs_store *store, int archive, enum pem_names_kind kind, const uint8_t *sha256, char **ret,
			       struct naccs_error *err)
{
	naccs_auto(pem_names) struct pem_names names = {0};
	naccs_status status = pem_names_read(archive, kind, &names, err);

	for (size_t i = 0; i < names.count && status == NACCS_OK && *ret == NULL; i++) {
		if (set_has(store, archive, names.name[i], sha256))
			*ret = naccs_take(&names.name[i]);
	}
	return status;
}

naccs_status pem_set_find(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], bool with_pending, char **ret,
			  struct naccs_error *err)
{
	naccs_auto(fd) int archive = -1;
	naccs_auto(heap) char *live = NULL;
	naccs_auto(heap) char *found = NULL;
	naccs_status status = pem_archive_open(store, &archive, err);

	if (status == NACCS_OK && archive >= 0 && with_pending)
		status = find_among(store, archive, PEM_NAMES_PENDING, sha256, &found, err);
	if (status == NACCS_OK && archive >= 0 && found == NULL) {
		status = pem_live_read(store, &live, err);
		if (status == NACCS_OK && live != NULL && set_has(store, archive, strchr(live, '/') + 1, sha256))
			found = strdup(strchr(live, '/') + 1);
	}
	if (status == NACCS_OK && archive >= 0 && found == NULL)
		status = find_among(store, archive, PEM_NAMES_SETS, sha256, &found, err);
	if (status == NACCS_OK && found == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s does not hold this certificate"), store->path);
	if (status == NACCS_OK)
		*ret = naccs_take(&found);
	return status;
}

naccs_status pem_set_delete(const struct naccs_store *store, int archive, const char *name, struct naccs_error *err)
{
	/* The key first, the certificate late: what a crash leaves can still be told apart. The marker last: see replace.c. */
	static const enum pem_file order[PEM_FILE_COUNT] = {
		PEM_PRIVKEY, PEM_CREDENTIAL, PEM_FULLCHAIN, PEM_CHAIN, PEM_CLIENT_CA, PEM_SERVER_CA, PEM_SERVER_INTERMEDIATES, PEM_CERT,
	};
	naccs_auto(fd) int folder = -1;
	naccs_status status = pem_folder_open(store, archive, name, &folder, err);

	if (status != NACCS_OK || folder < 0)
		return status;
	for (size_t i = 0; i <= PEM_FILE_COUNT; i++) {
		const char *file = i < PEM_FILE_COUNT ? pem_file_kinds[order[i]].name : PEM_MARKER;
		if (unlinkat(folder, file, 0) != 0 && errno != ENOENT)
			return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot delete %s/%s/%s/%s"), store->path, PEM_ARCHIVE,
						name, file);
	}
	if (unlinkat(archive, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return NACCS_OK;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot delete %s/%s/%s"), store->path, PEM_ARCHIVE, name);
	pem_log(store, "pem: %s/%s/%s stays: it holds files that are not ours", store->path, PEM_ARCHIVE, name);
	/* fsync of the set: our files are gone from it for good. */
	return pem_sync(store, folder, name, err);
}
