/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How every part of naccs-cert says that something failed.
 *
 * A status is a stable number with a stable id ("pkcs12.password") and an exit code; both come from one table in
 * core/base/error.c. The struct is plain and owned by the caller, so it crosses module and process borders.
 */
#ifndef NACCSCERT_ERROR_H
#define NACCSCERT_ERROR_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers are part of the backend ABI: append, never renumber. */
typedef enum naccs_status {
	NACCS_OK = 0,
	NACCS_E_INTERNAL = 1,            /* internal                  70 */
	NACCS_E_USAGE = 2,               /* usage.invalid             64 */
	NACCS_E_CONFIG = 3,              /* config.invalid            78 */
	NACCS_E_SECRETS_PERMISSIONS = 4, /* secrets.permissions       78 */

	NACCS_E_PKCS12_PASSWORD = 10, /* pkcs12.password           65 */
	NACCS_E_PKCS12_CORRUPT = 11,  /* pkcs12.corrupt            65 */
	NACCS_E_PKCS12_MISMATCH = 12, /* pkcs12.mismatch           65 */
	NACCS_E_PKCS12_EXPIRED = 13,  /* pkcs12.expired            65 */
	NACCS_E_PKCS12_NOT_YET = 14,  /* pkcs12.not-yet-valid      65 */

	NACCS_E_STORE_OPEN = 20,        /* store.open                73: missing, not permitted, other subject, … */
	NACCS_E_STORE_UNSAFE = 21,      /* store.unsafe              73: foreign symlink, others can write */
	NACCS_E_STORE_FULL = 22,        /* store.full                74 */
	NACCS_E_STORE_IO = 23,          /* store.io                  74: reading or writing failed */
	NACCS_E_STORE_UNSUPPORTED = 24, /* store.unsupported         73: this store can't do that */
	NACCS_E_STORE_DAMAGED = 25,     /* store.damaged             73 */
	NACCS_E_BACKEND = 26,           /* backend.load              73: module missing, wrong abi, … */
	NACCS_E_FILE_MISSING = 27,      /* file.missing              74 */
	NACCS_E_FILE_IO = 28,           /* file.io                   74: a file that is no store */
	NACCS_E_CANCELLED = 29,         /* run.cancelled             75 */
	NACCS_E_RUN_LOCKED = 30,        /* run.locked                75 */
	NACCS_E_ESCROW_DAMAGED = 31,    /* escrow.damaged            74 */
	NACCS_E_BACKEND_FAILED = 32,    /* backend.failed            74: a store's worker process crashed, hung or broke the contract */

	NACCS_E_PIN_WRONG = 40,  /* pin.wrong                 77 */
	NACCS_E_PIN_LOCKED = 41, /* pin.locked                77 */
	NACCS_E_CA_REFUSED = 42, /* ca.refused                77 */
	NACCS_E_REFUSED = 43,    /* run.refused               77: a rule of ours says no (not the window, not valid, …) */

	NACCS_E_VERIFY_FAILED = 50, /* verify.failed             21 */
	NACCS_E_VERIFY_NONE = 51,   /* verify.none               21 */
	NACCS_E_HOOK_FAILED = 52,   /* hook.failed               22 */

	NACCS_E_NET_UNREACHABLE = 60,      /* net.unreachable           69 */
	NACCS_E_NET_PROXY_REFUSED = 61,    /* net.proxy-refused         69 */
	NACCS_E_NET_REDIRECT_REFUSED = 62, /* net.redirect-refused      69 */
	NACCS_E_TLS_UNTRUSTED = 63,        /* tls.untrusted             69 */
	NACCS_E_TLS_NAME = 64,             /* tls.name                  69 */
	NACCS_E_TLS_EXPIRED = 65,          /* tls.expired               69 */
	NACCS_E_NET_OUTCOME_UNKNOWN = 66,  /* net.outcome-unknown       75: a POST went out, no answer came */

	NACCS_E_PORTAL_LOGIN_REFUSED = 80,    /* portal.login-refused      77 */
	NACCS_E_PORTAL_CODE_REFUSED = 81,     /* portal.code-refused       77 */
	NACCS_E_PORTAL_PASSWORD_REFUSED = 82, /* portal.password-refused   77 */
	NACCS_E_PORTAL_LOCKED = 83,           /* portal.locked             77 */
	NACCS_E_PORTAL_NOT_DUE = 84,          /* portal.not-due            77 */
	NACCS_E_PORTAL_EXPIRED = 85,          /* portal.expired            77 */
	NACCS_E_PORTAL_SESSION_ENDED = 86,    /* portal.session-ended      75 */
	NACCS_E_PORTAL_MAINTENANCE = 87,      /* portal.maintenance        75 */
	NACCS_E_PORTAL_TRUNCATED = 88,        /* portal.truncated          75 */
	NACCS_E_PORTAL_UNKNOWN_PAGE = 89,     /* portal.unknown-page       76 */
	NACCS_E_PORTAL_NOT_PKCS12 = 90,       /* portal.not-pkcs12         76 */
	NACCS_E_PORTAL_PENDING = 91,          /* portal.pending            75: applied for, and not issued yet */
	NACCS_E_PORTAL_NOT_ISSUED = 92,       /* portal.not-issued         77: the portal says that it failed */
} naccs_status;

/*
 * One failure, for people and for programs. Zero-initialise before use ({0}); strings are UTF-8, never NULL, never a secret.
 * message: what was attempted, on which object, why it failed. hint: what to do (may be empty).
 * native: errno, an OpenSSL, NSS, PKCS#11, libcurl or Windows code; 0 where there is none.
 */
struct naccs_error {
	naccs_status status;
	int64_t native;
	char message[1024];
	char hint[512];
};

/*
 * For backends outside the tree, which link nothing of ours: fill err (may be NULL) and return status.
 * In the tree use naccs_fail() of core/base/error.h.
 */
#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 4, 5))) /* "printf" means Microsoft's conversions there */
#elif defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static inline naccs_status
naccs_error_set(struct naccs_error *err, naccs_status status, int64_t native, const char *format, ...)
{
	if (err != NULL) {
		va_list args;
		va_start(args, format);
		(void)vsnprintf(err->message, sizeof err->message, format, args);
		va_end(args);
		err->status = status;
		err->native = native;
		err->hint[0] = '\0';
	}
	return status;
}

#ifdef __cplusplus
}
#endif
#endif
