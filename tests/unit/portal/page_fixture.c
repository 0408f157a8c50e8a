/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page_fixture.h. */
#include "page_fixture.h"

#include <openssl/x509.h>
#include <dirent.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char fake_file[8] = {0x30, (char)0x82, 0x00, 0x04, 'p', '1', '2', '!'};

/* ---- pages ---- */

struct naccs_page *page_of_bytes(const void *bytes, size_t length, const char *content_type)
{
	const struct naccs_page_source source = {.bytes = bytes,
						 .length = length,
						 .url = FAKE_PAGE "index.jsp;jsessionid=0123ABCD?s=Site1",
						 .content_type = content_type,
						 .status = 200};
	struct naccs_error err = {0};
	struct naccs_page *page = NULL;

	if (naccs_page_parse(&source, &page, &err) != NACCS_OK)
		fail_msg("%s", err.message);
	return page;
}

struct naccs_page *page_of(const char *html)
{
	return page_of_bytes(html, strlen(html), "text/html; charset=UTF-8");
}

char *encoded(const char *text, const char *charset, size_t *ret_length)
{
	size_t left = strlen(text), room = 4 * left + 16, size = room;
	char *to = malloc(room), *at = to, *from = strdup(text), *start = from;
	iconv_t converter = iconv_open(charset, "UTF-8");

	assert_true(converter != (iconv_t)-1);
	assert_non_null(to);
	assert_int_equal(iconv(converter, &from, &left, &at, &room), 0);
	iconv_close(converter);
	free(start);
	*ret_length = size - room;
	*at = '\0';
	return to;
}

const char *folded(struct naccs_page *page, const char *text)
{
	char *fold = naccs_fold(text, strlen(text));
	const char *copy = naccs_arena_string(page->arena, fold);

	free(fold);
	return copy;
}

bool shows(const struct naccs_page *page, const char *text)
{
	char *fold = naccs_fold(text, strlen(text));
	bool is_shown = false;

	for (size_t i = 0; i < page->blocks.count; i++)
		is_shown = is_shown || strstr(page->blocks.items[i].folded, fold) != NULL;
	free(fold);
	return is_shown;
}

struct naccs_secret *secret_of(const char *text)
{
	struct naccs_secret *secret = NULL;

	assert_int_equal(naccs_secret_new_copy(text, strlen(text), &secret, NULL), NACCS_OK);
	return secret;
}

/* ---- the portal of the manual ---- */

const struct answer manual_portal[] = {
	{"GET index.jsp",
	 "<html><head><title>NACCS</title></head><body><h1>ユーザ認証</"
	 "h1><p>選択されたポリシでは、証明書の発行にユーザ認証が必要です。<br>認証コード1と認証コード2を入力してください。</p>"
	 "<form name='login' action='login.do' method='post'><input type='hidden' name='token' value='t-1'><table>"
	 "<tr><td>認証コード1</td><td><input type='text' name='a1'></td></tr><tr><td>認証コード2</td><td><input type='password' "
	 "name='a2'></td></tr></table>"
	 "<input type='submit' name='go' value='Login'></form></body></html>"},
	{"POST login.do", "<html><head><title>NACCS デジタル証明書取得画面</title></head><frameset rows='80,*'><frame src='head.jsp' "
			  "name='head'><frameset cols='200,*'>"
			  "<frame src='menu.jsp' name='menu'><frame src='main.jsp' name='main'></frameset></frameset></html>"},
	{"GET head.jsp", "<a href='main.jsp' target='main'>トップへ</a> <a href='logout.jsp' target='_top'>ログアウト</a>"},
	{"GET menu.jsp", "<ul><li><a href='get.jsp' target='main'>デジタル証明書の取得</a></ul>"},
	{"GET main.jsp",
	 "<h1>NACCS "
	 "デジタル証明書取得画面</h1><p>左メニューより「デジタル証明書の取得」を選択し、デジタル証明書の取得作業を行ってください。"},
	{"GET get.jsp", "<h1>デジタル証明書の取得</"
			"h1><p>"
			"ダウンロードしたいデジタル証明書の発行申請時の認証コード3と、デジタル証明書を暗号化する任意の証明書パスワードを入"
			"力してください。</p>"
			"<form action='issue.do' method='post'><input type='hidden' name='token' "
			"value='t-2'><table><tr><th>認証コード3<td><input name='b1'>"
			"<tr><th>証明書パスワード<td><input type=password name='b2' maxlength=16><tr><th>証明書パスワードの確認<td><input "
			"type=password name='b3' maxlength=16></table>"
			"<input type=submit value=Submit></form>"},
	{"POST issue.do", "<h1>デジタル証明書の取得</h1><p>「Download」ボタンをクリックしデジタル証明書をダウンロードしてください。</p>"
			  "<form action='download.do' method='post'><input type=submit value='Download'></form>"
			  "<p>※ デジタル証明書の取得は、最初に取得した日の翌日からロックされ、再取得できなくなります。"},
	{"POST download.do", fake_file, "application/octet-stream", 200, NULL, "attachment; filename=\"202501011234567.p12\"",
	 sizeof fake_file, false, NULL},
	{"GET logout.jsp", "<p>ログアウトしました。"},
	{0},
};

/* Chapter 6. The status page asks again by itself: the first time it says 鍵生成中, and so on. */
const struct answer manual_renewal[] = {
	{"GET index.jsp", "<frameset><frame src=header.jsp name=header><frame src=menu.jsp name=menu><frame src=top.jsp name=main></frameset>"},
	{"GET header.jsp", "<a href=frame.jsp target=_top>トップへ</a><a href=logout.jsp target=_top>ログアウト</a>"},
	{"GET menu.jsp", "<a href=apply.jsp target=main>デジタル証明書更新申請</a>"},
	{"GET top.jsp", "<h1>NACCS デジタル証明書更新画面</h1><p>左メニューより「デジタル証明書更新申請」を選択し、デジタル証明書の更新作業を行ってください。"
			"<p>※ 証明書の更新は、ユーザ証明書の有効期間終了日の28日前から可能です。"},
	{"GET apply.jsp", "<h1>デジタル証明書更新申請情報の確認</h1><p>以下の内容で証明書更新申請を送信します。<br>よろしければ「Submit」ボタンをクリックしてください。"
			  "<form action=apply.do method=post><input type=hidden name=token value=a-1><table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit"
			  "<td>NACCS Client CA<tr><td>Organization<td>Nippon Automated Cargo And Port Consolidated System, Inc.<tr><td>Country<td>JP</table>"
			  "<input type=submit value=Submit></form>"},
	{"POST apply.do", "<meta http-equiv=refresh content='2;url=status1.jsp'><p>証明書ステータス：鍵生成中"},
	{"GET status1.jsp", "<meta http-equiv=refresh content='2;url=status2.jsp'><p>証明書ステータス：発行要求中"},
	{"GET status2.jsp", "<meta http-equiv=refresh content='0;url=password.jsp'><p>証明書ステータス：発行済み"},
	{"GET password.jsp", "<h1>デジタル証明書の取得</h1><form action=obtain.do method=post><table><tr><td>証明書パスワード<td><input type=password name=p1><tr><td>"
			     "証明書パスワードの確認<td><input type=password name=p2></table><input type=submit value=Submit></form>"},
	{"POST obtain.do", "<h1>デジタル証明書の取得</h1><p>「Download」ボタンをクリックしデジタル証明書をダウンロードしてください。"
			   "<form action=download.do method=post><input type=submit value=Download></form>"},
	{"POST download.do", fake_file, "application/octet-stream", 200, NULL, "attachment; filename=202501011234567.p12", sizeof fake_file, false, NULL},
	{"GET logout.jsp", "<p>ログアウトしました。"},
	{0},
};

/* ---- transport ---- */

/* "GET menu.jsp": without host, folder, path parameters and query. */
static char *line_of(const char *method, const char *url)
{
	char *line = NULL;

	if (url == NULL) /* gcc does not know that an assert ends here */
		url = "";
	assert_true(*url != '\0');
	const char *rest = strncmp(url, FAKE_PAGE, strlen(FAKE_PAGE)) == 0 ? url + strlen(FAKE_PAGE)
			   : strncmp(url, FAKE_RENEWAL, strlen(FAKE_RENEWAL)) == 0 ? url + strlen(FAKE_RENEWAL)
										      : url;
	assert_true(asprintf(&line, "%s %.*s", method, (int)strcspn(rest, ";?"), rest) > 0);
	return line;
}

static const struct answer *find_in(const struct answer *answers, const char *line)
{
	for (; answers != NULL && answers->request != NULL; answers++)
		if (strcmp(answers->request, line) == 0)
			return answers;
	return NULL;
}

static const struct answer *find(struct fake *fake, const char *line)
{
	const struct answer *answer = NULL;

	for (size_t i = 0; i < fake->once_count; i++) {
		if (!fake->once_given[i] && strcmp(fake->once[i].request, line) == 0) {
			fake->once_given[i] = true;
			return &fake->once[i];
		}
	}
	answer = find_in(fake->answers, line);
	return answer != NULL ? answer : find_in(fake->manual, line);
}

static naccs_status reply_with(const struct answer *answer, const char *url, struct naccs_http_reply **ret)
{
	struct naccs_http_reply *reply = calloc(1, sizeof *reply);
	size_t length = answer->length > 0 ? answer->length : strlen(answer->body);

	assert_non_null(reply);
	reply->status = answer->status != 0 ? answer->status : 200;
	reply->url = strdup(answer->url != NULL ? answer->url : url);
	reply->content_type = strdup(answer->content_type != NULL ? answer->content_type : "text/html; charset=UTF-8");
	reply->content_disposition = answer->disposition != NULL ? strdup(answer->disposition) : NULL;
	reply->refresh = answer->refresh != NULL ? strdup(answer->refresh) : NULL;
	reply->is_cut = answer->is_cut;
	assert_int_equal(naccs_secret_new_copy(answer->body, length, &reply->body, NULL), NACCS_OK);
	*ret = reply;
	return NACCS_OK;
}

static naccs_status answer_to(struct fake *fake, const char *method, const char *url, const char *referer, const char *body,
			      struct naccs_http_reply **ret, struct naccs_error *err)
{
	static const struct answer missing = {.body = "<h1>Not Found</h1>", .status = 404};
	struct fake_request *request = &fake->requests[fake->request_count++];
	const struct answer *answer;

	assert_true(fake->request_count < REQUESTS_MAX);
	request->line = line_of(method, url);
	request->url = strdup(url);
	request->referer = strdup(referer != NULL ? referer : "");
	request->body = strdup(body);
	answer = find(fake, request->line);
	if (answer != NULL && answer->status < 0)
		return naccs_fail(err, (naccs_status)-answer->status, 0, "%s", answer->body);
	return reply_with(answer != NULL ? answer : &missing, url, ret);
}

static naccs_status on_get(void *context, const char *url, const char *referer, enum naccs_http_expect expect,
			   struct naccs_http_reply **ret, struct naccs_error *err)
{
	(void)expect;
	return answer_to(context, "GET", url, referer, "", ret, err);
}

static naccs_status on_post(void *context, const char *url, const char *referer, const struct naccs_secret *body, const char *content_type,
			    enum naccs_http_expect expect, struct naccs_http_reply **ret, struct naccs_error *err)
{
	(void)expect;
	assert_non_null(content_type);
	return answer_to(context, "POST", url, referer, naccs_secret_text(body), ret, err);
}

static naccs_status on_check(void *context, const char *url, struct naccs_error *err)
{
	(void)context;
	if (strncmp(url, FAKE_HOST "/", strlen(FAKE_HOST) + 1) == 0)
		return NACCS_OK;
	return naccs_fail(err, NACCS_E_NET_REDIRECT_REFUSED, 0, "not allowed: %s", url);
}

static void on_wait(void *context, unsigned seconds)
{
	((struct fake *)context)->waited += seconds;
}

/* ---- the caller's side ---- */

static naccs_status on_submit(void *context, struct naccs_error *err)
{
	struct fake *fake = context;

	fake->submits++;
	return fake->refuse_submit == NACCS_OK ? NACCS_OK : naccs_fail(err, fake->refuse_submit, 0, "refused");
}

static naccs_status on_received(void *context, const struct naccs_secret *answer, const char *name, bool is_cut, struct naccs_error *err)
{
	struct fake *fake = context;

	fake->receives++;
	fake->received_cut = is_cut;
	free(fake->received_name);
	fake->received_name = name != NULL ? strdup(name) : NULL;
	naccs_secret_free(fake->received);
	assert_int_equal(naccs_secret_new_copy(naccs_secret_data(answer), naccs_secret_length(answer), &fake->received, NULL), NACCS_OK);
	return fake->refuse_receive == NACCS_OK ? NACCS_OK : naccs_fail(err, fake->refuse_receive, 0, "refused");
}

static void on_warning(void *context, const char *id, const char *message)
{
	struct fake *fake = context;
	size_t used = strlen(fake->warnings);

	assert_true(strlen(message) > 0);
	(void)snprintf(fake->warnings + used, sizeof fake->warnings - used, "%s ", id);
}

static void on_progress(void *context, const char *message)
{
	struct fake *fake = context;
	size_t used = strlen(fake->progress);

	(void)snprintf(fake->progress + used, sizeof fake->progress - used, "%s\n", message);
}

/* As the real one: also when it was cut short. */
static bool is_fake_file(const void *bytes, size_t length)
{
	return length >= 5 && length <= sizeof fake_file && memcmp(bytes, fake_file, length) == 0;
}

struct fake *fake_new(const struct answer *answers)
{
	struct fake *fake = calloc(1, sizeof *fake);
	char template[] = "/tmp/naccs-page-XXXXXX";

	assert_non_null(fake);
	fake->answers = answers;
	fake->manual = manual_portal;
	fake->alert = -1;
	fake->manual = manual_portal;
	fake->alert = -1;
	assert_non_null(mkdtemp(template));
	fake->page_dir = strdup(template);
	fake->page_dirfd = open(template, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fake->page_dirfd >= 0);
	fake->now = 1795345392; /* 2026-11-22 20:03 in Japan, a Sunday */
	fake->code1 = "NAC11110A";
	fake->code2 = "ABCDE00001";
	fake->code3 = "XYZ98765QW";
	fake->password = "p8ssw0rdP8SSW0RD";
	return fake;
}

static void each_saved(const struct fake *fake, void (*act)(const struct fake *, const char *))
{
	DIR *folder = opendir(fake->page_dir);

	assert_non_null(folder);
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		if (entry->d_name[0] != '.')
			act(fake, entry->d_name);
	closedir(folder);
}

static void remove_saved(const struct fake *fake, const char *name)
{
	(void)unlinkat(fake->page_dirfd, name, 0);
}

void fake_free(struct fake *fake)
{
	each_saved(fake, remove_saved);
	(void)rmdir(fake->page_dir);
	(void)close(fake->page_dirfd);
	for (size_t i = 0; i < fake->request_count; i++) {
		free(fake->requests[i].line);
		free(fake->requests[i].url);
		free(fake->requests[i].referer);
		free(fake->requests[i].body);
	}
	naccs_secret_free(fake->received);
	free(fake->received_name);
	free(fake->page_dir);
	free(fake);
}

naccs_status fake_obtain(struct fake *fake)
{
	const struct naccs_transport transport = {.context = fake, .get = on_get, .post = on_post, .check_url = on_check, .wait = on_wait};
	struct naccs_portal_description *description = NULL;
	struct naccs_secret *code1 = secret_of(fake->code1), *code2 = secret_of(fake->code2), *code3 = secret_of(fake->code3);
	struct naccs_secret *password = secret_of(fake->password);
	struct naccs_obtain_request request = {.code1 = code1,
					       .code2 = code2,
					       .code3 = code3,
					       .password = password,
					       .now = fake->now,
					       .page_dirfd = fake->page_dirfd,
					       .progress = on_progress,
					       .about_to_submit = on_submit,
					       .received = on_received,
					       .warning = on_warning,
					       .context = fake};
	naccs_status status = naccs_portal_description_builtin(&description, &fake->err);

	if (status != NACCS_OK)
		fail_msg("%s", fake->err.message);
	request.description = description;
	fake->err = (struct naccs_error){0};
	status = naccs_obtain_run_over(&transport, &request, is_fake_file, &fake->err);
	if (status != NACCS_OK)
		assert_int_equal(fake->err.status, status);
	naccs_portal_description_free(description);
	naccs_secret_free(code1);
	naccs_secret_free(code2);
	naccs_secret_free(code3);
	naccs_secret_free(password);
	return status;
}

/* A certificate of terminal 11110A, as far as the journey looks at it. */
static X509 *certificate_of_terminal(void)
{
	static const struct {
		const char *field, *value;
	} subject[] = {{"C", "JP"},
		       {"O", "Nippon Automated Cargo And Port Consolidated System, Inc."},
		       {"OU", "NACCS Client CA"},
		       {"CN", "11110A"}};
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();

	for (size_t i = 0; i < sizeof subject / sizeof *subject; i++)
		assert_int_equal(X509_NAME_add_entry_by_txt(name, subject[i].field, MBSTRING_UTF8, (const unsigned char *)subject[i].value, -1, -1, 0),
				 1);
	assert_int_equal(X509_set_subject_name(certificate, name), 1);
	X509_NAME_free(name);
	return certificate;
}

static naccs_status on_apply(void *context, struct naccs_error *err)
{
	(void)err;
	((struct fake *)context)->applies++;
	return NACCS_OK;
}

static int on_alert(const void *context)
{
	return ((const struct fake *)context)->alert;
}

naccs_status fake_renew(struct fake *fake)
{
	const struct naccs_transport transport = {
		.context = fake, .get = on_get, .post = on_post, .check_url = on_check, .wait = on_wait, .client_alert = on_alert};
	struct naccs_portal_description *description = NULL;
	struct naccs_secret *password = secret_of(fake->password);
	X509 *certificate = certificate_of_terminal();
	struct naccs_renew_request request = {.certificate = certificate,
					      .password = password,
					      .now = fake->now,
					      .page_dirfd = fake->page_dirfd,
					      .was_applied = fake->was_applied,
					      .apply_again = fake->apply_again,
					      .patience_seconds = fake->patience,
					      .progress = on_progress,
					      .about_to_apply = on_apply,
					      .about_to_submit = on_submit,
					      .received = on_received,
					      .warning = on_warning,
					      .context = fake};
	naccs_status status = naccs_portal_description_builtin(&description, &fake->err);

	if (status != NACCS_OK)
		fail_msg("%s", fake->err.message);
	fake->manual = manual_renewal;
	request.description = description;
	fake->err = (struct naccs_error){0};
	status = naccs_renew_run_over(&transport, &request, is_fake_file, &fake->err);
	if (status != NACCS_OK)
		assert_int_equal(fake->err.status, status);
	naccs_portal_description_free(description);
	naccs_secret_free(password);
	X509_free(certificate);
	return status;
}

char *fake_saved_page(const struct fake *fake)
{
	DIR *folder = opendir(fake->page_dir);
	char *text = NULL;

	assert_non_null(folder);
	for (struct dirent *entry = readdir(folder); entry != NULL && text == NULL; entry = readdir(folder)) {
		struct stat facts;
		int fd;

		if (strncmp(entry->d_name, "page-", 5) != 0)
			continue;
		fd = openat(fake->page_dirfd, entry->d_name, O_RDONLY | O_CLOEXEC);
		assert_int_equal(fstat(fd, &facts), 0);
		assert_int_equal(facts.st_mode & 0777, 0600);
		text = calloc(1, (size_t)facts.st_size + 1);
		assert_int_equal(read(fd, text, (size_t)facts.st_size), facts.st_size);
		close(fd);
	}
	closedir(folder);
	return text;
}

bool fake_sent(const struct fake *fake, const char *line, const char *text)
{
	for (size_t i = 0; i < fake->request_count; i++)
		if (strcmp(fake->requests[i].line, line) == 0 && strstr(fake->requests[i].body, text) != NULL)
			return true;
	return false;
}

size_t fake_count(const struct fake *fake, const char *line)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->request_count; i++)
		count += strcmp(fake->requests[i].line, line) == 0;
	return count;
}

size_t fake_count_carrying(const struct fake *fake, const char *text)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->request_count; i++)
		count += strstr(fake->requests[i].body, text) != NULL || strstr(fake->requests[i].url, text) != NULL ||
			 strstr(fake->requests[i].referer, text) != NULL;
	return count;
}
