/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see backup_parts.h. This file: passphrases, and a new file that is proven before it gets its name. */
#include "backup_parts.h"

#include "file.h"
#include "names.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_FILE_LIMIT ((size_t)8 * 1024 * 1024)

naccs_status naccs_passphrase_check(const struct naccs_secret *passphrase, struct naccs_error *err)
{
	size_t characters = 0;

	for (const char *at = naccs_secret_text(passphrase); *at != '\0'; at++)
		characters += ((unsigned char)*at & 0xC0) != 0x80;
	if (characters >= NACCS_PASSPHRASE_MINIMUM)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the passphrase is too short: %d characters at least"), NACCS_PASSPHRASE_MINIMUM);
	return naccs_error_hint(err, _("Whoever gets the file can try passphrases for ever: five or more random words are a good one."));
}

static naccs_status ask(const struct naccs *context, const char *prompt, struct naccs_secret **ret, struct naccs_error *err)
{
	if (context->ui.ask_secret == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the backup needs a passphrase: say --passphrase-file FILE"));
	return context->ui.ask_secret(context->ui.context, NACCS_ASK_PASSPHRASE, prompt, ret, err);
}

naccs_status naccs_passphrase_ask_new(const struct naccs *context, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *first = NULL;
	naccs_auto(secret) struct naccs_secret *second = NULL;
	naccs_status status = ask(context, _("Passphrase for the backup"), &first, err);

	if (status == NACCS_OK)
		status = naccs_passphrase_check(first, err);
	if (status == NACCS_OK)
		status = ask(context, _("The same passphrase again"), &second, err);
	if (status == NACCS_OK && !naccs_secret_equal(first, second))
		status = naccs_fail(err, NACCS_E_USAGE, 0, _("the two passphrases differ"));
	if (status == NACCS_OK)
		*ret = naccs_take(&first);
	return status;
}

static naccs_status refuse_existing(const char *path, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_REFUSED, EEXIST, _("%s is there already and is not overwritten"), path);
	return naccs_error_hint(err, _("Name another file, or move that one away."));
}

/* *ret_name points into *ret_path, whose folder is opened. */
static naccs_status open_folder(const char *file, char **ret_path, const char **ret_name, int *ret_folder, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_auto(heap) char *parent = NULL;
	naccs_status status = naccs_path_absolute(file, &path, err);
	struct stat info;

	if (status != NACCS_OK)
		return status;
	parent = naccs_path_parent(path);
	if (parent == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	*ret_folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_folder < 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open the folder %s"), parent);
	if (fstatat(*ret_folder, naccs_path_last_part(path), &info, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse_existing(path, err);
	*ret_name = naccs_path_last_part(path);
	*ret_path = naccs_take(&path);
	return NACCS_OK;
}

naccs_status naccs_new_file_check(const char *file, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_auto(fd) int folder = -1;
	const char *name;
	naccs_status status = open_folder(file, &path, &name, &folder, err);

	if (status == NACCS_OK && faccessat(folder, ".", W_OK, AT_EACCESS) != 0)
		status = naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot make %s"), path);
	return status;
}

static naccs_status read_back(int folder, const char *name,
			      naccs_status (*verify)(void *context, const struct naccs_secret *bytes, struct naccs_error *err),
			      void *context, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *bytes = NULL;
	naccs_status status = naccs_file_read(folder, name, NEW_FILE_LIMIT, &bytes, err);

	return status == NACCS_OK ? verify(context, bytes, err) : status;
}

naccs_status naccs_new_file_write(const char *file, const void *bytes, size_t length,
				  naccs_status (*verify)(void *context, const struct naccs_secret *bytes, struct naccs_error *err),
				  void *verify_context, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_auto(heap) char *temporary = naccs_format(".naccs-tmp-%ld", (long)getpid());
	naccs_auto(fd) int folder = -1;
	const char *name;
	naccs_status status = temporary != NULL ? open_folder(file, &path, &name, &folder, err)
						: naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));

	if (status == NACCS_OK)
		status = naccs_file_create(folder, temporary, bytes, length, 0600, err);
	if (status != NACCS_OK)
		return status;
	if (verify != NULL)
		status = read_back(folder, temporary, verify, verify_context, err);
	if (status == NACCS_OK && renameat2(folder, temporary, folder, name, RENAME_NOREPLACE) != 0)
		status = errno == EEXIST ? refuse_existing(path, err)
					 : naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot make %s"), path);
	if (status == NACCS_OK)
		return naccs_dir_sync(folder, path, err);
	(void)unlinkat(folder, temporary, 0);
	return status;
}

struct proof {
	struct naccs *context;
	const struct naccs_backup_entry *entries;
	size_t count;
	const struct naccs_secret *passphrase;
};

/* Is this entry in the backup, with its key, its whole chain and its record? */
static bool is_kept(const struct naccs_backup_entry *entry, const struct naccs_backup *backup)
{
	for (size_t i = 0; i < backup->count; i++) {
		const struct naccs_backup_item *item = &backup->items[i];

		if (item->credential != NULL && X509_cmp(item->credential->certificate, entry->certificate) == 0)
			return EVP_PKEY_eq(item->credential->key, entry->key) == 1 &&
			       (entry->record == NULL || (item->record != NULL && strcmp(item->record, entry->record) == 0));
	}
	return false;
}

/* A backup that can't be opened by its passphrase is none. */
static naccs_status prove(void *context, const struct naccs_secret *bytes, struct naccs_error *err)
{
	const struct proof *proof = context;
	naccs_auto(backup) struct naccs_backup *backup = NULL;
	naccs_status status =
		naccs_backup_open(proof->context->crypto, bytes, proof->passphrase, NULL, naccs_rules_now(proof->context), &backup, err);

	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("the backup could not be read back"));
	for (size_t i = 0; i < backup->count; i++) {
		if (backup->items[i].credential == NULL) {
			*err = backup->items[i].error;
			return naccs_error_prefix(err, _("the backup could not be read back"));
		}
	}
	for (size_t i = 0; i < proof->count; i++)
		if (!is_kept(&proof->entries[i], backup))
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("the backup was read back, but a certificate is missing in it"));
	return NACCS_OK;
}

naccs_status naccs_backup_make(struct naccs *context, const char *file, const struct naccs_backup_entry *entries, size_t count,
			       const struct naccs_secret *passphrase, struct naccs_error *err)
{
	struct proof proof = {.context = context, .entries = entries, .count = count, .passphrase = passphrase};
	naccs_auto(secret) struct naccs_secret *sealed = NULL;
	naccs_status status = naccs_backup_seal(context->crypto, entries, count, passphrase, NACCS_BACKUP_ITERATIONS, &sealed, err);

	if (status == NACCS_OK)
		status = naccs_new_file_write(file, naccs_secret_data(sealed), naccs_secret_length(sealed), prove, &proof, err);
	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("cannot keep a backup"));
}

naccs_status naccs_backup_wish(struct naccs *context, const struct naccs_install_options *options, struct naccs_error *err)
{
	naccs_status status;

	if (options->backup_file == NULL)
		return NACCS_OK;
	status = naccs_new_file_check(options->backup_file, err);
	if (status == NACCS_OK)
		status = naccs_path_absolute(options->backup_file, &context->backup_file, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot keep a backup"));
	if (options->backup_passphrase == NULL)
		return naccs_passphrase_ask_new(context, &context->backup_passphrase, err);
	status = naccs_passphrase_check(options->backup_passphrase, err);
	return status == NACCS_OK ? naccs_secret_new_copy(naccs_secret_data(options->backup_passphrase),
							  naccs_secret_length(options->backup_passphrase), &context->backup_passphrase, err)
				  : status;
}

naccs_status naccs_backup_keep(struct naccs *context, const struct naccs_credential *credential, const struct naccs_escrow_order *order,
			       struct naccs_error *err)
{
	naccs_auto(heap) char *record = NULL;
	STACK_OF(X509) *chain;
	naccs_status status;

	if (context->backup_file == NULL)
		return NACCS_OK;
	naccs_say(context, _("Keeping a backup in %s"), context->backup_file);
	status = naccs_backup_record_of_order(order, &record, err);
	if (status != NACCS_OK)
		return status;
	chain = sk_X509_dup(credential->intermediates);
	if (chain == NULL || sk_X509_push(chain, credential->client_ca) <= 0)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status == NACCS_OK)
		status = naccs_backup_make(
			context, context->backup_file,
			&(struct naccs_backup_entry){
				.key = credential->key, .certificate = credential->certificate, .chain = chain, .record = record},
			1, context->backup_passphrase, err);
	sk_X509_free(chain);
	return status;
}
