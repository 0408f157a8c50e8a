/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see ui.h. */
#include "ui.h"

#include "cancel.h"
#include "cleanup.h"
#include "clock.h"
#include "output.h"
#include "prompt.h"
#include "secret.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool cancelled(void *context)
{
	(void)context;
	return cli_cancel_is_wanted();
}

static void say(const char *prefix, const char *message)
{
	naccs_auto(heap) char *clean = naccs_text_printable(message, strlen(message));
	naccs_auto(heap) char *line = clean != NULL ? naccs_format("%s%s\n", prefix, clean) : NULL;
	if (line != NULL)
		(void)cli_output_write(STDERR_FILENO, "", line, NULL);
}

static void progress(void *context, const char *message)
{
	const struct cli_ui *ui = context;
	if (ui->has_progress)
		say(ui->is_journal ? "<6>" : "", message);
}

/* Under -q too: Windows asks all the same. */
static void announce(void *context, const char *message)
{
	const struct cli_ui *ui = context;
	say(ui->is_journal ? "<5>" : "", message);
}

static void log_line(void *context, int level, const char *line)
{
	const struct cli_ui *ui = context;
	if (!ui->has_messages)
		return;
	if (ui->is_journal)
		say(level >= 3 ? "<7>" : level == 1 ? "<4>" : "<6>", line);
	else
		say(level >= 3 ? "> " : "- ", line);
}

static naccs_status cannot_ask(const char *what, const char *way, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s: nobody can be asked under --non-interactive"), what);
	return naccs_error_hint(err, _("Give it by %s."), way);
}

/* Ways to give a secret without a prompt. */
static const char *way_of(enum naccs_secret_kind kind)
{
	switch (kind) {
	case NACCS_ASK_PKCS12_PASSWORD:
		return "--password-file FILE";
	case NACCS_ASK_STORE_PIN:
		return _("--pin-file FILE, or by pin-source=file:FILE in the store's URI");
	case NACCS_ASK_CODE:
		return "--codes FILE";
	case NACCS_ASK_PASSPHRASE:
		return "--passphrase-file FILE";
	}
	return _("a file");
}

/* The hint where cli_prompt() found no terminal. */
static naccs_status with_way(naccs_status status, const char *what, const char *way, struct naccs_error *err)
{
	if (status != NACCS_E_USAGE)
		return status;
	(void)naccs_error_prefix(err, "%s", what);
	return naccs_error_hint(err, _("Give it by %s."), way);
}

static naccs_status ask_secret(void *context, enum naccs_secret_kind kind, const char *prompt, struct naccs_secret **ret,
			       struct naccs_error *err)
{
	const struct cli_ui *ui = context;
	naccs_auto(heap) char *clean = naccs_text_printable(prompt, strlen(prompt));
	naccs_auto(heap) char *question = clean == NULL ? NULL : naccs_format("%s: ", clean);
	if (question == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory for a question"));
	if (!ui->can_ask)
		return cannot_ask(clean, way_of(kind), err);
	return with_way(cli_prompt(question, false, ret, err), clean, way_of(kind), err);
}

/* NACCS_OK yes, otherwise refused. */
static naccs_status ask_yes(const char *question, naccs_status refused, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_status status = cli_prompt(question, true, &answer, err);
	if (status != NACCS_OK)
		return status;
	return cli_answer_is_yes(naccs_secret_text(answer)) ? NACCS_OK : naccs_fail(err, refused, 0, _("the answer was no"));
}

/* "AABBCCDD 00112233 …": upper case in groups of eight, as Windows shows a thumbprint. Caller frees. */
static char *in_groups(const char *hex)
{
	if (hex == NULL)
		return strdup("-");
	char *text = calloc(1, strlen(hex) + strlen(hex) / 8 + 2);
	size_t to = 0;
	for (size_t i = 0; text != NULL && hex[i] != '\0'; i++) {
		if (i > 0 && i % 8 == 0)
			text[to++] = ' ';
		text[to++] = (char)toupper((unsigned char)hex[i]);
	}
	return text;
}

static char *client_ca_question(const struct naccs_certificate_info *ca)
{
	char from[NACCS_TIME_TEXT_SIZE], until[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_japan(ca->not_before, from);
	naccs_time_format_japan(ca->not_after, until);
	const char *given = ca->subject == NULL ? "" : ca->subject;
	naccs_auto(heap) char *subject = naccs_text_printable(given, strlen(given));
	naccs_auto(heap) char *sha256 = in_groups(ca->sha256);
	naccs_auto(heap) char *sha1 = in_groups(ca->sha1);
	if (subject == NULL || sha256 == NULL || sha1 == NULL)
		return NULL;
	return naccs_format(
		_("This file brings a certification authority that is not known here yet:\n"
		  "  Name      %s\n"
		  "  Valid     %s - %s\n"
		  "  SHA-256   %.35s\n"
		  "            %s\n"
		  "  SHA-1     %s\n"
		  "On Windows the SHA-1 is shown as the thumbprint of NACCS Client CA; compare. Trust it for client certificates? [y/N] "),
		subject, from, until, sha256, strlen(sha256) > 36 ? sha256 + 36 : "", sha1);
}

static naccs_status confirm_client_ca(void *context, const struct naccs_certificate_info *client_ca, struct naccs_error *err)
{
	const struct cli_ui *ui = context;
	const char *what = _("the NACCS Client CA is not trusted here yet");
	const char *way = _("--client-ca-sha256 HEX, or trust the file's own by --trust-client-ca");
	if (!ui->can_ask)
		return cannot_ask(what, way, err);
	naccs_auto(heap) char *question = client_ca_question(client_ca);
	if (question == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory for a question"));
	naccs_status status = ask_yes(question, NACCS_E_CA_REFUSED, err);
	if (status == NACCS_E_CA_REFUSED)
		return naccs_fail(err, NACCS_E_CA_REFUSED, 0, _("the NACCS Client CA was not trusted: the answer was no"));
	return with_way(status, what, way, err);
}

static naccs_status confirm(void *context, const char *question, struct naccs_error *err)
{
	const struct cli_ui *ui = context;
	naccs_auto(heap) char *clean = naccs_text_printable(question, strlen(question));
	naccs_auto(heap) char *asked = clean == NULL ? NULL : naccs_format("%s [y/N] ", clean);
	if (asked == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory for a question"));
	if (!ui->can_ask)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("%s: nobody can be asked under --non-interactive"), clean);
	return ask_yes(asked, NACCS_E_REFUSED, err);
}

struct naccs_ui cli_ui_callbacks(struct cli_ui *ui)
{
	return (struct naccs_ui){
		.context = ui,
		.can_ask = ui->can_ask && cli_prompt_is_possible(),
		.progress = progress,
		.announce = announce,
		.log = log_line,
		.ask_secret = ask_secret,
		.confirm_client_ca = confirm_client_ca,
		.confirm = confirm,
		.cancelled = cancelled,
	};
}
