/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where a test runs and what it runs over are the system's matter: place.c, place_windows.c. */
#ifndef NACCS_CONFORMANCE_PLACE_H
#define NACCS_CONFORMANCE_PLACE_H

#include <naccscert/backend.h>

#include <stdbool.h>

#define WORK_SIZE 300

/* A new empty folder for one test; its path has no links in it. */
bool work_make(char ret[WORK_SIZE]);
void work_remove(const char *work);
/* In the process of the test, before anything else. */
void work_isolate(const char *work);

/* The backend of a module, or NULL after saying why. where: 'w' in workers, 'i' in this process, 0 as it wants it. */
const struct naccs_backend *backend_load(const char *module, int where);

#endif
