/* SPDX-License-Identifier: Apache-2.0 */
/* Why: naccs-portal-simulator: puts the parts together, says that it is ready, waits for its end. */
#include "control.h"
#include "options.h"
#include "portal.h"
#include "server.h"
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct simulator {
	struct portal portal;
	struct wire *wire;
	struct server *server;
};

/* What the hosts that must never be asked answer: a page that looks inviting. */
static void answer_elsewhere(struct answer *answer)
{
	char *page = need_text(
		"<html><head><title>ユーザ認証</title></head><body><form method=\"post\">認証コード1 <input type=\"text\" name=\"a\">"
		"認証コード2 <input type=\"text\" name=\"b\"><input type=\"submit\" value=\"Login\"></form></body></html>\n");
	answer_body(answer, "text/html; charset=UTF-8", page, strlen(page));
	answer->screen = "elsewhere";
}

static void handle(void *closure, struct request *request, struct answer *answer)
{
	struct simulator *simulator = closure;
	enum wire_kind kind = wire_kind(request->wire);
	if (kind == LISTENER_CONTROL) {
		control_answer(&simulator->portal, simulator->wire, request, answer);
		return;
	}
	json_t *line = trace_request(&simulator->portal, request);
	if (kind == LISTENER_PORTAL)
		portal_answer(&simulator->portal, request, answer);
	else
		answer_elsewhere(answer);
	trace_answer(&simulator->portal, line, request, answer);
}

static char *make_dir(const struct options *options)
{
	if (options->dir != NULL) {
		if (mkdir(options->dir, 0700) != 0 && errno != EEXIST)
			die("cannot make %s: %s", options->dir, strerror(errno));
		return need_text(options->dir);
	}
	const char *base = getenv("TMPDIR");
	char *dir = need_format("%s/naccs-portal-XXXXXX", base != NULL && base[0] != '\0' ? base : "/tmp");
	if (mkdtemp(dir) == NULL)
		die("cannot make %s: %s", dir, strerror(errno));
	return dir;
}

static void prepare(struct portal *portal, const struct options *options, const char *dir)
{
	char *pki = options->pki != NULL ? need_text(options->pki) : need_format("%s/pki", dir);
	char *journal = options->journal != NULL ? need_text(options->journal) : need_format("%s/journal.jsonl", dir);
	if (options->clock != NULL && !clock_set(&portal->clock, options->clock))
		die("--clock %s: neither RFC 3339 nor +SECONDS nor -SECONDS", options->clock);
	portal->chance.state = options->seed;
	portal->dialect = options->dialect;
	portal->journal = journal_open(journal, &portal->clock);
	portal->pki = pki_open(pki);
	if (options->has_ec_clients)
		pki_use_ec_clients(portal->pki);
	portal->codes = codes_open(options->codes, options->terminals, &portal->chance);
	codes_issue(portal->codes, portal->pki, clock_now(&portal->clock) - 60);
	portal->sessions = sessions_new(options->idle_limit);
	portal->has_regular_maintenance = options->has_regular_maintenance;
	portal->p12_extra = options->p12_extra;
	portal->status_delay = options->status_delay;
	portal->front_header = options->front_header;
	pki_write_anchors(portal->pki, dir);
	codes_write(portal->codes, dir);
	(void)printf("dir=%s\njournal=%s\n", dir, journal);
	free(journal);
	free(pki);
}

static void open_ports(struct simulator *simulator, const struct options *options)
{
	struct portal *portal = &simulator->portal;
	const struct wire_settings settings = {
		.journal = portal->journal, .faults = portal->faults, .pki = portal->pki, .slow_ms = options->slow_ms,
		.late_path = portal->front_header == NULL ? PORTAL_RENEW : NULL, .clock = &portal->clock};
	simulator->wire = wire_new(&settings);
	control_apply_dialect(portal, simulator->wire);
	simulator->server = server_start(simulator->wire, handle, simulator);
	struct MHD_Daemon *daemon = server_daemon(simulator->server);
	portal->foreign_port = wire_listen(simulator->wire, LISTENER_FOREIGN, options->foreign_port, daemon);
	portal->http_port = wire_listen(simulator->wire, LISTENER_HTTP, options->http_port, daemon);
	unsigned control = wire_listen(simulator->wire, LISTENER_CONTROL, options->control_port, daemon);
	unsigned port = wire_listen(simulator->wire, LISTENER_PORTAL, options->port, daemon);
	(void)printf("port=%u\ncontrol-port=%u\nforeign-port=%u\nhttp-port=%u\n", port, control, portal->foreign_port, portal->http_port);
}

static void say_ready(const struct simulator *simulator, const char *dir)
{
	static const char *const anchors[] = {"anchor",	      "anchor-with-intermediate", "partial-anchor",
					      "rogue-anchor", "intercepting-ca",	  "client-ca"};
	char *dialect = dialect_describe(&simulator->portal.dialect);
	for (size_t i = 0; i < sizeof anchors / sizeof *anchors; i++)
		(void)printf("%s=%s/%s.pem\n", anchors[i], dir, anchors[i]);
	(void)printf("codes=%s/codes\nterminal=%s\nhost=" PORTAL_HOST "\nstart-url=https://" PORTAL_HOST PORTAL_START "\nrenewal-url=https://" PORTAL_HOST PORTAL_RENEW_START
		     "\ndialect=%s\nready=yes\n",
		     dir, simulator->portal.codes->terminals[0].name, dialect);
	(void)fflush(stdout);
	free(dialect);
}

static void clear(struct portal *portal)
{
	sessions_free(portal->sessions);
	codes_free(portal->codes);
	pki_free(portal->pki);
	journal_close(portal->journal);
	faults_free(portal->faults);
}

int main(int argc, char **argv)
{
	struct simulator simulator = {0};
	struct options options;
	simulator.portal.faults = faults_new();
	options_parse(&options, simulator.portal.faults, argc, argv);
	if (options.dies_with_parent)
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigset_t ends;
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	char *dir = make_dir(&options);
	prepare(&simulator.portal, &options, dir);
	open_ports(&simulator, &options);
	say_ready(&simulator, dir);
	int signal_number;
	(void)sigwait(&ends, &signal_number);
	wire_stop(simulator.wire);
	server_stop(simulator.server);
	wire_free(simulator.wire);
	clear(&simulator.portal);
	free(dir);
	return 0;
}
