/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the library never prints; it hands lines to a sink that the program gives it. Known secrets are masked before they reach the sink, so a
 * wire log can be shown. One log per context; not thread-safe.
 */
#ifndef NACCS_BASE_LOG_H
#define NACCS_BASE_LOG_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

enum naccs_log_level { NACCS_LOG_WARNING = 1, NACCS_LOG_INFO = 2, NACCS_LOG_WIRE = 3 };

typedef void naccs_log_sink(void *context, enum naccs_log_level level, const char *line);

struct naccs_log;

/* A log that passes lines of level ≤ threshold to sink (may be NULL: nothing is passed). Caller frees. */
naccs_status naccs_log_new(naccs_log_sink *sink, void *context, enum naccs_log_level threshold, struct naccs_log **ret,
			   struct naccs_error *err);
void naccs_log_free(struct naccs_log *log);

/* From now on show "****" wherever these bytes appear in a line, also percent-encoded (as in a form or URL) or Base64-encoded.
 * The log keeps its own secret copy. Secrets shorter than 4 bytes are masked only as whole form values (=secret& …). */
naccs_status naccs_log_hide(struct naccs_log *log, const void *secret, size_t length, struct naccs_error *err);

/* A line; log may be NULL. Control characters in it are made visible. */
void naccs_log_line(struct naccs_log *log, enum naccs_log_level level, const char *format, ...) NACCS_PRINTF(3, 4);

#endif
