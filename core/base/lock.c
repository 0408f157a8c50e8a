/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one run at a time, one writer per store. flock(2) ends with the process that holds it, so a crash leaves no lock behind. */
#include "file.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define POLL_MS 50

static int64_t monotonic_ms(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* false: a signal came that the program catches. */
static bool wait_ms(int64_t ms)
{
	struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
	return nanosleep(&time, NULL) == 0 || errno != EINTR;
}

/* Who may end a wait early; cancelled may be NULL: then a signal that the program catches does. */
struct patience {
	bool (*cancelled)(void *context);
	void *context;
};

/* Take the lock before deadline. Returns 0, EWOULDBLOCK when time is up, EINTR when somebody wants us to end, or another errno. */
static int take(int fd, int64_t deadline, struct patience patience)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		if (patience.cancelled != NULL && patience.cancelled(patience.context))
			return EINTR;
		int64_t left = deadline - monotonic_ms();
		if (left <= 0)
			return EWOULDBLOCK;
		if (!wait_ms(left < POLL_MS ? left : POLL_MS))
			return EINTR;
	}
	return 0;
}

/* The pid that the holder wrote into its lock file; 0 when there is none. */
static intmax_t holder_of(int fd)
{
	char text[24] = {0};
	char *end = text;
	ssize_t length = pread(fd, text, sizeof text - 1, 0);
	intmax_t pid = length > 0 ? strtoimax(text, &end, 10) : 0;
	return *end == '\n' && pid > 0 ? pid : 0;
}

static naccs_status fail_lock(struct naccs_error *err, int errnum, const char *name, intmax_t holder)
{
	if (errnum == EINTR)
		return naccs_fail(err, NACCS_E_CANCELLED, 0, _("cannot lock %s: interrupted while another process holds it"), name);
	if (errnum != EWOULDBLOCK)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errnum), errnum, _("cannot lock %s"), name);
	if (holder > 0)
		(void)naccs_fail(err, NACCS_E_RUN_LOCKED, errnum, _("cannot lock %s: process %jd holds it"), name, holder);
	else
		(void)naccs_fail(err, NACCS_E_RUN_LOCKED, errnum, _("cannot lock %s: another process holds it"), name);
	(void)naccs_error_hint(err, _("wait until the other run is done, then try again"));
	return NACCS_E_RUN_LOCKED;
}

naccs_status naccs_lock_fd(int fd, const char *name, uint32_t timeout_ms, struct naccs_error *err)
{
	return naccs_lock_fd_patiently(fd, name, timeout_ms, NULL, NULL, err);
}

naccs_status naccs_lock_fd_patiently(int fd, const char *name, uint32_t timeout_ms, bool (*cancelled)(void *context), void *context,
				     struct naccs_error *err)
{
	int errnum = take(fd, monotonic_ms() + timeout_ms, (struct patience){cancelled, context});
	return errnum == 0 ? NACCS_OK : fail_lock(err, errnum, name, 0);
}

/* Open the lock file, made 0600 whatever the umask. */
static int open_lock(int dirfd, const char *name, int *ret)
{
	const int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int errnum = EEXIST;
	for (int attempt = 0; attempt < 16 && errnum == EEXIST; attempt++) {
		naccs_auto(fd) int fd = openat(dirfd, name, how);
		bool is_new = fd < 0 && errno == ENOENT;
		if (is_new)
			fd = openat(dirfd, name, how | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
		errnum = fd < 0 ? errno : 0;
		if (errnum == 0 && is_new && fchmod(fd, S_IRUSR | S_IWUSR) != 0)
			errnum = errno;
		if (errnum == 0)
			*ret = naccs_take_fd(&fd);
	}
	return errnum;
}

/* Does the name still lead to the file that we locked? Not if somebody removed it in between: then another may lock a new one. */
static bool is_current(int dirfd, const char *name, int fd)
{
	struct stat ours;
	struct stat named;
	return fstat(fd, &ours) == 0 && fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && ours.st_dev == named.st_dev &&
	       ours.st_ino == named.st_ino;
}

static void write_holder(int fd)
{
	/* For messages only: a full disk must not keep us from our lock. */
	char text[24];
	int length = snprintf(text, sizeof text, "%jd\n", (intmax_t)getpid());
	if (ftruncate(fd, 0) == 0) {
		ssize_t written = pwrite(fd, text, (size_t)length, 0);
		(void)written; /* without its newline it is not read as a pid */
	}
}

naccs_status naccs_lock_file(int dirfd, const char *name, uint32_t timeout_ms, int *ret, struct naccs_error *err)
{
	const int64_t deadline = monotonic_ms() + timeout_ms;
	for (;;) {
		naccs_auto(fd) int fd = -1;
		int errnum = open_lock(dirfd, name, &fd);
		if (errnum != 0)
			return fail_lock(err, errnum == EWOULDBLOCK ? EIO : errnum, name, 0);
		errnum = take(fd, deadline, (struct patience){0});
		if (errnum != 0)
			return fail_lock(err, errnum, name, holder_of(fd));
		if (!is_current(dirfd, name, fd))
			continue;
		write_holder(fd);
		*ret = naccs_take_fd(&fd);
		return NACCS_OK;
	}
}
