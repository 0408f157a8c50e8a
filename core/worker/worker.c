/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see worker.h. Here an open store and its life; worker_operations.c has what is done with it. */
#include "worker_store.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static naccs_status open_in_worker(struct naccs_store *store, struct naccs_error *err)
{
	struct naccs_writer call;

	store->worker.patience_ms = store->options.lock_timeout_ms;
	naccs_call_begin(&store->worker, NACCS_OP_OPEN, &call);
	naccs_write_text(&call, naccs_text_language() == NACCS_JAPANESE ? "ja" : "en");
	naccs_write_text(&call, store->uri);
	naccs_write_open_options(&call, &store->options);
	return naccs_call_make(&store->worker, &call, NULL, NULL, err);
}

void naccs_worker_store_free(struct naccs_store *store)
{
	if (store == NULL)
		return;
	naccs_worker_end(&store->worker);
	free(store->uri);
	free(store->group);
	free(store);
}

naccs_status naccs_worker_open(const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *uri,
			       const struct naccs_open_options *options, struct naccs_store **ret, struct naccs_error *err)
{
	naccs_auto(worker_store) struct naccs_store *store = calloc(1, sizeof *store);
	naccs_status status;

	if (store == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	store->worker.process.fd = -1;
	store->worker.kind = kind;
	store->worker.host = host;
	store->uri = strdup(uri);
	store->group = options->group != NULL ? strdup(options->group) : NULL;
	store->options = *options;
	store->options.group = store->group;
	if (store->uri == NULL || (options->group != NULL && store->group == NULL))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_worker_start(&store->worker, kind, host, uri, err);
	if (status == NACCS_OK)
		status = open_in_worker(store, err);
	if (status != NACCS_OK)
		return status;
	*ret = naccs_take(&store);
	return NACCS_OK;
}

static naccs_status start_anew(struct naccs_store *store, struct naccs_error *err)
{
	const struct naccs_worker_kind *kind = store->worker.kind;
	const struct naccs_host *host = store->worker.host;
	naccs_status status;

	if (store->options.access == NACCS_ACCESS_WRITE)
		return naccs_fail(err, NACCS_E_BACKEND_FAILED, 0, _("cannot change %s from a process that was forked after it was opened"), store->uri);
	naccs_worker_end(&store->worker);
	status = naccs_worker_start(&store->worker, kind, host, store->uri, err);
	if (status == NACCS_OK && (status = open_in_worker(store, err)) != NACCS_OK)
		naccs_worker_end(&store->worker);
	store->worker.kind = kind;
	store->worker.host = host;
	return status;
}

/* The parent's worker serves the parent; and a key may be held for years, in which a process can die. What was being changed when it died
 * is the ledger's affair. */
naccs_status naccs_worker_store_ready(struct naccs_store *store, enum naccs_operation operation, struct naccs_error *err)
{
	bool has_ended = store->worker.ending.status != NACCS_OK;
	bool may_go_on = operation == NACCS_OP_SIGN && store->options.access == NACCS_ACCESS_READ;

	if (has_ended ? may_go_on : store->worker.process.parent != getpid())
		return start_anew(store, err);
	if (has_ended && err != NULL)
		*err = store->worker.ending;
	return store->worker.ending.status;
}

/* ---- calls that need no open store ---- */

static naccs_status call_once(const struct naccs_worker_kind *kind, const struct naccs_host *host, enum naccs_operation operation, const char *home,
			      const char *uri, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	const struct naccs_sinks sinks = {.place = sink, .context = context};
	struct naccs_worker worker;
	struct naccs_writer call;
	naccs_status status;

	naccs_auto(heap) char *name = uri == NULL ? naccs_format("%s:", kind->backend->scheme) : strdup(uri);

	if (name == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_worker_start(&worker, kind, host, name, err);
	if (status != NACCS_OK)
		return status;
	naccs_call_begin(&worker, operation, &call);
	naccs_write_text(&call, naccs_text_language() == NACCS_JAPANESE ? "ja" : "en");
	naccs_write_text(&call, home);
	if (uri != NULL)
		naccs_write_text(&call, uri);
	status = naccs_call_make(&worker, &call, &sinks, NULL, err);
	naccs_worker_end(&worker);
	return status;
}

naccs_status naccs_worker_places(const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *home, naccs_place_sink *sink,
				 void *context, struct naccs_error *err)
{
	return call_once(kind, host, NACCS_OP_PLACES, home, NULL, sink, context, err);
}

naccs_status naccs_worker_resolve(const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *home, const char *uri,
				  naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	return call_once(kind, host, NACCS_OP_RESOLVE, home, uri, sink, context, err);
}
