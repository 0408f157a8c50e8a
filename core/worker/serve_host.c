/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see serve_host.h. */
#include "serve_host.h"

#include "text.h"


static struct naccs_writer begin(struct naccs_server *server)
{
	naccs_secret_clear(server->event);
	return (struct naccs_writer){.body = server->event};
}

#define BEHIND_LIMIT ((size_t)16 * 1024) /* how much may wait to be sent */

/* Send what was written: things for a sink together with the result or with each other, words for people at once. Without the host there is nobody to work for. */
static naccs_status finish(struct naccs_server *server, enum naccs_frame_type type, const struct naccs_writer *writer)
{
	bool is_thing = type >= NACCS_FRAME_PLACE && type <= NACCS_FRAME_BYTES;

	naccs_frame_append(&server->behind, type, writer);
	naccs_secret_clear(server->event);
	if ((!is_thing || naccs_secret_length(server->behind.body) >= BEHIND_LIMIT) &&
	    naccs_frame_flush(server->fd, &server->behind, NACCS_FRAME_NO_DEADLINE) != NACCS_FRAME_DONE)
		server->is_broken = true;
	return server->is_broken ? NACCS_E_CANCELLED : NACCS_OK;
}

naccs_status naccs_server_send_place(void *context, const struct naccs_place *place)
{
	struct naccs_server *server = context;
	struct naccs_writer writer = begin(server);

	naccs_write_place(&writer, place);
	return finish(server, NACCS_FRAME_PLACE, &writer);
}

naccs_status naccs_server_send_item(void *context, const struct naccs_item *item)
{
	struct naccs_server *server = context;
	struct naccs_writer writer = begin(server);

	naccs_write_item(&writer, item);
	return finish(server, NACCS_FRAME_ITEM, &writer);
}

naccs_status naccs_server_send_part(void *context, const struct naccs_part *part)
{
	struct naccs_server *server = context;
	struct naccs_writer writer = begin(server);

	naccs_write_part(&writer, part);
	return finish(server, NACCS_FRAME_PART, &writer);
}

naccs_status naccs_server_send_bytes(void *context, const uint8_t *bytes, size_t length)
{
	struct naccs_server *server = context;
	struct naccs_writer writer = begin(server);

	naccs_write_bytes(&writer, bytes, length);
	return finish(server, NACCS_FRAME_BYTES, &writer);
}

static void host_log(void *context, const char *line)
{
	struct naccs_writer writer = begin(context);

	naccs_write_text(&writer, line);
	(void)finish(context, NACCS_FRAME_LOG, &writer);
}

static void host_progress(void *context, const char *message)
{
	struct naccs_writer writer = begin(context);

	naccs_write_text(&writer, message);
	(void)finish(context, NACCS_FRAME_PROGRESS, &writer);
}

static void host_warn(void *context, const char *id, const char *message)
{
	struct naccs_writer writer = begin(context);

	naccs_write_text(&writer, id);
	naccs_write_text(&writer, message);
	(void)finish(context, NACCS_FRAME_WARN, &writer);
}

/* The next frame that is no CANCEL, into body. */
static bool receive(struct naccs_server *server, uint8_t *ret_type, struct naccs_secret *body)
{
	do {
		if (naccs_frame_receive(&server->source, ret_type, body, NACCS_FRAME_NO_DEADLINE, NULL) != NACCS_FRAME_DONE)
			return false;
		server->is_cancelled = server->is_cancelled || *ret_type == NACCS_FRAME_CANCEL;
	} while (*ret_type == NACCS_FRAME_CANCEL);
	return true;
}

static naccs_status fail_broken(struct naccs_server *server, struct naccs_error *err)
{
	server->is_broken = true;
	return naccs_fail(err, NACCS_E_CANCELLED, 0, _("the program that asked for this is gone"));
}

static naccs_status host_ask_secret(void *context, const char *prompt, bool last_try,
				    naccs_status (*answer)(void *answer_context, const uint8_t *secret, size_t length), void *answer_context,
				    struct naccs_error *err)
{
	struct naccs_server *server = context;
	naccs_auto(secret) struct naccs_secret *body = NULL;
	struct naccs_writer writer = begin(server);
	struct naccs_reader reader;
	struct naccs_error told = {0};
	struct naccs_bytes secret;
	uint8_t type = 0;
	naccs_status status = naccs_secret_new(NACCS_MESSAGE_LIMIT, &body, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_text(&writer, prompt);
	naccs_write_u8(&writer, last_try);
	if (finish(server, NACCS_FRAME_ASK, &writer) != NACCS_OK || !receive(server, &type, body) || type != NACCS_FRAME_SECRET)
		return fail_broken(server, err);
	reader = (struct naccs_reader){.at = naccs_secret_data(body), .left = naccs_secret_length(body)};
	status = naccs_read_result(&reader, &told);
	secret = naccs_read_bytes(&reader);
	if (!naccs_reader_is_done(&reader))
		return fail_broken(server, err);
	if (status == NACCS_OK)
		return answer(answer_context, secret.data, secret.length);
	if (err != NULL)
		*err = told;
	return status;
}

/* During a call the host sends nothing by itself but CANCEL. */
static bool host_cancelled(void *context)
{
	struct naccs_server *server = context;

	if (!server->is_cancelled && !server->is_broken && naccs_frame_is_waiting(&server->source)) {
		naccs_auto(secret) struct naccs_secret *body = NULL;
		uint8_t type = 0;

		if (naccs_secret_new(0, &body, NULL) != NACCS_OK ||
		    naccs_frame_receive(&server->source, &type, body, NACCS_FRAME_NO_DEADLINE, NULL) != NACCS_FRAME_DONE || type != NACCS_FRAME_CANCEL)
			server->is_broken = true;
		else
			server->is_cancelled = true;
	}
	return server->is_cancelled || server->is_broken;
}

void naccs_server_host_init(struct naccs_server *server)
{
	server->host = (struct naccs_host){
		.size = sizeof server->host,
		.context = server,
		.log = host_log,
		.progress = host_progress,
		.ask_secret = host_ask_secret,
		.cancelled = host_cancelled,
		.warn = host_warn,
	};
}
