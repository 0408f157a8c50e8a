/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see call.h. */
#include "call.h"

#include "build_version.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_LIMIT 200000u /* frames during one call: a store has at most some thousand things */
#define GRACE_MS 10000u     /* for closing a store */

static int64_t deadline_ms(const struct naccs_worker *worker)
{
	uint32_t wanted = worker->kind->settings.deadline_ms;

	return (int64_t)(wanted != 0 ? wanted : NACCS_WORKER_DEADLINE_MS) + worker->patience_ms;
}

static naccs_status fail_ended(const struct naccs_worker *worker, struct naccs_error *err)
{
	if (err != NULL)
		*err = worker->ending;
	return worker->ending.status;
}

/* There is no worker any more, and why. The reason stays for later calls. */
static naccs_status give_up(struct naccs_worker *worker, enum naccs_frame_outcome outcome, struct naccs_error *err)
{
	int status = naccs_worker_process_end(&worker->kind->settings, &worker->process, outcome == NACCS_FRAME_GONE ? GRACE_MS : 0);
	naccs_auto(heap) char *obituary = naccs_worker_process_obituary(status);
	struct naccs_error *ending = &worker->ending;

	switch (outcome) {
	case NACCS_FRAME_LATE:
		(void)naccs_fail(ending, NACCS_E_BACKEND_FAILED, 0, _("the process that serves %s said nothing for %u seconds and was ended"), worker->uri,
				 (unsigned)(deadline_ms(worker) / 1000));
		(void)naccs_error_hint(ending, _("Something in the store or its driver hangs. What was begun is undone or finished by the next run."));
		break;
	case NACCS_FRAME_GONE:
		(void)naccs_fail(ending, NACCS_E_BACKEND_FAILED, 0, _("the process that serves %s %s"), worker->uri, obituary != NULL ? obituary : "");
		(void)naccs_error_hint(ending, _("A fault in the store's driver (%s). What was begun is undone or finished by the next run."),
				       worker->kind->backend->scheme);
		break;
	default:
		(void)naccs_fail(ending, NACCS_E_BACKEND_FAILED, 0, _("the process that serves %s answered with something that breaks the contract, and was ended"),
				 worker->uri);
		(void)naccs_error_hint(ending, _("What was begun is undone or finished by the next run."));
		break;
	}
	return fail_ended(worker, err);
}

naccs_status naccs_worker_distrust(struct naccs_worker *worker, struct naccs_error *err)
{
	return give_up(worker, NACCS_FRAME_BAD, err);
}

static struct naccs_reader reader_of(const struct naccs_secret *body)
{
	return (struct naccs_reader){.at = naccs_secret_data(body), .left = naccs_secret_length(body)};
}

/* ---- what the worker says during a call ---- */

struct calling {
	struct naccs_worker *worker;
	const struct naccs_sinks *sinks;
	naccs_status stopped; /* what a sink returned */
	bool is_cancel_sent;
};

static bool take_thing(struct calling *calling, uint8_t type, struct naccs_reader *reader)
{
	static const struct naccs_sinks none;
	const struct naccs_sinks *sinks = calling->sinks != NULL ? calling->sinks : &none;
	bool is_wanted = calling->stopped == NACCS_OK;

	if (type == NACCS_FRAME_PLACE && sinks->place != NULL) {
		struct naccs_place place = naccs_read_place(reader);
		if (naccs_reader_is_done(reader) && is_wanted)
			calling->stopped = sinks->place(sinks->context, &place);
	} else if (type == NACCS_FRAME_ITEM && sinks->item != NULL) {
		struct naccs_item item = naccs_read_item(reader);
		if (naccs_reader_is_done(reader) && is_wanted)
			calling->stopped = sinks->item(sinks->context, &item);
	} else if (type == NACCS_FRAME_PART && sinks->part != NULL) {
		struct naccs_part part = naccs_read_part(reader);
		if (naccs_reader_is_done(reader) && is_wanted)
			calling->stopped = sinks->part(sinks->context, &part);
	} else if (type == NACCS_FRAME_BYTES && sinks->bytes != NULL) {
		struct naccs_bytes bytes = naccs_read_bytes(reader);
		if (naccs_reader_is_done(reader) && is_wanted)
			calling->stopped = sinks->bytes(sinks->context, bytes.data, bytes.length);
	} else {
		return false;
	}
	return naccs_reader_is_done(reader);
}

/* A line from the other side, safe to show. */
static char *shown(const char *text)
{
	return naccs_text_printable(text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static bool take_word(const struct naccs_worker *worker, uint8_t type, struct naccs_reader *reader)
{
	const struct naccs_host *host = worker->host;
	naccs_auto(heap) char *id = type == NACCS_FRAME_WARN ? shown(naccs_read_text(reader)) : NULL;
	naccs_auto(heap) char *line = shown(naccs_read_text(reader));

	if (!naccs_reader_is_done(reader) || line == NULL)
		return false;
	if (type == NACCS_FRAME_LOG && host->log != NULL)
		host->log(host->context, line);
	if (type == NACCS_FRAME_PROGRESS && host->progress != NULL)
		host->progress(host->context, line);
	if (type == NACCS_FRAME_WARN && id != NULL && host->warn != NULL)
		host->warn(host->context, id, line);
	return true;
}

static naccs_status keep_answer(void *context, const uint8_t *secret, size_t length)
{
	return naccs_secret_append(context, secret, length, NULL);
}

/* The question goes to the host, whose time it takes, and its answer back. */
static enum naccs_frame_outcome answer_question(struct naccs_worker *worker, struct naccs_reader *reader)
{
	const char *prompt = naccs_read_text(reader);
	bool is_last_try = naccs_read_bool(reader);
	naccs_auto(secret) struct naccs_secret *secret = NULL;
	struct naccs_writer writer = {.body = worker->out};
	struct naccs_error err = {0};
	naccs_status status;

	if (!naccs_reader_is_done(reader) || prompt == NULL || naccs_secret_new(4096, &secret, NULL) != NACCS_OK)
		return NACCS_FRAME_BAD;
	status = worker->host->ask_secret != NULL
			 ? worker->host->ask_secret(worker->host->context, prompt, is_last_try, keep_answer, secret, &err)
			 : naccs_fail(&err, NACCS_E_CANCELLED, 0, _("%s needs a PIN or password, and nobody can be asked"), worker->uri);
	naccs_secret_clear(worker->out);
	naccs_write_result(&writer, status, &err);
	naccs_write_bytes(&writer, naccs_secret_data(secret), naccs_secret_length(secret));
	enum naccs_frame_outcome outcome = naccs_frame_send(worker->process.fd, NACCS_FRAME_SECRET, &writer, naccs_monotonic_ms() + deadline_ms(worker));
	naccs_secret_clear(worker->out);
	return outcome;
}

static bool is_cancelled(void *context)
{
	const struct calling *calling = context;
	const struct naccs_host *host = calling->worker->host;

	return !calling->is_cancel_sent && host->cancelled != NULL && host->cancelled(host->context);
}

/* One frame: DONE when it was the result. LATE, GONE, BAD end the worker; PAUSE: something else, go on. */
static enum naccs_frame_outcome take_frame(struct calling *calling)
{
	struct naccs_worker *worker = calling->worker;
	const struct naccs_frame_pause pause = {.interrupted = is_cancelled, .context = calling};
	int64_t deadline = naccs_monotonic_ms() + deadline_ms(worker);
	uint8_t type = 0;
	enum naccs_frame_outcome outcome = naccs_frame_receive(&worker->source, &type, worker->in, deadline, &pause);
	struct naccs_reader reader = reader_of(worker->in);

	if (outcome == NACCS_FRAME_PAUSE) {
		calling->is_cancel_sent = true;
		outcome = naccs_frame_send(worker->process.fd, NACCS_FRAME_CANCEL, NULL, deadline);
		return outcome == NACCS_FRAME_DONE ? NACCS_FRAME_PAUSE : outcome;
	}
	if (outcome != NACCS_FRAME_DONE || type == NACCS_FRAME_RESULT)
		return outcome;
	if (type == NACCS_FRAME_ASK) {
		outcome = answer_question(worker, &reader);
		return outcome == NACCS_FRAME_DONE ? NACCS_FRAME_PAUSE : outcome;
	}
	if (type == NACCS_FRAME_LOG || type == NACCS_FRAME_PROGRESS || type == NACCS_FRAME_WARN)
		return take_word(worker, type, &reader) ? NACCS_FRAME_PAUSE : NACCS_FRAME_BAD;
	return take_thing(calling, type, &reader) ? NACCS_FRAME_PAUSE : NACCS_FRAME_BAD;
}

static enum naccs_frame_outcome wait_for_result(struct calling *calling)
{
	for (uint32_t events = 0; events < EVENT_LIMIT; events++) {
		enum naccs_frame_outcome outcome = take_frame(calling);

		if (outcome != NACCS_FRAME_PAUSE)
			return outcome;
	}
	return NACCS_FRAME_BAD;
}

void naccs_call_begin(struct naccs_worker *worker, enum naccs_operation operation, struct naccs_writer *ret)
{
	naccs_secret_clear(worker->out);
	*ret = (struct naccs_writer){.body = worker->out};
	naccs_write_u8(ret, (uint8_t)operation);
}

naccs_status naccs_call_make(struct naccs_worker *worker, const struct naccs_writer *call, const struct naccs_sinks *sinks, struct naccs_reader *ret_rest,
			     struct naccs_error *err)
{
	struct calling calling = {.worker = worker, .sinks = sinks, .stopped = NACCS_OK};
	struct naccs_error told = {0};
	struct naccs_reader rest;
	enum naccs_frame_outcome outcome;
	naccs_status status;

	if (worker->ending.status != NACCS_OK)
		return fail_ended(worker, err);
	outcome = naccs_frame_send(worker->process.fd, NACCS_FRAME_CALL, call, naccs_monotonic_ms() + deadline_ms(worker));
	naccs_secret_clear(worker->out);
	if (outcome == NACCS_FRAME_DONE)
		outcome = wait_for_result(&calling);
	if (outcome != NACCS_FRAME_DONE)
		return give_up(worker, outcome, err);
	rest = reader_of(worker->in);
	status = naccs_read_result(&rest, &told);
	if (rest.is_bad || (status == NACCS_OK ? ret_rest == NULL && rest.left > 0 : rest.left > 0))
		return naccs_worker_distrust(worker, err);
	if (calling.stopped != NACCS_OK) /* its sink may have filled err */
		return calling.stopped;
	if (status != NACCS_OK && err != NULL)
		*err = told;
	if (status == NACCS_OK && ret_rest != NULL)
		*ret_rest = rest;
	return status;
}

/* ---- its life ---- */

static naccs_status take_hello(struct naccs_worker *worker, struct naccs_error *err)
{
	uint8_t type = 0;
	enum naccs_frame_outcome outcome =
		naccs_frame_receive(&worker->source, &type, worker->in, naccs_monotonic_ms() + deadline_ms(worker), NULL);
	struct naccs_reader reader = reader_of(worker->in);
	const char *version, *scheme;
	uint32_t abi;

	if (outcome != NACCS_FRAME_DONE)
		return give_up(worker, outcome, err);
	if (type == NACCS_FRAME_RESULT) { /* it could not load the module, and says why */
		struct naccs_error told = {0};
		naccs_status status = naccs_read_result(&reader, &told);

		if (status == NACCS_OK || !naccs_reader_is_done(&reader))
			return naccs_worker_distrust(worker, err);
		if (err != NULL)
			*err = told;
		return status;
	}
	version = naccs_read_text(&reader);
	abi = naccs_read_u32(&reader);
	scheme = naccs_read_text(&reader);
	if (type != NACCS_FRAME_HELLO || !naccs_reader_is_done(&reader) || version == NULL || scheme == NULL)
		return naccs_worker_distrust(worker, err);
	if (strcmp(version, NACCS_BUILD_VERSION) != 0 || abi != NACCS_BACKEND_ABI || strcmp(scheme, worker->kind->backend->scheme) != 0)
		return naccs_fail(err, NACCS_E_BACKEND_FAILED, 0, _("%s is of version %s; this program is %s"), worker->kind->settings.program, version,
				  NACCS_BUILD_VERSION);
	return NACCS_OK;
}

naccs_status naccs_worker_start(struct naccs_worker *worker, const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *uri,
				struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	*worker = (struct naccs_worker){.kind = kind, .host = host, .process.fd = -1};
	worker->uri = naccs_text_printable(uri, strlen(uri));
	if (worker->uri == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status == NACCS_OK)
		status = naccs_secret_new(NACCS_MESSAGE_LIMIT, &worker->in, err);
	if (status == NACCS_OK)
		status = naccs_secret_new(NACCS_MESSAGE_LIMIT, &worker->out, err);
	if (status == NACCS_OK)
		status = naccs_worker_process_start(&kind->settings, kind->module, kind->backend->environment, &worker->process, err);
	worker->source.fd = worker->process.fd;
	if (status == NACCS_OK)
		status = take_hello(worker, err);
	if (status != NACCS_OK)
		naccs_worker_end(worker);
	return status;
}

void naccs_worker_end(struct naccs_worker *worker)
{
	int status = naccs_worker_process_end(&worker->kind->settings, &worker->process, GRACE_MS);

	if (status != 0 && worker->host->log != NULL) {
		naccs_auto(heap) char *obituary = naccs_worker_process_obituary(status);
		naccs_auto(heap) char *line = naccs_format("the process that served %s %s", worker->uri != NULL ? worker->uri : "?", obituary != NULL ? obituary : "");

		if (line != NULL)
			worker->host->log(worker->host->context, line);
	}
	naccs_secret_free(worker->in);
	naccs_secret_free(worker->out);
	free(worker->uri);
	*worker = (struct naccs_worker){.process.fd = -1};
}
