/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see place.h. */
#include "place.h"

#include "in_worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)walk;
	return kind == FTW_D || kind == FTW_DNR ? chmod(path, 0700) : 0; /* a read-only folder of the fixture */
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)walk;
	return kind == FTW_DP ? rmdir(path) : unlink(path);
}

bool work_make(char ret[WORK_SIZE])
{
	/* In memory where that is possible: thousands of fsyncs, and no power cut to survive. */
	const char *above = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)snprintf(ret, WORK_SIZE, "%s/naccs-conformance-XXXXXX", above);
	return mkdtemp(ret) != NULL;
}

void work_remove(const char *work)
{
	char counter[WORK_SIZE + 16];

	(void)nftw(work, open_entry, 16, FTW_PHYS);
	(void)nftw(work, remove_entry, 16, FTW_PHYS | FTW_DEPTH);
	(void)snprintf(counter, sizeof counter, "%s.counter", work);
	(void)unlink(counter);
}

/* A mount namespace of its own for fixtures that mount (root only). */
void work_isolate(const char *work)
{
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	in_worker_begin_test(work);
}

static const struct naccs_backend *load(const char *module)
{
	char path[PATH_MAX];
	naccs_backend_entry_function *entry = NULL;

	if (realpath(module, path) == NULL) {
		(void)fprintf(stderr, "naccs-conformance: %s: %s\n", module, strerror(errno));
		return NULL;
	}
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	void *found = library != NULL ? dlsym(library, NACCS_BACKEND_ENTRY) : NULL;
	if (found == NULL) {
		(void)fprintf(stderr, "naccs-conformance: %s\n", dlerror());
		return NULL;
	}
	memcpy(&entry, &found, sizeof entry);
	const struct naccs_backend *backend = entry();
	if (backend == NULL || backend->abi != NACCS_BACKEND_ABI) {
		(void)fprintf(stderr, "naccs-conformance: %s speaks backend ABI %u, this suite %u\n", module,
			      backend != NULL ? backend->abi : 0, NACCS_BACKEND_ABI);
		return NULL;
	}
	return backend;
}

/* naccs-conformance-worker beside this program, or beside its folder (the tests of one backend); and the module by its whole path. */
static const struct naccs_backend *in_worker(const char *module, const struct naccs_backend *backend)
{
	static char program[PATH_MAX + 64], path[PATH_MAX];
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

	if (length <= 0 || realpath(module, path) == NULL)
		return NULL;
	self[length] = '\0';
	for (int level = 0; level < 2 && (level == 0 || access(program, X_OK) != 0); level++) {
		*strrchr(self, '/') = '\0';
		(void)snprintf(program, sizeof program, "%s/naccs-conformance-worker", self);
	}
	return backend_in_worker(program, path, backend);
}

const struct naccs_backend *backend_load(const char *module, int where)
{
	const struct naccs_backend *backend = load(module);

	if (backend != NULL && where != 'i' && (where == 'w' || backend->isolated))
		backend = in_worker(module, backend);
	return backend;
}
