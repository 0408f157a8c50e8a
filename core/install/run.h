/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: one credential into several stores. Each store is all or nothing for itself; with all_or_nothing the run is so as a whole. One store's failure does not stop
 * the others otherwise. The caller holds the ledger lock.
 */
#ifndef NACCS_INSTALL_RUN_H
#define NACCS_INSTALL_RUN_H

#include "resolve.h"
#include "transaction.h"

enum naccs_store_outcome { NACCS_STORE_WAITING, NACCS_STORE_INSTALLED, NACCS_STORE_UNCHANGED, NACCS_STORE_FAILED };

struct naccs_run_store {
	struct naccs_store_opening opening; /* strings of the run's selection */
	struct naccs_transaction *tx;       /* NULL when it could not be opened */
	enum naccs_store_outcome outcome;
	bool was_touched; /* failed after the certificate had become current there */
	struct naccs_error error; /* FAILED */
};

struct naccs_run {
	struct naccs_registry *registry;
	struct naccs_asker asker;
	struct naccs_books books;
	struct naccs_proof_ground ground;
	const char *terminal; /* may be NULL */
	bool all_or_nothing, prune;
	struct naccs_selection selection;
	struct naccs_run_store *stores; /* one for each selected store */
	size_t count;
};

/* Open every store for writing, recovering it; what could not be resolved has failed already. Failures are kept in the stores; with all_or_nothing one failure makes all others fail too. */
void naccs_run_open(struct naccs_run *run);

/* Plan in every open store. Tells whether anything would change at all. */
bool naccs_run_plan(struct naccs_run *run, const struct naccs_payload *payload);

/* Stage, judge, commit, settle in every planned store. */
void naccs_run_install(struct naccs_run *run, const struct naccs_payload *payload);

/* How many stores have an outcome. */
size_t naccs_run_count(const struct naccs_run *run, enum naccs_store_outcome outcome);

/* Close every store; outcomes and errors stay. */
void naccs_run_close(struct naccs_run *run);

/* The worst of the failed stores' errors (internal faults first, then what the user must act on); NULL when none failed. */
const struct naccs_error *naccs_run_worst_error(const struct naccs_run *run);

/* Order of badness of a status: higher is worse; 0 for NACCS_OK. */
int naccs_status_badness(naccs_status status);

#endif
