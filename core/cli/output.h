/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a result that did not reach its reader is a failure, and a closed descriptor must not turn into one of our files. */
#ifndef NACCS_CLI_OUTPUT_H
#define NACCS_CLI_OUTPUT_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

/* Put something unusable in place of a standard descriptor that is closed, so that no file we open takes its number; and let a reader that
 * went away be an error to report, not an end. What we start is not affected. Call first. */
void cli_output_guard(void);

/* Write text whole to a descriptor. NACCS_E_FILE_IO when it is closed, its reader gone or its disk full. name is for the message. */
naccs_status cli_output_write(int fd, const char *name, const char *text, struct naccs_error *err);

/* Does a person look at this descriptor? */
bool cli_output_is_terminal(int fd);

/* May this descriptor get colours? (A terminal that is not dumb, and NO_COLOR not set.) */
bool cli_output_has_colour(int fd);

/* Is this descriptor connected to systemd's journal? journal_stream: $JOURNAL_STREAM, "DEVICE:INODE" (systemd.exec(5)); may be NULL. */
bool cli_output_is_journal(int fd, const char *journal_stream);

#endif
