/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one way to fail. Fills the caller's struct naccs_error; prints nothing. Thread-safe: no shared state. */
#ifndef NACCS_BASE_ERROR_H
#define NACCS_BASE_ERROR_H

#include <naccscert/error.h>

#ifdef __MINGW32__ /* where "printf" means Microsoft's conversions, not those that are linked */
#define NACCS_PRINTF(format_index, args_index) __attribute__((format(gnu_printf, format_index, args_index)))
#else
#define NACCS_PRINTF(format_index, args_index) __attribute__((format(printf, format_index, args_index)))
#endif

/*
 * Fill err (may be NULL) with a message and return status, so that a caller writes
 *     return naccs_fail(err, NACCS_E_STORE_OPEN, errno, _("cannot open %s"), path);
 * An older hint is cleared. The message is cut at a UTF-8 boundary if too long. errno is preserved.
 */
naccs_status naccs_fail(struct naccs_error *err, naccs_status status, int64_t native, const char *format, ...)
	NACCS_PRINTF(4, 5);

/* The same for a failed system call: appends ": " and strerror(errnum); native = errnum. */
naccs_status naccs_fail_errno(struct naccs_error *err, naccs_status status, int errnum, const char *format, ...)
	NACCS_PRINTF(4, 5);

/* The status that an errno of a store's file system call means: ENOSPC, EDQUOT, EFBIG → NACCS_E_STORE_FULL;
 * EACCES, EPERM, EROFS, ENOENT, ENOTDIR → NACCS_E_STORE_OPEN; ELOOP → NACCS_E_STORE_UNSAFE; others NACCS_E_STORE_IO. */
naccs_status naccs_store_status_from_errno(int errnum);

/* The same for a file that belongs to no store: ENOSPC, EDQUOT, EFBIG → NACCS_E_STORE_FULL; ENOENT → NACCS_E_FILE_MISSING;
 * others NACCS_E_FILE_IO. */
naccs_status naccs_file_status_from_errno(int errnum);

/* Set what the reader should do about the error in err; keeps the rest. Returns err->status. */
naccs_status naccs_error_hint(struct naccs_error *err, const char *format, ...) NACCS_PRINTF(2, 3);

/* Put "prefix: " before the message, naming the caller's object; keeps the rest. Returns err->status.
 * Both return NACCS_E_INTERNAL when err is NULL: keep the status yourself where err may be NULL. */
naccs_status naccs_error_prefix(struct naccs_error *err, const char *format, ...) NACCS_PRINTF(2, 3);

/* Stable id such as "pkcs12.password"; "" for NACCS_OK; "internal" for a number out of range. Static string. */
const char *naccs_status_id(naccs_status status);

/* Exit code (interface: 0, 20…22, 64…78) that a failure with this status ends the program with. */
int naccs_status_exit_code(naccs_status status);

#endif
