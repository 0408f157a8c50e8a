/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_DIR = 256,
	OPT_PKI,
	OPT_CODES,
	OPT_JOURNAL,
	OPT_CLOCK,
	OPT_PORT,
	OPT_CONTROL_PORT,
	OPT_FOREIGN_PORT,
	OPT_HTTP_PORT,
	OPT_TERMINALS,
	OPT_SLOW_MS,
	OPT_P12_EXTRA,
	OPT_IDLE_LIMIT,
	OPT_STATUS_DELAY,
	OPT_EC_CLIENTS,
	OPT_SEED,
	OPT_DIALECT,
	OPT_FAULT,
	OPT_MAINTENANCE,
	OPT_FRONT,
	OPT_DIE_WITH_PARENT,
	OPT_LIST_DIALECTS,
	OPT_LIST_FAULTS
};

static const struct option table[] = {
	{"dir", required_argument, NULL, OPT_DIR},
	{"pki", required_argument, NULL, OPT_PKI},
	{"codes", required_argument, NULL, OPT_CODES},
	{"terminals", required_argument, NULL, OPT_TERMINALS},
	{"journal", required_argument, NULL, OPT_JOURNAL},
	{"clock", required_argument, NULL, OPT_CLOCK},
	{"idle-limit", required_argument, NULL, OPT_IDLE_LIMIT},
	{"status-delay", required_argument, NULL, OPT_STATUS_DELAY},
	{"ec-clients", no_argument, NULL, OPT_EC_CLIENTS},
	{"regular-maintenance", no_argument, NULL, OPT_MAINTENANCE},
	{"front", required_argument, NULL, OPT_FRONT},
	{"port", required_argument, NULL, OPT_PORT},
	{"control-port", required_argument, NULL, OPT_CONTROL_PORT},
	{"foreign-port", required_argument, NULL, OPT_FOREIGN_PORT},
	{"http-port", required_argument, NULL, OPT_HTTP_PORT},
	{"dialect", required_argument, NULL, OPT_DIALECT},
	{"fault", required_argument, NULL, OPT_FAULT},
	{"seed", required_argument, NULL, OPT_SEED},
	{"slow-ms", required_argument, NULL, OPT_SLOW_MS},
	{"p12-extra", required_argument, NULL, OPT_P12_EXTRA},
	{"die-with-parent", no_argument, NULL, OPT_DIE_WITH_PARENT},
	{"list-dialects", no_argument, NULL, OPT_LIST_DIALECTS},
	{"list-faults", no_argument, NULL, OPT_LIST_FAULTS},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static const char usage[] =
	"Usage: naccs-portal-simulator [OPTIONS]\n"
	"A certificate portal like the one of NACCS, to try, to train and to test with; it listens on 127.0.0.1 only.\n"
	"When it is ready it prints lines such as port=…, anchor=FILE, codes=FILE, and last ready=yes.\n\n"
	"Places\n"
	"  --dir DIR             anchors, codes and journal go there (default: a new folder below TMPDIR or /tmp)\n"
	"  --pki DIR             keys and CA certificates, kept for the next run (default: pki in --dir)\n"
	"  --journal FILE        requests and answers, a JSON object a line (default: journal.jsonl in --dir)\n"
	"  --port N              of the portal; 0, the default: any free one. Also --control-port, --foreign-port (https, as\n"
	"                        foreign.example), --http-port (plain): the last two are where a client must never send anything\n"
	"  --front HEADER        a server in front has asked for the client certificate and passes it on, as PEM, in that header;\n"
	"                        the portal itself asks nobody then, and believes whoever sends the header\n"
	"Certificates to take\n"
	"  --codes FILE          sections [TERMINAL] with code1, code2, code3 (default: made by chance, see --seed)\n"
	"  --terminals N         how many by chance (default 1)\n"
	"  --ec-clients          client certificates with EC keys: many are made in a moment\n"
	"  --p12-extra N         N more certificates in each PKCS#12, for size\n"
	"Time\n"
	"  --clock TIME          RFC 3339: the portal's clock stands there; +SECONDS, -SECONDS: it runs that far from the real one\n"
	"  --idle-limit SECONDS  a session unused that long has ended (default 1800)\n"
	"  --status-delay SECONDS  between two looks at the status of a renewal (default 1)\n"
	"  --regular-maintenance closed on the third Tuesday from 22:00 to 08:00, Japan time, by its clock\n"
	"Behaviour\n"
	"  --dialect KEY=VALUE,… below; also plain, random (by --seed)\n"
	"  --fault NAME[@STEP][:COUNT]  below; repeatable\n"
	"  --slow-ms N           time between two bytes of slow-loris (default 200)\n"
	"  --seed N              for everything made by chance (default 1)\n"
	"  --die-with-parent     end when the program that started it ends\n"
	"Lists for scripts: --list-dialects, --list-faults.\n"
	"By the control port while it runs: GET /journal /status; POST /clock?set=TIME /clock?advance=SECONDS "
	"/fault?set=NAME[@STEP][:COUNT]\n"
	"/fault?set=none /dialect?set=KEY=VALUE,… /reset (nothing taken, no session, no fault) /quit.\n\n"
	"Dialect switches; the first value is the plain one\n";

static long long number(const char *option, const char *text, long long most)
{
	char *end = NULL;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 0 || value > most)
		die("--%s: %s is not a number from 0 to %lld", option, text, most);
	return value;
}

static _Noreturn void help(void)
{
	(void)fputs(usage, stdout);
	dialect_list(stdout, true);
	(void)fputs("\nFaults, and the step where each strikes unless another is given\n", stdout);
	faults_list(stdout, true);
	(void)fputs("Steps: any connect", stdout);
	for (int step = STEP_LOGIN; step < STEP_COUNT; step++)
		(void)printf(" %s", step_name((enum step)step));
	(void)fputc('\n', stdout);
	exit(0);
}

static bool take_place(struct options *options, int which, const char *value)
{
	switch (which) {
	case OPT_DIR:
		options->dir = value;
		return true;
	case OPT_PKI:
		options->pki = value;
		return true;
	case OPT_CODES:
		options->codes = value;
		return true;
	case OPT_JOURNAL:
		options->journal = value;
		return true;
	case OPT_CLOCK:
		options->clock = value;
		return true;
	case OPT_FRONT:
		options->front_header = value;
		return true;
	default:
		return false;
	}
}

static bool take_number(struct options *options, int which, const char *name, const char *value)
{
	switch (which) {
	case OPT_PORT:
		options->port = (unsigned)number(name, value, 65535);
		return true;
	case OPT_CONTROL_PORT:
		options->control_port = (unsigned)number(name, value, 65535);
		return true;
	case OPT_FOREIGN_PORT:
		options->foreign_port = (unsigned)number(name, value, 65535);
		return true;
	case OPT_HTTP_PORT:
		options->http_port = (unsigned)number(name, value, 65535);
		return true;
	case OPT_TERMINALS:
		options->terminals = (unsigned)number(name, value, 2000);
		return true;
	case OPT_SLOW_MS:
		options->slow_ms = (unsigned)number(name, value, 600000);
		return true;
	case OPT_P12_EXTRA:
		options->p12_extra = (unsigned)number(name, value, 10000);
		return true;
	case OPT_IDLE_LIMIT:
		options->idle_limit = number(name, value, INT32_MAX);
		return true;
	case OPT_STATUS_DELAY:
		options->status_delay = (unsigned)number(name, value, 3600);
		return true;
	case OPT_SEED:
		options->seed = (uint64_t)number(name, value, INT64_MAX);
		return true;
	default:
		return false;
	}
}

static void take_switch(struct options *options, struct faults *faults, int which)
{
	switch (which) {
	case OPT_FAULT:
		if (!faults_add(faults, optarg))
			die("--fault %s: not known (see --list-faults), or too many", optarg);
		break;
	case OPT_MAINTENANCE:
		options->has_regular_maintenance = true;
		break;
	case OPT_EC_CLIENTS:
		options->has_ec_clients = true;
		break;
	case OPT_DIE_WITH_PARENT:
		options->dies_with_parent = true;
		break;
	case OPT_LIST_DIALECTS:
		dialect_list(stdout, false);
		exit(0);
	case OPT_LIST_FAULTS:
		faults_list(stdout, false);
		exit(0);
	case 'h':
		help();
	default:
		exit(64);
	}
}

/* The seed first: "random" needs it wherever it stands. */
static void take_dialects(struct options *options, const char *const *texts, size_t count)
{
	struct chance chance = {options->seed};
	for (size_t i = 0; i < count; i++)
		if (!dialect_parse(&options->dialect, texts[i], &chance))
			die("--dialect %s: not known (see --list-dialects)", texts[i]);
	const char *changed = dialect_settle(&options->dialect);
	if (changed != NULL)
		(void)fprintf(stderr, "naccs-portal-simulator: %s\n", changed);
}

void options_parse(struct options *options, struct faults *faults, int argc, char **argv)
{
	const char *dialects[16];
	size_t dialect_count = 0;
	int which, index = 0;
	*options = (struct options){.terminals = 1, .slow_ms = 200, .idle_limit = 1800, .status_delay = 1, .seed = 1};
	while ((which = getopt_long(argc, argv, "h", table, &index)) != -1) {
		if (take_place(options, which, optarg) || take_number(options, which, table[index].name, optarg))
			continue;
		if (which == OPT_DIALECT && dialect_count < sizeof dialects / sizeof *dialects)
			dialects[dialect_count++] = optarg;
		else
			take_switch(options, faults, which);
	}
	if (optind < argc)
		die("%s: there are only options (see --help)", argv[optind]);
	if (options->terminals == 0)
		die("--terminals: at least 1");
	take_dialects(options, dialects, dialect_count);
}
