/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a page may be anything. Whatever it is: no crash, no hang, bounds hold; what would be sent for its forms can be written or is
 * refused; and what is saved of it holds no secret. Input: one byte that chooses the Content-Type, then the page.
 */
#include "form.h"
#include "save_page.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char *const content_types[] = {"text/html; charset=UTF-8", "text/html; charset=Shift_JIS", "text/html; charset=EUC-JP",
					    "text/html", NULL};

static void press(const struct naccs_page *page, const struct naccs_press *act)
{
	struct naccs_form_request request = {0};

	if (act->kind == NACCS_PRESS_NAVIGATE && (act->url == NULL || act->target == NULL))
		abort();
	if (act->kind != NACCS_PRESS_SUBMIT)
		return;
	if (act->form >= page->forms.count)
		abort();
	if (naccs_form_serialise(page, act, NULL, 0, &request, NULL) == NACCS_OK && (request.url == NULL || request.target == NULL))
		abort();
	naccs_form_request_clear(&request);
}

static void press_everything(const struct naccs_page *page)
{
	struct naccs_press act;

	for (size_t i = 0; i < page->controls.count && i < 50; i++) {
		naccs_page_press(page, i, &act);
		press(page, &act);
	}
	for (size_t i = 0; i < page->automatics.count && i < 20; i++) {
		naccs_page_follow(page, &page->automatics.items[i], &act);
		press(page, &act);
	}
}

static void sanitise(const struct naccs_page *page)
{
	static const char code[] = "XYZ98765QW", password[] = "p$1";
	struct naccs_secret *secrets[2] = {NULL, NULL};
	char *text = NULL;

	if (naccs_secret_new_copy(code, strlen(code), &secrets[0], NULL) != NACCS_OK ||
	    naccs_secret_new_copy(password, strlen(password), &secrets[1], NULL) != NACCS_OK)
		abort();
	if (naccs_sanitise_page(page, (const struct naccs_secret *const *)secrets, 2, &text, NULL) == NACCS_OK &&
	    strstr(text, code) != NULL)
		abort();
	free(text);
	naccs_secret_free(secrets[0]);
	naccs_secret_free(secrets[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct naccs_page_source source = {.url = "https://cert.nac.naccs.jp/a/b.jsp;jsessionid=AB12?s=1", .status = 200};
	struct naccs_page *page = NULL;

	if (length == 0)
		return 0;
	source.bytes = bytes + 1;
	source.length = length - 1;
	source.content_type = content_types[bytes[0] % (sizeof content_types / sizeof *content_types)];
	if (naccs_page_parse(&source, &page, NULL) != NACCS_OK)
		return 0;
	if (page->node_count > 2 * NACCS_PAGE_NODES_MAX)
		abort();
	press_everything(page);
	sanitise(page);
	naccs_page_free(page);
	return 0;
}
