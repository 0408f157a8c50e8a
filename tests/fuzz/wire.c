/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: host and worker believe nothing that comes over the socket. The first byte says who is asked: the worker's side serves whatever frames follow with a backend that
 * looks at everything it gets; the host's readers of each struct get the bytes as a body. No crash, no read beyond what came, no endless loop.
 */
#include "contract.h"
#include "frame.h"
#include "serve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* ---- a backend that touches every byte it is given ---- */

static volatile uint8_t touched;

static void touch(const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		touched = (uint8_t)(touched ^ ((const uint8_t *)bytes)[i]);
}

static void touch_text(const char *text)
{
	if (text != NULL)
		touch(text, strlen(text) + 1);
}

static void touch_list(const struct naccs_bytes *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		touch(list[i].data, list[i].length);
}

static void touch_parts(const struct naccs_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		touch_text(parts[i].identity);
		touch(parts[i].before.data, parts[i].before.length);
	}
}

static void touch_installation(const struct naccs_installation *installation)
{
	touch(installation->private_key.data, installation->private_key.length);
	touch(installation->certificate.data, installation->certificate.length);
	touch(installation->client_ca.data, installation->client_ca.length);
	touch_list(installation->intermediates, installation->intermediate_count);
	touch_list(installation->server_anchors, installation->server_anchor_count);
	touch_list(installation->server_intermediates, installation->server_intermediate_count);
	touch_text(installation->common_name);
	touch_text(installation->serial);
}

struct naccs_store {
	int unused;
};
static struct naccs_store the_store;

static naccs_status open_store(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
			       struct naccs_error *err)
{
	(void)err;
	touch_text(uri);
	touch_text(options->group);
	(void)host->cancelled(host->context);
	*ret = &the_store;
	return NACCS_OK;
}

static void close_store(struct naccs_store *store)
{
	(void)store;
}

static naccs_status describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_place place = {.size = sizeof place, .uri = "fuzz:", .kind = "", .label = ""};

	(void)store;
	(void)err;
	return sink(context, &place);
}

static naccs_status list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_item item = {.size = sizeof item, .role = NACCS_ROLE_CLIENT};

	(void)store;
	(void)err;
	return sink(context, &item);
}

static naccs_status plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
			 struct naccs_error *err)
{
	const struct naccs_part part = {.size = sizeof part, .role = NACCS_ROLE_CLIENT, .action = NACCS_PART_CREATE, .identity = "x"};

	(void)store;
	(void)err;
	touch_installation(installation);
	return sink(context, &part);
}

static naccs_status install(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts, size_t count,
			    struct naccs_error *err)
{
	(void)store;
	touch_installation(installation);
	touch_parts(parts, count);
	return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, "no");
}

static naccs_status undo(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	(void)store;
	(void)err;
	touch_parts(parts, count);
	return NACCS_OK;
}

static naccs_status recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	if (direction != NACCS_RECOVERY_UNDO && direction != NACCS_RECOVERY_FINISH)
		abort();
	return undo(store, parts, count, err);
}

static naccs_status sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context, struct naccs_error *err)
{
	(void)store;
	(void)err;
	touch(request->digest.data, request->digest.length);
	return sink(context, request->digest.data, request->digest.length);
}

static naccs_status verify(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer, struct naccs_error *err)
{
	(void)store;
	(void)answer;
	(void)err;
	touch_list(request->server_chain, request->server_chain_count);
	touch_text(request->server_name);
	return NACCS_OK;
}

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.isolated = true,
	.scheme = "fuzz",
	.summary = "",
	.open = open_store,
	.close = close_store,
	.describe = describe,
	.list = list,
	.plan = plan,
	.stage = install,
	.commit = install,
	.abort = undo,
	.recover = recover,
	.remove = undo,
	.sign = sign,
	.verify = verify,
};

/* The frames lie in the socket already and its other end is closed, so that nothing ever waits; what the worker answers goes nowhere. */
static void feed_worker(const uint8_t *bytes, size_t length)
{
	int ends[2];

	if (length > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return;
	if (send(ends[0], bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length && shutdown(ends[0], SHUT_WR) == 0)
		(void)naccs_serve(ends[1], &backend);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* ---- the host's readers ---- */

static void read_as_host(uint8_t which, struct naccs_reader *reader)
{
	struct naccs_error err = {0};
	struct naccs_place place;
	struct naccs_item item;
	struct naccs_verify_answer answer;

	switch (which % 4) {
	case 0:
		place = naccs_read_place(reader);
		touch_text(place.uri);
		touch_text(place.kind);
		touch_text(place.label);
		touch_text(place.wish);
		break;
	case 1:
		item = naccs_read_item(reader);
		touch(item.certificate.data, item.certificate.length);
		touch_text(item.label);
		break;
	case 2:
		(void)naccs_read_result(reader, &err);
		touch_text(err.message);
		touch_text(err.hint);
		break;
	default:
		answer = naccs_read_verify_answer(reader);
		touch_text(answer.reason);
		break;
	}
	if (naccs_reader_is_done(reader) && reader->left != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct naccs_reader reader;

	if (length == 0)
		return 0;
	if (bytes[0] == 0) {
		feed_worker(bytes + 1, length - 1);
		return 0;
	}
	reader = (struct naccs_reader){.at = bytes + 1, .left = length - 1};
	read_as_host(bytes[0], &reader);
	return 0;
}
