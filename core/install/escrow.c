/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: see escrow.h. What each fsync protects (an install makes six here): password, answer, state.json: their bytes; the entry's folder: their
 * names; the folder escrow/: the entry's publication by rename, and its withdrawal before a purge.
 */
#include "escrow.h"

#include "clock.h"
#include "escrow_order.h"
#include "file.h"
#include "state.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define ESCROW_FOLDER "escrow"
#define PENDING_PREFIX ".new-"
#define PURGE_PREFIX ".purge-"
#define HASH_KEY_FILE "escrow-key"
#define HASH_KEY_SIZE 32

static const char *const state_names[] = {
	[NACCS_ESCROW_PREPARED] = "prepared",
	[NACCS_ESCROW_APPLIED] = "applied",
	[NACCS_ESCROW_SUBMITTED] = "submitted",
	[NACCS_ESCROW_RECEIVED] = "received",
};

const char *naccs_escrow_state_name(enum naccs_escrow_state state)
{
	return state_names[state];
}

void naccs_escrow_free(struct naccs_escrow *escrow)
{
	if (escrow == NULL)
		return;
	naccs_escrow_order_clear(&escrow->order);
	free(escrow->id);
	if (escrow->dirfd >= 0)
		(void)close(escrow->dirfd);
	if (escrow->parent_dirfd >= 0)
		(void)close(escrow->parent_dirfd);
	free(escrow);
}

static char *state_text(const struct naccs_escrow *escrow)
{
	json_t *object = json_object();
	char *text;

	json_object_set_new(object, "schema", json_integer(1));
	json_object_set_new(object, "state", json_string(state_names[escrow->state]));
	json_object_set_new(object, "created_at", json_integer(escrow->created_at));
	json_object_set_new(object, "submitted_at", json_integer(escrow->submitted_at));
	json_object_set_new(object, "answer_is_cut", json_boolean(escrow->answer_is_cut));
	naccs_escrow_order_to_json(&escrow->order, object);
	text = json_dumps(object, JSON_INDENT(1));
	json_decref(object);
	return text;
}

static naccs_status state_save(const struct naccs_escrow *escrow, struct naccs_error *err)
{
	naccs_auto(heap) char *text = state_text(escrow);
	naccs_status status;

	if (text == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_file_write(escrow->dirfd, "state.json", text, strlen(text), 0600, err);
	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("cannot note the state \"%s\" in escrow"), state_names[escrow->state]);
}

/* Time first, so that names sort by age; random last, so that two never meet. No colon: Windows has none in names. */
static naccs_status make_id(int64_t now, char **ret, struct naccs_error *err)
{
	char date[NACCS_TIME_TEXT_SIZE];
	uint8_t random[6];
	naccs_auto(heap) char *hex = NULL;

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return naccs_fail_errno(err, NACCS_E_INTERNAL, errno, _("cannot get random bytes"));
	naccs_time_format_utc(now, date);
	for (char *colon = date; (colon = strchr(colon, ':')) != NULL;)
		*colon = '-';
	hex = naccs_hex(random, sizeof random);
	*ret = hex != NULL ? naccs_format("%s-%s", date, hex) : NULL;
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static naccs_status fill_folder(const struct naccs_escrow *escrow, const struct naccs_secret *password, const struct naccs_secret *answer,
				struct naccs_error *err)
{
	naccs_auto(heap) char *text = state_text(escrow);
	naccs_status status;

	if (text == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_file_create(escrow->dirfd, "password", naccs_secret_data(password), naccs_secret_length(password), 0600, err);
	if (status == NACCS_OK && answer != NULL)
		status = naccs_file_create(escrow->dirfd, "answer", naccs_secret_data(answer), naccs_secret_length(answer), 0600, err);
	if (status == NACCS_OK)
		status = naccs_file_create(escrow->dirfd, "state.json", text, strlen(text), 0600, err);
	if (status == NACCS_OK)
		status = naccs_dir_sync(escrow->dirfd, escrow->id, err);
	return status;
}

static naccs_status open_folder(struct naccs_escrow *escrow, const char *name, struct naccs_error *err)
{
	escrow->dirfd = openat(escrow->parent_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (escrow->dirfd < 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open a folder in escrow"));
	return NACCS_OK;
}

/* Before the folder is renamed or removed: Windows does neither well with one that is open. */
static void close_folder(struct naccs_escrow *escrow)
{
	if (escrow->dirfd >= 0)
		(void)close(escrow->dirfd);
	escrow->dirfd = -1;
}

static naccs_status publish_folder(struct naccs_escrow *escrow, const struct naccs_secret *password, const struct naccs_secret *answer,
				   struct naccs_error *err)
{
	naccs_auto(heap) char *pending = naccs_format(PENDING_PREFIX "%s", escrow->id);
	naccs_status status;

	if (pending == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (mkdirat(escrow->parent_dirfd, pending, 0700) != 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno,
					_("cannot make a folder in escrow"));
	status = open_folder(escrow, pending, err);
	if (status == NACCS_OK)
		status = fill_folder(escrow, password, answer, err);
	close_folder(escrow);
	if (status == NACCS_OK && renameat(escrow->parent_dirfd, pending, escrow->parent_dirfd, escrow->id) != 0)
		status = naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot publish the folder"));
	if (status != NACCS_OK) {
		(void)naccs_dir_remove(escrow->parent_dirfd, pending, NULL);
		return status;
	}
	status = naccs_dir_sync(escrow->parent_dirfd, ESCROW_FOLDER, err);
	return status == NACCS_OK ? open_folder(escrow, escrow->id, err) : status;
}

naccs_status naccs_escrow_create(int state_dirfd, int64_t now, struct naccs_escrow_order *order, const struct naccs_secret *password,
				 const struct naccs_secret *answer, struct naccs_escrow **ret, struct naccs_error *err)
{
	naccs_auto(escrow) struct naccs_escrow *escrow = calloc(1, sizeof *escrow);
	naccs_status status;

	if (escrow == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	escrow->dirfd = escrow->parent_dirfd = -1;
	escrow->state = answer != NULL ? NACCS_ESCROW_RECEIVED : NACCS_ESCROW_PREPARED;
	escrow->created_at = now;
	escrow->order = *order;
	status = make_id(now, &escrow->id, err);
	if (status == NACCS_OK)
		status = naccs_state_folder(state_dirfd, ESCROW_FOLDER, &escrow->parent_dirfd, err);
	if (status == NACCS_OK)
		status = publish_folder(escrow, password, answer, err);
	if (status != NACCS_OK) {
		escrow->order = (struct naccs_escrow_order){0}; /* stays the caller's */
		return naccs_error_prefix(err, _("cannot put the PKCS#12 into escrow"));
	}
	*order = (struct naccs_escrow_order){0};
	*ret = naccs_take(&escrow);
	return NACCS_OK;
}

naccs_status naccs_escrow_advance(struct naccs_escrow *escrow, enum naccs_escrow_state state, int64_t now, struct naccs_error *err)
{
	enum naccs_escrow_state former = escrow->state;
	int64_t former_submitted_at = escrow->submitted_at;
	naccs_status status;

	if (state < former)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("an escrow entry never goes back from %s to %s"), state_names[former],
				  state_names[state]);
	escrow->state = state;
	if (state == NACCS_ESCROW_SUBMITTED && escrow->submitted_at == 0)
		escrow->submitted_at = now;
	status = state_save(escrow, err);
	if (status != NACCS_OK) {
		escrow->state = former;
		escrow->submitted_at = former_submitted_at;
	}
	return status;
}

naccs_status naccs_escrow_receive(struct naccs_escrow *escrow, const struct naccs_secret *answer, bool is_cut, struct naccs_error *err)
{
	naccs_status status =
		naccs_file_write(escrow->dirfd, "answer", naccs_secret_data(answer), naccs_secret_length(answer), 0600, err);

	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot put the portal's answer into escrow"));
	escrow->state = NACCS_ESCROW_RECEIVED;
	escrow->answer_is_cut = is_cut;
	return state_save(escrow, err);
}

naccs_status naccs_escrow_password(const struct naccs_escrow *escrow, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_status status = naccs_file_read(escrow->dirfd, "password", 4096, ret, err);

	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("escrow entry %s"), escrow->id);
}

naccs_status naccs_escrow_answer(const struct naccs_escrow *escrow, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_status status = naccs_file_read(escrow->dirfd, "answer", NACCS_PKCS12_LIMIT * 2, ret, err);

	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("escrow entry %s"), escrow->id);
}

naccs_status naccs_escrow_purge(struct naccs_escrow *escrow, struct naccs_error *err)
{
	naccs_auto(heap) char *name = naccs_format(PURGE_PREFIX "%s", escrow->id);
	naccs_status status;

	if (name == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (renameat(escrow->parent_dirfd, escrow->id, escrow->parent_dirfd, name) != 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot withdraw the escrow entry %s"), escrow->id);
	close_folder(escrow);
	status = naccs_dir_sync(escrow->parent_dirfd, ESCROW_FOLDER, err);
	if (status == NACCS_OK)
		status = naccs_dir_remove(escrow->parent_dirfd, name, err);
	if (status == NACCS_OK)
		status = naccs_dir_sync(escrow->parent_dirfd, ESCROW_FOLDER, err);
	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("cannot purge the escrow entry %s"), escrow->id);
}

/* The key of the hash: made once, whole or not at all. */
static naccs_status load_hash_key(int state_dirfd, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *key = NULL;
	uint8_t fresh[HASH_KEY_SIZE];
	naccs_status status = naccs_file_read(state_dirfd, HASH_KEY_FILE, HASH_KEY_SIZE, &key, err);

	if (status == NACCS_E_FILE_MISSING) {
		if (getrandom(fresh, sizeof fresh, 0) != (ssize_t)sizeof fresh)
			return naccs_fail_errno(err, NACCS_E_INTERNAL, errno, _("cannot get random bytes"));
		status = naccs_secret_new_copy(fresh, sizeof fresh, &key, err);
		naccs_wipe(fresh, sizeof fresh);
		if (status == NACCS_OK)
			status = naccs_file_write(state_dirfd, HASH_KEY_FILE, naccs_secret_data(key), HASH_KEY_SIZE, 0600, err);
	}
	if (status != NACCS_OK)
		return status;
	if (naccs_secret_length(key) != HASH_KEY_SIZE)
		return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("the key of the codes' hashes (%s) has the wrong length"), HASH_KEY_FILE);
	*ret = naccs_take(&key);
	return NACCS_OK;
}

naccs_status naccs_escrow_code_hash(int state_dirfd, const struct naccs_secret *code, char **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *key = NULL;
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	naccs_status status = load_hash_key(state_dirfd, &key, err);

	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot hash the code"));
	if (HMAC(EVP_sha256(), naccs_secret_data(key), HASH_KEY_SIZE, naccs_secret_data(code), naccs_secret_length(code), hash, &length) == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot hash the code"));
	*ret = naccs_hex(hash, length);
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}
