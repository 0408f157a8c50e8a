/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see mozilla_ini.h. */
#include "mozilla_ini.h"

#include "cleanup.h"
#include "file.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_LIMIT 190	 /* bytes; inih cuts at 200 with line end and NUL */
#define SECTION_LIMIT 48 /* bytes; inih cuts at 49 */

struct reading {
	const char *next, *end;
	nss_ini_sink *sink;
	void *context;
};

static naccs_status open_ini(const char *path, uid_t owner, int *ret, struct naccs_error *err)
{
	struct stat about;
	naccs_auto(fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return naccs_fail_errno(err, errno == ENOENT || errno == ENOTDIR ? NACCS_E_FILE_MISSING : NACCS_E_FILE_IO, errno,
					_("cannot read %s"), path);
	if (fstat(fd, &about) != 0)
		return naccs_fail_errno(err, NACCS_E_FILE_IO, errno, _("cannot read %s"), path);
	if (!S_ISREG(about.st_mode))
		return naccs_fail(err, NACCS_E_FILE_IO, 0, _("cannot read %s: it is not a regular file"), path);
	if (about.st_uid != owner && about.st_uid != 0 && about.st_uid != geteuid())
		return naccs_fail(err, NACCS_E_FILE_IO, 0, _("cannot read %s: it belongs to another account (uid %u)"), path,
				  (unsigned)about.st_uid);
	*ret = naccs_take_fd(&fd);
	return NACCS_OK;
}

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

/* The next section or setting, without its blanks at both ends; false at the end. Firefox skips the other lines, too. */
static bool next_line(struct reading *reading, const char **ret, size_t *ret_length)
{
	while (reading->next < reading->end) {
		const char *line = reading->next;
		const char *stop = memchr(line, '\n', (size_t)(reading->end - line));
		size_t length = (size_t)((stop == NULL ? reading->end : stop) - line);

		reading->next = stop == NULL ? reading->end : stop + 1;
		while (length > 0 && (is_blank(line[length - 1]) || line[length - 1] == '\r'))
			length--;
		while (length > 0 && is_blank(line[0])) {
			line++;
			length--;
		}
		if (length == 0 || line[0] == '#' || line[0] == ';' || (line[0] != '[' && memchr(line, '=', length) == NULL))
			continue;
		*ret = line;
		*ret_length = length;
		return true;
	}
	return false;
}

static bool has_inline_comment(const char *line, size_t length)
{
	for (size_t i = 1; i < length; i++)
		if (line[i] == ';' && is_blank(line[i - 1]))
			return true;
	return false;
}

/* What inih is given for a line: the line, or what says that it can't be read as it is. */
static const char *presentable(const char *line, size_t length, size_t *ret_length)
{
	static const char section[] = "[" NSS_INI_UNREADABLE "]", key[] = NSS_INI_UNREADABLE "=1";
	bool is_section = line[0] == '[';
	bool is_fine = length <= LINE_LIMIT && naccs_text_is_clean(line, length, "\t") && !has_inline_comment(line, length);

	if (is_section)
		is_fine =
			is_fine && line[length - 1] == ']' && length - 2 <= SECTION_LIMIT && memchr(line, ']', length) == line + length - 1;
	if (is_fine) {
		*ret_length = length;
		return line;
	}
	*ret_length = strlen(is_section ? section : key);
	return is_section ? section : key;
}

/* inih's reader, as fgets(). */
static char *give_line(char *buffer, int size, void *stream)
{
	struct reading *reading = stream;
	const char *line;
	size_t length;

	if (size < LINE_LIMIT + 2 || !next_line(reading, &line, &length))
		return NULL;
	line = presentable(line, length, &length);
	memcpy(buffer, line, length);
	buffer[length] = '\n';
	buffer[length + 1] = '\0';
	return buffer;
}

static int take_line(void *context, const char *section, const char *key, const char *value)
{
	const struct reading *reading = context;

	reading->sink(reading->context, section, key, value);
	return 1;
}

naccs_status nss_ini_read(const char *path, uid_t owner, nss_ini_sink *sink, void *context, struct naccs_error *err)
{
	naccs_auto(fd) int fd = -1;
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_status status = open_ini(path, owner, &fd, err);

	if (status == NACCS_OK)
		status = naccs_file_read_fd(fd, path, NACCS_SMALL_FILE_LIMIT, &text, err);
	if (status != NACCS_OK)
		return status;
	struct reading reading = {
		.next = naccs_secret_text(text),
		.end = naccs_secret_text(text) + naccs_secret_length(text),
		.sink = sink,
		.context = context,
	};
	(void)ini_parse_stream(give_line, &reading, take_line, &reading);
	return NACCS_OK;
}
