/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the screens, in groups of one file each. A journey's functions answer its steps; notices can come at any step. */
#ifndef PORTAL_SCREENS_H
#define PORTAL_SCREENS_H

#include "page.h"

/* login.c: 「ユーザ認証」 */
void login_screen(struct visit *visit, const char *message);
void login_post(struct visit *visit);

/* frames.c: 「NACCS デジタル証明書取得画面」 and its parts; logging out */
void frames_screen(struct visit *visit);
void frames_header(struct visit *visit);
void frames_menu(struct visit *visit);
void frames_top(struct visit *visit);
void frames_logout(struct visit *visit);

/* renew.c: 「NACCS デジタル証明書更新画面」: client authentication, confirmation, status, password */
void renew_begin(struct visit *visit);
void renew_confirm(struct visit *visit);
void renew_apply(struct visit *visit);
void renew_status(struct visit *visit);
void renew_password(struct visit *visit, const char *message);
void renew_password_screen(struct visit *visit);
void renew_password_post(struct visit *visit);

/* obtain.c: 「デジタル証明書の取得」 */
void obtain_screen(struct visit *visit, const char *message);
void obtain_post(struct visit *visit);
/* The way out, where there are no frames. */
void page_add_logout(struct page *page);
/* Manual 3.1 (5): 1 to 16 half-width letters, digits and the 32 symbols. */
bool obtain_is_password(const char *password);
void obtain_download_page(struct visit *visit);

/* download.c: the file, and what lies between 「Download」 and it */
void download_post(struct visit *visit);
void download_file(struct visit *visit);

/* notices.c */
enum notice { NOTICE_LOGIN_REFUSED, NOTICE_CODE3_REFUSED, NOTICE_PASSWORD_REFUSED, NOTICE_LOCKED, NOTICE_SESSION_ENDED,
	      NOTICE_CERTIFICATE_REFUSED, NOTICE_NOT_DUE, NOTICE_APPLICATION_REFUSED, NOTICE_COUNT };
/* The dialect's wording (escaped XHTML). */
const char *notice_text(const struct visit *visit, enum notice notice);
void notice_screen(struct visit *visit, enum notice notice);
/* A refusal as the dialect shows them: a page of its own, or `again` with the message. */
void notice_refuse(struct visit *visit, enum notice notice, void (*again)(struct visit *visit, const char *message));
void notice_maintenance(struct visit *visit, unsigned status);
/* The request was not what a browser would have sent. deviation is taken over. */
void notice_deviation(struct visit *visit, char *deviation);
void notice_plain(struct visit *visit, unsigned status, const char *title, const char *text, const char *screen);

/* misfortune.c: faults that replace the answer, and those that change how it is sent. */
bool misfortune_before(struct visit *visit);
void misfortune_after(struct visit *visit);

#endif
