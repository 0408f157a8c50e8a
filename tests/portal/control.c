/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void control_apply_dialect(const struct portal *portal, struct wire *wire)
{
	static const int versions[] = {0, TLS1_2_VERSION, TLS1_3_VERSION};
	static const enum chain chains[] = {CHAIN_GOOD, CHAIN_NO_INTERMEDIATE, CHAIN_WITH_ROOT, CHAIN_CROSS_EXTRA, CHAIN_MISORDERED};
	const unsigned char *value = portal->dialect.value;
	wire_configure(wire, chains[value[D_CHAIN]], versions[value[D_TLS]], value[D_CLOSE] == CLOSE_SILENT,
		       portal->front_header == NULL && value[D_AUTH] == AUTH_HANDSHAKE, value[D_AUTH_REFUSAL] == AUTH_REFUSAL_PAGE);
}

static void say(struct answer *answer, unsigned status, const char *text)
{
	answer->status = status;
	answer_body(answer, "text/plain; charset=UTF-8", need_format("%s\n", text), strlen(text) + 1);
}

static void show_status(struct portal *portal, struct answer *answer)
{
	char time[CLOCK_TEXT];
	clock_text(clock_now(&portal->clock), time);
	char *dialect = dialect_describe(&portal->dialect);
	json_t *terminals = json_array();
	for (size_t i = 0; i < portal->codes->count; i++) {
		const struct terminal *terminal = &portal->codes->terminals[i];
		(void)json_array_append_new(terminals, json_pack("{s:s,s:b,s:i,s:i,s:i}", "name", terminal->name, "taken", terminal->first_day >= 0,
								 "downloads", (int)terminal->downloads, "applications", (int)terminal->applications,
								 "renewals", (int)terminal->next_downloads));
	}
	json_t *status = json_pack("{s:s,s:s,s:o}", "clock", time, "dialect", dialect, "terminals", terminals);
	char *text = json_dumps(status, JSON_COMPACT);
	json_decref(status);
	free(dialect);
	answer_body(answer, "application/json", text, strlen(text));
}

static bool set_clock(struct portal *portal, const struct request *request)
{
	const char *set = request_field(request, "set"), *advance = request_field(request, "advance");
	if (set != NULL)
		return clock_set(&portal->clock, set);
	if (advance == NULL)
		return false;
	char *end = NULL;
	errno = 0;
	long long seconds = strtoll(advance, &end, 10);
	if (errno != 0 || end == advance || *end != '\0')
		return false;
	clock_advance(&portal->clock, seconds);
	return true;
}

static bool set_dialect(struct portal *portal, struct wire *wire, const char *text)
{
	struct dialect dialect = portal->dialect;
	if (text == NULL || !dialect_parse(&dialect, text, &portal->chance))
		return false;
	(void)dialect_settle(&dialect);
	portal->dialect = dialect;
	control_apply_dialect(portal, wire);
	return true;
}

/* As if nothing had been taken yet; sessions and faults end too. */
static void reset(struct portal *portal)
{
	sessions_forget(portal->sessions);
	(void)faults_add(portal->faults, "none");
	for (size_t i = 0; i < portal->codes->count; i++) {
		portal->codes->terminals[i].first_day = -1;
		portal->codes->terminals[i].downloads = 0;
		terminal_forget_renewal(&portal->codes->terminals[i]);
	}
}

void control_answer(struct portal *portal, struct wire *wire, struct request *request, struct answer *answer)
{
	const char *path = request->path, *set = request_field(request, "set");
	bool is_done;
	if (!request->is_post && strcmp(path, "/journal") == 0) {
		size_t size;
		char *text = journal_read(portal->journal, &size);
		answer_body(answer, "application/x-ndjson", text, size);
		return;
	}
	if (!request->is_post && strcmp(path, "/status") == 0) {
		show_status(portal, answer);
		return;
	}
	if (!request->is_post) {
		say(answer, 404, "GET /journal /status; POST /clock /fault /dialect /reset /quit");
		return;
	}
	if (strcmp(path, "/clock") == 0) {
		is_done = set_clock(portal, request);
	} else if (strcmp(path, "/fault") == 0) {
		is_done = set != NULL && faults_add(portal->faults, set);
	} else if (strcmp(path, "/dialect") == 0) {
		is_done = set_dialect(portal, wire, set);
	} else if (strcmp(path, "/reset") == 0) {
		reset(portal);
		is_done = true;
	} else if (strcmp(path, "/quit") == 0) {
		is_done = kill(getpid(), SIGTERM) == 0;
	} else {
		is_done = false;
	}
	say(answer, is_done ? 200 : 400, is_done ? "done" : "not understood");
}
