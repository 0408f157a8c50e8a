/* SPDX-License-Identifier: Apache-2.0 */
/* Why: reading what is in escrow, and sweeping what a crash left half-made or half-purged there. See escrow.h. */
#include "escrow.h"

#include "escrow_order.h"
#include "file.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void naccs_escrow_list_clear(struct naccs_escrow_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		naccs_escrow_free(list->items[i]);
	free(list->items);
	*list = (struct naccs_escrow_list){0};
}

static naccs_status state_from_json(const json_t *object, struct naccs_escrow *escrow, struct naccs_error *err)
{
	const char *name = json_string_value(json_object_get(object, "state"));

	if (json_integer_value(json_object_get(object, "schema")) != 1 || name == NULL)
		return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("it was written by another version"));
	escrow->state = NACCS_ESCROW_PREPARED;
	while (strcmp(name, naccs_escrow_state_name(escrow->state)) != 0) {
		if (escrow->state == NACCS_ESCROW_RECEIVED)
			return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("its state is unknown"));
		escrow->state++;
	}
	escrow->created_at = json_integer_value(json_object_get(object, "created_at"));
	escrow->submitted_at = json_integer_value(json_object_get(object, "submitted_at"));
	escrow->answer_is_cut = json_is_true(json_object_get(object, "answer_is_cut"));
	return naccs_escrow_order_from_json(object, &escrow->order, err);
}

static naccs_status load_entry(int parent_dirfd, const char *id, struct naccs_escrow **ret, struct naccs_error *err)
{
	naccs_auto(escrow) struct naccs_escrow *escrow = calloc(1, sizeof *escrow);
	naccs_auto(secret) struct naccs_secret *text = NULL;
	json_error_t reason;
	json_t *object;
	naccs_status status;

	if (escrow == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	escrow->dirfd = openat(parent_dirfd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	escrow->parent_dirfd = fcntl(parent_dirfd, F_DUPFD_CLOEXEC, 0);
	escrow->id = strdup(id);
	if (escrow->dirfd < 0 || escrow->parent_dirfd < 0 || escrow->id == NULL)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open its folder"));
	status = naccs_file_read(escrow->dirfd, "state.json", NACCS_SMALL_FILE_LIMIT, &text, err);
	if (status != NACCS_OK)
		return status;
	object = json_loadb(naccs_secret_text(text), naccs_secret_length(text), JSON_REJECT_DUPLICATES, &reason);
	if (object == NULL)
		return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("state.json: %s"), reason.text);
	status = state_from_json(object, escrow, err);
	json_decref(object);
	if (status == NACCS_OK)
		*ret = naccs_take(&escrow);
	return status;
}

static int by_id(const void *a, const void *b)
{
	const struct naccs_escrow *const *left = a, *const *right = b;

	return strcmp((*left)->id, (*right)->id);
}

static naccs_status add_entry(int parent_dirfd, const char *name, struct naccs_escrow_list *list, struct naccs_error *err)
{
	struct naccs_escrow **items = reallocarray(list->items, list->count + 1, sizeof *items);
	naccs_status status;

	if (items == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	list->items = items;
	status = load_entry(parent_dirfd, name, &items[list->count], err);
	if (status == NACCS_OK) {
		list->count++;
		return NACCS_OK;
	}
	naccs_error_prefix(err, _("escrow entry %s"), name);
	return naccs_error_hint(err, _("The PKCS#12 may still be readable there: keep a copy of the folder escrow in the state directory before anything else."));
}

/* An entry, or its damage where that is asked for. One that a run beside us has just purged is none. */
static naccs_status add_readable(int parent_dirfd, const char *name, struct naccs_escrow_list *list, struct naccs_error *damage, struct naccs_error *err)
{
	struct naccs_error own = {0};
	naccs_status status = add_entry(parent_dirfd, name, list, &own);

	if (status == NACCS_OK || faccessat(parent_dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return NACCS_OK;
	if (damage == NULL || status == NACCS_E_INTERNAL) {
		*err = own;
		return status;
	}
	if (damage->status == NACCS_OK)
		*damage = own;
	return NACCS_OK;
}

static naccs_status read_folder(DIR *folder, bool sweep, struct naccs_escrow_list *list, struct naccs_error *damage, struct naccs_error *err)
{
	const struct dirent *entry;

	while ((errno = 0, entry = readdir(folder)) != NULL) {
		naccs_status status = NACCS_OK;

		if (entry->d_name[0] != '.')
			status = add_readable(dirfd(folder), entry->d_name, list, damage, err);
		else if (sweep && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			status = naccs_dir_remove(dirfd(folder), entry->d_name, err);
		if (status != NACCS_OK)
			return status;
	}
	return errno == 0 ? NACCS_OK : naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot read the folder escrow"));
}

bool naccs_escrow_is_empty(int state_dirfd)
{
	int fd = openat(state_dirfd, "escrow", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool is_empty = fd >= 0 || errno == ENOENT;

	if (folder == NULL && fd >= 0)
		(void)close(fd);
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		is_empty = is_empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	if (folder != NULL)
		(void)closedir(folder);
	return is_empty;
}

static naccs_status list_load(int state_dirfd, bool sweep, struct naccs_escrow_list *ret, struct naccs_error *damage, struct naccs_error *err)
{
	struct naccs_escrow_list list = {0};
	int fd = state_dirfd < 0 ? -1 : openat(state_dirfd, "escrow", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder;
	naccs_status status;

	*ret = list;
	if (fd < 0 && (state_dirfd < 0 || errno == ENOENT))
		return NACCS_OK;
	folder = fd < 0 ? NULL : fdopendir(fd);
	if (folder == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open the folder escrow"));
	}
	status = read_folder(folder, sweep, &list, damage, err);
	(void)closedir(folder);
	if (status != NACCS_OK) {
		naccs_escrow_list_clear(&list);
		return status;
	}
	if (list.count > 1)
		qsort(list.items, list.count, sizeof *list.items, by_id);
	*ret = list;
	return NACCS_OK;
}

naccs_status naccs_escrow_list_load(int state_dirfd, bool sweep, struct naccs_escrow_list *ret, struct naccs_error *err)
{
	return list_load(state_dirfd, sweep, ret, NULL, err);
}

naccs_status naccs_escrow_list_load_readable(int state_dirfd, bool sweep, struct naccs_escrow_list *ret, struct naccs_error *damage,
					     struct naccs_error *err)
{
	return list_load(state_dirfd, sweep, ret, damage, err);
}
