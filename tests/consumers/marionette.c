/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a real Firefox is asked what it shows. It is led by Marionette, its own protocol for tests: messages "LENGTH:[type, id, …]" in JSON over TCP, on this machine.
 *
 *     marionette PORT prefer NAME VALUE   set a preference that is a text, or true or false
 *     marionette PORT open URL            open a page and print its text; 1 when it does not open, with Firefox's reason on standard error
 *     marionette PORT run FILE ARGUMENT…  run the script in FILE with Firefox's own rights and print the text by which it calls the last of its
 *                                         arguments in the end. Marionette leaves it when a dialog opens: then it is run again
 *     marionette PORT quit                end Firefox
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_LIMIT ((size_t)16 * 1024 * 1024)

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	exit(2);
}

static int connect_to(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		fail("marionette: cannot connect to port %s: %s", port, strerror(errno));
	return fd;
}

static void read_all(int fd, char *buffer, size_t length)
{
	while (length > 0) {
		ssize_t count = read(fd, buffer, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			fail("marionette: Firefox has hung up");
		buffer += count;
		length -= (size_t)count;
	}
}

static json_t *receive(int fd)
{
	size_t length = 0;
	char *text, digit;
	json_error_t error;
	json_t *message;

	for (;;) {
		read_all(fd, &digit, 1);
		if (digit == ':')
			break;
		if (digit < '0' || digit > '9' || length > MESSAGE_LIMIT)
			fail("marionette: this is no message");
		length = length * 10 + (size_t)(digit - '0');
	}
	text = malloc(length + 1);
	if (text == NULL)
		fail("marionette: out of memory");
	read_all(fd, text, length);
	message = json_loadb(text, length, JSON_DECODE_ANY, &error);
	free(text);
	if (message == NULL)
		fail("marionette: no JSON: %s", error.text);
	return message;
}

/* Send a command (parameters is consumed), wait for its answer. *ret: its result, to be freed. False: it failed, and the reason was printed. */
static bool command(int fd, const char *name, json_t *parameters, json_t **ret)
{
	json_t *message = json_pack("[i, i, s, o]", 0, 1, name, parameters);
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	json_t *answer;
	const char *why;

	if (text == NULL || dprintf(fd, "%zu:%s", strlen(text), text) < 0)
		fail("marionette: cannot send %s", name);
	free(text);
	json_decref(message);
	answer = receive(fd);
	if (!json_is_null(json_array_get(answer, 2))) {
		why = json_string_value(json_object_get(json_array_get(answer, 2), "message"));
		(void)fprintf(stderr, "%s: %s\n", name, why != NULL ? why : "failed");
		json_decref(answer);
		return false;
	}
	*ret = json_incref(json_array_get(answer, 3));
	json_decref(answer);
	return true;
}

static bool command_only(int fd, const char *name, json_t *parameters)
{
	json_t *result = NULL;
	bool is_done = command(fd, name, parameters, &result);

	json_decref(result);
	return is_done;
}

static bool open_page(int fd, const char *url)
{
	json_t *result = NULL;
	const char *text;
	bool is_open = command_only(fd, "WebDriver:Navigate", json_pack("{s: s}", "url", url)) &&
		       command(fd, "WebDriver:ExecuteScript", json_pack("{s: s, s: []}", "script", "return document.body.innerText", "args"), &result);

	text = json_string_value(json_object_get(result, "value"));
	if (is_open)
		(void)printf("%s\n", text != NULL ? text : "");
	json_decref(result);
	return is_open;
}

static bool prefer(int fd, const char *name, const char *value)
{
	bool is_switch = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
	const char *script = is_switch ? "Services.prefs.setBoolPref(arguments[0], arguments[1] == 'true')"
				       : "Services.prefs.setStringPref(arguments[0], arguments[1])";
	bool is_set = command_only(fd, "Marionette:SetContext", json_pack("{s: s}", "value", "chrome"));

	is_set = is_set && command_only(fd, "WebDriver:ExecuteScript", json_pack("{s: s, s: [s, s]}", "script", script, "args", name, value));
	return command_only(fd, "Marionette:SetContext", json_pack("{s: s}", "value", "content")) && is_set;
}

static char *read_script(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t size = 0;
	char *text = NULL;
	ssize_t length = file != NULL ? getdelim(&text, &size, '\0', file) : -1;

	if (length <= 0)
		fail("marionette: cannot read %s: %s", path, strerror(errno));
	(void)fclose(file);
	return text;
}

static bool run_script(int fd, const char *path, char **arguments)
{
	char *script = read_script(path);
	json_t *list = json_array(), *result = NULL;
	const char *text = NULL;
	bool is_done;

	for (; *arguments != NULL; arguments++)
		(void)json_array_append_new(list, json_string(*arguments));
	is_done = command_only(fd, "Marionette:SetContext", json_pack("{s: s}", "value", "chrome"));
	while (is_done && text == NULL) {
		json_decref(result);
		result = NULL;
		is_done = command(fd, "WebDriver:ExecuteAsyncScript", json_pack("{s: s, s: O}", "script", script, "args", list), &result);
		text = json_string_value(json_object_get(result, "value"));
	}
	if (text != NULL)
		(void)printf("%s\n", text);
	json_decref(result);
	json_decref(list);
	free(script);
	return command_only(fd, "Marionette:SetContext", json_pack("{s: s}", "value", "content")) && is_done;
}

int main(int argc, char **argv)
{
	bool is_done = false;
	int fd;

	if (argc < 3)
		fail("usage: marionette PORT prefer NAME VALUE | open URL | run FILE ARGUMENT… | quit");
	fd = connect_to(argv[1]);
	json_decref(receive(fd)); /* who it is */
	if (!command_only(fd, "WebDriver:NewSession", json_object()))
		return 2;
	if (strcmp(argv[2], "prefer") == 0 && argc == 5)
		is_done = prefer(fd, argv[3], argv[4]);
	else if (strcmp(argv[2], "open") == 0 && argc == 4)
		is_done = open_page(fd, argv[3]);
	else if (strcmp(argv[2], "run") == 0 && argc >= 4)
		is_done = run_script(fd, argv[3], argv + 4);
	else if (strcmp(argv[2], "quit") == 0 && argc == 3)
		is_done = command_only(fd, "Marionette:Quit", json_pack("{s: [s]}", "flags", "eForceQuit"));
	else
		fail("marionette: unknown command %s", argv[2]);
	(void)close(fd);
	return is_done ? 0 : 1;
}
