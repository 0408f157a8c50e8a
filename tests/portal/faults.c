/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"
#include "util.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FAULTS_MAX 32

static const char *const steps[STEP_COUNT] = {
	"any",	"connect", "login",	    "login-post", "frame", "header", "menu",  "top",
	"form", "submit", "download-page", "download", "file", "logout", "renew", "confirm",
	"apply", "status", "password", "other",
};

/* usual: the step where the fault strikes if none is given. */
static const struct {
	const char *name;
	enum step usual;
	const char *help;
} table[F_COUNT] = {
	[F_LOGIN_REFUSED] = {"login-refused", STEP_LOGIN_POST, "codes 1 and 2 are refused"},
	[F_CODE3_REFUSED] = {"code3-refused", STEP_SUBMIT, "code 3 is refused"},
	[F_PASSWORD_REFUSED] = {"password-refused", STEP_SUBMIT, "the password is refused"},
	[F_LOCKED] = {"locked", STEP_SUBMIT, "the certificate is locked"},
	[F_SESSION_ENDED] = {"session-ended", STEP_FORM, "the session has ended"},
	[F_MAINTENANCE] = {"maintenance", STEP_LOGIN, "maintenance page, status 200"},
	[F_MAINTENANCE_503] = {"maintenance-503", STEP_LOGIN, "maintenance page, status 503"},
	[F_UNKNOWN_PAGE] = {"unknown-page", STEP_FORM, "a page nobody has seen"},
	[F_ERROR_500] = {"error-500", STEP_FORM, "internal server error"},
	[F_NOT_FOUND] = {"not-found", STEP_FORM, "404"},
	[F_EMPTY_PAGE] = {"empty-page", STEP_FORM, "status 200 and no body"},
	[F_NOT_HTML] = {"not-html", STEP_FORM, "an image instead of a page"},
	[F_MENU_CHANGED] = {"menu-changed", STEP_ANY, "the menu item has another text"},
	[F_LABEL_CHANGED] = {"label-changed", STEP_FORM, "認証番号 instead of 認証コード"},
	[F_BUTTON_CHANGED] = {"button-changed", STEP_FORM, "another text on the button"},
	[F_EXTRA_FIELD] = {"extra-field", STEP_FORM, "one more field that must be filled"},
	[F_LABEL_TWICE] = {"label-twice", STEP_FORM, "two fields with the same label"},
	[F_SCRIPT_LOGIC] = {"script-logic", STEP_FORM, "the form is sent by a script that computes"},
	[F_CERTIFICATE_REFUSED] = {"certificate-refused", STEP_RENEW, "a page says that the client certificate is not accepted"},
	[F_APPLICATION_REFUSED] = {"application-refused", STEP_APPLY, "the application for a renewal is refused"},
	[F_NOT_DUE] = {"not-due", STEP_CONFIRM, "a page says that it is too early for a renewal"},
	[F_CONFIRM_OTHER] = {"confirm-other", STEP_CONFIRM, "the confirmation shows another terminal"},
	[F_CONFIRM_LESS] = {"confirm-less", STEP_CONFIRM, "the confirmation leaves the organization out"},
	[F_STATUS_STUCK] = {"status-stuck", STEP_STATUS, "the status stays at 鍵生成中"},
	[F_STATUS_FAILED] = {"status-failed", STEP_STATUS, "the status says 発行失敗"},
	[F_STATUS_NEW] = {"status-new", STEP_STATUS, "the status says 承認待ち, which no manual knows"},
	[F_STATUS_SILENT] = {"status-silent", STEP_STATUS, "the status page does not ask again by itself"},
	[F_ISSUED_OTHER] = {"issued-other", STEP_FILE, "the renewed certificate is another terminal's"},
	[F_ISSUED_OLD_KEY] = {"issued-old-key", STEP_FILE, "the renewed certificate has the old key"},
	[F_ISSUED_OLDER] = {"issued-older", STEP_FILE, "the renewed certificate ends before the old one"},
	[F_ISSUED_BY_OTHER] = {"issued-by-other", STEP_FILE, "the renewed certificate is from another CA of the same name"},
	[F_ISSUED_SAME] = {"issued-same", STEP_FILE, "the file holds the old certificate again"},
	[F_REDIRECT_HTTP] = {"redirect-http", STEP_LOGIN_POST, "302 to http"},
	[F_REDIRECT_HOST] = {"redirect-host", STEP_LOGIN_POST, "302 to another host"},
	[F_REDIRECT_PORT] = {"redirect-port", STEP_LOGIN_POST, "302 to another port"},
	[F_REDIRECT_LOOP] = {"redirect-loop", STEP_FRAME, "302 without end"},
	[F_REDIRECT_307] = {"redirect-307", STEP_LOGIN_POST, "307 to another host, which would carry the codes along"},
	[F_FORM_HOST] = {"form-host", STEP_LOGIN, "the form's action names another host"},
	[F_FORM_HTTP] = {"form-http", STEP_LOGIN, "the form's action is http"},
	[F_BASE_HOST] = {"base-host", STEP_LOGIN, "a base tag names another host"},
	[F_FRAME_HOST] = {"frame-host", STEP_FRAME, "a frame from another host"},
	[F_REFRESH_HOST] = {"refresh-host", STEP_LOGIN_POST, "a meta refresh to another host"},
	[F_SCRIPT_HOST] = {"script-host", STEP_LOGIN_POST, "location.href to another host"},
	[F_HTML_FILE] = {"html-instead-of-file", STEP_FILE, "an HTML page where the file should come"},
	[F_EMPTY_FILE] = {"empty-file", STEP_FILE, "a file of no bytes"},
	[F_NOT_PKCS12] = {"not-a-pkcs12", STEP_FILE, "bytes that are no PKCS#12"},
	[F_CORRUPT_PKCS12] = {"corrupt-pkcs12", STEP_FILE, "a PKCS#12 with a byte changed (its MAC fails)"},
	[F_OVERSIZE_PKCS12] = {"oversize-pkcs12", STEP_FILE, "a valid PKCS#12 of more than 1 MiB"},
	[F_WRONG_PASSWORD] = {"wrong-password", STEP_FILE, "a PKCS#12 with another password"},
	[F_OTHER_CERTIFICATE] = {"mismatch", STEP_FILE, "key and certificate of different terminals"},
	[F_SHORT_FILE] = {"truncated-file", STEP_FILE, "half of the file, sent as if that were all"},
	[F_SHORT_BODY] = {"truncated-length", STEP_FILE, "fewer bytes than Content-Length says, then close_notify"},
	[F_SHORT_CHUNKS] = {"truncated-chunk", STEP_FILE, "chunks without the last one, then close_notify"},
	[F_CUT_TLS] = {"truncated-tls", STEP_FILE, "a body that ends with the connection, cut without close_notify"},
	[F_BARE_END] = {"bare-end", STEP_FILE, "a whole body that ends with the connection, without close_notify"},
	[F_ENDLESS_BODY] = {"endless-body", STEP_FILE, "two gigabytes of body"},
	[F_GZIP_BOMB] = {"gzip-bomb", STEP_FILE, "two gigabytes, compressed"},
	[F_NESTED_TAGS] = {"nested-tags", STEP_FORM, "a million nested tags"},
	[F_MANY_TAGS] = {"many-tags", STEP_FORM, "a million tags side by side"},
	[F_HEADER_FLOOD] = {"header-flood", STEP_FORM, "headers without end"},
	[F_COOKIE_FLOOD] = {"cookie-flood", STEP_FORM, "twenty thousand cookies, then the answer"},
	[F_SLOW] = {"slow-loris", STEP_FORM, "the answer byte by byte (see --slow-ms)"},
	[F_STALL] = {"stall", STEP_FORM, "no answer, the connection stays open"},
	[F_CLOSE_BEFORE] = {"close-before", STEP_SUBMIT, "the connection closes; the request was not processed"},
	[F_CLOSE_AFTER] = {"close-after", STEP_SUBMIT, "the connection closes; the request was processed"},
	[F_CLOSE_IDLE] = {"close-idle", STEP_FORM, "answers, promises to keep the connection, and closes it"},
	[F_GARBAGE] = {"garbage", STEP_FORM, "bytes that are not HTTP"},
	[F_ROGUE_ROOT] = {"rogue-root", STEP_CONNECT, "chain to a root of the same name with another key"},
	[F_ROGUE_LEAF] = {"rogue-leaf", STEP_CONNECT, "leaf of a rogue G4, sent alone"},
	[F_CROSS_SIGNED] = {"cross-signed", STEP_CONNECT, "chain to a rogue RootCA2 that another root certifies"},
	[F_WRONG_HOST] = {"wrong-host", STEP_CONNECT, "leaf for another host"},
	[F_COMMON_NAME] = {"common-name", STEP_CONNECT, "the right host in the common name only"},
	[F_EXPIRED] = {"expired-leaf", STEP_CONNECT, "leaf ended yesterday"},
	[F_NOT_YET] = {"not-yet-leaf", STEP_CONNECT, "leaf begins in two days"},
	[F_SELF_SIGNED] = {"self-signed", STEP_CONNECT, "self-signed leaf"},
	[F_CLIENT_ONLY] = {"client-only", STEP_CONNECT, "leaf for client authentication only"},
	[F_LEAF_SIGNED] = {"leaf-signed", STEP_CONNECT, "leaf signed by another leaf"},
	[F_INTERCEPTED] = {"intercepted", STEP_CONNECT, "chain to intercepting-ca.pem, as an intercepting proxy presents"},
	[F_NO_HANDSHAKE] = {"no-handshake", STEP_CONNECT, "accepts the connection and says nothing"},
	[F_NO_TLS] = {"no-tls", STEP_CONNECT, "plain text where TLS is expected"},
};

struct active {
	enum fault fault;
	enum step step;
	long left; /* -1: always */
};

struct faults {
	pthread_mutex_t lock;
	struct active active[FAULTS_MAX];
	size_t count;
};

struct faults *faults_new(void)
{
	struct faults *faults = need(1, sizeof *faults);
	(void)pthread_mutex_init(&faults->lock, NULL);
	return faults;
}

void faults_free(struct faults *faults)
{
	if (faults == NULL)
		return;
	(void)pthread_mutex_destroy(&faults->lock);
	free(faults);
}

const char *fault_name(enum fault fault)
{
	return table[fault].name;
}

const char *step_name(enum step step)
{
	return steps[step];
}

static bool parse(const char *text, struct active *ret)
{
	size_t name = strcspn(text, "@:");
	int fault = 0;
	while (fault < F_COUNT && (strlen(table[fault].name) != name || strncmp(table[fault].name, text, name) != 0))
		fault++;
	if (fault == F_COUNT)
		return false;
	struct active active = {.fault = (enum fault)fault, .step = table[fault].usual, .left = -1};
	text += name;
	if (*text == '@') {
		size_t length = strcspn(++text, ":");
		int step = 0;
		while (step < STEP_COUNT && (strlen(steps[step]) != length || strncmp(steps[step], text, length) != 0))
			step++;
		if (step == STEP_COUNT)
			return false;
		active.step = (enum step)step;
		text += length;
	}
	if (*text == ':') {
		char *end = NULL;
		errno = 0;
		active.left = strtol(++text, &end, 10);
		if (errno != 0 || end == text || *end != '\0' || active.left < 1)
			return false;
	}
	*ret = active;
	return true;
}

bool faults_add(struct faults *faults, const char *text)
{
	struct active active;
	bool is_none = strcmp(text, "none") == 0;
	if (!is_none && !parse(text, &active))
		return false;
	(void)pthread_mutex_lock(&faults->lock);
	bool fits = is_none || faults->count < FAULTS_MAX;
	if (is_none)
		faults->count = 0;
	else if (fits)
		faults->active[faults->count++] = active;
	(void)pthread_mutex_unlock(&faults->lock);
	return fits;
}

bool faults_take(struct faults *faults, enum fault fault, enum step step)
{
	bool strikes = false;
	(void)pthread_mutex_lock(&faults->lock);
	for (size_t i = 0; i < faults->count && !strikes; i++) {
		struct active *active = &faults->active[i];
		if (active->fault != fault || active->left == 0 || (active->step != STEP_ANY && active->step != step))
			continue;
		strikes = true;
		if (active->left > 0)
			active->left--;
	}
	(void)pthread_mutex_unlock(&faults->lock);
	return strikes;
}

enum chain faults_chain(struct faults *faults, enum chain usual)
{
	static const struct {
		enum fault fault;
		enum chain chain;
	} chains[] = {
		{F_ROGUE_ROOT, CHAIN_ROGUE_ROOT},   {F_ROGUE_LEAF, CHAIN_ROGUE_LEAF},	{F_CROSS_SIGNED, CHAIN_CROSS_SIGNED},
		{F_WRONG_HOST, CHAIN_WRONG_HOST},   {F_COMMON_NAME, CHAIN_COMMON_NAME}, {F_EXPIRED, CHAIN_EXPIRED},
		{F_NOT_YET, CHAIN_NOT_YET},	    {F_SELF_SIGNED, CHAIN_SELF_SIGNED}, {F_CLIENT_ONLY, CHAIN_CLIENT_ONLY},
		{F_LEAF_SIGNED, CHAIN_LEAF_SIGNED}, {F_INTERCEPTED, CHAIN_INTERCEPTED},
	};
	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		if (faults_take(faults, chains[i].fault, STEP_CONNECT))
			return chains[i].chain;
	return usual;
}

void faults_list(FILE *out, bool is_for_people)
{
	for (int i = 0; i < F_COUNT; i++) {
		if (is_for_people)
			(void)fprintf(out, "  %-21s %s (@%s)\n", table[i].name, table[i].help, steps[table[i].usual]);
		else
			(void)fprintf(out, "%s@%s\n", table[i].name, steps[table[i].usual]);
	}
}
