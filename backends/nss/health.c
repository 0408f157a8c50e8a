/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: NSS has one code for a database that is damaged and one that another program is writing, and may loop for ever over a damaged one.
 * So sqlite is asked first. Nothing here changes a byte, but for what sqlite itself has to take back of a program that died while writing.
 */
#include "nss.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

#define POLL_MS 25

NACCS_DEFINE_CLEANUP(sqlite3 *, sqlite3_close, sqlite)
NACCS_DEFINE_CLEANUP(sqlite3_stmt *, sqlite3_finalize, statement)

/* The two files, and a table of each that has to be there. */
static const struct {
	const char *name;
	const char *table_check;
	const char *emptiness;
} files[] = {
	{NSS_CERTIFICATES, "SELECT count(*) FROM nssPublic", "SELECT count(*) FROM nssPublic"},
	{NSS_KEYS, "SELECT count(*) FROM metaData", "SELECT count(*) FROM nssPrivate"},
};

static int64_t now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_file(const struct naccs_store *store, const char *name, int flags, sqlite3 **ret)
{
	naccs_auto(heap) char *path = naccs_format("%s/%s", store->path, name);

	if (path == NULL)
		return SQLITE_NOMEM;
	int code = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_extended_result_codes(*ret, 1);
	return code;
}

/* One value of one row: 0 … SQLITE_OK when text (may be NULL) is what came. */
static int ask(sqlite3 *database, const char *question, const char *text, sqlite3_int64 *ret_number)
{
	naccs_auto(statement) sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(database, question, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
	if (ret_number != NULL)
		*ret_number = sqlite3_column_int64(statement, 0);
	const unsigned char *answer = sqlite3_column_text(statement, 0);
	bool is_right = text == NULL || (answer != NULL && strcmp((const char *)answer, text) == 0);
	return is_right ? SQLITE_OK : SQLITE_CORRUPT;
}

static int examine(const struct naccs_store *store, size_t file, int flags)
{
	naccs_auto(sqlite) sqlite3 *database = NULL;
	bool is_writing = (flags & SQLITE_OPEN_READWRITE) != 0;
	int code = open_file(store, files[file].name, flags, &database);

	if (code == SQLITE_OK && store->is_write && is_writing && sqlite3_db_readonly(database, "main") == 1)
		code = SQLITE_READONLY;
	/* Takes the lock that a writer needs and writes nothing. */
	if (code == SQLITE_OK && store->is_write && is_writing)
		code = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = ask(database, files[file].table_check, NULL, NULL);
	if (code == SQLITE_ERROR) /* no such table */
		code = SQLITE_CORRUPT;
	return code == SQLITE_OK ? ask(database, "PRAGMA quick_check(1)", "ok", NULL) : code;
}

/* A journal of a program that died: whoever reads next has to play it back, and needs to write for that. */
static bool is_left_unfinished(int code)
{
	return code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY || code == SQLITE_READONLY_CANTLOCK;
}

static bool is_busy(int code)
{
	return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED || code == SQLITE_IOERR_LOCK;
}

static naccs_status fail_busy(const struct naccs_store *store, struct naccs_error *err)
{
	char command[64] = "";
	pid_t pid = 0;

	for (size_t i = 0; i < sizeof files / sizeof *files && pid <= 0; i++)
		pid = nss_holder_of(store->dir, files[i].name, command, sizeof command);
	if (pid <= 0)
		(void)naccs_fail(err, NACCS_E_RUN_LOCKED, SQLITE_BUSY, _("cannot use the NSS database %s: another program keeps it locked"),
				 store->path);
	else
		(void)naccs_fail(err, NACCS_E_RUN_LOCKED, SQLITE_BUSY,
				 _("cannot use the NSS database %s: process %jd (%s) keeps it locked"), store->path, (intmax_t)pid,
				 command[0] != '\0' ? command : "?");
	return naccs_error_hint(err, _("wait until that program is done with it, or end it; then try again"));
}

/* Wait a little: NACCS_E_RUN_LOCKED when time is up, NACCS_E_CANCELLED when somebody wants us to end. */
static naccs_status wait_for_holder(const struct naccs_store *store, int64_t deadline, struct naccs_error *err)
{
	struct timespec time = {.tv_nsec = POLL_MS * 1000000L};
	bool is_cancelled = store->host != NULL && store->host->cancelled != NULL && store->host->cancelled(store->host->context);

	if (!is_cancelled && now_ms() >= deadline)
		return fail_busy(store, err);
	if (!is_cancelled && (nanosleep(&time, NULL) == 0 || errno != EINTR))
		return NACCS_OK;
	return naccs_fail(err, NACCS_E_CANCELLED, 0, _("cannot use the NSS database %s: interrupted while another program keeps it locked"),
			  store->path);
}

static naccs_status fail_health(const struct naccs_store *store, size_t file, int code, struct naccs_error *err)
{
	const char *name = files[file].name;
	const char *why = sqlite3_errstr(code);

	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		(void)naccs_fail(err, NACCS_E_STORE_DAMAGED, code, _("refused to use the NSS database %s: %s is damaged (%s)"), store->path,
				 name, why);
		return naccs_error_hint(err, _("bring both files back from a backup, or move them out of the way to begin anew"));
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return naccs_fail(err, NACCS_E_STORE_OPEN, code,
				  store->is_write ? _("cannot open %s/%s for writing: %s") : _("cannot open %s/%s for reading: %s"),
				  store->path, name, why);
	case SQLITE_FULL:
		return naccs_fail(err, NACCS_E_STORE_FULL, code, _("cannot use %s/%s: %s"), store->path, name, why);
	case SQLITE_NOMEM:
		return nss_fail_memory(err);
	default:
		return naccs_fail(err, NACCS_E_STORE_IO, code, _("cannot use %s/%s: %s"), store->path, name, why);
	}
}

naccs_status nss_health_check(const struct naccs_store *store, struct naccs_error *err)
{
	const int64_t deadline = now_ms() + store->lock_timeout_ms;

	for (size_t file = 0; file < sizeof files / sizeof *files; file++) {
		int flags = store->is_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
		int code = examine(store, file, flags);
		if (is_left_unfinished(code) && !store->is_write)
			code = examine(store, file, SQLITE_OPEN_READWRITE);
		while (is_busy(code)) {
			naccs_status status = wait_for_holder(store, deadline, err);
			if (status != NACCS_OK)
				return status;
			code = examine(store, file, flags);
		}
		if (code != SQLITE_OK)
			return fail_health(store, file, code, err);
	}
	return NACCS_OK;
}

/* Another one: a transaction of this very process does not count. */
static bool is_writer_at_work(const struct naccs_store *store)
{
	char command[64];

	for (size_t file = 0; file < sizeof files / sizeof *files; file++) {
		naccs_auto(sqlite) sqlite3 *database = NULL;
		int code = open_file(store, files[file].name, SQLITE_OPEN_READWRITE, &database);
		if (code == SQLITE_OK)
			code = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		if (is_busy(code) && nss_holder_of(store->dir, files[file].name, command, sizeof command) != 0)
			return true;
	}
	return false;
}

naccs_status nss_wait_for_others(const struct naccs_store *store, bool *ret_waited, struct naccs_error *err)
{
	const int64_t deadline = now_ms() + store->lock_timeout_ms;
	bool is_busy_now = store->dir >= 0 && is_writer_at_work(store);

	if (ret_waited != NULL)
		*ret_waited = is_busy_now;
	while (is_busy_now) {
		naccs_status status = wait_for_holder(store, deadline, err);
		if (status != NACCS_OK)
			return status;
		is_busy_now = is_writer_at_work(store);
	}
	return NACCS_OK;
}

bool nss_is_empty(const struct naccs_store *store)
{
	for (size_t file = 0; file < sizeof files / sizeof *files; file++) {
		naccs_auto(sqlite) sqlite3 *database = NULL;
		sqlite3_int64 count = -1;
		int code = open_file(store, files[file].name, SQLITE_OPEN_READWRITE, &database);
		if (code == SQLITE_OK)
			code = ask(database, files[file].emptiness, NULL, &count);
		if (code != SQLITE_OK || count != 0)
			return false;
	}
	return true;
}
