/* SPDX-License-Identifier: Apache-2.0 */
/* Why: naccs-proxy-simulator: a small forward proxy (CONNECT only) to try and test with: none, Basic or Digest authentication, refusals,
 * and an intercepting mode that ends TLS with its own CA. A thread a connection; it listens on 127.0.0.1 and looks up no names. */
#include "proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_MAX 16384

struct caller {
	const struct proxy *proxy;
	int fd, number;
};

bool proxy_send(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

/* One request's head, byte by byte, so that nothing of what follows CONNECT is taken. */
static bool read_head(int fd, char head[HEAD_MAX])
{
	for (size_t size = 0; size < HEAD_MAX - 1; size++) {
		if (recv(fd, head + size, 1, 0) != 1)
			return false;
		head[size + 1] = '\0';
		if (size >= 3 && strcmp(head + size - 3, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

/* The value of a header, cut at its end in place; NULL: none. names gets all names. */
static char *take_headers(char *head, json_t *names)
{
	char *authorization = NULL, *save = NULL;
	(void)strtok_r(head, "\r\n", &save);
	for (char *line; (line = strtok_r(NULL, "\r\n", &save)) != NULL;) {
		char *colon = strchr(line, ':');
		if (colon == NULL)
			continue;
		*colon = '\0';
		(void)json_array_append_new(names, json_string(line));
		if (strcasecmp(line, "Proxy-Authorization") == 0)
			authorization = colon + 1 + strspn(colon + 1, " ");
	}
	return authorization;
}

static bool refuse(const struct proxy *proxy, int fd, unsigned status)
{
	char *challenge = status == 407 ? proxy_auth_challenge(proxy) : need_text("");
	char *answer = need_format("HTTP/1.1 %u Refused\r\n%sContent-Length: 0\r\n\r\n", status, challenge);
	bool is_sent = proxy_send(fd, answer, strlen(answer));
	free(answer);
	free(challenge);
	return is_sent;
}

/* Answer one request. Returns whether another may follow. */
static bool serve(const struct caller *caller)
{
	const struct proxy *proxy = caller->proxy;
	char head[HEAD_MAX], method[16] = "", target[256] = "";
	if (!read_head(caller->fd, head) || sscanf(head, "%15s %255s", method, target) != 2)
		return false;
	json_t *names = json_array();
	const char *authorization = take_headers(head, names);
	bool is_connect = strcmp(method, "CONNECT") == 0, is_welcome = proxy_auth_accepts(proxy, authorization, target);
	unsigned status = proxy->refusal != 0 ? proxy->refusal : !is_connect ? 405 : !is_welcome ? 407 : 200;
	int kind = authorization != NULL ? (int)strcspn(authorization, " ") : 0;
	journal_write(proxy->journal,
		      json_pack("{s:s,s:i,s:s,s:s,s:s%,s:b,s:i,s:o}", "event", "request", "connection", caller->number, "method", method,
				"target", target, "authorization", authorization != NULL ? authorization : "", (size_t)kind, "authorized",
				is_welcome, "status", (int)status, "headers", names));
	if (status != 200)
		return refuse(proxy, caller->fd, status);
	proxy_tunnel(proxy, caller->fd, target, caller->number);
	return false;
}

static void *live(void *argument)
{
	struct caller *caller = argument;
	while (serve(caller))
		;
	(void)close(caller->fd);
	free(caller);
	return NULL;
}

struct listener {
	const struct proxy *proxy;
	int fd;
};

static void *accept_all(void *argument)
{
	const struct listener *listener = argument;
	for (int number = 1;; number++) {
		int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return NULL;
		struct caller *caller = need(1, sizeof *caller);
		*caller = (struct caller){listener->proxy, fd, number};
		pthread_t thread;
		if (pthread_create(&thread, NULL, live, caller) != 0)
			die("cannot start a thread");
		(void)pthread_detach(thread);
	}
}

static int open_port(struct proxy *proxy)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)proxy->port)};
	socklen_t length = sizeof address;
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		die("cannot listen on 127.0.0.1 port %u: %s", proxy->port, strerror(errno));
	proxy->port = ntohs(address.sin_port);
	return fd;
}

static const char usage[] =
	"Usage: naccs-proxy-simulator --dir DIR [OPTIONS]\n"
	"A forward proxy on 127.0.0.1 to try and test with. When ready it prints port=…, proxy-auth=FILE and more, and last ready=yes.\n\n"
	"  --dir DIR          journal and files go there (made if missing)\n"
	"  --pki DIR          keys of the intercepting CA, shared with naccs-portal-simulator (default: pki in --dir)\n"
	"  --journal FILE     a JSON object a line (default: proxy-journal.jsonl in --dir)\n"
	"  --port N           0, the default: any free one\n"
	"  --to PORT          whatever CONNECT names, go to 127.0.0.1:PORT\n"
	"  --auth KIND        none | basic | digest | digest-sha256\n"
	"  --user NAME, --password TEXT  (default proxy-user, proxy-password); DIR/proxy-auth holds NAME:TEXT\n"
	"  --refuse STATUS    answer every CONNECT with it (403, 502, 407, …)\n"
	"  --intercept        end TLS here, with a certificate of intercepting-ca.pem, and write into the journal what the client says\n"
	"  --die-with-parent  end when the program that started it ends\n";

static enum proxy_auth auth_of(const char *name)
{
	static const char *const names[PROXY_AUTH_COUNT] = {"none", "basic", "digest", "digest-sha256"};
	for (int i = 0; i < PROXY_AUTH_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (enum proxy_auth)i;
	die("--auth %s: none, basic, digest or digest-sha256", name);
}

static unsigned number(const char *text)
{
	char *end = NULL;
	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value > 65535)
		die("%s is not a number up to 65535", text);
	return (unsigned)value;
}

static void parse(struct proxy *proxy, int argc, char **argv)
{
	static const struct option table[] = {{"dir", 1, NULL, 'd'},
					      {"pki", 1, NULL, 'k'},
					      {"journal", 1, NULL, 'j'},
					      {"port", 1, NULL, 'p'},
					      {"to", 1, NULL, 't'},
					      {"auth", 1, NULL, 'a'},
					      {"user", 1, NULL, 'u'},
					      {"password", 1, NULL, 'w'},
					      {"refuse", 1, NULL, 'r'},
					      {"intercept", 0, NULL, 'i'},
					      {"die-with-parent", 0, NULL, 'x'},
					      {"help", 0, NULL, 'h'},
					      {0}};
	for (int which; (which = getopt_long(argc, argv, "h", table, NULL)) != -1;) {
		switch (which) {
		case 'd':
			proxy->dir = optarg;
			break;
		case 'k':
			proxy->pki_dir = optarg;
			break;
		case 'j':
			proxy->journal_path = optarg;
			break;
		case 'p':
			proxy->port = number(optarg);
			break;
		case 't':
			proxy->to_port = number(optarg);
			break;
		case 'a':
			proxy->auth = auth_of(optarg);
			break;
		case 'u':
			proxy->user = optarg;
			break;
		case 'w':
			proxy->password = optarg;
			break;
		case 'r':
			proxy->refusal = number(optarg);
			break;
		case 'i':
			proxy->is_intercepting = true;
			break;
		case 'x':
			proxy->dies_with_parent = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			exit(0);
		default:
			exit(64);
		}
	}
	if (proxy->dir == NULL || optind < argc)
		die("--dir is needed, and nothing but options (see --help)");
}

static void prepare(struct proxy *proxy)
{
	if (mkdir(proxy->dir, 0700) != 0 && errno != EEXIST)
		die("cannot make %s: %s", proxy->dir, strerror(errno));
	char *pki = proxy->pki_dir != NULL ? need_text(proxy->pki_dir) : need_format("%s/pki", proxy->dir);
	char *journal = proxy->journal_path != NULL ? need_text(proxy->journal_path) : need_format("%s/proxy-journal.jsonl", proxy->dir);
	char *auth = need_format("%s/proxy-auth", proxy->dir);
	proxy->pki = pki_open(pki);
	pki_write_interceptor(proxy->pki, proxy->dir);
	proxy->interceptor = pki_server(proxy->pki, CHAIN_INTERCEPTED);
	proxy->journal = journal_open(journal, &proxy->clock);
	struct chance chance = {(uint64_t)getpid()};
	chance_text(&chance, "0123456789abcdef", proxy->nonce, 32);
	int fd = open(auth, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || dprintf(fd, "%s:%s\n", proxy->user, proxy->password) < 0)
		die("cannot write %s: %s", auth, strerror(errno));
	(void)close(fd);
	(void)printf("journal=%s\nproxy-auth=%s\nintercepting-ca=%s/intercepting-ca.pem\n", journal, auth, proxy->dir);
	free(auth);
	free(journal);
	free(pki);
}

int main(int argc, char **argv)
{
	struct proxy proxy = {.user = "proxy-user", .password = "proxy-password"};
	parse(&proxy, argc, argv);
	if (proxy.dies_with_parent)
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigset_t ends;
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	prepare(&proxy);
	struct listener listener = {&proxy, open_port(&proxy)};
	pthread_t thread;
	if (pthread_create(&thread, NULL, accept_all, &listener) != 0)
		die("cannot start a thread");
	(void)printf("port=%u\nready=yes\n", proxy.port);
	(void)fflush(stdout);
	int signal_number;
	(void)sigwait(&ends, &signal_number);
	_exit(0); /* connections may be under way in their threads; all that matters is flushed */
}
