/* SPDX-License-Identifier: Apache-2.0 */
/* Why: hands lines to the program's sink, after taking every known secret out of them. */
#include "log.h"

#include "mask.h"
#include "secret.h"
#include "text.h"
#include "utf8.h"

#include <errno.h>
#include <string.h>

struct naccs_log {
	naccs_log_sink *sink;
	void *context;
	enum naccs_log_level threshold;
	struct naccs_mask *masks;
};

naccs_status naccs_log_new(naccs_log_sink *sink, void *context, enum naccs_log_level threshold, struct naccs_log **ret,
			   struct naccs_error *err)
{
	struct naccs_log *log = calloc(1, sizeof *log);
	if (log == NULL)
		return naccs_fail_errno(err, NACCS_E_INTERNAL, ENOMEM, _("cannot begin a log"));
	*log = (struct naccs_log){.sink = sink, .context = context, .threshold = threshold};
	*ret = log;
	return NACCS_OK;
}

void naccs_log_free(struct naccs_log *log)
{
	if (log == NULL)
		return;
	naccs_mask_free(log->masks);
	free(log);
}

naccs_status naccs_log_hide(struct naccs_log *log, const void *secret, size_t length, struct naccs_error *err)
{
	return length == 0 ? NACCS_OK : naccs_mask_add(&log->masks, secret, length, err);
}

/* Copy text with its control characters and stray bytes written as \n, \t, \x1b. Caller frees; NULL when memory is short. */
static char *make_visible(const char *text)
{
	size_t length = strlen(text);
	char *visible = length < SIZE_MAX / 4 ? malloc(4 * length + 1) : NULL;
	if (visible == NULL)
		return NULL;
	size_t to = 0;
	for (size_t at = 0; at < length;) {
		uint32_t character = 0;
		size_t size = naccs_utf8_step(text + at, length - at, &character);
		if (size > 0 && !naccs_utf8_is_hazard(character)) {
			memcpy(visible + to, text + at, size);
			to += size;
			at += size;
			continue;
		}
		for (size_t end = at + (size == 0 ? 1 : size); at < end; at++) {
			if (text[at] == '\n' || text[at] == '\r' || text[at] == '\t')
				to += (size_t)snprintf(visible + to, 3, "\\%c", text[at] == '\n' ? 'n' : text[at] == '\r' ? 'r' : 't');
			else
				to += (size_t)snprintf(visible + to, 5, "\\x%02x", (unsigned)(uint8_t)text[at]);
		}
	}
	visible[to] = '\0';
	return visible;
}

/* The line before masking may show a secret, so it is formatted in secret memory. */
static naccs_status format_secretly(struct naccs_secret **ret, const char *format, va_list args) NACCS_PRINTF(2, 0);
static naccs_status format_secretly(struct naccs_secret **ret, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	naccs_auto(secret) struct naccs_secret *line = NULL;
	uint8_t *to = NULL;
	naccs_status status = length < 0 ? NACCS_E_INTERNAL : naccs_secret_new((size_t)length + 1, &line, NULL);
	if (status == NACCS_OK)
		status = naccs_secret_reserve(line, (size_t)length + 1, &to, NULL);
	if (status == NACCS_OK) {
		(void)vsnprintf((char *)to, (size_t)length + 1, format, again);
		naccs_secret_added(line, (size_t)length);
		*ret = naccs_take(&line);
	}
	va_end(again);
	return status;
}

void naccs_log_line(struct naccs_log *log, enum naccs_log_level level, const char *format, ...)
{
	if (log == NULL || log->sink == NULL || level > log->threshold)
		return;
	int kept = errno;
	naccs_auto(secret) struct naccs_secret *line = NULL;
	va_list args;
	va_start(args, format);
	naccs_status status = format_secretly(&line, format, args);
	va_end(args);
	naccs_auto(heap) char *masked = status == NACCS_OK ? naccs_mask_apply(log->masks, naccs_secret_text(line)) : NULL;
	naccs_auto(heap) char *visible = masked == NULL ? NULL : make_visible(masked);
	log->sink(log->context, level, visible == NULL ? _("(a line is missing here: memory is short)") : visible);
	errno = kept;
}
