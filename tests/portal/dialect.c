/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect.h"

#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 9

static const struct {
	const char *key, *help;
	const char *values[VALUES_MAX];
} switches[D_COUNT] = {
	[D_CHARSET] = {"charset", "bytes of the pages", {"utf-8", "shift_jis", "euc-jp"}},
	[D_DECLARED] = {"declared",
			"where the charset is told; bom is for utf-8, xml for tags=xhtml; lying: the header names another one, the meta "
			"tag tells the truth",
			{"header", "meta", "meta-short", "both", "bom", "xml", "lying", "not"}},
	[D_CHARSET_NAME] = {"charset-name", "its spelling: Shift_JIS, Windows-31J, shift_jis (or the like)", {"usual", "alias", "lower"}},
	[D_FRAMES] = {"frames", "how menu and contents come together", {"frameset", "iframe", "none"}},
	[D_MENU] = {"menu",
		    "what a menu item is: a link, href=javascript:…location.href, onclick, an image with alt",
		    {"link", "script", "onclick", "image"}},
	[D_LABELS] = {"labels",
		      "how a field is labelled; gap: a colon's cell lies between; font: nested font tags",
		      {"cell", "for", "wrap", "bare", "th", "gap", "dl", "font"}},
	[D_DIGITS] = {"digits", "認証コード1, 認証コード１, 認証コード 1, 認証コード①", {"ascii", "fullwidth", "spaced", "circled"}},
	[D_KATAKANA] = {"katakana", "認証コード or 認証ｺｰﾄﾞ", {"full", "half"}},
	[D_SPACES] = {"spaces", "white space inside labels and buttons", {"none", "nbsp", "newline", "ideographic"}},
	[D_MARK] = {"mark", "what follows a label", {"none", "colon", "wide-colon", "star"}},
	[D_ENTITIES] = {"entities", "Japanese characters as entities", {"none", "decimal", "hex"}},
	[D_EXTRA_FORMS] = {"extra-forms", "other forms before the one that counts", {"none", "search", "language", "login", "all"}},
	[D_DECOYS] = {"decoys",
		      "more fields in the form: read-only, disabled, check boxes, radio buttons and a list",
		      {"none", "readonly", "disabled", "choices", "all"}},
	[D_ORDER] = {"order", "order of code 3, password, confirmation", {"usual", "confirm-first", "code-last"}},
	[D_CODE_TYPE] = {"code-type", "input type of the codes", {"text", "password"}},
	[D_SUBMIT] = {"submit",
		      "link-name: javascript:document.NAME.submit(), link-index: javascript:document.forms[N].submit(); two: a second "
		      "button 「クリア」 comes first",
		      {"input", "button", "image", "link-name", "link-index", "onclick", "unnamed", "two"}},
	[D_ACTION] = {"action",
		      "URLs in pages; base: relative to a base tag; missing: forms post to their own page",
		      {"path", "relative", "absolute", "base", "missing"}},
	[D_ENCTYPE] = {"enctype", "encoding of posted forms", {"urlencoded", "multipart"}},
	[D_TAGS] = {"tags", "style of tags", {"xhtml", "html", "unclosed", "uppercase"}},
	[D_QUOTES] = {"quotes", "quotes of attributes (none: where possible; not with xhtml)", {"double", "single", "none"}},
	[D_NAMES] = {"names", "field and form names: plain, random in every session, odd (brackets, colons)", {"plain", "random", "odd"}},
	[D_TOKEN] = {"token",
		     "hidden field that changes on every page and is checked; japanese: with Japanese text in it",
		     {"changing", "japanese", "none"}},
	[D_SESSION] = {"session", "where the session id lives", {"cookie", "url", "both"}},
	[D_SESSION_ID] = {"session-id", "new: it changes at login", {"kept", "new"}},
	[D_LOCATION] = {"location", "URLs of redirects", {"absolute", "relative", "path"}},
	[D_AFTER_LOGIN] = {"after-login",
			   "how the page after login is reached (302, 303, at once, meta refresh, Refresh header, scripts)",
			   {"302", "303", "direct", "meta", "refresh", "href", "replace", "location"}},
	[D_AFTER_SUBMIT] = {"after-submit",
			    "the same after code 3",
			    {"302", "303", "direct", "meta", "refresh", "href", "replace", "location"}},
	[D_REFUSAL] = {"refusal", "refusals as a page of their own, or the form again with a message", {"page", "form"}},
	[D_WORDING] = {"wording", "three wordings of refusals, ended sessions, maintenance", {"1", "2", "3"}},
	[D_DOWNLOAD] = {"download",
			"what 「Download」 is; open: onclick window.open(), location: onclick location.href, link-open: "
			"href=javascript:window.open()",
			{"form-post", "form-get", "link", "open", "location", "link-open"}},
	[D_DOWNLOAD_VIA] = {"download-via",
			    "what 「Download」 leads to: the file, or a step before it",
			    {"direct", "302", "meta", "refresh", "iframe", "script", "open"}},
	[D_DISPOSITION] = {"disposition",
			   "Content-Disposition; path and absolute: names that climb out of the folder",
			   {"plain", "none", "quoted", "rfc5987", "path", "absolute", "inline"}},
	[D_TYPE] = {"type", "Content-Type of the file (html: a lie)", {"pkcs12", "octet-stream", "missing", "html", "download"}},
	[D_TRANSFER] = {"transfer", "how the end of a body is told", {"length", "chunked", "until-close"}},
	[D_ENCODING] = {"encoding", "Content-Encoding, for who accepts it", {"identity", "gzip"}},
	[D_CONNECTION] = {"connection", "after each answer", {"kept", "closed"}},
	[D_CLOSE] = {"close", "end of a TLS connection: with close_notify or without", {"notify", "silent"}},
	[D_P12] = {"p12", "cipher of the PKCS#12 (certificates; keys 3DES or AES)", {"rc2-40", "3des", "aes"}},
	[D_TLS] = {"tls", "protocol versions", {"any", "1.2", "1.3"}},
	[D_CHAIN] = {"chain",
		     "chains that a client must accept (no-intermediate: given G4 from elsewhere)",
		     {"usual", "no-intermediate", "with-root", "cross-extra", "misordered"}},
	[D_AUTH] = {"auth",
		    "when a renewal asks for the client certificate: when its first page is asked for (TLS 1.2 renegotiation, TLS 1.3 post-handshake "
		    "authentication), or in every first handshake",
		    {"late", "handshake"}},
	[D_AUTH_REFUSAL] = {"auth-refusal", "a client certificate that does not do: a TLS alert, or a page", {"alert", "page"}},
	[D_CONFIRM] = {"confirm",
		       "how the confirmation of a renewal shows its data; columns: headings in one row, values in the next; fields: read-only ones",
		       {"cell", "th", "dl", "line", "columns", "fields", "font", "japanese"}},
	[D_STATUS] = {"status",
		      "how the status page asks again: meta refresh, Refresh header, setTimeout, location.reload(), a form sent by a script, all that "
		      "in a frame of its own, meta refresh with another address each time",
		      {"meta", "refresh", "script", "reload", "submit", "frame", "next"}},
};

static unsigned value_count(int i)
{
	unsigned count = 0;
	while (count < VALUES_MAX && switches[i].values[count] != NULL)
		count++;
	return count;
}

static bool set_one(struct dialect *dialect, const char *key, size_t key_length, const char *value, size_t value_length)
{
	for (int i = 0; i < D_COUNT; i++) {
		if (strlen(switches[i].key) != key_length || strncmp(switches[i].key, key, key_length) != 0)
			continue;
		for (unsigned v = 0; v < value_count(i); v++)
			if (strlen(switches[i].values[v]) == value_length && strncmp(switches[i].values[v], value, value_length) == 0) {
				dialect->value[i] = (unsigned char)v;
				return true;
			}
	}
	return false;
}

bool dialect_parse(struct dialect *dialect, const char *text, struct chance *chance)
{
	while (*text != '\0') {
		size_t length = strcspn(text, ",");
		const char *equals = memchr(text, '=', length);
		if (length == 5 && strncmp(text, "plain", 5) == 0)
			*dialect = (struct dialect){0};
		else if (length == 6 && strncmp(text, "random", 6) == 0)
			for (int i = 0; i < D_COUNT; i++)
				dialect->value[i] = (unsigned char)chance_below(chance, value_count(i));
		else if (equals == NULL ||
			 !set_one(dialect, text, (size_t)(equals - text), equals + 1, length - (size_t)(equals - text) - 1))
			return false;
		text += length + (text[length] == ',');
	}
	return true;
}

const char *dialect_settle(struct dialect *dialect)
{
	unsigned char *v = dialect->value;
	const char *changed = NULL;
	if (v[D_DECLARED] == DECLARED_BOM && v[D_CHARSET] != CHARSET_UTF8) {
		v[D_DECLARED] = DECLARED_META;
		changed = "declared=bom needs charset=utf-8: meta";
	}
	if (v[D_DECLARED] == DECLARED_XML && v[D_TAGS] != TAGS_XHTML) {
		v[D_DECLARED] = DECLARED_META;
		changed = "declared=xml needs tags=xhtml: meta";
	}
	if (v[D_QUOTES] == QUOTES_NONE && v[D_TAGS] == TAGS_XHTML) {
		v[D_QUOTES] = QUOTES_SINGLE;
		changed = "quotes=none does not go with tags=xhtml: single";
	}
	if (v[D_TOKEN] == TOKEN_JAPANESE && (v[D_DECLARED] == DECLARED_LYING || v[D_DECLARED] == DECLARED_NOT)) {
		v[D_TOKEN] = TOKEN_CHANGING;
		changed = "token=japanese needs a charset that is told: changing";
	}
	if (v[D_TRANSFER] == TRANSFER_UNTIL_CLOSE && v[D_CLOSE] == CLOSE_SILENT) {
		v[D_CLOSE] = CLOSE_NOTIFY;
		changed = "transfer=until-close needs close=notify (else it is a fault): notify";
	}
	return changed;
}

char *dialect_describe(const struct dialect *dialect)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		die("out of memory");
	for (int i = 0; i < D_COUNT; i++)
		(void)fprintf(out, "%s%s=%s", i == 0 ? "" : ",", switches[i].key, switches[i].values[dialect->value[i]]);
	(void)fclose(out);
	return text;
}

void dialect_list(FILE *out, bool is_for_people)
{
	for (int i = 0; i < D_COUNT; i++) {
		(void)fprintf(out, is_for_people ? "  %-13s" : "%s=", switches[i].key);
		for (unsigned v = 0; v < value_count(i); v++)
			(void)fprintf(out, "%s%s", v == 0 ? "" : is_for_people ? " | " : " ", switches[i].values[v]);
		if (is_for_people)
			(void)fprintf(out, "\n                %s", switches[i].help);
		(void)fputc('\n', out);
	}
}
