/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a person says yes to a NACCS Client CA once. The certificate itself is kept, named by its SHA-256, so that later files without their
 * root can be completed and another CA of the same name is found out. What is in the folder and is not such a file is an alarm, never
 * ignored.
 */
#include "trust_internal.h"

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER "client-ca"
#define SUFFIX ".pem"
#define TEMPORARY_PREFIX ".naccs-tmp-" /* file.h: what a crash in naccs_file_write() leaves */

static void close_folder(DIR *folder)
{
	(void)closedir(folder);
}
NACCS_DEFINE_CLEANUP(DIR *, close_folder, folder)
NACCS_DEFINE_CLEANUP(BIO *, BIO_free_all, bio)

static naccs_status fail_file(const char *name, const char *why, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_FILE_IO, 0, _("cannot use the remembered CA %s/%s: %s"), FOLDER, name, why);
	(void)naccs_error_hint(err, "%s", _("naccs-cert did not leave it like this: find out who did, then move the file away."));
	return NACCS_E_FILE_IO;
}

/* *ret: the folder, or -1 where it does not exist. */
static naccs_status open_folder(int state_dirfd, int *ret, struct naccs_error *err)
{
	*ret = openat(state_dirfd, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret < 0 && errno != ENOENT)
		return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot open the folder %s of the remembered CAs"), FOLDER);
	return NACCS_OK;
}

static naccs_status load_one(struct naccs_crypto *crypto, int folder, const char *name, STACK_OF(X509) *remembered, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_auto(x509_stack) STACK_OF(X509) *certificates = NULL;
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	struct naccs_error reason = {0};
	if (naccs_file_read(folder, name, NACCS_SMALL_FILE_LIMIT, &text, &reason) != NACCS_OK ||
	    naccs_certificates_from_pem(crypto, naccs_secret_data(text), naccs_secret_length(text), name, &certificates, &reason) !=
		    NACCS_OK)
		return fail_file(name, reason.message, err);
	if (sk_X509_num(certificates) != 1)
		return fail_file(name, _("it holds more than one certificate"), err);
	X509 *certificate = sk_X509_value(certificates, 0);
	naccs_status status = naccs_certificate_facts_new(certificate, &facts, err);
	if (status != NACCS_OK)
		return status;
	if (strlen(name) != sizeof facts->sha256 - 1 + strlen(SUFFIX) || strncmp(name, facts->sha256, sizeof facts->sha256 - 1) != 0 ||
	    strcmp(name + sizeof facts->sha256 - 1, SUFFIX) != 0)
		return fail_file(name, _("it does not bear the SHA-256 of its certificate as its name"), err);
	return X509_add_cert(remembered, certificate, X509_ADD_FLAG_UP_REF) == 1 ? NACCS_OK : naccs_fail_memory(err);
}

static naccs_status load_all(struct naccs_crypto *crypto, DIR *folder, STACK_OF(X509) *remembered, struct naccs_error *err)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (entry == NULL && errno != 0)
			return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot read the folder %s of the remembered CAs"), FOLDER);
		if (entry == NULL)
			return NACCS_OK;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strncmp(entry->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0)
			continue;
		naccs_status status = load_one(crypto, dirfd(folder), entry->d_name, remembered, err);
		if (status != NACCS_OK)
			return status;
	}
}

naccs_status naccs_remembered_load(struct naccs_crypto *crypto, int state_dirfd, STACK_OF(X509) **ret, struct naccs_error *err)
{
	naccs_auto(x509_stack) STACK_OF(X509) *remembered = sk_X509_new_null();
	naccs_auto(fd) int fd = -1;
	if (remembered == NULL)
		return naccs_fail_memory(err);
	naccs_status status = open_folder(state_dirfd, &fd, err);
	if (status != NACCS_OK)
		return status;
	if (fd >= 0) {
		naccs_auto(folder) DIR *folder = fdopendir(fd);
		if (folder == NULL)
			return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot read the folder %s of the remembered CAs"), FOLDER);
		(void)naccs_take_fd(&fd); /* closed with the folder */
		status = load_all(crypto, folder, remembered, err);
		if (status != NACCS_OK)
			return status;
	}
	*ret = naccs_take(&remembered);
	return NACCS_OK;
}

static naccs_status make_folder(int state_dirfd, int *ret, struct naccs_error *err)
{
	if (mkdirat(state_dirfd, FOLDER, 0700) == 0) {
		naccs_status status = naccs_dir_sync(state_dirfd, FOLDER, err); /* fsync 1: the folder's name */
		if (status != NACCS_OK)
			return status;
	} else if (errno != EEXIST)
		return naccs_fail_errno(err, errno == ENOSPC || errno == EDQUOT ? NACCS_E_STORE_FULL : NACCS_E_FILE_IO, errno,
					_("cannot make the folder %s for the remembered CAs"), FOLDER);
	naccs_status status = open_folder(state_dirfd, ret, err);
	if (status == NACCS_OK && *ret < 0)
		return naccs_fail_errno(err, NACCS_E_FILE_IO, ENOENT, _("cannot open the folder %s of the remembered CAs"), FOLDER);
	return status;
}

naccs_status naccs_remembered_add(int state_dirfd, X509 *client_ca, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	naccs_auto(fd) int folder = -1;
	naccs_status status = naccs_certificate_facts_new(client_ca, &facts, err);
	if (status == NACCS_OK)
		status = make_folder(state_dirfd, &folder, err);
	if (status != NACCS_OK)
		return status;

	naccs_auto(heap) char *name = naccs_format("%s%s", facts->sha256, SUFFIX);
	naccs_auto(bio) BIO *pem = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (name == NULL || pem == NULL || PEM_write_bio_X509(pem, client_ca) != 1)
		return naccs_fail_memory(err);
	long length = BIO_get_mem_data(pem, &bytes);

	naccs_auto(secret) struct naccs_secret *former = NULL;
	if (naccs_file_read(folder, name, NACCS_SMALL_FILE_LIMIT, &former, NULL) == NACCS_OK &&
	    naccs_secret_length(former) == (size_t)length && memcmp(naccs_secret_data(former), bytes, (size_t)length) == 0)
		return naccs_dir_sync(folder, FOLDER, err); /* remembered already, perhaps by a run that ended before it was durable */
	return naccs_file_write(folder, name, bytes, (size_t)length, 0600, err);
}

enum naccs_remembered_match naccs_remembered_match(STACK_OF(X509) *remembered, X509 *client_ca)
{
	if (naccs_stack_find(remembered, client_ca) != NULL)
		return NACCS_CA_KNOWN;
	return naccs_stack_find_namesake(remembered, client_ca) != NULL ? NACCS_CA_CONFLICT : NACCS_CA_NEW;
}
