/* SPDX-License-Identifier: Apache-2.0 */
/* Why: homes made up for the tests of places and aliases, and what they gather from the search. */
#ifndef TESTS_UNIT_NSS_HOMES_H
#define TESTS_UNIT_NSS_HOMES_H

#include "scratch.h"

#include "places.h"

/* A host that keeps what it is told. */
struct told {
	struct naccs_host host;
	char log[4096];
	char warning[2048], warning_id[64];
};
void told_init(struct told *told);

/* What a sink received. */
struct received {
	size_t count;
	char uri[64][512];
	char kind[64][64];
	char label[64][128];
	bool is_writable[64];
	uint64_t capabilities[64];
};
naccs_status receive(void *context, const struct naccs_place *place);
/* Index of the place whose URI is nss:ROOT/name; the test fails when there is none. */
size_t received_at(const struct received *received, const struct scratch *scratch, const char *name);
bool has_received(const struct received *received, const struct scratch *scratch, const char *name);

/* Folders and files below the scratch folder, parents made as needed. */
void make_folder(const struct scratch *scratch, const char *name);
void make_file(const struct scratch *scratch, const char *name, const char *text);
void set_time(const struct scratch *scratch, const char *name, int64_t seconds);

/* Surroundings: home is SCRATCH/home; no XDG variables; the system's database SCRATCH/system. */
struct nss_surroundings surroundings(const struct scratch *scratch, struct told *told);

/* Everything that the search finds, as `stores` would show it. */
void search(const struct scratch *scratch, const struct nss_surroundings *here, struct received *ret);

#define CLASSIC "home/.mozilla/firefox"
/* A home with two profiles, of which the one marked Default=1 is not the one in use. */
void make_usual_home(const struct scratch *scratch);

#endif
