/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the file itself, manual 3.1 (7), and the steps that may lie between 「Download」 and it. */
#include "markup.h"
#include "page.h"
#include "screens.h"

#include <stdlib.h>
#include <string.h>

static void stop_over(struct visit *visit, int via)
{
	char *url = page_url(visit, "NACCS/file.do"), *escaped = markup_escape(url);
	const char *head = "";
	char *script = NULL;
	if (via == VIA_OPEN)
		head = script = need_format("<script type=\"text/javascript\">window.open('%s');</script>\n", url);
	struct page page;
	page_begin(&page, visit, "デジタル証明書の取得", head, "");
	page_add(&page, "<p>ダウンロードを開始します。</p>\n");
	if (via == VIA_IFRAME)
		page_add(&page, "<iframe src=\"%s\" width=\"0\" height=\"0\"></iframe>\n", escaped);
	page_add(&page, "</body>\n");
	page_finish(&page, "download-starts");
	free(script);
	free(escaped);
	free(url);
}

void download_post(struct visit *visit)
{
	int via = visit_dialect(visit, D_DOWNLOAD_VIA);
	visit->session->form_step = STEP_ANY;
	switch (via) {
	case VIA_DIRECT:
		download_file(visit);
		break;
	case VIA_FOUND:
		page_go(visit, NEXT_FOUND, "NACCS/file.do");
		break;
	case VIA_META:
		page_go(visit, NEXT_META, "NACCS/file.do");
		break;
	case VIA_REFRESH:
		page_go(visit, NEXT_REFRESH, "NACCS/file.do");
		break;
	case VIA_SCRIPT:
		page_go(visit, NEXT_HREF, "NACCS/file.do");
		break;
	default:
		stop_over(visit, via);
		break;
	}
}

static void put_disposition(struct visit *visit, const char *name)
{
	static const char *const formats[] = {
		"attachment; filename=%s",
		"",
		"attachment; filename=\"%s\"",
		"attachment; filename=\"certificate.p12\"; filename*=UTF-8''%%E8%%A8%%BC%%E6%%98%%8E%%E6%%9B%%B8-%s",
		"attachment; filename=\"../../../../tmp/%s\"",
		"attachment; filename=\"/etc/%s\"",
		"inline; filename=\"%s\""};
	int which = visit_dialect(visit, D_DISPOSITION);
	if (which == DISPOSITION_NONE)
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	char *value = need_format(formats[which], name);
#pragma GCC diagnostic pop
	answer_header(visit->answer, "Content-Disposition", value);
	free(value);
}

static struct client other_client(const struct visit *visit)
{
	static const char other[] = "99999Z";
	return pki_client(visit->portal->pki, &(struct client_spec){.terminal = other, .from = clock_now(&visit->portal->clock)});
}

/* What a renewal must not bring. Returns whether one of these faults struck; *ret is to be freed. */
static bool make_impostor(struct visit *visit, struct client *ret)
{
	const struct terminal *terminal = visit->session->terminal;
	int64_t now = clock_now(&visit->portal->clock);
	struct client_spec spec = {.terminal = terminal->name, .generation = terminal->generation, .from = now};
	if (visit_fault(visit, F_ISSUED_OTHER))
		spec.terminal = "99999Z";
	else if (visit_fault(visit, F_ISSUED_OLD_KEY))
		spec.has_old_key = true;
	else if (visit_fault(visit, F_ISSUED_OLDER))
		spec.until = now + 86400;
	else if (visit_fault(visit, F_ISSUED_BY_OTHER))
		spec.by_other = true;
	else
		return false;
	*ret = pki_client(visit->portal->pki, &spec);
	return true;
}

/* The bytes, right or wrong. */
static char *make_file(struct visit *visit, size_t *ret_size)
{
	struct portal *portal = visit->portal;
	const struct terminal *terminal = visit->session->terminal;
	const struct client usual = visit->session->is_renewal ? terminal->next : terminal->client;
	struct client client = usual, other = {0};
	const char *password = visit_fault(visit, F_WRONG_PASSWORD) ? "not-the-one-given" : visit->session->password;
	if (visit_fault(visit, F_EMPTY_FILE)) {
		*ret_size = 0;
		return need(1, 1);
	}
	if (visit_fault(visit, F_NOT_PKCS12)) {
		char *text = need_text("%PDF-1.4\n% whatever this is, it is no PKCS#12, neither whole nor cut\n");
		*ret_size = strlen(text);
		return text;
	}
	if (visit_fault(visit, F_OTHER_CERTIFICATE)) {
		other = other_client(visit);
		client.certificate = other.certificate;
	}
	if (visit->session->is_renewal && make_impostor(visit, &other))
		client = other;
	else if (visit->session->is_renewal && visit_fault(visit, F_ISSUED_SAME))
		client = terminal->client;
	unsigned extra = visit_fault(visit, F_OVERSIZE_PKCS12) ? 3000 : portal->p12_extra;
	char *file = (char *)pki_pkcs12(portal->pki, &client, password, (enum p12_cipher)visit_dialect(visit, D_P12), extra, ret_size);
	client_free(&other);
	if (visit_fault(visit, F_CORRUPT_PKCS12))
		file[*ret_size / 2] ^= 0x40;
	if (visit_fault(visit, F_SHORT_FILE))
		*ret_size /= 2;
	return file;
}

/* Nothing but the end of the connection tells where the body ends, and nobody says that it is one. */
static void until_silence(struct answer *answer, size_t keep)
{
	answer->transfer = BODY_UNTIL_CLOSE;
	answer->closes = true;
	answer->plan = (struct wire_plan){.act = WIRE_CUT, .keep = keep, .is_silent = true};
}

/* Faults of the way the file is sent. */
static void spoil(struct visit *visit)
{
	struct answer *answer = visit->answer;
	if (visit_fault(visit, F_SHORT_BODY)) {
		answer->transfer = BODY_LENGTH;
		answer->plan = (struct wire_plan){.act = WIRE_CUT, .keep = answer->size / 2};
	} else if (visit_fault(visit, F_SHORT_CHUNKS)) {
		answer->transfer = BODY_CHUNKED;
		answer->plan = (struct wire_plan){.act = WIRE_CUT, .keep = answer->size / 2};
	} else if (visit_fault(visit, F_CUT_TLS)) {
		until_silence(answer, answer->size / 2);
	} else if (visit_fault(visit, F_BARE_END)) {
		until_silence(answer, answer->size);
	}
}

void download_file(struct visit *visit)
{
	static const char *const types[] = {"application/x-pkcs12", "application/octet-stream", NULL, "text/html",
					    "application/x-download"};
	static const enum transfer transfers[] = {BODY_LENGTH, BODY_CHUNKED, BODY_UNTIL_CLOSE};
	struct session *session = visit->session;
	if (!session->is_code3_accepted) {
		notice_deviation(visit, need_text("the file was asked for before code 3 was accepted"));
		return;
	}
	if (visit_fault(visit, F_HTML_FILE)) {
		notice_plain(visit, 200, "エラー", "デジタル証明書の作成に失敗しました。", "html-instead-of-file");
		return;
	}
	size_t size;
	char *file = make_file(visit, &size);
	answer_body(visit->answer, types[visit_dialect(visit, D_TYPE)], file, size);
	visit->answer->screen = "file";
	visit->answer->transfer = transfers[visit_dialect(visit, D_TRANSFER)];
	struct terminal *terminal = session->terminal;
	int64_t *first_day = session->is_renewal ? &terminal->renewed_day : &terminal->first_day;
	put_disposition(visit, session->is_renewal ? terminal->next_file_name : terminal->file_name);
	spoil(visit);
	(*(session->is_renewal ? &terminal->next_downloads : &terminal->downloads))++;
	if (*first_day < 0)
		*first_day = clock_japan_day(clock_now(&visit->portal->clock));
}
