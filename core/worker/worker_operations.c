/* SPDX-License-Identifier: Apache-2.0 */
/* Why: every operation of the contract on an open store, as a call over the wire. See worker.h. */
#include "worker_store.h"

#include "text.h"

/* Begin a call in a worker that is ready. */
static naccs_status begin(struct naccs_store *store, enum naccs_operation operation, struct naccs_writer *call, struct naccs_error *err)
{
	naccs_status status = naccs_worker_store_ready(store, operation, err);

	if (status == NACCS_OK)
		naccs_call_begin(&store->worker, operation, call);
	return status;
}

static void close_store(struct naccs_store *store)
{
	struct naccs_writer call;
	struct naccs_error err = {0};

	/* Asked to, so that it lets go in good order; the store's lock goes with the process anyway. */
	if (store->worker.process.fd >= 0 && store->worker.process.parent == getpid()) {
		naccs_call_begin(&store->worker, NACCS_OP_CLOSE, &call);
		(void)naccs_call_make(&store->worker, &call, NULL, NULL, &err);
	}
	naccs_worker_store_free(store);
}

static naccs_status describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_sinks sinks = {.place = sink, .context = context};
	struct naccs_writer call;
	naccs_status status = begin(store, NACCS_OP_DESCRIBE, &call, err);

	return status == NACCS_OK ? naccs_call_make(&store->worker, &call, &sinks, NULL, err) : status;
}

static naccs_status list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_sinks sinks = {.item = sink, .context = context};
	struct naccs_writer call;
	naccs_status status = begin(store, NACCS_OP_LIST, &call, err);

	return status == NACCS_OK ? naccs_call_make(&store->worker, &call, &sinks, NULL, err) : status;
}

static naccs_status plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
			 struct naccs_error *err)
{
	const struct naccs_sinks sinks = {.part = sink, .context = context};
	struct naccs_writer call;
	naccs_status status = begin(store, NACCS_OP_PLAN, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_installation(&call, installation);
	return naccs_call_make(&store->worker, &call, &sinks, NULL, err);
}

/* stage and commit: the installation and its parts. */
static naccs_status install(struct naccs_store *store, enum naccs_operation operation, const struct naccs_installation *installation,
			    const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	struct naccs_writer call;
	naccs_status status = begin(store, operation, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_installation(&call, installation);
	naccs_write_parts(&call, parts, part_count);
	return naccs_call_make(&store->worker, &call, NULL, NULL, err);
}

static naccs_status stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			  size_t part_count, struct naccs_error *err)
{
	return install(store, NACCS_OP_STAGE, installation, parts, part_count, err);
}

static naccs_status commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			   size_t part_count, struct naccs_error *err)
{
	return install(store, NACCS_OP_COMMIT, installation, parts, part_count, err);
}

/* abort and remove: parts alone. */
static naccs_status undo(struct naccs_store *store, enum naccs_operation operation, const struct naccs_part *parts, size_t part_count,
			 struct naccs_error *err)
{
	struct naccs_writer call;
	naccs_status status = begin(store, operation, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_parts(&call, parts, part_count);
	return naccs_call_make(&store->worker, &call, NULL, NULL, err);
}

static naccs_status abort_install(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	return undo(store, NACCS_OP_ABORT, parts, part_count, err);
}

static naccs_status remove_parts(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	return undo(store, NACCS_OP_REMOVE, parts, part_count, err);
}

static naccs_status recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			    struct naccs_error *err)
{
	struct naccs_writer call;
	naccs_status status = begin(store, NACCS_OP_RECOVER, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_u32(&call, (uint32_t)direction);
	naccs_write_parts(&call, parts, part_count);
	return naccs_call_make(&store->worker, &call, NULL, NULL, err);
}

static naccs_status sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
			 struct naccs_error *err)
{
	const struct naccs_sinks sinks = {.bytes = sink, .context = context};
	struct naccs_writer call;
	naccs_status status = begin(store, NACCS_OP_SIGN, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_sign_request(&call, request);
	return naccs_call_make(&store->worker, &call, &sinks, NULL, err);
}

static naccs_status call_for_certificate(struct naccs_store *store, enum naccs_operation operation, const uint8_t certificate[NACCS_SHA256_SIZE],
					 struct naccs_error *err)
{
	struct naccs_writer call;
	naccs_status status = begin(store, operation, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_bytes(&call, certificate, NACCS_SHA256_SIZE);
	return naccs_call_make(&store->worker, &call, NULL, NULL, err);
}

static naccs_status activate(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	return call_for_certificate(store, NACCS_OP_ACTIVATE, certificate, err);
}

static naccs_status archive(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	return call_for_certificate(store, NACCS_OP_ARCHIVE, certificate, err);
}

static naccs_status export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink, void *context,
			       struct naccs_error *err)
{
	const struct naccs_sinks sinks = {.bytes = sink, .context = context};
	struct naccs_writer call;
	naccs_status status = begin(store, NACCS_OP_EXPORT_KEY, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_bytes(&call, certificate, NACCS_SHA256_SIZE);
	status = naccs_call_make(&store->worker, &call, &sinks, NULL, err);
	naccs_secret_clear(store->worker.in); /* the key is out of the wire at once */
	return status;
}

static naccs_status verify(struct naccs_store *store, const struct naccs_verify_request *request, struct naccs_verify_answer *answer,
			   struct naccs_error *err)
{
	struct naccs_writer call;
	struct naccs_reader rest;
	struct naccs_verify_answer read;
	naccs_status status = begin(store, NACCS_OP_VERIFY, &call, err);

	if (status != NACCS_OK)
		return status;
	naccs_write_verify_request(&call, request);
	status = naccs_call_make(&store->worker, &call, NULL, &rest, err);
	if (status != NACCS_OK)
		return status;
	read = naccs_read_verify_answer(&rest);
	if (!naccs_reader_is_done(&rest))
		return naccs_worker_distrust(&store->worker, err);
	*answer = read;
	return NACCS_OK;
}

/* A mistake of ours, told instead of a crash. */
static naccs_status open_without_kind(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options, struct naccs_store **ret,
				      struct naccs_error *err)
{
	(void)host;
	(void)options;
	(void)ret;
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("%s has to be opened in a worker process"), uri);
}

void naccs_worker_backend(const struct naccs_worker_kind *kind, struct naccs_backend *ret)
{
	const struct naccs_backend *module = kind->backend;

	*ret = (struct naccs_backend){
		.abi = NACCS_BACKEND_ABI,
		.size = sizeof *ret,
		.flags = module->flags,
		.isolated = true,
		.scheme = module->scheme,
		.summary = module->summary,
		.open = open_without_kind,
		.close = close_store,
		.describe = describe,
		.list = list,
		.plan = plan,
		.stage = stage,
		.commit = commit,
		.abort = abort_install,
		.recover = recover,
		.remove = remove_parts,
		.sign = sign,
		.activate = module->activate != NULL ? activate : NULL,
		.export_key = module->export_key != NULL ? export_key : NULL,
		.verify = module->verify != NULL ? verify : NULL,
		.environment = module->environment,
		.archive = module->archive != NULL ? archive : NULL,
	};
}
